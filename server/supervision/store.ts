import type { z } from 'zod';
import { isoTime } from '../basics/sql.ts';
import type { Queryable } from '../db/pool.ts';
import type { ActRow, actsQuerySchema, Supervision } from './schema.ts';

/** A page of the record of acts, the last written first; a call that still lives is known by its crash-proof copy. Nothing here writes. */
export async function readActs(db: Queryable, query: z.infer<typeof actsQuerySchema>): Promise<ActRow[]> {
  const where: string[] = [];
  const values: unknown[] = [];
  const add = (condition: (param: string) => string, value: unknown): void => {
    if (value !== undefined) where.push(condition(`$${values.push(value)}`));
  };
  add((p) => `user_id = ${p}`, query.userId);
  add((p) => `agent_id = ${p}`, query.agentId);
  add((p) => `call_id = ${p}`, query.callId);
  add((p) => `act = ${p}`, query.act);
  add((p) => `id < ${p}`, query.beforeId);
  const { rows } = await db.query<{ act: ActRow }>(
    `SELECT json_build_object('id', x.id, 'at', ${isoTime('x.at')}, 'userId', x.user_id, 'userName', u.name, 'act', x.act,
       'callId', x.call_id, 'customerName', coalesce(m.name, l.state -> 'customer' ->> 'name'),
       'phone', coalesce(c.phone, l.state ->> 'phone'), 'agentId', x.agent_id, 'agentName', a.name, 'detail', x.detail) AS act
       FROM (SELECT * FROM user_acts ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
              ORDER BY id DESC LIMIT $${values.push(query.limit)}) x
       JOIN users u ON u.id = x.user_id LEFT JOIN users a ON a.id = x.agent_id
       LEFT JOIN calls c ON c.id = x.call_id LEFT JOIN customers m ON m.id = c.customer_id
       LEFT JOIN live_calls l ON l.call_id = x.call_id
      ORDER BY x.id DESC`,
    values,
  );
  return rows.map((row) => row.act);
}

export async function readPeople(db: Queryable): Promise<Supervision['people']> {
  const { rows } = await db.query<Supervision['people'][number]>(
    'SELECT id, name, role FROM users ORDER BY name, id',
  );
  return rows;
}
