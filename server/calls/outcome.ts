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
