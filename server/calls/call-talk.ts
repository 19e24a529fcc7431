import type { AgentId } from '../basics/ids.ts';
import { consultedHangsUp, dropConsult, reattachConsulted } from './call-consult.ts';
import type { Draft } from './call-draft.ts';
import { endByUs } from './call-end.ts';
import type { CallEvent } from './call-events.ts';
import { closePause } from './call-media.ts';
import { dialCustomer, ringHisPhone } from './call-outbound.ts';
import { agentMissed, connect, overdueMs, recoverMs } from './call-steps.ts';
import { reattachWatcher, unwatch } from './call-supervise.ts';

/** What the call's agent does in the call; pure. */

/** Card data is read out in less; whoever forgets to go on recording does not lose the rest of the talk. */
export const longestSilenceMs = 180_000;

export function hangUp(call: Draft, agentId: AgentId): void {
  const { phase, consult } = call.state;
  if (consult?.agentId === agentId) return consultedHangsUp(call, consult);
  if (call.state.agentId !== agentId) return unwatch(call, agentId);
  switch (phase.name) {
    case 'talking':
    case 'recovering':
      // Who is asked goes first: by a mistaken key no customer is lost.
      if (consult !== null && consult.step !== 'conference') return dropConsult(call, 'cancelled');
      return endByUs(call, 'answered', 'agent');
    case 'preparing':
    case 'dialling':
      return endByUs(call, 'cancelled', 'agent');
    case 'ringing':
      // Declined. The end of his leg sends the call on; a kept-up leg does not end by this.
      if (call.state.legs[phase.legId]?.kept) return agentMissed(call, agentId);
      return void call.do({ do: 'hangUp', legId: phase.legId, reason: 'busy' });
    default:
      return;
  }
}

/** May he hold and resume? In a consultation the customer is held until it is over. */
function holds(call: Draft, agentId: AgentId) {
  const { phase, consult } = call.state;
  if (phase.name !== 'talking' || phase.agentId !== agentId) return null;
  return consult === null || consult.step === 'conference' ? phase : null;
}

export function hold(call: Draft, agentId: AgentId): void {
  const phase = holds(call, agentId);
  if (phase === null || phase.held) return;
  call.phase({ ...phase, since: call.now, held: true }).tell(agentId, { type: 'held' });
}

export function resume(call: Draft, agentId: AgentId): void {
  const phase = holds(call, agentId);
  if (phase === null || !phase.held) return;
  call.phase({ ...phase, since: call.now, held: false }).tell(agentId, { type: 'resumed' });
}

/** Touch tones, to whom he talks with: the outside party that he asks, else the customer. */
export function sendDigits(call: Draft, event: Extract<CallEvent, { type: 'digits' }>): void {
  const { phase, consult } = call.state;
  if (phase.name !== 'talking' || phase.agentId !== event.agentId) return;
  const asked = consult?.step === 'private' && consult.agentId === null ? consult.legId : null;
  call.do({ do: 'sendDigits', legId: asked ?? call.customerLeg, digits: event.digits });
}

export function pauseRecording(call: Draft, agentId: AgentId): void {
  const { phase, recording } = call.state;
  if (phase.name !== 'talking' || phase.agentId !== agentId) return;
  if (recording === null || recording.stoppedAt !== null || recording.pauses.at(-1)?.to === null) return;
  const pauses = [...recording.pauses, { from: call.now, to: null, agentId }];
  call.set({ recording: { ...recording, pauses } }).wind('silence', call.now + longestSilenceMs);
}

export function resumeRecording(call: Draft, agentId: AgentId): void {
  if (call.state.agentId === agentId) closePause(call);
}

/** A browser is new (refresh, crash, other network): whoever's it is, his phone is rung again, and the customer is held for his agent. */
export function reattach(call: Draft, event: Extract<CallEvent, { type: 'reattach' }>): void {
  const { phase, consult } = call.state;
  const { agentId, keptLegId, sipUser } = event;
  if (consult?.agentId === agentId) return reattachConsulted(call, consult, event);
  if (call.state.agentId !== agentId) {
    // He believes that he is on this call: put right.
    if (!reattachWatcher(call, event)) call.refuse(agentId);
    return;
  }
  switch (phase.name) {
    case 'popping':
      return void call.phase({ ...phase, keptLegId });
    case 'preparing':
      if (keptLegId === null || call.state.manual === null) return ringHisPhone(call, agentId, sipUser);
      return dialCustomer(call.keptLeg(agentId, keptLegId), { agentId, legId: keptLegId }, call.state.manual);
    case 'dialling': {
      if (phase.legId === keptLegId && keptLegId !== null) return;
      if (keptLegId !== null)
        return void call.keptLeg(agentId, keptLegId).phase({ ...phase, legId: keptLegId });
      const legId = ringAgain(call, agentId, sipUser, recoverMs, true);
      return void call.phase({ ...phase, legId });
    }
    case 'ringing': {
      const kept = call.state.legs[phase.legId]?.kept === true;
      if (kept && keptLegId !== null)
        return void call.keptLeg(agentId, keptLegId).phase({ ...phase, legId: keptLegId });
      // A phone that rang in a page that is gone: ring the new one.
      if (keptLegId !== null) return;
      const ringMs = call.state.queue?.ringMs ?? recoverMs;
      const legId = ringAgain(call, agentId, sipUser, ringMs, false);
      return void call.phase({ ...phase, legId }).wind('ring', call.now + ringMs + overdueMs);
    }
    case 'talking':
    case 'recovering': {
      if (keptLegId !== null && phase.legId === keptLegId && call.isUp(keptLegId)) return;
      if (keptLegId !== null)
        return connect(call.keptLeg(agentId, keptLegId), agentId, keptLegId, phase.held);
      const legId = ringAgain(call, agentId, sipUser, recoverMs, true);
      const since = phase.name === 'recovering' ? phase.since : call.now;
      call.phase({ name: 'recovering', since, agentId, legId, held: phase.held });
      if (call.state.timers.recover === undefined) call.wind('recover', call.now + recoverMs);
      return;
    }
    default:
      return;
  }
}

function ringAgain(call: Draft, agentId: AgentId, sipUser: string, ringMs: number, autoAnswer: boolean) {
  const legId = call.newLeg('agent', agentId);
  call.do({ do: 'ringAgent', legId, agentId, sipUser, ringMs, autoAnswer });
  return legId;
}
