import type { AgentId, CallId, E164, EpochMs, LegId } from '../basics/ids.ts';
import type { EndCodes } from './outcome.ts';

/**
 * The exchange in this house's own words: what live calls need of it. `asterisk/` implements it over ARI and
 * AMI; `tests/twins/exchange.ts` in memory for fast tests. Every method resolves once the exchange has
 * accepted the act and rejects with ExchangeError otherwise; what comes of it arrives as an ExchangeEvent.
 */
export interface Exchange {
  /** Rings the agent's softphone; the INVITE carries X-Dozvon-Leg, X-Dozvon-Call (if any) and, for `autoAnswer`, X-Dozvon-Auto: 1. With `autoAnswer` the browser answers by itself (kept-up leg, re-attached leg). */
  ringAgent(order: {
    legId: LegId;
    callId: CallId | null;
    agentId: AgentId;
    sipUser: string;
    callerId: string | null;
    callerName: string | null;
    ringMs: number;
    autoAnswer: boolean;
  }): Promise<void>;
  /** Dials a customer through a trunk. The leg's id is the call's id and the attempt's id. */
  dialCustomer(order: {
    callId: CallId;
    phone: E164;
    callerId: string | null;
    ringMs: number;
  }): Promise<void>;
  /** Dials somebody outside into a call that lives (transfer, conference). legId: `out-<callId>-<n>`; its events carry it. */
  dialOutside(order: {
    legId: LegId;
    callId: CallId;
    phone: E164;
    callerId: string | null;
    ringMs: number;
  }): Promise<void>;
  answer(legId: LegId): Promise<void>;
  /** The leg hears the tone of a phone that rings, in a bridge or out of one, until `stopRingback` or its end. */
  startRingback(legId: LegId): Promise<void>;
  stopRingback(legId: LegId): Promise<void>;
  /** Sends touch tones (0-9 * # A-D, at most 32) to the far end of this leg. */
  sendDigits(legId: LegId, digits: string): Promise<void>;
  /**
   * Lets the watcher's leg hear what the target leg hears and says. `whisper`: the target's owner hears the watcher too, nobody
   * else does. Called again with another target or mode it changes what is there. Ends with either leg.
   */
  watchLeg(order: { legId: LegId; targetLegId: LegId; mode: 'listen' | 'whisper' }): Promise<void>;
  unwatchLeg(legId: LegId): Promise<void>;
  /** Puts legs into the call's bridge, which is made when it is not there; a leg in another bridge moves. */
  join(callId: CallId, legIds: readonly LegId[]): Promise<void>;
  /** Takes a leg out of the call's bridge; it stays up. */
  part(callId: CallId, legId: LegId): Promise<void>;
  /** Removes the call's bridge; legs in it stay up. */
  closeBridge(callId: CallId): Promise<void>;
  startMusic(legId: LegId): Promise<void>;
  stopMusic(legId: LegId): Promise<void>;
  /** Plays prompts one after another to one leg; `PlaybackEnded` follows. The id is made by the caller. */
  play(legId: LegId, playbackId: string, prompts: readonly string[]): Promise<void>;
  stopPlaying(playbackId: string): Promise<void>;
  /** Is it being played, or about to be? For a switchboard that may have missed its end. */
  isPlaying(playbackId: string): Promise<boolean>;
  /** Asks for SpeechStarted/SpeechEnded events of this leg (answering machine detection). */
  watchSpeech(legId: LegId): Promise<void>;
  unwatchSpeech(legId: LegId): Promise<void>;
  /** Records a customer's leg: `heard` = the customer's voice, `spoken` = what is said to him; each a raw µ-law file. */
  startRecording(legId: LegId, files: { heard: string; spoken: string }): Promise<void>;
  stopRecording(legId: LegId): Promise<void>;
  /** While muted silence is written instead of both voices; the files keep their length. */
  muteRecording(legId: LegId, muted: boolean): Promise<void>;
  hangUp(legId: LegId, reason: 'normal' | 'busy' | 'noAnswer'): Promise<void>;
  /** Everything that lives on the exchange right now; read after every (re)connect. */
  survey(): Promise<ExchangeSurvey>;
  onEvent(handle: (event: ExchangeEvent) => void): void;
}

export interface ExchangeSurvey {
  readonly legs: readonly {
    legId: LegId;
    callId: CallId | null;
    role: 'customer' | 'agent' | 'outside' | 'other';
    up: boolean;
    agentId: AgentId | null;
  }[];
  readonly bridges: readonly { callId: CallId; legIds: readonly LegId[] }[];
  readonly onlinePhones: readonly string[];
  /** Softphones that the exchange's own fallback queue has. */
  readonly takenPhones: readonly string[];
  /** Customers who rang us and are with us, as they were offered: for a switchboard that has missed it. */
  readonly callers: readonly CallOffered[];
}

export type CallOffered = Extract<ExchangeEvent, { readonly type: 'callOffered' }>;

export type ExchangeEvent =
  /** A customer rings one of our numbers. Caller and name are hostile strings, already cut to 128 characters and freed of control characters. */
  | {
      readonly type: 'callOffered';
      readonly callId: CallId;
      readonly from: string;
      readonly fromName: string;
      readonly to: string;
      readonly at: EpochMs;
    }
  | { readonly type: 'legRinging'; readonly legId: LegId; readonly at: EpochMs }
  | { readonly type: 'legAnswered'; readonly legId: LegId; readonly at: EpochMs }
  | ({ readonly type: 'legEnded'; readonly legId: LegId; readonly at: EpochMs } & EndCodes)
  | {
      readonly type: 'playbackEnded';
      readonly playbackId: string;
      readonly legId: LegId;
      readonly failed: boolean;
      readonly at: EpochMs;
    }
  | { readonly type: 'digit'; readonly legId: LegId; readonly digit: string; readonly at: EpochMs }
  | { readonly type: 'speechStarted'; readonly legId: LegId; readonly at: EpochMs }
  | { readonly type: 'speechEnded'; readonly legId: LegId; readonly speechMs: number; readonly at: EpochMs }
  /** An agent's softphone registered or went away. */
  | { readonly type: 'phoneOnline'; readonly sipUser: string; readonly at: EpochMs }
  | { readonly type: 'phoneOffline'; readonly sipUser: string; readonly at: EpochMs }
  /** The exchange's own fallback queue rings this softphone or serves a caller with it; and is done with it. */
  | { readonly type: 'phoneTaken'; readonly sipUser: string; readonly at: EpochMs }
  | { readonly type: 'phoneGivenBack'; readonly sipUser: string; readonly at: EpochMs }
  | { readonly type: 'exchangeUp'; readonly at: EpochMs }
  | { readonly type: 'exchangeDown'; readonly at: EpochMs };

/** The exchange refused or did not answer in time. `gone`: the leg or bridge is not there (any more). */
export class ExchangeError extends Error {
  readonly kind: 'gone' | 'refused' | 'timeout' | 'down' | 'overloaded';
  constructor(kind: ExchangeError['kind'], message: string) {
    super(message);
    this.name = 'ExchangeError';
    this.kind = kind;
  }
}

/** Issues and withdraws SIP credentials; part of the exchange, but needed by users/, not by calls. */
export interface PhoneRegistry {
  issue(credentials: { sipUser: string; password: string }): Promise<void>;
  withdraw(sipUser: string): Promise<void>;
}
