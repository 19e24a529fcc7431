import type { AgentId, LegId } from '../basics/ids.ts';
import { consultAnswered, consultLost, consultTimer, thirdTakesOver } from './call-consult.ts';
import type { Draft } from './call-draft.ts';
import { apologise, endByUs, finish, releaseOwner, unknownCodes } from './call-end.ts';
import type { CallEvent, TimerName } from './call-events.ts';
import { closePause, legsInUse } from './call-media.ts';
import { customerPickedUp, dialCustomer, heard, notDialled } from './call-outbound.ts';
import { agentMissed, connect, recoverMs, ring } from './call-steps.ts';
import { watcherAnswered, watcherGone } from './call-supervise.ts';
import { goAway, outsideLeft, outsideMissed } from './call-transfer.ts';
import type { EndCodes } from './outcome.ts';

/** What the exchange and the clock say; pure. */

export function legAnswered(call: Draft, legId: LegId): void {
  const { phase, consult, watchers, manual, notice } = call.state;
  const leg = call.state.legs[legId];
  if (leg === undefined) return;
  if (leg.answeredAt === null) call.leg(legId, { answeredAt: call.now });
  if (legId === call.customerLeg) {
    if (phase.name === 'dialling') customerPickedUp(call, phase);
    return;
  }
  // An agent's leg that is no longer wanted.
  if (!legsInUse(call.state).has(legId)) {
    if (!leg.kept) call.do({ do: 'hangUp', legId, reason: 'normal' });
    return;
  }
  if (watchers[legId] !== undefined) return watcherAnswered(call, legId);
  if (consult?.legId === legId) return consultAnswered(call);
  switch (phase.name) {
    case 'ringing':
      call.unwind('ring');
      return notice === null ? connect(call, phase.agentId, legId) : undefined;
    case 'preparing':
      return manual === null ? undefined : dialCustomer(call, { agentId: phase.agentId, legId }, manual);
    case 'recovering':
      return connect(call, phase.agentId, legId, phase.held);
    case 'transferring':
      return goAway(call, phase.by, legId);
    default:
      return;
  }
}

export function legEnded(call: Draft, legId: LegId, codes: EndCodes): void {
  const { phase, consult, watchers } = call.state;
  // A kept-up leg that was to be used in a moment.
  if (phase.name === 'popping' && phase.keptLegId === legId) call.phase({ ...phase, keptLegId: null });
  if (consult?.step === 'popping' && consult.keptLegId === legId)
    call.set({ consult: { ...consult, keptLegId: null } });

  const leg = call.state.legs[legId];
  if (leg === undefined || leg.ended !== null) return;
  call.leg(legId, { ended: { at: call.now, ...codes } });
  if (legId === call.customerLeg) return finish(call, codes);
  if (watchers[legId] !== undefined) return watcherGone(call, legId);
  if (consult !== null && consult.legId === legId) return consultLost(call);
  if (!('legId' in phase) || phase.legId !== legId) return;
  switch (phase.name) {
    case 'ringing':
      return agentMissed(call, phase.agentId);
    case 'preparing':
      return endByUs(call, 'notPlaced', 'system');
    case 'dialling':
    case 'recovering':
      return void call.phase({ ...phase, legId: null });
    case 'talking':
      call
        .phase({
          name: 'recovering',
          since: call.now,
          agentId: phase.agentId,
          legId: null,
          held: phase.held,
        })
        .wind('recover', call.now + recoverMs);
      return;
    case 'transferring':
      return outsideMissed(call, phase.by);
    case 'away':
      return outsideLeft(call);
    default:
      return phase satisfies never;
  }
}

export function playbackEnded(call: Draft, playbackId: string): void {
  const { phase } = call.state;
  if (playbackId === call.state.notice) {
    call.set({ notice: null });
    if (phase.name === 'ringing' && call.isUp(phase.legId)) connect(call, phase.agentId, phase.legId);
    return;
  }
  if (phase.name === 'announcing' && phase.playbackId === playbackId) endByUs(call, 'answered', 'system');
}

export function timer(call: Draft, name: TimerName): void {
  const { phase } = call.state;
  const { [name]: due, ...timers } = call.state.timers;
  if (due === undefined) return;
  call.set({ timers });
  switch (name) {
    case 'card':
      return ring(call);
    case 'ring':
      if (phase.name !== 'ringing') return;
      call.do({ do: 'hangUp', legId: phase.legId, reason: 'noAnswer' });
      return agentMissed(call, phase.agentId);
    case 'recover':
      return phase.name === 'recovering' ? nobodyCameBack(call, phase.agentId) : undefined;
    case 'listen':
      return heard(call, { type: 'clock', at: call.now });
    case 'dial':
      return dialledInVain(call);
    case 'play':
      return phase.name === 'announcing' ? endByUs(call, 'answered', 'system') : undefined;
    case 'wanted':
      call.set({ wanted: null });
      return phase.name === 'queued' ? void call.do({ do: 'route' }) : undefined;
    case 'consult':
      return consultTimer(call);
    case 'silence':
      return closePause(call);
    case 'ending':
      if (phase.name !== 'ending') return;
      // Once more, for the first order may have been lost; nobody waits for the news any longer.
      call.do({ do: 'hangUp', legId: call.customerLeg, reason: 'normal' });
      return finish(call, unknownCodes);
    default:
      return name satisfies never;
  }
}

function dialledInVain(call: Draft): void {
  const { phase } = call.state;
  if (phase.name === 'dialling') return endByUs(call, 'noAnswer', 'system');
  if (phase.name === 'preparing') return endByUs(call, 'notPlaced', 'system');
  if (phase.name !== 'transferring') return;
  call.do({ do: 'hangUp', legId: phase.legId, reason: 'noAnswer' });
  outsideMissed(call, phase.by);
}

function nobodyCameBack(call: Draft, agentId: AgentId): void {
  if (thirdTakesOver(call, agentId)) return;
  if (call.state.connectedAt === null) {
    releaseOwner(call);
    return apologise(call);
  }
  if (call.state.queue === null) return endByUs(call, 'answered', 'system');
  agentMissed(call, agentId);
}

export function orderFailed(call: Draft, event: Extract<CallEvent, { type: 'orderFailed' }>): void {
  const { legId } = event;
  switch (event.order) {
    case 'dialCustomer':
      return notDialled(call, event.kind);
    case 'ringAgent':
    case 'dialOutside':
      if (legId === null) return;
      // It may ring all the same.
      if (event.kind === 'timeout') call.do({ do: 'hangUp', legId, reason: 'normal' });
      return legEnded(call, legId, unknownCodes);
    case 'play':
      if (call.state.notice !== null) return playbackEnded(call, call.state.notice);
      return call.state.phase.name === 'announcing' ? endByUs(call, 'failed', 'system') : undefined;
    default:
      // `gone`: the leg's own end is on its way or will be found by the next survey.
      return;
  }
}
