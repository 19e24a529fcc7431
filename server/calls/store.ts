import type { AgentId, CallId, EpochMs } from '../basics/ids.ts';
import type { Db, Queryable } from '../db/pool.ts';
import type { CallState, LegFacts, QueueFacts } from './call-state.ts';

/** SQL of live calls and their history. Everything that is written often is written many rows at a time. */

export interface EventRow {
  readonly call_id: string;
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly data: unknown;
}

export interface ResultRow {
  readonly callId: CallId;
  readonly agentId: AgentId;
  readonly dispositionId: number;
  readonly note: string;
  readonly callbackAt: EpochMs | null;
}

const iso = (ms: EpochMs | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export async function insertEvents(tx: Queryable, rows: readonly EventRow[]): Promise<void> {
  await tx.query({
    name: 'insert call events',
    text: `INSERT INTO call_events (call_id, seq, at, type, data)
     SELECT call_id, seq, at, type, data
       FROM jsonb_to_recordset($1) AS r(call_id text, seq integer, at timestamptz, type text, data jsonb)
     ON CONFLICT DO NOTHING`,
    values: [JSON.stringify(rows)],
  });
}

export async function upsertLiveCalls(
  tx: Queryable,
  node: string,
  states: readonly CallState[],
): Promise<void> {
  await tx.query({
    name: 'upsert live calls',
    text: `INSERT INTO live_calls (call_id, node, state, updated_at)
     SELECT r.value ->> 'callId', $1, r.value, now() FROM jsonb_array_elements($2) AS r
     ON CONFLICT (call_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`,
    values: [node, JSON.stringify(states)],
  });
}

/** The calls that an earlier switchboard of this node left behind. */
export async function readLiveCalls(db: Db, node: string): Promise<CallState[]> {
  const { rows } = await db.query<{ state: CallState }>('SELECT state FROM live_calls WHERE node = $1', [
    node,
  ]);
  return rows.map((r) => r.state);
}

/** One row a call, once: a call that is there already (an earlier try that did reach the database) is left as it is. */
export async function insertCalls(tx: Queryable, node: string, states: readonly CallState[]): Promise<void> {
  await tx.query({
    name: 'insert calls',
    text: `INSERT INTO calls (id, node, direction, customer_id, phone, phone_raw, called_number, queue_id, campaign_id, lead_id,
                        attempt_id, agent_id, offered_at, queued_at, answered_at, connected_at, ended_at, wait_ms, talk_ms,
                        outcome, sip_code, cause, hung_up_by)
     SELECT * FROM jsonb_to_recordset($1) AS r(
       id text, node text, direction text, customer_id bigint, phone text, phone_raw text, called_number text, queue_id integer,
       campaign_id integer, lead_id bigint, attempt_id uuid, agent_id integer, offered_at timestamptz, queued_at timestamptz,
       answered_at timestamptz, connected_at timestamptz, ended_at timestamptz, wait_ms integer, talk_ms integer,
       outcome text, sip_code integer, cause integer, hung_up_by text)
     ON CONFLICT (id) DO NOTHING`,
    values: [JSON.stringify(states.map((state) => callRow(node, state)))],
  });
  await tx.query({
    name: 'insert call legs',
    text: `INSERT INTO call_legs (id, call_id, role, agent_id, started_at, answered_at, ended_at, cause, sip_code)
     SELECT * FROM jsonb_to_recordset($1) AS r(id text, call_id text, role text, agent_id integer, started_at timestamptz,
       answered_at timestamptz, ended_at timestamptz, cause integer, sip_code integer)
     ON CONFLICT (id) DO NOTHING`,
    values: [JSON.stringify(states.flatMap(legRows))],
  });
  await tx.query({
    name: 'insert recordings',
    text: `INSERT INTO recordings (call_id, node, started_at, ended_at, customer_file, agent_file, pauses)
     SELECT * FROM jsonb_to_recordset($1) AS r(call_id text, node text, started_at timestamptz, ended_at timestamptz,
       customer_file text, agent_file text, pauses jsonb)
     ON CONFLICT (call_id) DO NOTHING`,
    values: [JSON.stringify(states.flatMap((state) => recordingRow(node, state)))],
  });
  await tx.query({
    name: 'insert timeline of calls',
    text: `INSERT INTO timeline (customer_id, at, kind, user_id, call_id)
     SELECT customer_id, offered_at, 'call', agent_id, id FROM calls WHERE id = ANY($1) AND customer_id IS NOT NULL
     ON CONFLICT DO NOTHING`,
    values: [states.map((s) => s.callId)],
  });
  await tx.query('DELETE FROM live_calls WHERE call_id = ANY($1)', [states.map((s) => s.callId)]);
}

function callRow(node: string, s: CallState) {
  const { end } = s;
  // A call that never had an agent waited until its end.
  const waitedUntil = s.direction === 'hotline' ? (s.connectedAt ?? end?.at ?? null) : null;
  return {
    id: s.callId,
    node,
    direction: s.direction,
    customer_id: s.customer?.id ?? null,
    phone: s.phone,
    phone_raw: s.phone === null ? s.phoneRaw : null,
    called_number: s.calledNumber,
    queue_id: s.queue?.queueId ?? null,
    campaign_id: s.campaign?.campaignId ?? null,
    lead_id: s.campaign?.leadId ?? null,
    attempt_id: s.campaign === null ? null : s.callId,
    agent_id: s.agentId,
    offered_at: iso(s.offeredAt),
    queued_at: iso(s.queuedAt),
    answered_at: iso(s.answeredAt),
    connected_at: iso(s.connectedAt),
    ended_at: iso(end?.at ?? null),
    wait_ms: waitedUntil !== null && s.queuedAt !== null ? waitedUntil - s.queuedAt : null,
    talk_ms: s.connectedAt !== null && end !== null ? end.at - s.connectedAt : null,
    outcome: end?.outcome ?? 'failed',
    sip_code: end?.codes.sipCode ?? null,
    cause: end?.codes.cause ?? null,
    hung_up_by: end?.hungUpBy ?? null,
  };
}

/** Kept-up legs belong to the agent's day, not to one call: they are shown under the id of this call's part of them. */
function legRows(s: CallState) {
  return (Object.entries(s.legs) as [string, LegFacts][]).map(([legId, leg]) => ({
    id: leg.kept ? `${legId}@${s.callId}` : legId,
    call_id: s.callId,
    role: leg.role,
    agent_id: leg.agentId,
    started_at: iso(leg.startedAt),
    answered_at: iso(leg.answeredAt),
    ended_at: iso(leg.ended?.at ?? s.end?.at ?? null),
    cause: leg.ended?.cause ?? 0,
    sip_code: leg.ended?.sipCode ?? 0,
  }));
}

function recordingRow(node: string, s: CallState) {
  if (s.recording === null) return [];
  return [
    {
      call_id: s.callId,
      node,
      started_at: iso(s.recording.startedAt),
      ended_at: iso(s.recording.stoppedAt ?? s.end?.at ?? null),
      customer_file: s.recording.heard,
      agent_file: s.recording.spoken,
      // Absent in a call that an older switchboard left.
      pauses: s.recording.pauses ?? [],
    },
  ];
}

/** What the agent said about his call; refused (0 rows) when it is not his. */
export async function writeResult(
  tx: Queryable,
  result: ResultRow,
): Promise<{ customerId: number | null } | null> {
  const { rows } = await tx.query<{ customerId: number | null }>(
    `UPDATE calls SET disposition_id = $3, note = nullif($4, '') WHERE id = $1 AND agent_id = $2
     RETURNING customer_id AS "customerId"`,
    [result.callId, result.agentId, result.dispositionId, result.note],
  );
  const row = rows[0];
  if (row === undefined) return null;
  await tx.query(`UPDATE timeline SET text = nullif($2, '') WHERE call_id = $1 AND kind = 'call'`, [
    result.callId,
    result.note,
  ]);
  return row;
}

/** Moves an ended call to the right customer (wrong person: history stays with the call). */
export async function writeCustomer(
  tx: Queryable,
  callId: CallId,
  agentId: AgentId,
  customerId: number | null,
): Promise<void> {
  const { rowCount } = await tx.query('UPDATE calls SET customer_id = $3 WHERE id = $1 AND agent_id = $2', [
    callId,
    agentId,
    customerId,
  ]);
  if (rowCount === 0) return;
  await tx.query(`DELETE FROM timeline WHERE call_id = $1 AND kind = 'call'`, [callId]);
  await tx.query(
    `INSERT INTO timeline (customer_id, at, kind, user_id, text, call_id)
     SELECT customer_id, offered_at, 'call', agent_id, note, id FROM calls WHERE id = $1 AND customer_id IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [callId],
  );
}

export interface QueueRow extends QueueFacts {
  readonly hotlineNumber: string;
  readonly answerWithinMs: number;
  readonly agentIds: readonly number[];
}

export async function readQueues(db: Db): Promise<QueueRow[]> {
  const { rows } = await db.query<QueueRow>(
    `SELECT q.id AS "queueId", q.name, q.ring_ms AS "ringMs", q.wrap_up_ms AS "wrapUpMs", q.record,
            q.hotline_number AS "hotlineNumber", q.answer_within_ms AS "answerWithinMs",
            coalesce(array_agg(a.user_id) FILTER (WHERE a.user_id IS NOT NULL), '{}') AS "agentIds"
       FROM queues q LEFT JOIN queue_agents a ON a.queue_id = q.id GROUP BY q.id ORDER BY q.id`,
  );
  return rows;
}

/**
 * Today's figures of a queue, by the definitions of the report: offered = queued today; answered in time = within the
 * queue's own limit, counted from the queue's entry; abandoned = hung up while waiting.
 */
export async function readQueueFigures(db: Db, since: Date) {
  const { rows } = await db.query<{
    queueId: number;
    offered: number;
    answered: number;
    answeredInTime: number;
    abandoned: number;
  }>(
    `SELECT q.id AS "queueId", count(c.id)::integer AS offered,
            count(*) FILTER (WHERE c.outcome = 'answered')::integer AS answered,
            count(*) FILTER (WHERE c.outcome = 'answered' AND c.wait_ms <= q.answer_within_ms)::integer AS "answeredInTime",
            count(*) FILTER (WHERE c.outcome = 'abandoned')::integer AS abandoned
       FROM queues q LEFT JOIN calls c ON c.queue_id = q.id AND c.offered_at >= $1 GROUP BY q.id`,
    [since],
  );
  return rows;
}
