import type { AgentId } from '../basics/ids.ts';
import type { Draft } from './call-draft.ts';
import { releaseOwner } from './call-end.ts';
import type { CallEvent } from './call-events.ts';
import { addNote, closeTransfer, markConference, openTransfer } from './call-notes.ts';
import type { Consult, TransferFacts } from './call-state.ts';
import { becomeOwner, cardWaitMs, enqueue, overdueMs, popTo } from './call-steps.ts';
import {
  dialOutside,
  goAway,
  isTaken,
  outsideRingMs,
  refuseTarget,
  ringing,
  toQueueOf,
} from './call-transfer.ts';

/** A third party is asked, joins, takes the call over or is let go; pure. */

/** How long a colleague who is asked is rung. */
export const consultRingMs = 20_000;

/** The customer is held, the third party is fetched. */
export function consult(call: Draft, event: Extract<CallEvent, { type: 'consult' }>): void {
  const { target, agentId, note } = event;
  const { phase } = call.state;
  const allowed = phase.name === 'talking' && phase.agentId === agentId && call.state.consult === null;
  if (!allowed || target.kind === 'busyAgent' || isTaken(call, target)) return refuseTarget(call, target);
  addNote(call, agentId, note);
  openTransfer(call, 'attended', agentId, target);
  if (!phase.held) call.phase({ ...phase, since: call.now, held: true }).tell(agentId, { type: 'held' });
  const begun = { target, agentId: null, sipUser: null, keptLegId: null, legId: null, since: call.now };
  switch (target.kind) {
    case 'agent': {
      const { sipUser, keptLegId } = target;
      call
        .set({ consult: { ...begun, agentId: target.agentId, sipUser, keptLegId, step: 'popping' } })
        .do({ do: 'pop', agentId: target.agentId })
        .wind('consult', call.now + cardWaitMs);
      return;
    }
    case 'queue':
      call.set({ consult: { ...begun, step: 'queued' } }).do({ do: 'route' });
      return;
    case 'outside': {
      const legId = dialOutside(call, target);
      call
        .set({ consult: { ...begun, legId, step: 'ringing' } })
        .wind('consult', call.now + outsideRingMs + overdueMs);
      return;
    }
    default:
      return target satisfies never;
  }
}

/** His card is shown (or takes too long): now his phone. A kept-up leg needs no ring. */
export function ringConsulted(call: Draft): void {
  const asked = call.state.consult;
  if (asked === null || asked.step !== 'popping' || asked.agentId === null) return;
  if (asked.keptLegId === null) return ringAgain(call, asked, asked.sipUser ?? '', 'ringing', false);
  call.keptLeg(asked.agentId, asked.keptLegId).set({ consult: { ...asked, legId: asked.keptLegId } });
  consultAnswered(call);
}

function ringAgain(
  call: Draft,
  asked: Consult,
  sipUser: string,
  step: Consult['step'],
  autoAnswer: boolean,
): void {
  const { agentId } = asked;
  if (agentId === null) return;
  const legId = call.newLeg('agent', agentId);
  call
    .set({ consult: { ...asked, legId, sipUser, step } })
    .wind('consult', call.now + consultRingMs + overdueMs)
    .do({ do: 'ringAgent', legId, agentId, sipUser, ringMs: consultRingMs, autoAnswer });
}

/** The third party is there: agent and he talk. (One who came back after a refresh is where he was.) */
export function consultAnswered(call: Draft): void {
  const asked = call.state.consult;
  if (asked === null) return;
  if (asked.step !== 'conference')
    call.set({
      consult: { ...asked, step: 'private', since: asked.step === 'private' ? asked.since : call.now },
    });
  if (asked.agentId !== null) call.tell(asked.agentId, { type: 'connected' });
}

/** The third party's leg is gone, or never came: the customer comes back. */
export function consultLost(call: Draft): void {
  const asked = call.state.consult;
  if (asked === null) return;
  const talked = asked.step === 'private' || asked.step === 'conference';
  dropConsult(call, talked ? 'cancelled' : 'refused', !talked);
}

export function consultTimer(call: Draft): void {
  const asked = call.state.consult;
  if (asked === null) return;
  if (asked.step === 'popping') return ringConsulted(call);
  if (asked.legId !== null && call.isUp(asked.legId)) return;
  if (asked.legId !== null) call.do({ do: 'hangUp', legId: asked.legId, reason: 'noAnswer' });
  consultLost(call);
}

/** The colleague who was asked pressed hang up. */
export function consultedHangsUp(call: Draft, asked: Consult): void {
  if (asked.legId !== null && asked.step === 'ringing')
    call.do({ do: 'hangUp', legId: asked.legId, reason: 'busy' });
  consultLost(call);
}

/** The colleague's browser is new: back into the consultation, whatever step it is at. */
export function reattachConsulted(
  call: Draft,
  asked: Consult,
  event: Extract<CallEvent, { type: 'reattach' }>,
): void {
  const { keptLegId, agentId, sipUser } = event;
  if (asked.step === 'popping') return void call.set({ consult: { ...asked, keptLegId } });
  if (keptLegId === null) return ringAgain(call, asked, sipUser, asked.step, asked.step !== 'ringing');
  // A call that rings is his to accept, whatever other leg of his comes up meanwhile.
  if (asked.step === 'ringing' || keptLegId === asked.legId) return;
  call.keptLeg(agentId, keptLegId).set({ consult: { ...asked, legId: keptLegId } });
  consultAnswered(call);
}

/** The third party is out of it; the customer, if he was held for it, comes back. */
export function dropConsult(
  call: Draft,
  how: NonNullable<TransferFacts['ended']>['how'],
  missed = false,
): void {
  const { consult: asked, phase } = call.state;
  if (asked === null) return;
  if (asked.agentId !== null) call.tell(asked.agentId, { type: 'released', wrapUpMs: null, missed });
  closeTransfer(call, how);
  call.set({ consult: null });
  if (asked.step === 'conference') return;
  if (phase.name === 'recovering') call.phase({ ...phase, held: false });
  if (phase.name !== 'talking' || !phase.held) return;
  call.phase({ ...phase, since: call.now, held: false }).tell(phase.agentId, { type: 'resumed' });
}

export function conference(call: Draft, agentId: AgentId): void {
  const { consult: asked, phase } = call.state;
  if (asked === null || asked.step !== 'private' || phase.name !== 'talking' || phase.agentId !== agentId)
    return;
  if (asked.legId === null || !call.isUp(asked.legId)) return;
  markConference(call);
  call
    .set({ consult: { ...asked, step: 'conference', since: call.now } })
    .phase({ ...phase, since: call.now, held: false })
    .tell(agentId, { type: 'resumed' });
}

/** The agent leaves: whoever was asked has the customer, or gets him as soon as he picks up. */
export function completeTransfer(call: Draft, event: Extract<CallEvent, { type: 'completeTransfer' }>): void {
  const { consult: asked } = call.state;
  if (asked === null || call.state.agentId !== event.agentId) return;
  if (asked.step === 'private' || asked.step === 'conference') return handOver(call, asked, event.agentId);
  call.set({ consult: null });
  releaseOwner(call);
  toQueueOf(call, asked.target, event.fallback);
  const { agentId, legId, sipUser, keptLegId } = asked;
  if (asked.step === 'queued') return enqueue(call.set({ tried: [] }));
  if (agentId === null) return legId === null ? enqueue(call) : ringing(call, event.agentId, legId);
  if (legId === null) return popTo(call, { agentId, sipUser: sipUser ?? '', keptLegId });
  call
    .set({ agentId })
    .phase({ name: 'ringing', since: call.now, agentId, legId })
    .wind('ring', call.now + consultRingMs + overdueMs);
}

function handOver(call: Draft, asked: Consult, by: AgentId): void {
  call.set({ consult: null });
  if (asked.agentId !== null) {
    closeTransfer(call, 'completed');
    return becomeOwner(call, asked.agentId, asked.legId);
  }
  if (asked.legId === null) return;
  releaseOwner(call);
  goAway(call, by, asked.legId);
}

/**
 * The agent did not come back. Who talks with the customer goes on doing so, and a colleague who was asked takes over; true when
 * the customer is in somebody's hands.
 */
export function thirdTakesOver(call: Draft, ownerId: AgentId): boolean {
  const { consult: asked } = call.state;
  if (asked === null) return false;
  const there = asked.legId !== null && call.isUp(asked.legId);
  const can = asked.step === 'conference' || (asked.step === 'private' && asked.agentId !== null);
  if (there && can) {
    releaseOwner(call, true);
    handOver(call, asked, ownerId);
    return true;
  }
  dropConsult(call, 'cancelled');
  return false;
}
