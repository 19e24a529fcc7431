import type { Meter } from './level.ts';

/** The softphone as the desk needs it. `jssip-phone.ts` implements it over SIP and WebRTC. */
export interface Phone {
  /** Opens the microphone, fetches credentials, registers; keeps trying until `stop`. */
  start(): void;
  /** Leaves without a word: no BYE, no un-REGISTER, so that the server keeps the customer and re-attaches elsewhere. */
  stop(): void;
  /** Tries at once what failed (microphone, registration). */
  retry(): void;
  /**
   * The way to the exchange may have changed or died (network, sleep, lost live connection): asks, reports once it has answered,
   * connects anew if it is silent.
   */
  checkLine(): void;
  /** The microphone's settings changed: opens it again, also under a running call. */
  reopenMicrophone(): void;
  state(): PhoneState;
  /** Calls `handle` after each change of `state()`; the result takes the handler away. */
  watch(handle: () => void): () => void;
  /** Registered (again), or a dead leg was thrown away: the server wants to know which legs this page has. */
  onReport(handle: () => void): void;
  /** Another computer has registered this user's phone: this one does not take it back by itself. */
  onTakenOver(handle: () => void): void;
  /** Answers the leg of this id; without one, the leg that rings. */
  answer(legId?: string): void;
  /** Ends the leg of this id (without one, the main leg) by SIP; while the server is there the desk sends `call.hangUp` instead. */
  hangUp(legId?: string): void;
  /** One microphone for all legs. */
  setMuted(muted: boolean): void;
  /** Digits 0-9, *, # as RFC 4733 events, into the main leg. */
  sendDtmf(digits: string): void;
  /** How loud the microphone is, muted or not. */
  meter(): Meter;
  /** Rings the exchange's echo; false while a leg is there that has or may have somebody on it. */
  startTest(): boolean;
  endTest(): void;
  /** How loud the echo comes back; silence without a test. */
  testMeter(): Meter;
}

export type PhoneStatus = 'off' | 'starting' | 'online' | 'offline';

export type PhoneProblem =
  | 'micRefused'
  | 'noMicrophone'
  | 'micBusy'
  | 'insecurePage'
  | 'wssUnreachable'
  | 'registrationRefused'
  | 'noCredentials';

export interface PhoneLeg {
  /** The exchange's id of this leg; '' when the INVITE did not come from the server (fallback queue). */
  readonly legId: string;
  /** The call this leg is for; null for a kept-up leg without one. */
  readonly callId: string | null;
  readonly fromNumber: string;
  readonly fromName: string;
  /** Answers by itself: kept-up or re-attached. */
  readonly auto: boolean;
  readonly stage: 'ringing' | 'answering' | 'up';
  /** Epoch ms of this browser. */
  readonly since: number;
}

export interface Quality {
  /** The worse of the two directions. */
  readonly lossPercent: number;
  readonly jitterMs: number;
  /** Browser to exchange and back; the carrier's part of the way is not in it. */
  readonly rttMs: number;
  /** Estimated mean opinion score, 1 (bad) to 4.4. */
  readonly mos: number;
  readonly grade: 'good' | 'fair' | 'poor';
  /** Bad for long enough to say so, and good for long enough to stop saying it. */
  readonly warn: boolean;
  /** What spoils it most. */
  readonly cause: 'loss' | 'delay' | 'jitter';
}

export interface EchoTest {
  readonly stage: 'calling' | 'up' | 'failed';
  /** Epoch ms of this browser. */
  readonly since: number;
  /** From the microphone to the exchange and back into the ear, devices excluded; null until the first echo came. */
  readonly roundTripMs: number | null;
}

export interface PhoneState {
  readonly status: PhoneStatus;
  readonly problem: PhoneProblem | null;
  /** Where to accept the exchange's certificate; set with problem `wssUnreachable`. */
  readonly certificateUrl: string | null;
  /** All legs of this page, the oldest first. Who hears whom is the exchange's business: all are played, all get the microphone. */
  readonly legs: readonly PhoneLeg[];
  /** The main leg: the one that came last. */
  readonly leg: PhoneLeg | null;
  readonly muted: boolean;
  /** He speaks into a muted microphone. */
  readonly speaksMuted: boolean;
  /** The main leg's voice. */
  readonly quality: Quality | null;
  readonly test: EchoTest | null;
}

/** A phone that is off. */
export const idle: PhoneState = {
  status: 'off',
  problem: null,
  certificateUrl: null,
  legs: [],
  leg: null,
  muted: false,
  speaksMuted: false,
  quality: null,
  test: null,
};
