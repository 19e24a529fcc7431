import type { EpochMs } from '../basics/ids.ts';
import { isoTime } from '../basics/sql.ts';
import { type Actor, type Db, type Queryable, transaction } from '../db/pool.ts';
import { owedKopecks } from '../debts/store.ts';
import type { CustomerHit, TimelineEntry } from './schema.ts';
import { readSearch } from './search.ts';

/** Customers by phone, by search, and their timeline. The card has a file of its own. */

export interface PhoneMatch {
  readonly id: number;
  readonly kind: 'person' | 'company';
  readonly name: string;
  readonly account: string | null;
  readonly timeZone: string;
  /** Complaints, promises and tasks that are open. */
  readonly openMatters: number;
  /** ISO time of the last conversation. */
  readonly lastTalkAt: string | null;
  readonly debtKopecks: number;
}

const mostMatches = 20;

/**
 * Everybody who has this number, best match first: open matters, then who talked last, then debt, then a verified
 * number. One round trip; a prepared statement, since it runs at every call before the phone may ring.
 */
export async function findByPhone(db: Queryable, phone: string): Promise<PhoneMatch[]> {
  const { rows } = await db.query<PhoneMatch>({
    name: 'find by phone',
    text: `
      SELECT c.id, c.kind, c.name, c.account, c.time_zone AS "timeZone",
             (SELECT count(*) FROM open_matters m WHERE m.customer_id = c.id AND m.closed_at IS NULL) AS "openMatters",
             (SELECT ${isoTime('t.offered_at')} FROM calls t WHERE t.customer_id = c.id AND t.talk_ms > 0
               ORDER BY t.offered_at DESC LIMIT 1) AS "lastTalkAt",
             ${owedKopecks('c.id')} AS "debtKopecks"
        FROM customer_phones p JOIN customers c ON c.id = p.customer_id
       WHERE p.phone = $1
       ORDER BY "openMatters" DESC, "lastTalkAt" DESC NULLS LAST, "debtKopecks" DESC, p.verified_at DESC NULLS LAST, c.id
       LIMIT ${mostMatches}`,
    values: [phone],
  });
  return rows;
}

const foldedName = `translate(lower(c.name), 'ё', 'е')`;

/**
 * Finds by any part of a phone from 3 digits on, by account, by INN, by parts of the name in any order (also typed in
 * the other keyboard layout, е for ё); and when nothing is found, by likeness. At most `limit` hits, best first.
 */
export async function searchCustomers(db: Db, typed: string, limit: number): Promise<CustomerHit[]> {
  const { exact, phones, names, like } = readSearch(typed);
  const values: unknown[] = [exact];
  const param = (value: unknown): string => `$${values.push(value)}`;
  // Each branch stops early: a search for "ооо" must not read the whole base.
  const branches = [
    `SELECT id, 0 AS rank FROM customers WHERE account = $1`,
    `SELECT id, 0 FROM customers WHERE inn = $1`,
    ...phones.map(
      (pattern) =>
        `(SELECT customer_id, 1 FROM customer_phones WHERE phone LIKE ${param(pattern)} LIMIT 200)`,
    ),
    ...names
      .filter((patterns) => patterns.length > 0)
      .map((patterns, reading) => {
        const all = patterns.map((pattern) => `${foldedName} LIKE ${param(pattern)}`).join(' AND ');
        return `(SELECT c.id, ${2 + reading} FROM customers c WHERE ${all} LIMIT 200)`;
      }),
  ];
  const hits = await readHits(db, branches.join('\nUNION ALL\n'), values, limit);
  if (hits.length > 0 || names.length === 0) return hits;
  const likeness = `SELECT c.id, 10 - 5 * word_similarity($1, ${foldedName}) FROM customers c WHERE $1 <% ${foldedName}`;
  return transaction(db, { userId: null, source: 'search' }, async (tx) => {
    // One wrong letter in a word of seven leaves half of its trigrams.
    await tx.query('SET LOCAL pg_trgm.word_similarity_threshold = 0.45');
    return readHits(tx, `(${likeness} LIMIT 500)`, [like], limit);
  });
}

/** `found` is SQL text with columns id and rank. */
async function readHits(
  db: Queryable,
  found: string,
  values: unknown[],
  limit: number,
): Promise<CustomerHit[]> {
  const { rows } = await db.query<CustomerHit>(
    `WITH found (id, rank) AS (${found}),
          best AS (SELECT id, min(rank) AS rank FROM found GROUP BY id),
          hits AS (SELECT c.*, rank FROM best JOIN customers c USING (id) ORDER BY rank, c.name, c.id LIMIT $${values.length + 1})
     SELECT c.id, c.kind, c.name, c.account, c.inn, c.address,
            ARRAY(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.id) AS phones,
            ${owedKopecks('c.id')} AS "debtKopecks"
       FROM hits c ORDER BY rank, c.name, c.id`,
    [...values, limit],
  );
  return rows;
}

/** SQL text: one timeline row `t` as a TimelineEntry in JSON, with the joins it needs. */
export const timelineEntryJson = `
  json_build_object(
    'id', t.id, 'at', ${isoTime('t.at')}, 'kind', t.kind, 'userName', u.name, 'text', t.text,
    'amountKopecks', t.amount_kopecks,
    'call', CASE WHEN k.id IS NOT NULL THEN json_build_object(
      'callId', k.id, 'direction', k.direction, 'outcome', k.outcome, 'talkMs', k.talk_ms, 'agentName', a.name,
      'dispositionId', k.disposition_id, 'hasRecording', EXISTS (SELECT FROM recordings r WHERE r.call_id = k.id)) END)`;
export const timelineJoins = `
  LEFT JOIN users u ON u.id = t.user_id
  LEFT JOIN calls k ON k.id = t.call_id AND t.kind = 'call'
  LEFT JOIN users a ON a.id = k.agent_id`;

/** A page of the timeline, newest first: what stands below entry `before`, of one kind or of all. */
export async function readTimeline(
  db: Queryable,
  customerId: number,
  page: { before: number | null; kind: TimelineEntry['kind'] | null; limit: number },
): Promise<TimelineEntry[]> {
  const { rows } = await db.query<{ entry: TimelineEntry }>(
    `SELECT ${timelineEntryJson} AS entry
       FROM timeline t ${timelineJoins}
      WHERE t.customer_id = $1 AND ($2::text IS NULL OR t.kind = $2)
        AND ($3::bigint IS NULL OR (t.at, t.id) < (SELECT b.at, b.id FROM timeline b WHERE b.id = $3 AND b.customer_id = $1))
      ORDER BY t.at DESC, t.id DESC LIMIT $4`,
    [customerId, page.kind, page.before, page.limit],
  );
  return rows.map((row) => row.entry);
}

/** Writes a person's note into the timeline; null: there is no such customer. */
export function addNote(
  db: Db,
  actor: Actor,
  note: { customerId: number; text: string; at: EpochMs },
): Promise<TimelineEntry | null> {
  return transaction(db, actor, async (tx) => {
    const { rows } = await tx.query<{ id: number }>(
      `INSERT INTO timeline (customer_id, at, kind, user_id, text)
       SELECT id, $2, 'note', $3, $4 FROM customers WHERE id = $1 RETURNING id`,
      [note.customerId, new Date(note.at), actor.userId, note.text],
    );
    if (!rows[0]) return null;
    const written = await tx.query<{ entry: TimelineEntry }>(
      `SELECT ${timelineEntryJson} AS entry FROM timeline t ${timelineJoins} WHERE t.id = $1`,
      [rows[0].id],
    );
    return written.rows[0]?.entry ?? null;
  });
}

export async function readCustomerName(db: Queryable, customerId: number): Promise<string | null> {
  const { rows } = await db.query<{ name: string }>('SELECT name FROM customers WHERE id = $1', [customerId]);
  return rows[0]?.name ?? null;
}
