/** The softphone as the desk needs it. `jssip-phone.ts` implements it over SIP and WebRTC. */
export interface Phone {
  /** Opens the microphone, fetches credentials, registers; keeps trying until `stop`. */
  start(): void;
  /** Leaves without a word: no BYE, no un-REGISTER, so that the server keeps the customer and re-attaches elsewhere. */
  stop(): void;
  /** Tries at once what failed (microphone, registration). */
  retry(): void;
  /** The microphone's settings changed: opens it again, also under a running call. */
  reopenMicrophone(): void;
  state(): PhoneState;
  /** Calls `handle` after each change of `state()`; the result takes the handler away. */
  watch(handle: () => void): () => void;
  /** Registered, for the first time or again: the server wants to know which legs this page has. */
  onRegistered(handle: () => void): void;
  /** A leg came in (already ringing, or answering by itself). */
  onIncoming(handle: (leg: PhoneLeg) => void): void;
  answer(): void;
  /** Ends the leg by SIP; while the server is there the desk sends `call.hangUp` instead. */
  hangUp(): void;
  setMuted(muted: boolean): void;
  /** Digits 0-9, *, # as RFC 4733 events. */
  sendDtmf(digits: string): void;
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
  readonly lossPercent: number;
  readonly jitterMs: number;
  readonly rttMs: number;
  /** Bad enough to say so: ITU-T G.114's 150 ms one way is doubled here, since it is a round trip. */
  readonly poor: boolean;
}

export interface PhoneState {
  readonly status: PhoneStatus;
  readonly problem: PhoneProblem | null;
  /** Where to accept the exchange's certificate; set with problem `wssUnreachable`. */
  readonly certificateUrl: string | null;
  readonly leg: PhoneLeg | null;
  readonly muted: boolean;
  readonly quality: Quality | null;
}
