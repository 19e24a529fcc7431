import type { E164, EpochMs } from '../basics/ids.ts';
import type { Result } from '../basics/refusal.ts';
import { type Db, transaction } from '../db/pool.ts';
import { reserveContacts, settleContacts } from './reserve.ts';
import type { House, Purpose } from './rules.ts';

/** A person is to be rung because somebody of ours pressed a button: he dials, or hands a call to a number. */
export interface ByHand {
  /** UUID, made before acting; the same id twice reserves once. */
  readonly id: string;
  readonly phone: E164;
  readonly purpose: Purpose;
  /** The customer from whose card it was dialled; null: whoever has the number, if it is one. */
  readonly customerId: number | null;
}

export interface Permitted {
  readonly customer: { readonly id: number; readonly name: string } | null;
}

interface Owner {
  readonly id: number;
  readonly name: string;
  readonly timeZone: string;
}

/**
 * Reserves the contact, or says by which rule not and (detail, ISO) when it would be allowed. A number that nobody has is
 * judged by the company's own clock.
 */
export async function permitByHand(
  db: Db,
  { id, phone, purpose, customerId }: ByHand,
  { now, house, companyTimeZone }: { now: EpochMs; house: House; companyTimeZone: string },
): Promise<Result<Permitted>> {
  const { rows: owners } = await db.query<Owner>(
    customerId === null
      ? `SELECT c.id, c.name, c.time_zone AS "timeZone" FROM customer_phones p JOIN customers c ON c.id = p.customer_id
          WHERE p.phone = $1 ORDER BY c.id LIMIT 2`
      : 'SELECT id, name, time_zone AS "timeZone" FROM customers WHERE id = $1',
    [customerId ?? phone],
  );
  if (customerId !== null && owners.length === 0) return { ok: false, reason: 'unknownCustomer' };
  const only = owners.length === 1 ? owners[0] : undefined;
  const timeZone = owners[0]?.timeZone ?? companyTimeZone;
  const [answer] = await reserveContacts(
    db,
    [{ id, channel: 'call', purpose, phone, customerId: only?.id ?? null, timeZone }],
    { now, house },
  );
  if (answer?.allowed)
    return { ok: true, value: { customer: only ? { id: only.id, name: only.name } : null } };
  const refusal = { ok: false as const, reason: answer?.rule ?? 'refused' };
  return answer?.allowedAt ? { ...refusal, detail: new Date(answer.allowedAt).toISOString() } : refusal;
}

/** It came to nothing before anybody's phone rang: it counts for nothing. */
export function releaseByHand(db: Db, id: string): Promise<void> {
  return transaction(db, { userId: null, source: 'contact rules' }, (tx) =>
    settleContacts(tx, [{ id, as: 'released' }]),
  );
}
