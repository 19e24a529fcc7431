import type { AgentId, CallId, EpochMs } from '../basics/ids.ts';
import type { Db, Queryable } from '../db/pool.ts';
import type { CallState, LegFacts, QueueFacts } from './call-state.ts';
import { outsidePhones } from './parties.ts';

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

/** Something a person did that he may have to answer for. */
export interface ActRow {
  readonly userId: number;
  readonly at: EpochMs;
  /** listen, whisper, barge, unwatch, takeOver, endCall, setState … */
  readonly act: string;
  readonly callId: CallId | null;
  readonly agentId: number | null;
  /** Figures and, when it was refused, why. */
  readonly detail: Readonly<Record<string, unknown>>;
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
    text: `INSERT INTO call_legs (id, call_id, role, agent_id, phone, started_at, answered_at, ended_at, cause, sip_code)
     SELECT * FROM jsonb_to_recordset($1) AS r(id text, call_id text, role text, agent_id integer, phone text,
       started_at timestamptz, answered_at timestamptz, ended_at timestamptz, cause integer, sip_code integer)
     ON CONFLICT (id) DO NOTHING`,
    values: [JSON.stringify(states.flatMap(legRows))],
  });
  const transfers = states.flatMap(transferRows);
  if (transfers.length > 0) await insertTransfers(tx, transfers);
  await tx.query({
    name: 'insert recordings',
    text: `INSERT INTO recordings (call_id, node, started_at, ended_at, customer_file, agent_file, pauses)
     SELECT * FROM jsonb_to_recordset($1) AS r(call_id text, node text, started_at timestamptz, ended_at timestamptz,
       customer_file text, agent_file text, pauses jsonb)
     ON CONFLICT (call_id) DO NOTHING`,
    values: [JSON.stringify(states.flatMap((state) => recordingRow(node, state)))],
  });
  // Agents who handed a call over have spoken already.
  await tx.query({
    name: 'results of new calls',
    text: `UPDATE calls c SET disposition_id = r.disposition_id, note = r.note
       FROM (${lastResult} WHERE r.call_id = ANY($1) ${lastResultFirst}) r WHERE c.id = r.call_id`,
    values: [states.map((s) => s.callId)],
  });
  await tx.query({
    name: 'insert timeline of calls',
    text: `INSERT INTO timeline (customer_id, at, kind, user_id, text, call_id)
     SELECT customer_id, offered_at, 'call', agent_id, note, id FROM calls WHERE id = ANY($1) AND customer_id IS NOT NULL
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
    agent_id: agentOf(s),
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

/** Whose call it was: the agent who has it, unless others talked and his phone had only begun to ring; then who talked last. */
function agentOf(s: CallState): AgentId | null {
  const talked = Object.values(s.legs)
    .filter((leg) => leg.role === 'agent' && leg.answeredAt !== null)
    .sort((a, b) => (b.answeredAt ?? 0) - (a.answeredAt ?? 0));
  if (s.connectedAt === null || talked.some((leg) => leg.agentId === s.agentId)) return s.agentId;
  return talked[0]?.agentId ?? s.agentId;
}

/** Kept-up legs belong to the agent's day, not to one call: they are shown under the id of this call's part of them. */
function legRows(s: CallState) {
  const phones = outsidePhones(s);
  return (Object.entries(s.legs) as [string, LegFacts][]).map(([legId, leg]) => ({
    id: leg.kept ? `${legId}@${s.callId}` : legId,
    call_id: s.callId,
    role: leg.role,
    agent_id: leg.agentId,
    phone: phones.get(legId) ?? null,
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

function transferRows(s: CallState) {
  return s.transfers.map((t, seq) => ({
    call_id: s.callId,
    seq,
    at: iso(t.at),
    kind: t.kind,
    conference: t.conference,
    from_agent_id: t.fromAgentId,
    to_kind: t.to,
    to_agent_id: t.toAgentId,
    to_queue_id: t.toQueueId,
    to_phone: t.toPhone,
    ended_at: iso(t.ended?.at ?? s.end?.at ?? null),
    how_ended: t.ended?.how ?? 'customerLeft',
  }));
}

async function insertTransfers(
  tx: Queryable,
  rows: readonly ReturnType<typeof transferRows>[0][],
): Promise<void> {
  await tx.query({
    name: 'insert call transfers',
    text: `INSERT INTO call_transfers (call_id, seq, at, kind, conference, from_agent_id, to_kind, to_agent_id, to_queue_id,
                                 to_phone, ended_at, how_ended)
     SELECT * FROM jsonb_to_recordset($1) AS r(call_id text, seq integer, at timestamptz, kind text, conference boolean,
       from_agent_id integer, to_kind text, to_agent_id integer, to_queue_id integer, to_phone text, ended_at timestamptz,
       how_ended text)
     ON CONFLICT (call_id, seq) DO NOTHING`,
    values: [JSON.stringify(rows)],
  });
}

/** The result that counts for a call: its last agent's, else the latest one that was given. */
const lastResult = `SELECT DISTINCT ON (r.call_id) r.call_id, r.agent_id, r.disposition_id, r.note
       FROM call_results r JOIN calls k ON k.id = r.call_id`;
const lastResultFirst = `ORDER BY r.call_id, (r.agent_id IS NOT DISTINCT FROM k.agent_id) DESC, r.at DESC`;

/**
 * What an agent says about a call on which he was, live or ended. Returns whether it speaks for the call: of several agents the last
 * one's does. False as well when he had nothing to do with it: then nothing is written.
 */
export async function writeResult(tx: Queryable, result: ResultRow): Promise<boolean> {
  const { callId, agentId, dispositionId, note } = result;
  const { rowCount } = await tx.query(
    `INSERT INTO call_results (call_id, agent_id, at, disposition_id, note)
     SELECT $1, $2, clock_timestamp(), $3, nullif($4, '')
      WHERE EXISTS (SELECT FROM calls WHERE id = $1 AND agent_id = $2)
         OR EXISTS (SELECT FROM call_legs WHERE call_id = $1 AND agent_id = $2 AND role = 'agent')
         OR EXISTS (SELECT FROM live_calls l WHERE l.call_id = $1 AND (l.state -> 'agentId' = to_jsonb($2::int)
              OR jsonb_path_exists(l.state, '$.legs.* ? (@.agentId == $agent && @.role == "agent")', jsonb_build_object('agent', $2::int))))
     ON CONFLICT (call_id, agent_id) DO UPDATE SET at = excluded.at, disposition_id = excluded.disposition_id, note = excluded.note`,
    [callId, agentId, dispositionId, note],
  );
  if (rowCount === 0) return false;
  const { rows } = await tx.query<{ agentId: number }>(
    `WITH said AS (${lastResult} WHERE r.call_id = $1 ${lastResultFirst}),
          told AS (UPDATE calls c SET disposition_id = said.disposition_id, note = said.note FROM said WHERE c.id = said.call_id),
          line AS (UPDATE timeline t SET text = said.note FROM said WHERE t.call_id = said.call_id AND t.kind = 'call')
     SELECT agent_id AS "agentId" FROM said`,
    [callId],
  );
  const counts = rows[0]?.agentId;
  // A call that is not in history yet has nobody else's word.
  return counts === undefined || counts === agentId;
}

export async function insertAct(tx: Queryable, act: ActRow): Promise<void> {
  await tx.query(
    'INSERT INTO user_acts (at, user_id, act, call_id, agent_id, detail) VALUES ($1, $2, $3, $4, $5, $6)',
    [new Date(act.at), act.userId, act.act, act.callId, act.agentId, act.detail],
  );
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
