import type { LegId } from '../basics/ids.ts';
import type { Decision, Draft } from './call-draft.ts';
import type { AgentNews, CallState, LegFacts, TimerName } from './call-state.ts';
import { type EndCodes, type Outcome, outcomeOfUnanswered } from './outcome.ts';

/** How a call ends; pure, used by call.ts. */

/** How long we wait for the exchange to confirm an end that we asked for. */
export const endingMs = 5000;
/** No announcement lasts longer: the news of its end must have been lost. */
export const longestPlayMs = 300_000;

/** We end the call: the customer's leg is hung up, and the rest follows when the exchange says that it is gone. */
export function endByUs(call: Draft, outcome: Outcome, by: 'agent' | 'system'): Decision {
  return call
    .set({ verdict: call.state.verdict ?? { outcome, by } })
    .phase({ name: 'ending', since: call.now })
    .do({ do: 'hangUp', legId: call.customerLeg, reason: 'normal' })
    .wind('ending', call.now + endingMs)
    .done();
}

/** The customer's leg is gone: everything of the call is wound up. */
export function finish(call: Draft, codes: EndCodes): Draft {
  const { state } = call;
  const outcome = outcomeOf(state, codes);
  for (const name of Object.keys(state.timers) as TimerName[]) call.unwind(name);
  // An announcement is played to one leg alone: it never had a bridge.
  let bridged = false;
  for (const [legId, leg] of Object.entries(state.legs) as [LegId, LegFacts][]) {
    if (leg.role !== 'agent') continue;
    bridged ||= leg.ended === null || state.connectedAt !== null;
    if (leg.ended !== null) continue;
    call.do(leg.kept ? { do: 'part', legId } : { do: 'hangUp', legId, reason: 'normal' });
  }
  if (bridged) call.do({ do: 'closeBridge' });
  if (state.agentId !== null) call.tell(state.agentId, released(state, outcome));
  const by = state.phase.name === 'ending' ? (state.verdict?.by ?? 'system') : 'customer';
  return call
    .set({ end: { at: call.now, outcome, codes, hungUpBy: by }, music: false })
    .phase({ name: 'ended', since: call.now })
    .do({ do: 'finish' });
}

export function outcomeOf(state: CallState, codes: EndCodes): Outcome {
  if (state.verdict !== null) return state.verdict.outcome;
  if (state.connectedAt !== null) return 'answered';
  if (state.direction === 'hotline') return 'abandoned';
  if (state.answeredAt !== null) return 'dropped';
  return outcomeOfUnanswered(codes, state.legs[state.callId]?.rang ?? false);
}

/** Only a conversation needs wrap-up; a phone that merely rang in vain gives him straight to the next call. */
export function released(state: CallState, outcome: Outcome): AgentNews {
  const talked = outcome === 'answered' && state.connectedAt !== null;
  const wrapUpMs = state.queue?.wrapUpMs ?? state.campaign?.wrapUpMs ?? null;
  return { type: 'released', wrapUpMs: talked ? wrapUpMs : null, missed: false };
}

/** A live person and no agent: he hears who rang and that we are sorry, and counts as dropped. */
export function apologise(call: Draft): Draft {
  const playbackId = `sorry-${call.state.callId}`;
  return call
    .music(false)
    .set({ verdict: { outcome: 'dropped', by: 'system' } })
    .phase({ name: 'announcing', since: call.now, playbackId })
    .wind('play', call.now + longestPlayMs)
    .do({ do: 'play', legId: call.customerLeg, playbackId, prompts: ['all-busy'] });
}
