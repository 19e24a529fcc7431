import { createHash } from 'node:crypto';
import type { CallId } from '../basics/ids.ts';
import type { CallState, LegFacts } from './call-state.ts';
import { type Outcome, outcomeOfUnanswered } from './outcome.ts';
import { legsOutside } from './parties.ts';

/** Contacts with people whom agents rang by hand: a call that they dialled, a number that they handed a call to. */

export interface EndedContact {
  /** Of the reservation: a UUID. */
  readonly id: string;
  readonly outcome: Outcome;
}

/**
 * The reservation's id for the call's nth hand-over (0 is the first), made from both, so that its end can be told without
 * anything being kept: a UUID of version 8 (RFC 9562).
 */
export function handOverContactId(callId: CallId, n: number): string {
  const hex = createHash('sha256').update(`${callId} ${n}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** How the contacts of an ended call came out. */
export function contactsOf(call: CallState): EndedContact[] {
  const contacts: EndedContact[] = [];
  if (call.manual !== null && call.end !== null)
    contacts.push({ id: call.callId, outcome: call.end.outcome });
  const legs = legsOutside(call);
  for (const [n, transfer] of call.transfers.entries()) {
    if (transfer.to !== 'outside') continue;
    const leg = legs.shift()?.[1];
    contacts.push({ id: handOverContactId(call.callId, n), outcome: leg ? outcomeOf(leg) : 'notPlaced' });
  }
  return contacts;
}

function outcomeOf(leg: LegFacts): Outcome {
  if (leg.answeredAt !== null) return 'answered';
  return outcomeOfUnanswered(leg.ended ?? { cause: 0, sipCode: 0 }, leg.rang);
}
