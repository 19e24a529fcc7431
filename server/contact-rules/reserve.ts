import type { EpochMs } from '../basics/ids.ts';
import { type Db, type Queryable, transaction } from '../db/pool.ts';
import { type ContactAnswer, mayContact, type PastContact } from './may-contact.ts';
import { type Channel, countryOf, type House, type PartyKind, type Purpose } from './rules.ts';

/**
 * The one reservation point: whoever wants to contact anybody by any channel asks here first. The check and the
 * reservation are one act: requests for the same number or the same person stand in line (advisory locks), and the
 * counters are read and written inside the same transaction.
 */
export interface ContactRequest {
  /** Made by the caller before acting; the same id twice reserves once. The attempt's id where there is one. */
  readonly id: string;
  readonly channel: Channel;
  readonly purpose: Purpose;
  readonly phone: string;
  readonly customerId: number | null;
  readonly timeZone: string;
}

export interface ReserveOptions {
  readonly now: EpochMs;
  readonly house: House;
  /** Stop looking once so many are granted; the rest get null and nothing is noted about them. */
  readonly most?: number;
}

/** The longest period any limit counts is a month. */
const HISTORY_MS = 32 * 86_400_000;

// Locks fall into so many drawers: two strangers may wait for each other for a moment, but a batch can never
// exhaust the server's lock table.
const LOCK_DRAWERS = 2048;
const LOCK_CLASS = 230;

/** Reserves in a transaction of its own; see `reserveContactsIn`. */
export function reserveContacts(
  db: Db,
  requests: readonly ContactRequest[],
  options: ReserveOptions,
): Promise<(ContactAnswer | null)[]> {
  return transaction(db, { userId: null, source: 'contact rules' }, (tx) =>
    reserveContactsIn(tx, requests, options),
  );
}

/**
 * Checks and reserves a batch inside the caller's transaction (READ COMMITTED), in three round trips whatever its size.
 * Answers stand in the order of the requests. A reservation lasts with the commit; `settleContacts` later says what came
 * of it. Call it once in a transaction: locks are taken in sorted order within a batch, which two batches would undo.
 */
export async function reserveContactsIn(
  tx: Queryable,
  requests: readonly ContactRequest[],
  { now, house, most = requests.length }: ReserveOptions,
): Promise<(ContactAnswer | null)[]> {
  if (requests.length === 0) return [];
  const keys = requests.flatMap((r) =>
    r.customerId === null ? [r.phone] : [r.phone, `customer ${r.customerId}`],
  );
  await tx.query({
    name: 'lock contact drawers',
    text: `SELECT pg_advisory_xact_lock($1, drawer)
       FROM (SELECT DISTINCT hashtext(k) & $2 AS drawer FROM unnest($3::text[]) k ORDER BY 1) drawers`,
    values: [LOCK_CLASS, LOCK_DRAWERS - 1, keys],
  });
  // A statement of its own: its snapshot is taken after the locks are held.
  const known = await readKnown(tx, requests, now);
  const answers: (ContactAnswer | null)[] = [];
  const granted: ContactRequest[] = [];
  for (const request of requests) {
    if (granted.length >= most) {
      answers.push(null);
      continue;
    }
    const answer = answerFrom(known, request, now, house);
    answers.push(answer);
    if (!answer.allowed || known.reserved.has(request.id)) continue;
    granted.push(request);
    // Later requests of the same batch must see this one.
    known.reserved.add(request.id);
    note(known, { ...request, at: now, reached: null });
  }
  if (granted.length > 0) {
    await tx.query({
      name: 'reserve contacts',
      text: `INSERT INTO contacts (id, at, channel, purpose, phone, customer_id)
       SELECT id, $1, channel, purpose, phone, customer_id
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[]) AS t (id, channel, purpose, phone, customer_id)
       ON CONFLICT (id) DO UPDATE SET at = excluded.at, reached = NULL, released = false WHERE contacts.released`,
      values: [
        new Date(now),
        granted.map((g) => g.id),
        granted.map((g) => g.channel),
        granted.map((g) => g.purpose),
        granted.map((g) => g.phone),
        granted.map((g) => g.customerId),
      ],
    });
  }
  return answers;
}

/** The same questions without reserving anything: for the card, the preview and a dry run. Answers in order. */
export async function explainContacts(
  db: Queryable,
  requests: readonly Omit<ContactRequest, 'id'>[],
  { now, house }: { now: EpochMs; house: House },
): Promise<ContactAnswer[]> {
  if (requests.length === 0) return [];
  const withIds = requests.map((r) => ({ ...r, id: null }));
  const known = await readKnown(db, withIds, now);
  return withIds.map((request) => answerFrom(known, request, now, house));
}

/** May this one contact take place now, and if not, why and when again? Read-only. */
export async function explainMayContact(
  db: Queryable,
  question: Omit<ContactRequest, 'id'> & { now: EpochMs; house: House },
): Promise<ContactAnswer> {
  const [answer] = await explainContacts(db, [question], question);
  return answer!;
}

export type Settlement = 'reached' | 'notReached' | 'released';

/**
 * What came of reserved contacts: a conversation, none, or it never took place (and counts for nothing). The latest word
 * holds; ids that are not there are passed over.
 */
export async function settleContacts(
  tx: Queryable,
  settlements: readonly { id: string; as: Settlement }[],
): Promise<void> {
  if (settlements.length === 0) return;
  await tx.query({
    name: 'settle contacts',
    text: `UPDATE contacts c SET reached = CASE s.as WHEN 'released' THEN NULL ELSE s.as = 'reached' END, released = s.as = 'released'
       FROM unnest($1::uuid[], $2::text[]) AS s (id, "as") WHERE c.id = s.id`,
    values: [settlements.map((s) => s.id), settlements.map((s) => s.as)],
  });
}

type Noted = Pick<PastContact, 'at' | 'channel' | 'purpose' | 'reached'> & {
  readonly phone: string;
  readonly customerId: number | null;
};

interface Known {
  readonly blocked: ReadonlySet<string>;
  readonly parties: ReadonlyMap<number, PartyKind>;
  readonly reserved: Set<string>;
  readonly byPhone: Map<string, Noted[]>;
  readonly byCustomer: Map<number, Noted[]>;
}

async function readKnown(
  db: Queryable,
  requests: readonly { id: string | null; phone: string; customerId: number | null }[],
  now: EpochMs,
): Promise<Known> {
  const { rows } = await db.query<{
    blocked: string[];
    parties: [number, PartyKind][];
    reserved: string[];
    contacts: [
      string,
      number | null,
      number,
      PastContact['channel'],
      PastContact['purpose'],
      boolean | null,
    ][];
  }>({
    name: 'read contacts',
    text: `WITH past AS (
       SELECT id, phone, customer_id, at, channel, purpose, reached FROM contacts
        WHERE phone = ANY ($1::text[]) AND at >= $4 AND NOT released
        UNION
       SELECT id, phone, customer_id, at, channel, purpose, reached FROM contacts
        WHERE customer_id = ANY ($2::bigint[]) AND at >= $4 AND NOT released)
     SELECT coalesce((SELECT json_agg(phone) FROM do_not_call WHERE phone = ANY ($1::text[])), '[]') AS blocked,
            coalesce((SELECT json_agg(json_build_array(id, kind)) FROM customers WHERE id = ANY ($2::bigint[])), '[]') AS parties,
            coalesce((SELECT json_agg(id) FROM contacts WHERE id = ANY ($3::uuid[]) AND NOT released), '[]') AS reserved,
            coalesce((SELECT json_agg(json_build_array(phone, customer_id, round(extract(epoch FROM at) * 1000), channel, purpose, reached))
                        FROM past), '[]') AS contacts`,
    values: [
      requests.map((r) => r.phone),
      requests.map((r) => r.customerId).filter((id) => id !== null),
      requests.map((r) => r.id).filter((id) => id !== null),
      new Date(now - HISTORY_MS),
    ],
  });
  const row = rows[0]!;
  const known: Known = {
    blocked: new Set(row.blocked),
    parties: new Map(row.parties),
    reserved: new Set(row.reserved),
    byPhone: new Map(),
    byCustomer: new Map(),
  };
  for (const [phone, customerId, at, channel, purpose, reached] of row.contacts) {
    note(known, { phone, customerId, at, channel, purpose, reached });
  }
  return known;
}

function note(known: Known, noted: Noted): void {
  const onPhone = known.byPhone.get(noted.phone);
  if (onPhone) onPhone.push(noted);
  else known.byPhone.set(noted.phone, [noted]);
  if (noted.customerId === null) return;
  const onCustomer = known.byCustomer.get(noted.customerId);
  if (onCustomer) onCustomer.push(noted);
  else known.byCustomer.set(noted.customerId, [noted]);
}

function answerFrom(
  known: Known,
  request: Omit<ContactRequest, 'id'> & { id: string | null },
  now: EpochMs,
  house: House,
): ContactAnswer {
  if (request.id !== null && known.reserved.has(request.id)) {
    const evidence = {
      rules: ['reserved before under this id'],
      local: '',
      timeZone: request.timeZone,
      used: [],
    };
    return { allowed: true, evidence };
  }
  const { customerId } = request;
  const onPhone = known.byPhone.get(request.phone) ?? [];
  const onCustomer = customerId === null ? [] : (known.byCustomer.get(customerId) ?? []);
  const history: PastContact[] = [];
  for (const past of onPhone) {
    history.push(pastOf(past, true, customerId !== null && past.customerId === customerId));
  }
  for (const past of onCustomer) {
    if (past.phone !== request.phone) history.push(pastOf(past, false, true));
  }
  return mayContact({
    purpose: request.purpose,
    channel: request.channel,
    party: customerId === null ? 'unknown' : (known.parties.get(customerId) ?? 'unknown'),
    country: countryOf(request.phone),
    timeZone: request.timeZone,
    now,
    history,
    doNotCall: known.blocked.has(request.phone),
    house,
  });
}

function pastOf(
  { at, channel, purpose, reached }: Noted,
  samePhone: boolean,
  sameCustomer: boolean,
): PastContact {
  return { at, channel, purpose, reached, samePhone, sameCustomer };
}
