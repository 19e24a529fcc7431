import type { AgentId, CallId, EpochMs, LegId } from '../basics/ids.ts';
import type { PauseReason } from '../live/schema.ts';
import type { Role } from '../users/schema.ts';

/**
 * One agent at work: `decideAgent(state, event, now)`. Pure; late and doubled events are legal. What he does is one of six
 * activities; beside it stand his browser, his phone and his kept-up leg, each of which can be lost by itself.
 */
export interface AgentState {
  readonly agentId: AgentId;
  readonly name: string;
  readonly sipUser: string;
  readonly role: Role;
  readonly activity: Activity;
  /** The call that he put on hold to take another one (call waiting); its customer hears music. */
  readonly aside: CallId | null;
  /** What he becomes when the present call and its wrap-up are over. */
  readonly next: Next;
  /** Open pages that can show a card. */
  readonly pages: number;
  readonly phoneOnline: boolean;
  /** Campaigns that run now and count on him: while there is one, his leg is kept up. */
  readonly campaignIds: readonly number[];
  readonly keptLeg: KeptLeg;
  /** Since when the exchange's own fallback queue has his phone, ringing or talking; null: it has not. */
  readonly takenSince: EpochMs | null;
  readonly legCount: number;
}

export type Activity =
  | { readonly name: 'offline'; readonly since: EpochMs }
  | { readonly name: 'ready'; readonly since: EpochMs }
  | { readonly name: 'paused'; readonly since: EpochMs; readonly reason: PauseReason }
  | { readonly name: 'ringing'; readonly since: EpochMs; readonly callId: CallId }
  | { readonly name: 'talking'; readonly since: EpochMs; readonly callId: CallId }
  | { readonly name: 'hold'; readonly since: EpochMs; readonly callId: CallId }
  | {
      readonly name: 'wrapUp';
      readonly since: EpochMs;
      readonly callId: CallId;
      readonly endsAt: EpochMs;
      /** How often he asked for more time. */
      readonly extended: number;
    };

type Next =
  | { readonly name: 'ready' }
  | { readonly name: 'offline' }
  | { readonly name: 'paused'; readonly reason: PauseReason };

export type KeptLeg =
  | { readonly status: 'none' }
  | { readonly status: 'ringing'; readonly legId: LegId; readonly since: EpochMs }
  | { readonly status: 'up'; readonly legId: LegId };

export type AgentEvent =
  | { readonly type: 'pageOpened' }
  | { readonly type: 'pageClosed' }
  /** No page for so long that he is not there. */
  | { readonly type: 'absent' }
  | { readonly type: 'phoneOnline' }
  | { readonly type: 'phoneOffline' }
  /** The exchange's own fallback queue has rung it, or serves a caller with it; and is done with it. */
  | { readonly type: 'phoneTaken' }
  | { readonly type: 'phoneGivenBack' }
  /** His browser says which legs it has; a leg that it does not have is dead. */
  | { readonly type: 'phoneReport'; readonly legIds: readonly string[] }
  | { readonly type: 'ready' }
  | { readonly type: 'pause'; readonly reason: PauseReason }
  | { readonly type: 'signOff' }
  | { readonly type: 'campaigns'; readonly campaignIds: readonly number[] }
  /** `own`: by his own act (he dials, he listens in): from a pause, too, and back to it afterwards. */
  | { readonly type: 'reserved'; readonly callId: CallId; readonly own?: true }
  /** He puts his call on hold and takes one that waits for him. */
  | { readonly type: 'takeSecond'; readonly callId: CallId }
  /** Back to the call that he had put aside, the present one is put aside. */
  | { readonly type: 'swap' }
  | { readonly type: 'extendWrapUp'; readonly callId: CallId }
  | { readonly type: 'connected'; readonly callId: CallId }
  | { readonly type: 'held'; readonly callId: CallId }
  | { readonly type: 'resumed'; readonly callId: CallId }
  | {
      readonly type: 'released';
      readonly callId: CallId;
      readonly wrapUpMs: number | null;
      readonly missed: boolean;
    }
  | { readonly type: 'finishWrapUp'; readonly callId: CallId }
  | { readonly type: 'timer' }
  | { readonly type: 'legUp'; readonly legId: LegId }
  | { readonly type: 'legGone'; readonly legId: LegId }
  | { readonly type: 'exchangeDown' };

export type AgentEffect =
  | { readonly do: 'ringKeptLeg'; readonly legId: LegId }
  | { readonly do: 'hangUpLeg'; readonly legId: LegId }
  | { readonly do: 'setTimer'; readonly at: EpochMs }
  /** He may take a call now: let the router look. */
  | { readonly do: 'route' }
  /** His call needs his new leg (or to know that the old one is dead). */
  | { readonly do: 'reattach'; readonly callId: CallId; readonly keptLegId: LegId | null }
  | { readonly do: 'fallbackMember'; readonly as: 'available' | 'paused' | 'absent' };

/** A phone that does not pick its kept-up leg within this time has lost the ring; the next report asks again. */
export const keptLegRingMs = 15_000;

export function newAgent(agentId: AgentId, name: string, now: EpochMs, role: Role = 'agent'): AgentState {
  return {
    agentId,
    name,
    sipUser: `agent-${agentId}`,
    role,
    aside: null,
    activity: { name: 'offline', since: now },
    next: { name: 'ready' },
    pages: 0,
    phoneOnline: false,
    campaignIds: [],
    keptLeg: { status: 'none' },
    takenSince: null,
    legCount: 0,
  };
}

/** How much more time for the result he gets each time he asks, and how often he may ask. */
export const wrapUpExtensionMs = 60_000;
export const maxWrapUpExtensions = 3;

/** The call that has him, if any: the one that he hears, not one that he put aside. */
export function callOf(state: AgentState): CallId | null {
  switch (state.activity.name) {
    case 'ringing':
    case 'talking':
    case 'hold':
      return state.activity.callId;
    default:
      return null;
  }
}

/** All calls that have him: the one he hears and the one he put aside. */
export function callsOf(state: AgentState): CallId[] {
  return [callOf(state), state.aside].filter((callId) => callId !== null);
}

/** May the router give him a call? He must see the card and hear the ring. */
export function isFree(state: AgentState): boolean {
  return state.activity.name === 'ready' && state.pages > 0 && state.phoneOnline && state.takenSince === null;
}

export function decideAgent(
  was: AgentState,
  event: AgentEvent,
  now: EpochMs,
): { state: AgentState; effects: readonly AgentEffect[] } {
  const changed = react(was, event, now);
  const effects = [...changed.effects];
  const legged = keepLeg(changed.state, event, now, effects);
  const member = memberOf(legged);
  if (member !== memberOf(was)) effects.push({ do: 'fallbackMember', as: member });
  if (isFree(legged) && (!isFree(was) || legged.keptLeg.status !== was.keptLeg.status))
    effects.push({ do: 'route' });
  return { state: legged, effects };
}

interface Change {
  readonly state: AgentState;
  readonly effects: readonly AgentEffect[];
}

function react(state: AgentState, event: AgentEvent, now: EpochMs): Change {
  const { activity } = state;
  const same = { state, effects: [] };
  const to = (next: Activity): Change => ({ state: { ...state, activity: next }, effects: [] });
  const mine = 'callId' in activity && 'callId' in event && activity.callId === event.callId;
  switch (event.type) {
    case 'pageOpened':
      return { state: { ...state, pages: state.pages + 1 }, effects: [] };
    case 'pageClosed':
      return { state: { ...state, pages: Math.max(0, state.pages - 1) }, effects: [] };
    case 'absent':
      if (state.pages > 0) return same;
      return activity.name === 'ready' || activity.name === 'paused' || activity.name === 'wrapUp'
        ? to({ name: 'offline', since: now })
        : { state: { ...state, next: { name: 'offline' } }, effects: [] };
    case 'phoneOnline':
      return { state: { ...state, phoneOnline: true }, effects: [] };
    case 'phoneOffline':
      return { state: { ...state, phoneOnline: false }, effects: [] };
    case 'phoneTaken':
      return { state: { ...state, takenSince: state.takenSince ?? now }, effects: [] };
    case 'phoneGivenBack':
      return { state: { ...state, takenSince: null }, effects: [] };
    case 'phoneReport':
      return reported({ ...state, phoneOnline: true }, event.legIds);
    case 'ready':
      if (activity.name === 'offline' || activity.name === 'paused' || activity.name === 'wrapUp') {
        return {
          state: { ...state, next: { name: 'ready' }, activity: { name: 'ready', since: now } },
          effects: [],
        };
      }
      return { state: { ...state, next: { name: 'ready' } }, effects: [] };
    case 'pause':
      if (activity.name === 'ready' || activity.name === 'offline' || activity.name === 'paused') {
        return to({ name: 'paused', since: now, reason: event.reason });
      }
      return { state: { ...state, next: { name: 'paused', reason: event.reason } }, effects: [] };
    case 'signOff':
      if (callOf(state) !== null) return { state: { ...state, next: { name: 'offline' } }, effects: [] };
      return to({ name: 'offline', since: now });
    case 'campaigns':
      return { state: { ...state, campaignIds: event.campaignIds }, effects: [] };
    case 'reserved':
      return reserved(state, event.callId, event.own === true, now);
    case 'takeSecond':
      if ((activity.name !== 'talking' && activity.name !== 'hold') || state.aside !== null) return same;
      if (activity.callId === event.callId) return same;
      return {
        state: {
          ...state,
          aside: activity.callId,
          activity: { name: 'ringing', since: now, callId: event.callId },
        },
        effects: [],
      };
    case 'swap':
      if ((activity.name !== 'talking' && activity.name !== 'hold') || state.aside === null) return same;
      return {
        state: {
          ...state,
          aside: activity.callId,
          activity: { name: 'talking', since: now, callId: state.aside },
        },
        effects: [],
      };
    case 'connected':
      return mine && (activity.name === 'ringing' || activity.name === 'hold')
        ? to({ name: 'talking', since: now, callId: event.callId })
        : same;
    case 'held':
      return mine && activity.name === 'talking'
        ? to({ name: 'hold', since: now, callId: event.callId })
        : same;
    case 'resumed':
      return mine && activity.name === 'hold'
        ? to({ name: 'talking', since: now, callId: event.callId })
        : same;
    case 'released':
      if (event.callId === state.aside) return { state: { ...state, aside: null }, effects: [] };
      return mine && activity.name !== 'wrapUp' ? released(state, event, now) : same;
    case 'extendWrapUp': {
      if (!mine || activity.name !== 'wrapUp' || activity.extended >= maxWrapUpExtensions) return same;
      const endsAt = activity.endsAt + wrapUpExtensionMs;
      return {
        state: { ...state, activity: { ...activity, endsAt, extended: activity.extended + 1 } },
        effects: [{ do: 'setTimer', at: endsAt }],
      };
    }
    case 'finishWrapUp':
      return mine && activity.name === 'wrapUp' ? afterCall(state, now) : same;
    case 'timer':
      return activity.name === 'wrapUp' && now >= activity.endsAt ? afterCall(state, now) : same;
    case 'legUp':
      if (state.keptLeg.status !== 'ringing' || state.keptLeg.legId !== event.legId) return same;
      return whenLegUp({ ...state, keptLeg: { status: 'up', legId: event.legId } }, event.legId);
    case 'legGone':
      if (state.keptLeg.status === 'none' || state.keptLeg.legId !== event.legId) return same;
      return { state: { ...state, keptLeg: { status: 'none' } }, effects: [] };
    case 'exchangeDown':
      return {
        state: { ...state, phoneOnline: false, keptLeg: { status: 'none' }, takenSince: null },
        effects: [],
      };
    default:
      return event satisfies never;
  }
}

/** The router takes a ready agent; by his own act (he dials, he listens in) he may come from a pause, and goes back to it. */
function reserved(state: AgentState, callId: CallId, own: boolean, now: EpochMs): Change {
  const { activity } = state;
  const ringing: Activity = { name: 'ringing', since: now, callId };
  if (activity.name === 'ready') return { state: { ...state, activity: ringing }, effects: [] };
  if (!own || (activity.name !== 'paused' && activity.name !== 'offline')) return { state, effects: [] };
  const next: Next =
    activity.name === 'paused' ? { name: 'paused', reason: activity.reason } : { name: 'offline' };
  return { state: { ...state, activity: ringing, next }, effects: [] };
}

/** The call that he hears needs him no more. */
function released(state: AgentState, event: Extract<AgentEvent, { type: 'released' }>, now: EpochMs): Change {
  // The call that he put aside waits on hold; what is to be said about this one can be said later.
  if (state.aside !== null) {
    const activity: Activity = { name: 'hold', since: now, callId: state.aside };
    return { state: { ...state, aside: null, activity }, effects: [] };
  }
  // He did not pick up: he is not at his desk, and the next caller shall not wait for him as well.
  if (event.missed) {
    const activity: Activity = { name: 'paused', since: now, reason: 'technical' };
    return { state: { ...state, activity }, effects: [] };
  }
  if (event.wrapUpMs === null) return afterCall(state, now);
  const endsAt = now + event.wrapUpMs;
  const activity: Activity = { name: 'wrapUp', since: now, callId: event.callId, endsAt, extended: 0 };
  return { state: { ...state, activity }, effects: [{ do: 'setTimer', at: endsAt }] };
}

function afterCall(state: AgentState, now: EpochMs): Change {
  const { next } = state;
  const activity: Activity =
    next.name === 'paused'
      ? { name: 'paused', since: now, reason: next.reason }
      : { name: next.name, since: now };
  return { state: { ...state, activity, next: { name: 'ready' } }, effects: [] };
}

/** Compares what his browser has with what we think it has. */
function reported(state: AgentState, legIds: readonly string[]): Change {
  const effects: AgentEffect[] = [];
  let { keptLeg } = state;
  if (keptLeg.status === 'up' && !legIds.includes(keptLeg.legId)) {
    effects.push({ do: 'hangUpLeg', legId: keptLeg.legId });
    keptLeg = { status: 'none' };
  }
  // A kept-up leg that stood comes back at once by itself (`legUp` re-attaches). One that rang in a page that is gone takes its
  // time, and a leg that rings on demand never comes by itself: those are asked for here.
  const rungInVain = keptLeg.status === 'ringing' && !legIds.includes(keptLeg.legId);
  for (const callId of needsLeg(state) && !rungInVain ? [] : callsOf(state)) {
    if (!legIds.some((legId) => legId.includes(callId)))
      effects.push({ do: 'reattach', callId, keptLegId: null });
  }
  return { state: { ...state, keptLeg }, effects };
}

function whenLegUp(state: AgentState, legId: LegId): Change {
  return {
    state,
    effects: callsOf(state).map((callId) => ({ do: 'reattach', callId, keptLegId: legId })),
  };
}

function needsLeg(state: AgentState): boolean {
  return state.campaignIds.length > 0 && state.activity.name !== 'offline';
}

/** Puts the kept-up leg up where it is wanted and lets it go where it is not. */
function keepLeg(state: AgentState, event: AgentEvent, now: EpochMs, effects: AgentEffect[]): AgentState {
  const { keptLeg } = state;
  if (needsLeg(state)) {
    const lost = keptLeg.status === 'ringing' && now - keptLeg.since > keptLegRingMs;
    // A leg that is gone is not rung again in the same breath: a phone that refuses would be rung without end. The watch
    // (`timer`, each second) or the browser's next report does it.
    const wait = event.type === 'legGone' || (keptLeg.status !== 'none' && !lost);
    if (wait || !state.phoneOnline || state.pages === 0 || state.takenSince !== null) return state;
    const legId = `ag-${state.agentId}-keep-${now}-${state.legCount + 1}` as LegId;
    effects.push({ do: 'ringKeptLeg', legId });
    return { ...state, legCount: state.legCount + 1, keptLeg: { status: 'ringing', legId, since: now } };
  }
  if (keptLeg.status !== 'none' && callOf(state) === null) {
    effects.push({ do: 'hangUpLeg', legId: keptLeg.legId });
    return { ...state, keptLeg: { status: 'none' } };
  }
  return state;
}

/** How the exchange's own fallback queue should see him, for the time when we are not there. */
function memberOf(state: AgentState): 'available' | 'paused' | 'absent' {
  if (state.role !== 'agent' || state.activity.name === 'offline') return 'absent';
  return state.activity.name === 'paused' ? 'paused' : 'available';
}
