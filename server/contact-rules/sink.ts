import type { ContactSink } from '../calls/history.ts';
import type { Outcome } from '../calls/outcome.ts';
import { type Settlement, settleContacts } from './reserve.ts';

/** What came of contacts that were reserved by hand, told inside history's own transaction. */
export function makeContactSink(contactOf: (outcome: Outcome) => Settlement): ContactSink {
  return {
    settle: (tx, ended) =>
      settleContacts(
        tx,
        ended.map(({ id, outcome }) => ({ id, as: contactOf(outcome) })),
      ),
  };
}
