import type { AgentId, CallId, EpochMs, LegId } from '../basics/ids.ts';
import { listen, type Sound, startListening } from './answering-machine.ts';
import { customerLegSince, type Decision, Draft } from './call-draft.ts';
import { apologise, endByUs, finish, longestPlayMs } from './call-end.ts';
import type { AgentNews, CallEvent, CallState, Phase, TimerName } from './call-state.ts';
import { agentMissed, connect, enqueue, forgetLeg, overdueMs, ring } from './call-steps.ts';
import type { EndCodes } from './outcome.ts';

/**
 * One call, from offer to end: `decide(state, event, now)` says what it is afterwards and what is to be done. Pure;
 * late, doubled and missing events are legal. The customer's leg has the call's own id.
 */

/** How long the agent's screen may take to show the card before his phone rings all the same. */
export const cardWaitMs = 500;
/** How long a customer is held for an agent whose leg is gone (refresh, lost network). */
export const recoverMs = 30_000;
/** A person we rang waits at most so long for an agent (Telemarketing Sales Rule and its likes: 2 s). */
export const abandonAfterMs = 2000;

/** A call that nobody has said anything about yet; its first event is `offered` or `placed`. */
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
  if (state.phase.name === 'ended') return afterTheEnd(state, event);
  const call = new Draft(state, now);
  switch (event.type) {
    case 'offered':
      return offered(call, event);
    case 'placed':
      return placed(call, event);
    case 'lookedUp':
      return lookedUp(call, event.candidates);
    case 'assigned':
      return assigned(call, event);
    case 'cardShown':
      return state.phase.name === 'popping' && state.phase.agentId === event.agentId
        ? ring(call)
        : call.done();
    case 'legRinging':
      return call.leg(event.legId, { rang: true }).done();
    case 'legAnswered':
      return legAnswered(call, event.legId);
    case 'legEnded':
      return legEnded(call, event.legId, event);
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
    case 'reattach':
      return reattach(call, event);
    case 'attachCustomer':
      return event.agentId === state.agentId ? call.set({ customer: event.customer }).done() : call.done();
    case 'result':
      return event.agentId === state.agentId ? call.set({ result: resultOf(event) }).done() : call.done();
    case 'orderFailed':
      return orderFailed(call, event);
    case 'placedManually':
    case 'transfer':
    case 'consult':
    case 'cancelConsult':
    case 'completeTransfer':
    case 'conference':
    case 'digits':
    case 'pauseRecording':
    case 'resumeRecording':
    case 'watch':
    case 'unwatch':
    case 'takeOver':
    case 'endBySupervisor':
      return call.done();
    default:
      return event satisfies never;
  }
}

// ---------------------------------------------------------------- coming in, going out

function offered(call: Draft, event: Extract<CallEvent, { type: 'offered' }>): Decision {
  if (call.state.queue !== null || call.state.campaign !== null) return call.done();
  const notice = event.queue.record ? `notice-${call.state.callId}` : null;
  call
    .set({
      phone: event.phone,
      phoneRaw: event.phoneRaw,
      calledNumber: event.calledNumber,
      queue: event.queue,
      notice,
    })
    .addLeg(call.customerLeg, customerLegSince(call.now, call.now))
    .do({ do: 'lookUp', phone: event.phone }, { do: 'answer', legId: call.customerLeg });
  if (notice !== null) {
    call.do({ do: 'play', legId: call.customerLeg, playbackId: notice, prompts: ['recording-notice'] });
  }
  return call.done();
}

function placed(call: Draft, event: Extract<CallEvent, { type: 'placed' }>): Decision {
  if (call.state.queue !== null || call.state.campaign !== null) return call.done();
  const { campaign, agent } = event;
  call
    .set({
      phone: event.phone,
      phoneRaw: event.phone,
      campaign,
      customer: event.customer,
      agentId: agent?.agentId ?? null,
    })
    .addLeg(call.customerLeg, customerLegSince(call.now, null))
    .phase({
      name: 'dialling',
      since: call.now,
      agentId: agent?.agentId ?? null,
      legId: agent?.legId ?? null,
    })
    .wind('dial', call.now + campaign.ringMs + overdueMs);
  if (agent !== null) {
    call.keptLeg(agent.agentId, agent.legId);
    call.do({ do: 'pop', agentId: agent.agentId }, { do: 'join', legIds: [agent.legId] });
  }
  return call.do({ do: 'dialCustomer', ringMs: campaign.ringMs, callerId: campaign.callerId }).done();
}

function lookedUp(call: Draft, candidates: CallState['candidates']): Decision {
  if (call.state.phase.name !== 'recognising') return call.done();
  const only = candidates.length === 1 ? candidates[0] : undefined;
  call.set({ candidates, customer: only ? { id: only.id, name: only.name } : null });
  return enqueue(call).done();
}

// ---------------------------------------------------------------- hotline: to an agent

function assigned(call: Draft, event: Extract<CallEvent, { type: 'assigned' }>): Decision {
  const { agentId, sipUser, keptLegId } = event;
  if (call.state.phase.name !== 'queued') {
    // The call went another way meanwhile: the agent must not stay reserved for it.
    if (call.state.agentId !== agentId)
      call.tell(agentId, { type: 'released', wrapUpMs: null, missed: false });
    return call.done();
  }
  return call
    .set({ agentId })
    .phase({ name: 'popping', since: call.now, agentId, sipUser, keptLegId })
    .do({ do: 'pop', agentId })
    .wind('card', call.now + cardWaitMs)
    .done();
}

function legAnswered(call: Draft, legId: LegId): Decision {
  const { phase } = call.state;
  const leg = call.state.legs[legId];
  if (leg === undefined) return call.done();
  if (leg.answeredAt === null) call.leg(legId, { answeredAt: call.now });
  if (legId === call.customerLeg)
    return phase.name === 'dialling' ? customerPickedUp(call, phase) : call.done();
  if (phase.name === 'ringing' && phase.legId === legId) {
    call.unwind('ring');
    return call.state.notice === null ? connect(call, phase.agentId, legId).done() : call.done();
  }
  if (phase.name === 'recovering' && phase.legId === legId) return connect(call, phase.agentId, legId).done();
  // An agent's leg that is no longer wanted.
  if (phase.name !== 'talking' || phase.legId !== legId) call.do({ do: 'hangUp', legId, reason: 'normal' });
  return call.done();
}

function customerPickedUp(call: Draft, phase: Extract<Phase, { name: 'dialling' }>): Decision {
  const { campaign } = call.state;
  call.set({ answeredAt: call.now, listening: startListening }).unwind('dial');
  if (phase.agentId !== null && phase.legId !== null && call.isUp(phase.legId)) {
    connect(call, phase.agentId, phase.legId);
  } else if (phase.agentId !== null) {
    // His leg was lost while we dialled (a refresh): the person waits a moment for him, no longer than may be.
    call
      .phase({ name: 'recovering', since: call.now, agentId: phase.agentId, legId: null })
      .wind('recover', call.now + abandonAfterMs);
  } else if (campaign?.announcement != null) {
    const playbackId = `announcement-${call.state.callId}`;
    call
      .set({ connectedAt: call.now })
      .phase({ name: 'announcing', since: call.now, playbackId })
      .wind('play', call.now + longestPlayMs)
      .do({ do: 'play', legId: call.customerLeg, playbackId, prompts: [campaign.announcement] });
  } else {
    apologise(call);
  }
  return call.do({ do: 'watchSpeech', legId: call.customerLeg }).done();
}

function playbackEnded(call: Draft, playbackId: string): Decision {
  const { phase } = call.state;
  if (playbackId === call.state.notice) {
    call.set({ notice: null });
    if (phase.name === 'queued' || phase.name === 'popping') return call.music(true).done();
    if (phase.name === 'ringing') {
      return (call.isUp(phase.legId) ? connect(call, phase.agentId, phase.legId) : call.music(true)).done();
    }
    return call.done();
  }
  if (phase.name === 'announcing' && phase.playbackId === playbackId)
    return endByUs(call, 'answered', 'system');
  return call.done();
}

/** What the far end's speech says about a person or a machine. */
function heard(call: Draft, sound: Sound): Decision {
  const { listening, phase } = call.state;
  if (listening === null || listening.step === 'decided') return call.done();
  const { now: next, lookAgainAt } = listen(listening, sound);
  call.set({ listening: next }).unwind('listen');
  if (lookAgainAt !== null) call.wind('listen', lookAgainAt);
  if (next.step !== 'decided') return call.done();
  call.do({ do: 'unwatchSpeech', legId: call.customerLeg });
  if (next.verdict === 'human') return call.done();
  if (phase.name === 'announcing') call.do({ do: 'stopPlaying', playbackId: phase.playbackId });
  return phase.name === 'ending' ? call.done() : endByUs(call, 'answeringMachine', 'system');
}

// ---------------------------------------------------------------- what the agent does

function hangUp(call: Draft, agentId: AgentId): Decision {
  const { phase } = call.state;
  if (call.state.agentId !== agentId) return call.done();
  switch (phase.name) {
    case 'talking':
    case 'recovering':
      return endByUs(call, 'answered', 'agent');
    case 'dialling':
      return endByUs(call, 'cancelled', 'agent');
    case 'ringing':
      // Declined. The end of his leg sends the call on; a kept-up leg does not end by this.
      if (call.state.legs[phase.legId]?.kept) return agentMissed(call, agentId).done();
      return call.do({ do: 'hangUp', legId: phase.legId, reason: 'busy' }).done();
    default:
      return call.done();
  }
}

function hold(call: Draft, agentId: AgentId): Decision {
  const { phase } = call.state;
  if (phase.name !== 'talking' || phase.held || phase.agentId !== agentId) return call.done();
  return call
    .phase({ ...phase, since: call.now, held: true })
    .do({ do: 'part', legId: call.customerLeg })
    .music(true)
    .tell(agentId, { type: 'held' })
    .done();
}

function resume(call: Draft, agentId: AgentId): Decision {
  const { phase } = call.state;
  if (phase.name !== 'talking' || !phase.held || phase.agentId !== agentId) return call.done();
  return call
    .phase({ ...phase, since: call.now, held: false })
    .music(false)
    .do({ do: 'join', legIds: [call.customerLeg, phase.legId] })
    .tell(agentId, { type: 'resumed' })
    .done();
}

/** The agent's browser is new (refresh, crash, other network): the customer is held and his phone rung again. */
function reattach(call: Draft, event: Extract<CallEvent, { type: 'reattach' }>): Decision {
  const { phase } = call.state;
  const { agentId, keptLegId, sipUser } = event;
  if (call.state.agentId !== agentId) return call.done();
  switch (phase.name) {
    case 'dialling':
      if (keptLegId === null || phase.legId === keptLegId) return call.done();
      forgetLeg(call, phase.legId);
      return call
        .keptLeg(agentId, keptLegId)
        .phase({ ...phase, legId: keptLegId })
        .do({ do: 'join', legIds: [keptLegId] })
        .done();
    case 'ringing': {
      // A phone that rang in a page that is gone: ring the new one.
      if (keptLegId !== null) return call.done();
      forgetLeg(call, phase.legId);
      const legId = call.newAgentLeg(agentId);
      const ringMs = call.state.queue?.ringMs ?? recoverMs;
      return call
        .phase({ ...phase, legId })
        .do({ do: 'ringAgent', legId, agentId, sipUser, ringMs, autoAnswer: false })
        .done();
    }
    case 'talking':
    case 'recovering': {
      if (keptLegId !== null && phase.legId === keptLegId) return call.done();
      forgetLeg(call, phase.legId);
      if (keptLegId !== null) return connect(call.keptLeg(agentId, keptLegId), agentId, keptLegId).done();
      const legId = call.newAgentLeg(agentId);
      call
        .phase({
          name: 'recovering',
          since: phase.name === 'recovering' ? phase.since : call.now,
          agentId,
          legId,
        })
        .do({ do: 'ringAgent', legId, agentId, sipUser, ringMs: recoverMs, autoAnswer: true });
      if (call.state.timers.recover === undefined) call.wind('recover', call.now + recoverMs);
      return call.music(true).done();
    }
    default:
      return call.done();
  }
}

// ---------------------------------------------------------------- ends

function legEnded(call: Draft, legId: LegId, codes: EndCodes): Decision {
  const leg = call.state.legs[legId];
  if (leg === undefined || leg.ended !== null) return call.done();
  call.leg(legId, { ended: { at: call.now, cause: codes.cause, sipCode: codes.sipCode } });
  if (legId === call.customerLeg) return finish(call, codes).done();
  const { phase } = call.state;
  switch (phase.name) {
    case 'popping':
      return phase.keptLegId === legId ? call.phase({ ...phase, keptLegId: null }).done() : call.done();
    case 'ringing':
      return phase.legId === legId ? agentMissed(call, phase.agentId).done() : call.done();
    case 'dialling':
      return phase.legId === legId ? call.phase({ ...phase, legId: null }).done() : call.done();
    case 'talking':
      if (phase.legId !== legId) return call.done();
      return call
        .phase({ name: 'recovering', since: call.now, agentId: phase.agentId, legId: null })
        .music(true)
        .wind('recover', call.now + recoverMs)
        .done();
    case 'recovering':
      return phase.legId === legId ? call.phase({ ...phase, legId: null }).done() : call.done();
    default:
      return call.done();
  }
}

function timer(call: Draft, name: TimerName): Decision {
  const { phase } = call.state;
  const due = call.state.timers[name];
  if (due === undefined) return call.done();
  const { [name]: _fired, ...timers } = call.state.timers;
  call.set({ timers });
  switch (name) {
    case 'card':
      return ring(call);
    case 'ring':
      if (phase.name !== 'ringing') return call.done();
      call.do({ do: 'hangUp', legId: phase.legId, reason: 'noAnswer' });
      return agentMissed(call, phase.agentId).done();
    case 'recover':
      return phase.name === 'recovering' ? nobodyCameBack(call, phase.agentId) : call.done();
    case 'listen':
      return heard(call, { type: 'clock', at: call.now });
    case 'dial':
      return phase.name === 'dialling' ? endByUs(call, 'noAnswer', 'system') : call.done();
    case 'play':
      return phase.name === 'announcing' ? endByUs(call, 'answered', 'system') : call.done();
    case 'wanted':
    case 'consult':
    case 'silence':
      return call.done();
    case 'ending':
      return finish(call, { cause: 0, sipCode: 0 }).done();
    default:
      return name satisfies never;
  }
}

function nobodyCameBack(call: Draft, agentId: AgentId): Decision {
  if (call.state.connectedAt === null) {
    call.tell(agentId, { type: 'released', wrapUpMs: null, missed: false }).set({ agentId: null });
    return apologise(call).done();
  }
  if (call.state.direction !== 'hotline') return endByUs(call, 'answered', 'system');
  call
    .tell(agentId, { type: 'released', wrapUpMs: null, missed: true })
    .set({ tried: [...call.state.tried, agentId] });
  return enqueue(call).done();
}

function orderFailed(call: Draft, event: Extract<CallEvent, { type: 'orderFailed' }>): Decision {
  const { phase } = call.state;
  const codes = { cause: 0, sipCode: 0 };
  switch (event.order) {
    case 'dialCustomer':
      // Had it rung, its end comes by itself; refused or timed out, it may or may not live: end it and wait.
      if (phase.name !== 'dialling') return call.done();
      call.set({ verdict: { outcome: 'notPlaced', by: 'system' } });
      return event.kind === 'timeout' ? endByUs(call, 'notPlaced', 'system') : finish(call, codes).done();
    case 'ringAgent':
      return event.legId === null ? call.done() : legEnded(call, event.legId, codes);
    case 'play':
      if (call.state.notice !== null) return playbackEnded(call, call.state.notice);
      return phase.name === 'announcing' ? endByUs(call, 'failed', 'system') : call.done();
    default:
      // `gone`: the leg's own end is on its way or will be found by the next survey.
      return call.done();
  }
}

/** Late events of a call that is over: a leg that came up too late is ended, a result may still be given. */
function afterTheEnd(state: CallState, event: CallEvent): Decision {
  const leg = event.type === 'legAnswered' ? state.legs[event.legId] : undefined;
  if (event.type === 'legAnswered' && leg?.kept !== true) {
    return { state, effects: [{ do: 'hangUp', legId: event.legId, reason: 'normal' }] };
  }
  if (event.type === 'assigned') {
    const what: AgentNews = { type: 'released', wrapUpMs: null, missed: false };
    return { state, effects: [{ do: 'tellAgent', agentId: event.agentId, what }] };
  }
  return { state, effects: [] };
}

function resultOf(event: Extract<CallEvent, { type: 'result' }>): NonNullable<CallState['result']> {
  return { dispositionId: event.dispositionId, note: event.note, callbackAt: event.callbackAt };
}
