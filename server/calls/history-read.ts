import type { z } from 'zod';
import { isoTime } from '../basics/sql.ts';
import type { Queryable } from '../db/pool.ts';
import type { CallDetail, CallRow, callsQuerySchema, Disposition } from './schema.ts';

/** History as people read it. Nothing here writes. */

/** One row of `calls c` in the shape CallRow, with the joins it needs. */
const callJson = `
  json_build_object(
    'callId', c.id, 'direction', c.direction, 'customerId', c.customer_id, 'customerName', m.name,
    'phone', c.phone, 'phoneRaw', c.phone_raw, 'calledNumber', c.called_number, 'queueName', q.name,
    'campaignId', c.campaign_id, 'campaignName', g.name, 'agentId', c.agent_id, 'agentName', u.name,
    'offeredAt', ${isoTime('c.offered_at')}, 'queuedAt', ${isoTime('c.queued_at')},
    'answeredAt', ${isoTime('c.answered_at')}, 'endedAt', ${isoTime('c.ended_at')},
    'waitMs', c.wait_ms, 'talkMs', c.talk_ms, 'outcome', c.outcome, 'sipCode', c.sip_code, 'cause', c.cause,
    'hungUpBy', c.hung_up_by, 'fallback', c.fallback,
    'hasRecording', EXISTS (SELECT FROM recordings r WHERE r.call_id = c.id),
    'dispositionId', c.disposition_id, 'dispositionName', d.name_ru, 'note', c.note)`;
const callJoins = `
  LEFT JOIN customers m ON m.id = c.customer_id
  LEFT JOIN queues q ON q.id = c.queue_id
  LEFT JOIN campaigns g ON g.id = c.campaign_id
  LEFT JOIN users u ON u.id = c.agent_id
  LEFT JOIN dispositions d ON d.id = c.disposition_id`;

/** A page of calls, newest first; the next page begins before the last row's offeredAt and callId. */
export async function readCalls(db: Queryable, query: z.infer<typeof callsQuerySchema>): Promise<CallRow[]> {
  const where: string[] = [];
  const values: unknown[] = [];
  const add = (condition: (param: string) => string, value: unknown): void => {
    if (value !== undefined) where.push(condition(`$${values.push(value)}`));
  };
  add((p) => `c.customer_id = ${p}`, query.customerId);
  add((p) => `c.campaign_id = ${p}`, query.campaignId);
  add((p) => `c.agent_id = ${p}`, query.agentId);
  add((p) => `c.outcome = ${p}`, query.outcome);
  add((p) => `c.direction = ${p}`, query.direction);
  if (query.before !== undefined && query.beforeId !== undefined) {
    // Several calls may come in the same millisecond: the id decides.
    where.push(`(c.offered_at, c.id) < ($${values.push(query.before)}, $${values.push(query.beforeId)})`);
  } else add((p) => `c.offered_at < ${p}`, query.before);
  const { rows } = await db.query<{ call: CallRow }>(
    `SELECT ${callJson} AS call
       FROM (SELECT * FROM calls c ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
              ORDER BY c.offered_at DESC, c.id DESC LIMIT $${values.push(query.limit)}) c ${callJoins}
      ORDER BY c.offered_at DESC, c.id DESC`,
    values,
  );
  return rows.map((row) => row.call);
}

type Details = Pick<CallDetail, 'legs' | 'transfers' | 'results' | 'acts' | 'events'>;

/** One call with everything beneath it, oldest first; null: no such call in history. `acts`: with what people did to it. */
export async function readCall(
  db: Queryable,
  callId: string,
  { acts }: { acts: boolean },
): Promise<CallDetail | null> {
  const { rows } = await db.query<{ call: CallRow; rest: Details }>(
    `SELECT ${callJson} AS call, json_build_object(
       'legs', ARRAY(
         SELECT json_build_object('legId', l.id, 'role', l.role, 'agentId', l.agent_id, 'agentName', u.name, 'phone', l.phone,
           'startedAt', ${isoTime('l.started_at')}, 'answeredAt', ${isoTime('l.answered_at')},
           'endedAt', ${isoTime('l.ended_at')}, 'cause', l.cause, 'sipCode', l.sip_code)
         FROM call_legs l LEFT JOIN users u ON u.id = l.agent_id WHERE l.call_id = c.id ORDER BY l.started_at, l.id),
       'transfers', ARRAY(
         SELECT json_build_object('at', ${isoTime('t.at')}, 'kind', t.kind, 'conference', t.conference,
           'fromAgentId', t.from_agent_id, 'fromAgentName', f.name, 'to', t.to_kind, 'toAgentId', t.to_agent_id,
           'toAgentName', a.name, 'toQueueId', t.to_queue_id, 'toQueueName', o.name, 'toPhone', t.to_phone,
           'endedAt', ${isoTime('t.ended_at')}, 'howEnded', t.how_ended)
         FROM call_transfers t JOIN users f ON f.id = t.from_agent_id LEFT JOIN users a ON a.id = t.to_agent_id
              LEFT JOIN queues o ON o.id = t.to_queue_id
         WHERE t.call_id = c.id ORDER BY t.seq),
       'results', ARRAY(
         SELECT json_build_object('agentId', r.agent_id, 'agentName', u.name, 'at', ${isoTime('r.at')},
           'dispositionId', r.disposition_id, 'dispositionName', s.name_ru, 'note', r.note)
         FROM call_results r JOIN users u ON u.id = r.agent_id JOIN dispositions s ON s.id = r.disposition_id
         WHERE r.call_id = c.id ORDER BY r.at),
       'acts', CASE WHEN $2 THEN ARRAY(
         SELECT json_build_object('at', ${isoTime('x.at')}, 'userId', x.user_id, 'userName', u.name, 'act', x.act,
           'agentId', x.agent_id, 'detail', x.detail)
         FROM user_acts x JOIN users u ON u.id = x.user_id WHERE x.call_id = c.id ORDER BY x.at, x.id) END,
       'events', ARRAY(
         SELECT json_build_object('at', ${isoTime('e.at')}, 'type', e.type, 'data', e.data)
         FROM call_events e WHERE e.call_id = c.id ORDER BY e.seq)) AS rest
     FROM calls c ${callJoins} WHERE c.id = $1`,
    [callId, acts],
  );
  return rows[0] ? { ...rows[0].call, ...rows[0].rest } : null;
}

export async function readDispositions(db: Queryable): Promise<Disposition[]> {
  const { rows } = await db.query<Disposition>(
    `SELECT id, key, name_ru AS "nameRu", name_en AS "nameEn", hotkey, final, success, retry,
            needs_callback_at AS "needsCallbackAt" FROM dispositions ORDER BY sort, id`,
  );
  return rows;
}
