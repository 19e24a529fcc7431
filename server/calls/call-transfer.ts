import type { AgentId, LegId } from '../basics/ids.ts';
import { type Draft, isOn } from './call-draft.ts';
import { endByUs, releaseOwner } from './call-end.ts';
import type { CallEvent } from './call-events.ts';
import { addNote, closeTransfer, openTransfer } from './call-notes.ts';
import type { QueueFacts, TransferTarget } from './call-state.ts';
import { enqueue, overdueMs, popTo } from './call-steps.ts';

/** A call is handed on without a word with whom it goes to; pure. */

/** How long an outside number is rung. */
export const outsideRingMs = 30_000;

export function transfer(call: Draft, event: Extract<CallEvent, { type: 'transfer' }>): void {
  const { target, agentId, fallback, note } = event;
  const { phase, consult } = call.state;
  const allowed = phase.name === 'talking' && phase.agentId === agentId && consult === null;
  if (!allowed || isTaken(call, target)) return refuseTarget(call, target);
  addNote(call, agentId, note);
  openTransfer(call, 'blind', agentId, target);
  releaseOwner(call);
  toQueueOf(call, target, fallback);
  switch (target.kind) {
    case 'agent':
      return popTo(call, target);
    case 'busyAgent':
      return enqueue(call, target.agentId);
    case 'queue':
      return enqueue(call.set({ tried: [] }));
    case 'outside':
      return ringing(call, agentId, dialOutside(call, target));
    default:
      return target satisfies never;
  }
}

/** Is he on this call already, as its agent, its third party or its supervisor? */
export function isTaken(call: Draft, target: TransferTarget): boolean {
  return 'agentId' in target && isOn(call.state, target.agentId);
}

/** The switchboard has reserved him; the call does not want him after all. */
export function refuseTarget(call: Draft, target: TransferTarget): void {
  if (target.kind === 'agent') call.refuse(target.agentId);
}

/** From now on it is a call of this queue: its ring time, its wrap-up, its people when nobody else takes it. */
export function toQueueOf(call: Draft, target: TransferTarget, fallback: QueueFacts): void {
  call.set({ queue: target.kind === 'queue' ? target.queue : (call.state.queue ?? fallback) });
}

export function dialOutside(call: Draft, target: Extract<TransferTarget, { kind: 'outside' }>): LegId {
  const legId = call.newLeg('outside', null);
  const { phone, callerId } = target;
  call.do({ do: 'dialOutside', legId, phone, callerId, ringMs: outsideRingMs });
  return legId;
}

/** The outside number rings, the customer hears music; `by` is out of it. */
export function ringing(call: Draft, by: AgentId, legId: LegId): void {
  call
    .phase({ name: 'transferring', since: call.now, by, legId })
    .wind('dial', call.now + outsideRingMs + overdueMs);
}

/** Nobody there: the customer comes back, to whoever handed him over if he is free. */
export function outsideMissed(call: Draft, by: AgentId): void {
  closeTransfer(call, 'returned');
  enqueue(call, by);
}

/** Customer and outside party go on by themselves: what they say is not ours to record. */
export function goAway(call: Draft, by: AgentId, legId: LegId): void {
  const { recording } = call.state;
  closeTransfer(call, 'completed');
  if (recording !== null && recording.stoppedAt === null)
    call.set({ recording: { ...recording, stoppedAt: call.now } });
  call.phase({ name: 'away', since: call.now, by, legId });
}

/** The outside party has hung up. */
export function outsideLeft(call: Draft): void {
  endByUs(call, 'answered', 'system');
}
