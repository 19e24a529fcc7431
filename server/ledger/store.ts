import type { Db, Queryable } from '../db/pool.ts';
import type { LedgerRow } from './projection.ts';
import type { CallFields } from './rebuild.ts';
import type { HistoryCall } from './verify.ts';

/** SQL of the ledger and of history as they are compared. */

const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** Customers' channels begun in [since, until), oldest first; the page after `after`. */
export async function readCallIds(
  db: Queryable,
  o: { node: string; since: Date; after: { at: Date; callId: string } | null; limit: number },
): Promise<{ callId: string; at: Date }[]> {
  const { rows } = await db.query<{ callId: string; at: Date }>(
    `SELECT channel_id AS "callId", at FROM ledger
      WHERE node = $1 AND at >= $2 AND type = 'CHAN_START' AND channel LIKE 'PJSIP/%' AND channel NOT LIKE 'PJSIP/agent-%'
        AND channel_id NOT LIKE 'out-%' AND ($3::timestamptz IS NULL OR (at, channel_id) > ($3, $4))
      ORDER BY at, channel_id LIMIT $5`,
    [o.node, o.since, o.after?.at ?? null, o.after?.callId ?? '', o.limit],
  );
  return rows;
}

/** Every line that tells of these calls, by call: of their channels, and of kept-up legs while they were in the calls' bridges. */
export async function readRows(
  db: Queryable,
  node: string,
  callIds: readonly string[],
): Promise<Map<string, LedgerRow[]>> {
  const { rows } = await db.query<LedgerRow & { call: string }>({
    name: 'ledger rows of calls',
    text: `WITH legs AS (
         SELECT channel_id, call_id AS call FROM ledger
          WHERE node = $1 AND call_id = ANY($2) AND channel_id NOT LIKE 'ag-%-keep-%'
         UNION SELECT id, id FROM unnest($2::text[]) AS id
       ), found AS (
         SELECT legs.call, l.* FROM legs JOIN ledger l ON l.channel_id = legs.channel_id AND l.node = $1
         UNION ALL
         SELECT substr(l.extra ->> 'bridge_id', 6), l.* FROM ledger l
          WHERE l.node = $1 AND l.type IN ('BRIDGE_ENTER', 'BRIDGE_EXIT') AND l.extra ->> 'bridge_id' = ANY($3)
            AND l.channel_id LIKE 'ag-%-keep-%'
       )
       SELECT call, ${ms('at')} AS at, type, channel_id AS "channelId", channel, exten, caller, extra FROM found`,
    values: [node, callIds, callIds.map((id) => `call-${id}`)],
  });
  return Map.groupBy(rows, (row) => row.call);
}

/** When the exchange was started anew and what it had written last before: pairs, oldest first. */
export async function readRestarts(
  db: Queryable,
  node: string,
  since: Date,
): Promise<{ readonly at: number; readonly diedAt: number | null }[]> {
  // Its first channel has number 0.
  const { rows } = await db.query<{ at: number; diedAt: number | null }>(
    `SELECT ${ms('r.at')} AS at,
            (SELECT ${ms('max(l.at)')} FROM ledger l WHERE l.node = $1 AND l.at < r.at) AS "diedAt"
       FROM ledger r WHERE r.node = $1 AND r.at >= $2 AND r.type = 'CHAN_START' AND r.channel_id LIKE '%.0' ORDER BY r.at`,
    [node, since],
  );
  return rows;
}

const historyColumns = `c.id AS "callId", c.direction, c.phone, ${ms('c.offered_at')} AS "offeredAt", c.fallback,
  greatest(1, (SELECT count(*) FROM timeline t WHERE t.call_id = c.id AND t.kind = 'call'))::integer AS rows,
  jsonb_build_object('queued_at', ${ms('c.queued_at')}, 'answered_at', ${ms('c.answered_at')},
    'connected_at', ${ms('c.connected_at')}, 'ended_at', ${ms('c.ended_at')}, 'wait_ms', c.wait_ms, 'talk_ms', c.talk_ms,
    'agent_id', c.agent_id, 'outcome', c.outcome, 'cause', c.cause, 'hung_up_by', c.hung_up_by, 'fallback', c.fallback) AS fields,
  coalesce((SELECT jsonb_agg(jsonb_build_object('legId', l.id, 'role', l.role, 'agentId', l.agent_id,
    'answered', l.answered_at IS NOT NULL)) FROM call_legs l WHERE l.call_id = c.id), '[]') AS legs,
  coalesce((SELECT jsonb_agg(jsonb_build_object('toKind', t.to_kind, 'toAgentId', t.to_agent_id, 'endedAt', ${ms('t.ended_at')},
    'how', t.how_ended)) FROM call_transfers t WHERE t.call_id = c.id), '[]') AS transfers`;

export async function readHistory(
  db: Queryable,
  node: string,
  callIds: readonly string[],
): Promise<HistoryCall[]> {
  const { rows } = await db.query<HistoryCall>(
    `SELECT ${historyColumns} FROM calls c WHERE c.node = $1 AND c.id = ANY($2)`,
    [node, callIds],
  );
  return rows;
}

/** Rows of calls offered since then whose channel the ledger has never seen. */
export async function readHistoryUnknownToLedger(db: Db, node: string, since: Date): Promise<HistoryCall[]> {
  const { rows } = await db.query<HistoryCall>(
    `SELECT ${historyColumns} FROM calls c WHERE c.node = $1 AND c.offered_at >= $2
        AND NOT EXISTS (SELECT FROM ledger l WHERE l.channel_id = c.id AND l.node = $1 AND l.type = 'CHAN_START')`,
    [node, since],
  );
  return rows;
}

/** Those of these calls that a switchboard still has in its hands. */
export async function readLiving(db: Queryable, callIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    'SELECT call_id AS id FROM live_calls WHERE call_id = ANY($1)',
    [callIds],
  );
  return new Set(rows.map((row) => row.id));
}

export interface AttemptFacts {
  readonly attemptId: string;
  readonly campaignId: number;
  readonly leadId: number;
  readonly customerId: number | null;
  readonly phone: string;
  readonly announcement: boolean;
}

/** The dialer's side of calls that we placed. */
export async function readAttempts(
  db: Queryable,
  callIds: readonly string[],
): Promise<Map<string, AttemptFacts>> {
  const uuids = callIds.filter((id) => /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(id));
  if (uuids.length === 0) return new Map();
  const { rows } = await db.query<AttemptFacts>(
    `SELECT a.id::text AS "attemptId", a.campaign_id AS "campaignId", a.lead_id AS "leadId", l.customer_id AS "customerId",
            a.phone, c.mode = 'announcement' AS announcement
       FROM attempts a JOIN leads l ON l.id = a.lead_id JOIN campaigns c ON c.id = a.campaign_id WHERE a.id = ANY($1::uuid[])`,
    [uuids],
  );
  return new Map(rows.map((row) => [row.attemptId, row]));
}

/** An end, or the first channel of a new life of the exchange, that history has not been compared with yet. */
export interface Unsettled {
  readonly seq: number;
  readonly restart: boolean;
  readonly channelId: string;
  readonly channel: string;
  readonly at: number;
  /** History has it, ended at the same time, and knows whether the fallback queue served it, who picked up and whose it was. */
  readonly agrees: boolean;
}

export async function readUnsettled(db: Queryable, node: string, limit: number): Promise<Unsettled[]> {
  const { rows } = await db.query<Unsettled>({
    name: 'unsettled ledger',
    text: `SELECT h.seq, h.type = 'CHAN_START' AS restart, h.channel_id AS "channelId", h.channel, ${ms('h.at')} AS at,
            coalesce(abs(extract(epoch FROM c.ended_at - h.at)) <= 1
              AND (c.fallback OR NOT EXISTS (
                SELECT FROM ledger f WHERE f.channel_id = h.channel_id AND f.node = h.node AND f.type = 'FALLBACK'))
              -- We rang, and the ledger alone knows that he picked up.
              AND (c.direction = 'hotline' OR c.answered_at IS NOT NULL OR NOT EXISTS (
                SELECT FROM ledger a WHERE a.channel_id = h.channel_id AND a.node = h.node AND a.type = 'ANSWER'))
              -- Its agent never had it, or was with a customer who was in no bridge.
              AND (c.connected_at IS NULL OR NOT EXISTS (
                SELECT FROM call_legs l WHERE l.call_id = c.id AND l.role = 'agent') OR (
                EXISTS (SELECT FROM call_legs l WHERE l.call_id = c.id AND l.agent_id = c.agent_id AND l.answered_at IS NOT NULL)
                AND EXISTS (SELECT FROM ledger b WHERE b.channel_id = h.channel_id AND b.node = h.node AND b.type = 'BRIDGE_ENTER'))),
              false) AS agrees
       FROM ledger h LEFT JOIN calls c ON c.id = h.channel_id
      WHERE h.node = $1 AND (h.type = 'HANGUP' OR (h.type = 'CHAN_START' AND h.channel_id LIKE '%.0'))
        AND h.seq > coalesce((SELECT s.seq FROM ledger_settled s WHERE s.node = $1), 0)
      ORDER BY h.seq LIMIT $2`,
    values: [node, limit],
  });
  return rows;
}

export async function writeSettled(db: Queryable, node: string, seq: number): Promise<void> {
  await db.query(
    `INSERT INTO ledger_settled (node, seq) VALUES ($1, $2)
     ON CONFLICT (node) DO UPDATE SET seq = greatest(ledger_settled.seq, excluded.seq)`,
    [node, seq],
  );
}

/** Calls begun in the hours before the exchange's restart of which it never told the end. */
export async function readCutOff(db: Queryable, node: string, restartAt: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT s.channel_id AS id FROM ledger s
      WHERE s.node = $1 AND s.type = 'CHAN_START' AND s.at >= $2::timestamptz - interval '6 hours' AND s.at < $2
        AND s.channel LIKE 'PJSIP/%' AND s.channel NOT LIKE 'PJSIP/agent-%' AND s.channel_id NOT LIKE 'out-%'
        AND NOT EXISTS (SELECT FROM ledger h WHERE h.channel_id = s.channel_id AND h.node = $1 AND h.type = 'HANGUP')`,
    [node, new Date(restartAt)],
  );
  return rows.map((row) => row.id);
}

export interface NewCall {
  readonly callId: string;
  readonly node: string;
  readonly direction: 'hotline' | 'campaign' | 'manual';
  readonly phone: string | null;
  readonly phoneRaw: string | null;
  readonly called: string;
  readonly customerId: number | null;
  readonly attempt: AttemptFacts | null;
  readonly offeredAt: number;
}

const time = (value: number | null) => (value === null ? null : new Date(value));

/** A row for a call that history does not have; false: it has it by now. */
export async function insertCall(tx: Queryable, call: NewCall, f: CallFields): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO calls (id, node, direction, customer_id, phone, phone_raw, called_number, queue_id, campaign_id, lead_id,
                        attempt_id, agent_id, offered_at, queued_at, answered_at, connected_at, ended_at, wait_ms, talk_ms,
                        outcome, cause, hung_up_by, fallback)
     SELECT $1, $2, $3, $4, $5, $6, $7,
            CASE WHEN $3 = 'hotline' THEN coalesce((SELECT id FROM queues WHERE hotline_number = $7), (SELECT min(id) FROM queues)) END,
            $8, $9, $10, (SELECT id FROM users WHERE id = $11), $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, true
     ON CONFLICT (id) DO NOTHING`,
    [
      call.callId,
      call.node,
      call.direction,
      call.customerId,
      call.phone,
      call.phoneRaw,
      call.called || null,
      call.attempt?.campaignId ?? null,
      call.attempt?.leadId ?? null,
      call.attempt?.attemptId ?? null,
      f.agent_id,
      time(call.offeredAt),
      time(f.queued_at),
      time(f.answered_at),
      time(f.connected_at),
      time(f.ended_at),
      whole(f.wait_ms),
      whole(f.talk_ms),
      f.outcome,
      f.cause,
      f.hung_up_by,
    ],
  );
  await tx.query(
    `INSERT INTO timeline (customer_id, at, kind, user_id, call_id)
     SELECT customer_id, offered_at, 'call', agent_id, id FROM calls WHERE id = $1 AND customer_id IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [call.callId],
  );
  return (rowCount ?? 0) > 0;
}

const whole = (value: number | null) => (value === null ? null : Math.round(value));
const isTime = (column: string) => column.endsWith('_at');
const columns = new Set<keyof CallFields>([
  'queued_at',
  'answered_at',
  'connected_at',
  'ended_at',
  'wait_ms',
  'talk_ms',
  'agent_id',
  'outcome',
  'cause',
  'hung_up_by',
  'fallback',
]);

export async function updateCall(tx: Queryable, callId: string, fields: Partial<CallFields>): Promise<void> {
  const entries = Object.entries(fields).filter(([key]) => columns.has(key as keyof CallFields));
  if (entries.length === 0) return;
  const sets = entries.map(([key], i) =>
    key === 'agent_id'
      ? `agent_id = (SELECT id FROM users WHERE id = $${i + 2}::integer)`
      : `${key} = $${i + 2}`,
  );
  const values = entries.map(([key, value]) =>
    typeof value !== 'number' ? value : isTime(key) ? new Date(value) : Math.round(value),
  );
  await tx.query(`UPDATE calls SET ${sets.join(', ')} WHERE id = $1`, [callId, ...values]);
  if (fields.outcome === undefined) return;
  // The campaign counts what history counts; when its lead is tried again was decided, and stays.
  await tx.query(
    `UPDATE attempts SET outcome = $2 WHERE id = (SELECT attempt_id FROM calls WHERE id = $1) AND state = 'ended'`,
    [callId, fields.outcome],
  );
}

export interface NewLeg {
  readonly id: string;
  readonly role: string;
  readonly agentId: number | null;
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  readonly cause: number;
}

export async function insertLegs(tx: Queryable, callId: string, legs: readonly NewLeg[]): Promise<void> {
  for (const leg of legs) {
    await tx.query(
      `INSERT INTO call_legs (id, call_id, role, agent_id, started_at, answered_at, ended_at, cause)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`,
      [
        leg.id,
        callId,
        leg.role,
        leg.agentId,
        time(leg.startedAt),
        time(leg.answeredAt),
        time(leg.endedAt),
        leg.cause,
      ],
    );
  }
}

/** The exchange's own queue records whom it serves, under these names (asterisk/pbx/extensions.conf). */
export async function insertFallbackRecording(
  tx: Queryable,
  callId: string,
  node: string,
  from: number,
  to: number,
): Promise<void> {
  await tx.query(
    `INSERT INTO recordings (call_id, node, started_at, ended_at, customer_file, agent_file)
     VALUES ($1, $2, $3, $4, $1 || '.customer.ulaw', $1 || '.agent.ulaw') ON CONFLICT (call_id) DO NOTHING`,
    [callId, node, time(from), time(to)],
  );
}

/** What was changed, in the call's own story. */
export async function insertRebuilt(tx: Queryable, callId: string, data: unknown): Promise<void> {
  await tx.query(
    `INSERT INTO call_events (call_id, seq, at, type, data)
     SELECT $1, coalesce(max(seq), 0) + 1, now(), 'rebuilt', $2 FROM call_events WHERE call_id = $1`,
    [callId, JSON.stringify(data)],
  );
}
