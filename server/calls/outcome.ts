/** How a call ended, in the field's words, and how the exchange's codes map to it. Pure. */

export const outcomes = [
  'answered', // a conversation took place (or, for an announcement, it was played to a person)
  'abandoned', // the customer rang us and hung up while waiting
  'dropped', // a live person answered our call and no agent was there in time
  'answeringMachine',
  'busy',
  'noAnswer',
  'noResponse',
  'unreachable',
  'invalid',
  'changed',
  'rejected',
  'trunkFault',
  'noRoute',
  'congestion',
  'answeredElsewhere',
  'cancelled', // we gave up before an answer (agent left, campaign stopped)
  'notPlaced', // the exchange never took the call
  'failed',
] as const;
export type Outcome = (typeof outcomes)[number];

/** What the exchange said when a leg ended. Raw values are kept beside the outcome: vendors map differently. */
export interface EndCodes {
  /** Q.850 cause, 0 when unknown. */
  readonly cause: number;
  /** Last SIP status of the leg, 0 when none was seen. */
  readonly sipCode: number;
}

const bySip: Readonly<Record<number, Outcome>> = {
  486: 'busy',
  600: 'busy',
  480: 'noAnswer',
  483: 'noAnswer',
  408: 'noResponse',
  404: 'invalid',
  485: 'invalid',
  604: 'invalid',
  484: 'invalid',
  410: 'changed',
  603: 'rejected',
  401: 'trunkFault',
  403: 'trunkFault',
  407: 'trunkFault',
  502: 'congestion',
  503: 'congestion',
};

const byCause: Readonly<Record<number, Outcome>> = {
  1: 'invalid',
  3: 'noRoute',
  17: 'busy',
  18: 'noResponse',
  19: 'noAnswer',
  20: 'unreachable',
  21: 'rejected',
  22: 'changed',
  26: 'answeredElsewhere',
  27: 'congestion',
  28: 'invalid',
  34: 'congestion',
  38: 'congestion',
  41: 'congestion',
  42: 'congestion',
};

/**
 * Why a customer's leg that we dialled never came up. Source: the outcome table of docs/outcomes.md (RFC 3398 mapping of SIP
 * status and Q.850 cause). Asterisk makes the cause of a failed call from the status alone, so what tells a subscriber who is
 * switched off (480 at once) from one who did not pick up (480 after a while) is whether his phone rang.
 */
export function outcomeOfUnanswered(codes: EndCodes, rang: boolean): Outcome {
  if (codes.cause === 20 || (codes.sipCode === 480 && !rang)) return 'unreachable';
  if (codes.sipCode === 487) return 'noAnswer'; // we sent CANCEL when the ring time ran out
  return bySip[codes.sipCode] ?? byCause[codes.cause] ?? 'failed';
}
