import type { CallId, EpochMs } from '../basics/ids.ts';
import { completeTransfer, conference, consult, dropConsult, ringConsulted } from './call-consult.ts';
import { type Decision, Draft, legSince } from './call-draft.ts';
import type { CallEvent } from './call-events.ts';
import { legAnswered, legEnded, orderFailed, playbackEnded, timer } from './call-legs.ts';
import { settle } from './call-media.ts';
import { heard, isNew, placed, placedManually } from './call-outbound.ts';
import type { CallState } from './call-state.ts';
import { assigned, enqueue, ring } from './call-steps.ts';
import { endBySupervisor, takeOver, unwatch, watch } from './call-supervise.ts';
import { hangUp, hold, pauseRecording, reattach, resume, resumeRecording, sendDigits } from './call-talk.ts';
import { transfer } from './call-transfer.ts';

/**
 * One call, from offer to end: `decide(state, event, now)` says what it is afterwards and what is to be done. Pure;
 * late, doubled and missing events are legal. The customer's leg has the call's own id.
 */

/** A call that nobody has said anything about yet; its first event is `offered`, `placed` or `placedManually`. */
export function newCall(callId: CallId, direction: CallState['direction'], now: EpochMs): CallState {
  return {
    callId,
    direction,
    phone: null,
    phoneRaw: null,
    calledNumber: null,
    customer: null,
    candidates: [],
    queue: null,
    campaign: null,
    manual: null,
    phase: { name: 'recognising', since: now },
    consult: null,
    watchers: {},
    wanted: null,
    transfers: [],
    notes: [],
    offeredAt: now,
    queuedAt: null,
    answeredAt: null,
    connectedAt: null,
    agentId: null,
    legs: {},
    tried: [],
    legCount: 0,
    listening: null,
    notice: null,
    music: false,
    recording: null,
    timers: {},
    result: null,
    verdict: null,
    end: null,
  };
}

export function decide(state: CallState, event: CallEvent, now: EpochMs): Decision {
  const call = new Draft(state, now);
  if (state.phase.name === 'ended') {
    afterTheEnd(call, event);
    return { state, effects: call.effects };
  }
  react(call, event);
  return settle(call, state);
}

function react(call: Draft, event: CallEvent): void {
  const { state, now } = call;
  switch (event.type) {
    case 'offered':
      return offered(call, event);
    case 'placed':
      return placed(call, event);
    case 'placedManually':
      return placedManually(call, event);
    case 'lookedUp':
      return lookedUp(call, event.candidates);
    case 'assigned':
      return assigned(call, event);
    case 'cardShown':
      if (state.phase.name === 'popping' && state.phase.agentId === event.agentId) return ring(call);
      return state.consult?.agentId === event.agentId ? ringConsulted(call) : undefined;
    case 'legRinging':
      return void call.leg(event.legId, { rang: true });
    case 'legAnswered':
      return legAnswered(call, event.legId);
    case 'legEnded':
      return legEnded(call, event.legId, { cause: event.cause, sipCode: event.sipCode });
    case 'playbackEnded':
      return playbackEnded(call, event.playbackId);
    case 'speechStarted':
      return heard(call, { type: 'speechStarted', at: now });
    case 'speechEnded':
      return heard(call, { type: 'speechEnded', at: now, speechMs: event.speechMs });
    case 'timer':
      return timer(call, event.name);
    case 'hangUp':
      return hangUp(call, event.agentId);
    case 'hold':
      return hold(call, event.agentId);
    case 'resume':
      return resume(call, event.agentId);
    case 'transfer':
      return transfer(call, event);
    case 'consult':
      return consult(call, event);
    case 'cancelConsult':
      return state.agentId === event.agentId ? dropConsult(call, 'cancelled') : undefined;
    case 'completeTransfer':
      return completeTransfer(call, event);
    case 'conference':
      return conference(call, event.agentId);
    case 'digits':
      return sendDigits(call, event);
    case 'pauseRecording':
      return pauseRecording(call, event.agentId);
    case 'resumeRecording':
      return resumeRecording(call, event.agentId);
    case 'watch':
      return watch(call, event);
    case 'unwatch':
      return unwatch(call, event.supervisorId);
    case 'takeOver':
      return takeOver(call, event);
    case 'endBySupervisor':
      return endBySupervisor(call);
    case 'reattach':
      return reattach(call, event);
    case 'attachCustomer':
      return event.agentId === state.agentId ? void call.set({ customer: event.customer }) : undefined;
    case 'result':
      return giveResult(call, event);
    case 'orderFailed':
      return orderFailed(call, event);
    default:
      return event satisfies never;
  }
}

function offered(call: Draft, event: Extract<CallEvent, { type: 'offered' }>): void {
  if (!isNew(call.state)) return;
  const { phone, phoneRaw, calledNumber, queue } = event;
  const notice = queue.record ? `notice-${call.state.callId}` : null;
  call
    .set({ phone, phoneRaw, calledNumber, queue, notice })
    .addLeg(call.customerLeg, legSince('customer', call.now, call.now))
    .do({ do: 'lookUp', phone }, { do: 'answer', legId: call.customerLeg });
  if (notice !== null)
    call.do({ do: 'play', legId: call.customerLeg, playbackId: notice, prompts: ['recording-notice'] });
}

function lookedUp(call: Draft, candidates: CallState['candidates']): void {
  if (call.state.phase.name !== 'recognising') return;
  const only = candidates.length === 1 ? candidates[0] : undefined;
  call.set({ candidates, customer: only ? { id: only.id, name: only.name } : null });
  enqueue(call);
}

/** Also of who has just handed the call to an outside number. */
function giveResult(call: Draft, event: Extract<CallEvent, { type: 'result' }>): void {
  const { phase, agentId } = call.state;
  if (event.agentId !== agentId && !('by' in phase && phase.by === event.agentId)) return;
  const { dispositionId, note, callbackAt } = event;
  call.set({ result: { dispositionId, note, callbackAt } });
}

/** Late events of a call that is over: a leg that came up too late is ended, whoever was reserved for it is free again. */
function afterTheEnd(call: Draft, event: CallEvent): void {
  switch (event.type) {
    case 'legAnswered':
      if (call.state.legs[event.legId]?.kept !== true)
        call.do({ do: 'hangUp', legId: event.legId, reason: 'normal' });
      return;
    case 'assigned':
    case 'placedManually':
    case 'reattach':
      return void call.refuse(event.agentId);
    case 'transfer':
    case 'consult':
      return event.target.kind === 'agent' ? void call.refuse(event.target.agentId) : undefined;
    case 'watch':
    case 'takeOver':
      return void call.refuse(event.supervisorId);
    default:
      return;
  }
}
