import type { AgentId, CallId, LegId } from '../../server/basics/ids.ts';
import {
  type CallOffered,
  type Exchange,
  ExchangeError,
  type ExchangeEvent,
  type ExchangeSurvey,
} from '../../server/calls/exchange.ts';

/** What the far end of a leg does. Times in seconds, as the test exchange's numbers carry them. */
interface FarEnd {
  readonly ringS: number;
  /** Ends the leg instead of answering: Q.850 cause and SIP status. */
  readonly refuses?: readonly [cause: number, sipCode: number];
  readonly neverAnswers?: boolean;
  /** Hangs up this long after the answer; 0: never. */
  readonly talkS?: number;
  readonly digits?: string;
  readonly speaks?: boolean;
}

interface Leg {
  readonly legId: LegId;
  readonly role: 'customer' | 'agent' | 'outside';
  readonly callId: CallId | null;
  readonly agentId: AgentId | null;
  readonly farEnd: FarEnd;
  readonly timers: Set<NodeJS.Timeout>;
  up: boolean;
  bridge: CallId | null;
  watched: boolean;
  music: boolean;
  ringback: boolean;
  recording: 'off' | 'on' | 'muted';
  /** Whom this leg listens to. */
  watches: { targetLegId: LegId; mode: 'listen' | 'whisper' } | null;
}

const hangUpCodes = { normal: [16, 0], busy: [17, 486], noAnswer: [19, 480] } as const;

/**
 * The exchange in memory, for fast tests: the same port, the same numbers as the test exchange (docs/test-exchange.md), and
 * the same contract suite. One second of a number's behaviour takes `secondMs`.
 */
export class ExchangeTwin implements Exchange {
  private readonly secondMs: number;
  private readonly handlers: ((event: ExchangeEvent) => void)[] = [];
  private readonly legs = new Map<LegId, Leg>();
  private readonly bridges = new Set<CallId>();
  private readonly playbacks = new Map<string, { legId: LegId; end: NodeJS.Timeout }>();
  private readonly phones = new Map<string, string>();
  private connected = true;
  private callers = 0;
  private readonly offers: CallOffered[] = [];
  private readonly sentDigits = new Map<LegId, string>();

  constructor(secondMs: number) {
    this.secondMs = secondMs;
    setImmediate(() => this.tell({ type: 'exchangeUp', at: Date.now() }));
  }

  // ---------------------------------------------------------------- the world outside

  /** A registered softphone that behaves as this number. */
  addAgentPhone(sipUser: string, number: string): void {
    this.phones.set(sipUser, number);
    this.tell({ type: 'phoneOnline', sipUser, at: Date.now() });
  }

  removeAgentPhone(sipUser: string): void {
    if (this.phones.delete(sipUser)) this.tell({ type: 'phoneOffline', sipUser, at: Date.now() });
  }

  /** A customer rings; `from` null: he hides his number. Gives the call's id, equal to his leg's. */
  customerCalls(call: { from: string | null; to: string; fromName?: string }): CallId {
    const callId = `n1-twin.${++this.callers}` as CallId;
    this.addLeg(callId as string as LegId, 'customer', callId, null, { ringS: 0 });
    const offer: CallOffered = {
      type: 'callOffered',
      callId,
      from: call.from ?? 'anonymous',
      fromName: call.fromName ?? '',
      to: call.to,
      at: Date.now(),
    };
    this.offers.push(offer);
    this.later(0, () => this.tell(offer));
    return callId;
  }

  /** The far end of a leg hangs up. */
  farEndHangsUp(legId: LegId): void {
    const leg = this.legs.get(legId);
    if (leg) this.end(leg, 16, 0);
  }

  /** A leg's place on the exchange; undefined once it is gone. */
  legNow(legId: string): Readonly<Omit<Leg, 'timers' | 'farEnd'>> | undefined {
    return this.legs.get(legId as LegId);
  }

  /** All legs that live, ids in order of their making. */
  legIds(): LegId[] {
    return [...this.legs.keys()];
  }

  bridgeIds(): CallId[] {
    return [...this.bridges];
  }

  /**
   * Who this leg hears: the legs in its bridge, whoever its owner listens to (his words and what he hears), whoever whispers to
   * it. A leg with music, ringing tone or alone hears nobody.
   */
  hears(legId: string): LegId[] {
    const leg = this.legs.get(legId as LegId);
    if (leg === undefined || !leg.up || leg.ringback) return [];
    const heard = new Set<LegId>();
    const inBridge = (of: Leg) =>
      of.bridge === null ? [] : [...this.legs.values()].filter((l) => l !== of && l.bridge === of.bridge);
    if (!leg.music) for (const other of inBridge(leg)) if (!other.ringback) heard.add(other.legId);
    const target = leg.watches && this.legs.get(leg.watches.targetLegId);
    if (target) for (const other of [target, ...inBridge(target)]) heard.add(other.legId);
    for (const other of this.legs.values()) {
      if (other.watches?.targetLegId === leg.legId && other.watches.mode === 'whisper')
        heard.add(other.legId);
    }
    heard.delete(leg.legId);
    return [...heard].sort();
  }

  digitsSentTo(legId: string): string {
    return this.sentDigits.get(legId as LegId) ?? '';
  }

  /** A leg that nobody of ours made. */
  addStrayLeg(legId: string, role: 'agent' | 'outside'): void {
    this.addLeg(legId as LegId, role, null, null, { ringS: 0 }).up = true;
  }

  addStrayBridge(callId: string): void {
    this.bridges.add(callId as CallId);
  }

  /** A leg ends and its news is lost. */
  loseLeg(legId: string): void {
    const leg = this.legs.get(legId as LegId);
    this.legs.delete(legId as LegId);
    for (const timer of leg?.timers ?? []) clearTimeout(timer);
  }

  /** The connection to the exchange breaks; calls live on. */
  disconnect(): void {
    this.connected = false;
    for (const handle of this.handlers) handle({ type: 'exchangeDown', at: Date.now() });
  }

  reconnect(): void {
    this.connected = true;
    this.tell({ type: 'exchangeUp', at: Date.now() });
  }

  close(): void {
    for (const leg of this.legs.values()) for (const timer of leg.timers) clearTimeout(timer);
    for (const { end } of this.playbacks.values()) clearTimeout(end);
    this.legs.clear();
    this.playbacks.clear();
  }

  // ---------------------------------------------------------------- the port

  onEvent(handle: (event: ExchangeEvent) => void): void {
    this.handlers.push(handle);
  }

  async ringAgent(order: Parameters<Exchange['ringAgent']>[0]): Promise<void> {
    this.check();
    const number = this.phones.get(order.sipUser);
    if (number === undefined) throw new ExchangeError('refused', 'no such phone');
    this.ring(order.legId, 'agent', order.callId, order.agentId, farEndOf(number), order.ringMs);
  }

  async dialCustomer(order: Parameters<Exchange['dialCustomer']>[0]): Promise<void> {
    this.check();
    const legId = order.callId as string as LegId;
    this.ring(legId, 'customer', order.callId, null, farEndOf(order.phone), order.ringMs);
  }

  async dialOutside(order: Parameters<Exchange['dialOutside']>[0]): Promise<void> {
    this.check();
    this.ring(order.legId, 'outside', order.callId, null, farEndOf(order.phone), order.ringMs);
  }

  async answer(legId: LegId): Promise<void> {
    const leg = this.leg(legId);
    if (!leg.up) this.later(0, () => this.answered(leg));
  }

  async join(callId: CallId, legIds: readonly LegId[]): Promise<void> {
    const legs = legIds.map((legId) => this.leg(legId));
    this.bridges.add(callId);
    for (const leg of legs) leg.bridge = callId;
  }

  async part(callId: CallId, legId: LegId): Promise<void> {
    this.check();
    if (!this.bridges.has(callId)) throw new ExchangeError('gone', 'no such bridge');
    const leg = this.leg(legId);
    if (leg.bridge === callId) leg.bridge = null;
  }

  async closeBridge(callId: CallId): Promise<void> {
    this.check();
    this.bridges.delete(callId);
    for (const leg of this.legs.values()) if (leg.bridge === callId) leg.bridge = null;
  }

  async startMusic(legId: LegId): Promise<void> {
    this.leg(legId).music = true;
  }

  async stopMusic(legId: LegId): Promise<void> {
    this.leg(legId).music = false;
  }

  async startRingback(legId: LegId): Promise<void> {
    this.leg(legId).ringback = true;
  }

  async stopRingback(legId: LegId): Promise<void> {
    this.leg(legId).ringback = false;
  }

  async sendDigits(legId: LegId, digits: string): Promise<void> {
    if (!/^[0-9*#A-D]{1,32}$/.test(digits)) throw new ExchangeError('refused', 'no touch tones');
    this.sentDigits.set(legId, (this.sentDigits.get(legId) ?? '') + digits);
    this.leg(legId);
  }

  async watchLeg(order: Parameters<Exchange['watchLeg']>[0]): Promise<void> {
    this.leg(order.targetLegId);
    this.leg(order.legId).watches = { targetLegId: order.targetLegId, mode: order.mode };
  }

  async unwatchLeg(legId: LegId): Promise<void> {
    this.leg(legId).watches = null;
  }

  async play(legId: LegId, playbackId: string, prompts: readonly string[]): Promise<void> {
    this.leg(legId);
    const end = this.later(prompts.length, () => this.endPlayback(playbackId));
    this.playbacks.set(playbackId, { legId, end });
  }

  async stopPlaying(playbackId: string): Promise<void> {
    this.check();
    if (!this.playbacks.has(playbackId)) throw new ExchangeError('gone', 'no such playback');
    this.later(0, () => this.endPlayback(playbackId));
  }

  async isPlaying(playbackId: string): Promise<boolean> {
    this.check();
    return this.playbacks.has(playbackId);
  }

  async watchSpeech(legId: LegId): Promise<void> {
    const leg = this.leg(legId);
    leg.watched = true;
    if (!leg.farEnd.speaks) return;
    this.legLater(leg, 0.5, () => {
      if (leg.watched) this.tell({ type: 'speechStarted', legId, at: Date.now() });
    });
    this.legLater(leg, 1.5, () => {
      if (leg.watched) this.tell({ type: 'speechEnded', legId, speechMs: this.secondMs, at: Date.now() });
    });
  }

  async unwatchSpeech(legId: LegId): Promise<void> {
    this.leg(legId).watched = false;
  }

  async startRecording(legId: LegId): Promise<void> {
    const leg = this.leg(legId);
    // Taken up once more, it is as silent as it was.
    if (leg.recording === 'off') leg.recording = 'on';
  }

  async stopRecording(legId: LegId): Promise<void> {
    this.leg(legId).recording = 'off';
  }

  async muteRecording(legId: LegId, muted: boolean): Promise<void> {
    const leg = this.leg(legId);
    if (leg.recording === 'off') throw new ExchangeError('gone', 'not recorded');
    leg.recording = muted ? 'muted' : 'on';
  }

  async hangUp(legId: LegId, reason: 'normal' | 'busy' | 'noAnswer'): Promise<void> {
    const leg = this.leg(legId);
    const [cause, sipCode] = hangUpCodes[reason];
    this.legs.delete(legId);
    this.later(0, () => this.end(leg, cause, sipCode));
  }

  async survey(): Promise<ExchangeSurvey> {
    this.check();
    const legs = [...this.legs.values()];
    return {
      legs: legs.map(({ legId, role, up, agentId, bridge, callId }) => ({
        legId,
        role,
        up,
        agentId,
        callId: bridge ?? callId,
      })),
      bridges: [...this.bridges].map((callId) => ({
        callId,
        legIds: legs.filter((leg) => leg.bridge === callId).map((leg) => leg.legId),
      })),
      onlinePhones: [...this.phones.keys()],
      takenPhones: [],
      callers: this.offers.filter(({ callId }) => this.legs.has(callId as string as LegId)),
    };
  }

  // ---------------------------------------------------------------- inside

  private check(): void {
    if (!this.connected) throw new ExchangeError('down', 'no connection to the exchange');
  }

  private leg(legId: LegId): Leg {
    this.check();
    const leg = this.legs.get(legId);
    if (leg === undefined) throw new ExchangeError('gone', 'no such leg');
    return leg;
  }

  private tell(event: ExchangeEvent): void {
    if (this.connected) for (const handle of this.handlers) handle(event);
  }

  private later(seconds: number, act: () => void): NodeJS.Timeout {
    return setTimeout(act, seconds * this.secondMs);
  }

  private legLater(leg: Leg, seconds: number, act: () => void): void {
    leg.timers.add(this.later(seconds, act));
  }

  private addLeg(
    legId: LegId,
    role: Leg['role'],
    callId: CallId | null,
    agentId: AgentId | null,
    farEnd: FarEnd,
  ): Leg {
    const leg: Leg = {
      legId,
      role,
      callId,
      agentId,
      farEnd,
      timers: new Set<NodeJS.Timeout>(),
      up: false,
      bridge: null,
      watched: false,
      music: false,
      ringback: false,
      recording: 'off',
      watches: null,
    };
    this.legs.set(legId, leg);
    return leg;
  }

  private ring(
    legId: LegId,
    role: Leg['role'],
    callId: CallId | null,
    agentId: AgentId | null,
    farEnd: FarEnd,
    ringMs: number,
  ): void {
    // An order that comes twice finds its leg.
    if (this.legs.has(legId)) return;
    const leg = this.addLeg(legId, role, callId, agentId, farEnd);
    const { ringS, refuses, neverAnswers } = farEnd;
    if (ringS > 0 || neverAnswers) {
      this.legLater(leg, 0, () => this.tell({ type: 'legRinging', legId, at: Date.now() }));
    }
    const patienceS = Math.max(1, Math.ceil(ringMs / 1000));
    if (neverAnswers || ringS > patienceS) return this.legLater(leg, patienceS, () => this.end(leg, 19, 480));
    if (refuses) return this.legLater(leg, ringS, () => this.end(leg, ...refuses));
    this.legLater(leg, ringS, () => this.answered(leg));
  }

  private answered(leg: Leg): void {
    if (leg.up || !this.legs.has(leg.legId)) return;
    leg.up = true;
    this.tell({ type: 'legAnswered', legId: leg.legId, at: Date.now() });
    const { talkS, digits } = leg.farEnd;
    if (talkS) this.legLater(leg, talkS, () => this.end(leg, 16, 0));
    [...(digits ?? '')].forEach((digit, i) => {
      this.legLater(leg, 1 + i * 0.4, () =>
        this.tell({ type: 'digit', legId: leg.legId, digit, at: Date.now() }),
      );
    });
  }

  private end(leg: Leg, cause: number, sipCode: number): void {
    this.legs.delete(leg.legId);
    for (const timer of leg.timers) clearTimeout(timer);
    for (const [id, { legId }] of this.playbacks) if (legId === leg.legId) this.endPlayback(id, true);
    this.tell({
      type: 'legEnded',
      legId: leg.legId,
      at: Date.now(),
      cause,
      sipCode: leg.up ? 200 : sipCode,
    });
  }

  private endPlayback(playbackId: string, failed = false): void {
    const playback = this.playbacks.get(playbackId);
    if (!playback) return;
    clearTimeout(playback.end);
    this.playbacks.delete(playbackId);
    this.tell({ type: 'playbackEnded', playbackId, legId: playback.legId, failed, at: Date.now() });
  }
}

/** A number's behaviour: +7 999 BBB xxxx, the table of docs/test-exchange.md. */
function farEndOf(number: string): FarEnd {
  const digits = number.replace(/^\+/, '');
  const parameter = digits.slice(7);
  const ringS = Number(parameter.slice(0, 2));
  const talkS = Number(parameter.slice(2, 4));
  switch (digits.slice(0, 7)) {
    case '7999100':
      return { ringS, talkS };
    case '7999101':
      return { ringS: 0, refuses: [17, 486] };
    case '7999102':
      return { ringS: 0, neverAnswers: true };
    case '7999103':
      return { ringS: 0, refuses: [1, 404] };
    case '7999104':
      return { ringS: 1, refuses: [21, 603] };
    case '7999105':
      return { ringS: 0, refuses: [19, 480] };
    case '7999106':
      return { ringS: 0, refuses: [34, 503] };
    case '7999108':
      return { ringS, talkS, speaks: true };
    case '7999109':
      return { ringS: 0, talkS: Number(parameter.slice(0, 2)) / 10 };
    case '7999113':
      return { ringS: 0, digits: parameter };
    case '7999115':
      return { ringS: 0, refuses: [22, 410] };
    case '7999116':
      return { ringS: 0, refuses: [18, 408] };
    case '7999117':
      return { ringS: 0, refuses: [21, 403] };
    default:
      return { ringS: 0 };
  }
}
