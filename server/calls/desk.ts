import type { AgentId, CallId, EpochMs, LegId } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import { decide, newCall } from './call.ts';
import type { CallEvent, Effect, TimerName } from './call-events.ts';
import type { CallState } from './call-state.ts';
import { type Exchange, ExchangeError } from './exchange.ts';
import { repairs } from './orphans.ts';

/** What a call needs besides the exchange. `main.ts` joins these to the features that provide them. */
export interface DeskPorts {
  readonly exchange: Exchange;
  readonly log: Log;
  now(): EpochMs;
  /** Who has this number, best match first. May be slow or fail: the desk waits `lookUpWaitMs` at most. */
  lookUp(phone: string): Promise<CallState['candidates']>;
  /** Gives the agent's screen the call; resolves when it is shown. */
  pop(agentId: number, call: CallState): Promise<void>;
  tellAgent(agentId: number, callId: CallId, what: Extract<Effect, { do: 'tellAgent' }>['what']): void;
  route(): void;
  /** After every change; the browser's view and the crash-proof copy follow from it. */
  changed(call: CallState): void;
  happened(callId: CallId, seq: number, at: EpochMs, event: CallEvent): void;
  ended(call: CallState): void;
}

/** A customer must not wait for a slow database: after this the call goes on without a name. */
export const lookUpWaitMs = 1000;
/** Ended calls are remembered so long, for events that come late. */
const rememberEndedMs = 60_000;
/** Events of one call that wait while another of its events is decided; more than a handful is a loop of our own making. */
export const inboxLimit = 1000;
/**
 * Orders of one call that wait for their turn. Each that is under way ends by itself: the exchange's client gives every request
 * a time-out, so a queue that hangs goes on after it. Beyond this the order is refused like any other that failed.
 */
export const ordersLimit = 200;

interface Entry {
  state: CallState;
  seq: number;
  readonly inbox: CallEvent[];
  draining: boolean;
  readonly timers: Map<TimerName, NodeJS.Timeout>;
  /** Orders that must reach the exchange one after another, and how many of them are waiting. */
  orders: Promise<void>;
  ordersWaiting: number;
  /** Agents who said how the call went. */
  readonly resultsOf: Set<AgentId>;
}

/** Effects that are not orders to the exchange: what the house learns of an event once the exchange has its orders. */
const toldAfterwards: ReadonlySet<Effect['do']> = new Set(['lookUp', 'route', 'pop', 'tellAgent', 'finish']);

/** All living calls of this node: one ordered queue per call, and the one place where their effects are performed. */
export class Desk {
  private readonly calls = new Map<CallId, Entry>();
  /** Those of them that have not ended: at 200 calls a second some 12,000 ended ones are remembered beside them. */
  private readonly alive = new Map<CallId, Entry>();
  private readonly byLeg = new Map<string, CallId>();
  private readonly ports: DeskPorts;
  private readonly forgetting = new Set<NodeJS.Timeout>();
  private lostEvents = 0;

  constructor(ports: DeskPorts) {
    this.ports = ports;
  }

  get(callId: CallId): CallState | undefined {
    return this.calls.get(callId)?.state;
  }

  living(): CallState[] {
    const states: CallState[] = [];
    for (const { state } of this.alive.values()) if (state.end === null) states.push(state);
    return states;
  }

  callOfLeg(legId: string): CallId | undefined {
    return this.byLeg.get(legId);
  }

  /** Living calls that count on this leg: a kept-up one may stand in one call and be wanted back by another, which is on hold. */
  callsWithLeg(legId: LegId): CallId[] {
    return this.living().flatMap((call) => (call.legs[legId]?.ended === null ? [call.callId] : []));
  }

  /** Fuller of its two kinds of queues, over all calls: what waits in the longest one. */
  longestQueues(): { readonly inbox: number; readonly orders: number; readonly lostEvents: number } {
    let inbox = 0;
    let orders = 0;
    for (const entry of this.alive.values()) {
      inbox = Math.max(inbox, entry.inbox.length);
      orders = Math.max(orders, entry.ordersWaiting);
    }
    return { inbox, orders, lostEvents: this.lostEvents };
  }

  /** This agent said how the call went. */
  noteResult(callId: CallId, agentId: AgentId): void {
    this.calls.get(callId)?.resultsOf.add(agentId);
  }

  hasResultOf(callId: CallId, agentId: AgentId): boolean {
    return this.calls.get(callId)?.resultsOf.has(agentId) ?? false;
  }

  /** A new call with its first event, offered at `at`. A call that is known already gets the event as a late one. */
  open(callId: CallId, direction: CallState['direction'], event: CallEvent, at = this.ports.now()): void {
    if (!this.calls.has(callId)) this.add(newCall(callId, direction, at));
    this.post(callId, event);
  }

  /** Takes up a call that an earlier switchboard left, maybe of an earlier version; its timers are wound up again. */
  adopt(left: CallState): void {
    if (this.calls.has(left.callId)) return;
    const state: CallState = { ...newCall(left.callId, left.direction, left.offeredAt), ...left };
    const entry = this.add(state);
    // The next number after whatever the earlier switchboard wrote: its last events may still have been on their way.
    entry.seq = 10_000 * (1 + Math.floor(state.legCount / 100));
    for (const [name, at] of Object.entries(state.timers) as [TimerName, EpochMs][])
      this.wind(entry, name, at);
    this.ports.changed(state);
  }

  /** Events of unknown calls are late news of calls long over: nothing is left to decide. */
  post(callId: CallId, event: CallEvent): void {
    const entry = this.calls.get(callId);
    if (entry === undefined) return;
    if (entry.inbox.length >= inboxLimit) {
      this.lostEvents++;
      return this.ports.log.error(
        { callId, event: event.type },
        'a call drowns in its own events; one is dropped',
      );
    }
    entry.inbox.push(event);
    if (entry.draining) return;
    entry.draining = true;
    try {
      for (let next = entry.inbox.shift(); next !== undefined; next = entry.inbox.shift())
        this.step(entry, next);
    } finally {
      entry.draining = false;
    }
  }

  /** Orders once more what a living call's state needs; `present`: who is in its bridge now. */
  repair(callId: CallId, present: ReadonlySet<LegId>): void {
    const entry = this.alive.get(callId);
    if (entry === undefined) return;
    for (const effect of repairs(entry.state, present)) this.perform(entry, effect);
  }

  close(): void {
    for (const entry of this.calls.values()) for (const timer of entry.timers.values()) clearTimeout(timer);
    for (const timer of this.forgetting) clearTimeout(timer);
  }

  private add(state: CallState): Entry {
    const entry: Entry = {
      state,
      seq: 0,
      inbox: [],
      draining: false,
      timers: new Map(),
      orders: Promise.resolve(),
      ordersWaiting: 0,
      resultsOf: new Set(),
    };
    this.calls.set(state.callId, entry);
    this.alive.set(state.callId, entry);
    this.byLeg.set(state.callId, state.callId);
    for (const legId of Object.keys(state.legs)) this.byLeg.set(legId, state.callId);
    return entry;
  }

  private step(entry: Entry, event: CallEvent): void {
    const now = this.ports.now();
    const was = entry.state;
    const { state, effects } = decide(was, event, now);
    entry.state = state;
    const { callId } = state;
    if (state.legs !== was.legs) for (const legId of Object.keys(state.legs)) this.byLeg.set(legId, callId);
    // The exchange first: telling the screens took most of the time from an answer to the order that follows it.
    for (const effect of effects) if (!toldAfterwards.has(effect.do)) this.perform(entry, effect);
    this.ports.happened(callId, entry.seq++, now, event);
    if (state !== was) this.ports.changed(state);
    for (const effect of effects) if (toldAfterwards.has(effect.do)) this.perform(entry, effect);
  }

  private perform(entry: Entry, effect: Effect): void {
    const { exchange } = this.ports;
    const { callId } = entry.state;
    switch (effect.do) {
      case 'answer':
        return this.order(entry, effect.do, effect.legId, () => exchange.answer(effect.legId));
      case 'play':
        return this.order(entry, effect.do, effect.legId, () =>
          exchange.play(effect.legId, effect.playbackId, effect.prompts),
        );
      case 'stopPlaying':
        return this.order(entry, effect.do, null, () => exchange.stopPlaying(effect.playbackId));
      case 'startMusic':
        return this.inTurn(entry, effect.do, effect.legId, () => exchange.startMusic(effect.legId));
      case 'stopMusic':
        return this.inTurn(entry, effect.do, effect.legId, () => exchange.stopMusic(effect.legId));
      case 'ringAgent':
        return this.order(entry, effect.do, effect.legId, () =>
          exchange.ringAgent({
            legId: effect.legId,
            callId,
            agentId: effect.agentId,
            sipUser: effect.sipUser,
            callerId: entry.state.phone,
            callerName: entry.state.customer?.name ?? null,
            ringMs: effect.ringMs,
            autoAnswer: effect.autoAnswer,
          }),
        );
      case 'dialCustomer': {
        const { phone } = entry.state;
        if (phone === null) return;
        return this.order(entry, effect.do, callId as string as LegId, () =>
          exchange.dialCustomer({ callId, phone, callerId: effect.callerId, ringMs: effect.ringMs }),
        );
      }
      case 'join':
        return this.inTurn(entry, effect.do, effect.legIds.at(-1) ?? null, () =>
          exchange.join(callId, effect.legIds),
        );
      case 'part':
        return this.inTurn(entry, effect.do, effect.legId, () => exchange.part(callId, effect.legId));
      case 'closeBridge':
        return this.inTurn(entry, effect.do, null, () => exchange.closeBridge(callId));
      case 'watchSpeech':
        return this.order(entry, effect.do, effect.legId, () => exchange.watchSpeech(effect.legId));
      case 'unwatchSpeech':
        return this.order(entry, effect.do, effect.legId, () => exchange.unwatchSpeech(effect.legId));
      case 'startRecording':
        return this.inTurn(entry, effect.do, effect.legId, () =>
          exchange.startRecording(effect.legId, { heard: effect.heard, spoken: effect.spoken }),
        );
      case 'stopRecording':
        return this.inTurn(entry, effect.do, effect.legId, () => exchange.stopRecording(effect.legId));
      case 'muteRecording':
        return this.inTurn(entry, effect.do, effect.legId, () =>
          exchange.muteRecording(effect.legId, effect.muted),
        );
      case 'dialOutside':
        return this.order(entry, effect.do, effect.legId, () =>
          exchange.dialOutside({
            legId: effect.legId,
            callId,
            phone: effect.phone,
            callerId: effect.callerId,
            ringMs: effect.ringMs,
          }),
        );
      case 'startRingback':
        return this.inTurn(entry, effect.do, effect.legId, () => exchange.startRingback(effect.legId));
      case 'stopRingback':
        return this.inTurn(entry, effect.do, effect.legId, () => exchange.stopRingback(effect.legId));
      case 'sendDigits':
        return this.inTurn(entry, effect.do, effect.legId, () =>
          exchange.sendDigits(effect.legId, effect.digits),
        );
      case 'watchLeg':
        return this.inTurn(entry, effect.do, effect.legId, () =>
          exchange.watchLeg({ legId: effect.legId, targetLegId: effect.targetLegId, mode: effect.mode }),
        );
      case 'unwatchLeg':
        return this.inTurn(entry, effect.do, effect.legId, () => exchange.unwatchLeg(effect.legId));
      case 'hangUp':
        return this.order(entry, effect.do, effect.legId, () => exchange.hangUp(effect.legId, effect.reason));
      case 'setTimer':
        return this.wind(entry, effect.name, effect.at);
      case 'clearTimer':
        clearTimeout(entry.timers.get(effect.name));
        entry.timers.delete(effect.name);
        return;
      case 'lookUp':
        return this.lookUp(callId, effect.phone);
      case 'route':
        return this.ports.route();
      case 'pop': {
        const { agentId } = effect;
        this.ports.pop(agentId, entry.state).then(
          () => this.post(callId, { type: 'cardShown', agentId }),
          (error: unknown) => this.ports.log.warn({ err: error, callId }, 'card not shown in time'),
        );
        return;
      }
      case 'tellAgent':
        return this.ports.tellAgent(effect.agentId, callId, effect.what);
      case 'finish':
        return this.finish(entry);
      default:
        return effect satisfies never;
    }
  }

  private wind(entry: Entry, name: TimerName, at: EpochMs): void {
    clearTimeout(entry.timers.get(name));
    const fire = () => this.post(entry.state.callId, { type: 'timer', name });
    entry.timers.set(name, setTimeout(fire, Math.max(0, at - this.ports.now())));
  }

  private lookUp(callId: CallId, phone: string | null): void {
    if (phone === null) return this.post(callId, { type: 'lookedUp', candidates: [] });
    let done = false;
    const tell = (candidates: CallState['candidates']) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      this.post(callId, { type: 'lookedUp', candidates });
    };
    const timer = setTimeout(() => tell([]), lookUpWaitMs);
    this.ports.lookUp(phone).then(tell, (error: unknown) => {
      this.ports.log.error({ err: error, callId }, 'caller look-up failed');
      tell([]);
    });
  }

  /** Sends an order at once; its failure comes back to the call as an event. */
  private order(entry: Entry, order: string, legId: LegId | null, act: () => Promise<void>): void {
    void this.attempt(entry, order, legId, act);
  }

  /** Sends an order after the call's earlier ones: who is in which bridge depends on their order. */
  private inTurn(entry: Entry, order: string, legId: LegId | null, act: () => Promise<void>): void {
    if (entry.ordersWaiting >= ordersLimit) {
      act = () => Promise.reject(new ExchangeError('overloaded', 'too many orders of one call wait'));
      return this.order(entry, order, legId, act);
    }
    const send = () => this.attempt(entry, order, legId, act);
    // Nothing to wait for: it goes out in this breath, before anything else that this event leads to.
    const sent = entry.ordersWaiting === 0 ? send() : entry.orders.then(send);
    entry.ordersWaiting++;
    entry.orders = sent.finally(() => entry.ordersWaiting--);
  }

  private async attempt(
    entry: Entry,
    order: string,
    legId: LegId | null,
    act: () => Promise<void>,
  ): Promise<void> {
    try {
      await act();
    } catch (error) {
      const kind = error instanceof ExchangeError ? error.kind : 'refused';
      const { callId } = entry.state;
      if (kind !== 'gone')
        this.ports.log.warn({ callId, order, kind, err: error }, 'order to the exchange failed');
      this.post(callId, { type: 'orderFailed', order, legId, kind });
    }
  }

  private finish(entry: Entry): void {
    for (const timer of entry.timers.values()) clearTimeout(timer);
    entry.timers.clear();
    this.alive.delete(entry.state.callId);
    this.ports.ended(entry.state);
    const timer = setTimeout(() => {
      this.forgetting.delete(timer);
      this.calls.delete(entry.state.callId);
      this.byLeg.delete(entry.state.callId);
      for (const legId of Object.keys(entry.state.legs)) {
        if (this.byLeg.get(legId) === entry.state.callId) this.byLeg.delete(legId);
      }
    }, rememberEndedMs);
    this.forgetting.add(timer);
  }
}
