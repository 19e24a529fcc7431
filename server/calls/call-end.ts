import type { Draft } from './call-draft.ts';
import { closeTransfer } from './call-notes.ts';
import type { CallState } from './call-state.ts';
import { type EndCodes, type Outcome, outcomeOfUnanswered } from './outcome.ts';

/** How a call ends, and how people are let go from it; pure. */

/** How long we wait for the exchange to confirm an end that we asked for. */
export const endingMs = 5000;
/** No announcement lasts longer: the news of its end must have been lost. */
export const longestPlayMs = 300_000;
/** What is known of a leg's end when the exchange did not say anything. */
export const unknownCodes: EndCodes = { cause: 0, sipCode: 0 };

/** We end the call: the customer's leg is hung up, and the rest follows when the exchange says that it is gone. */
export function endByUs(call: Draft, outcome: Outcome, by: 'agent' | 'system'): void {
  const { phase, verdict, legs } = call.state;
  if (phase.name === 'ending') return;
  call.set({ verdict: verdict ?? { outcome, by } });
  // He has not talked: nothing to wrap up. (Later that could not be told any more.)
  if (phase.name === 'popping' || phase.name === 'ringing') releaseOwner(call);
  releaseOthers(call);
  const customer = legs[call.customerLeg];
  if (customer === undefined || customer.ended !== null) return finish(call, unknownCodes);
  call
    .phase({ name: 'ending', since: call.now })
    .do({ do: 'hangUp', legId: call.customerLeg, reason: 'normal' })
    .wind('ending', call.now + endingMs);
}

/** The customer's leg is gone: everything of the call is wound up. */
export function finish(call: Draft, codes: EndCodes): void {
  const outcome = outcomeOf(call.state, codes);
  const { verdict, phase, agentId, legs } = call.state;
  const by = verdict !== null && phase.name !== 'announcing' ? verdict.by : 'customer';
  if (agentId !== null) call.tell(agentId, released(call.state, outcome, false));
  releaseOthers(call);
  closeTransfer(call, 'customerLeft');
  const ended = { at: call.now, ...codes };
  if (legs[call.customerLeg]?.ended === null) call.leg(call.customerLeg, { ended });
  // An announcement is played to one leg alone: it never had a bridge.
  const bridged = Object.values(legs).some((leg) => leg.role !== 'customer' && leg.answeredAt !== null);
  if (bridged) call.do({ do: 'closeBridge' });
  call
    .set({ end: { at: call.now, outcome, codes, hungUpBy: by }, wanted: null })
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
function released(state: CallState, outcome: Outcome, missed: boolean) {
  const { phase, connectedAt } = state;
  const inTalk = phase.name === 'talking' || phase.name === 'recovering' || phase.name === 'ending';
  const talked = inTalk && connectedAt !== null && outcome === 'answered' && !missed;
  const wrapUpMs = state.queue?.wrapUpMs ?? state.campaign?.wrapUpMs ?? state.manual?.wrapUpMs ?? null;
  return { type: 'released', wrapUpMs: talked ? wrapUpMs : null, missed } as const;
}

/** The call goes on without its agent. */
export function releaseOwner(call: Draft, missed = false): void {
  const { agentId } = call.state;
  if (agentId === null) return;
  call.tell(agentId, released(call.state, 'answered', missed)).set({ agentId: null });
}

/** The colleague who was asked and the supervisors are let go. */
function releaseOthers(call: Draft): void {
  const { consult, watchers } = call.state;
  const others = Object.values(watchers).map((w) => w.supervisorId);
  if (consult !== null && consult.agentId !== null) others.push(consult.agentId);
  for (const agentId of others) call.tell(agentId, { type: 'released', wrapUpMs: null, missed: false });
  if (consult !== null) closeTransfer(call, call.state.verdict === null ? 'customerLeft' : 'cancelled');
  if (consult !== null || others.length > 0) call.set({ consult: null, watchers: {} });
}

/** A live person and no agent: he hears who rang and that we are sorry, and counts as dropped. */
export function apologise(call: Draft): void {
  const playbackId = `sorry-${call.state.callId}`;
  call
    .set({ verdict: { outcome: 'dropped', by: 'system' } })
    .phase({ name: 'announcing', since: call.now, playbackId })
    .wind('play', call.now + longestPlayMs)
    .do({ do: 'play', legId: call.customerLeg, playbackId, prompts: ['all-busy'] });
}
