import type { Db } from '../db/pool.ts';
import type { HistoryCall, LedgerCall } from './verify.ts';

/** Customers' channels that the ledger knows, begun since then. The janitor's and agents' channels are none. */
export async function readLedgerCalls(db: Db, node: string, since: Date): Promise<LedgerCall[]> {
  const { rows } = await db.query<LedgerCall>(
    `SELECT channel_id AS "callId",
            extract(epoch FROM min(at) FILTER (WHERE type = 'CHAN_START')) * 1000 AS "startedAt",
            extract(epoch FROM min(at) FILTER (WHERE type = 'ANSWER')) * 1000 AS "answeredAt",
            extract(epoch FROM min(at) FILTER (WHERE type = 'HANGUP')) * 1000 AS "endedAt"
       FROM ledger WHERE node = $1 AND at >= $2 AND channel NOT LIKE 'Local/%' AND channel NOT LIKE 'PJSIP/agent-%'
        AND channel LIKE 'PJSIP/%'
      GROUP BY channel_id HAVING bool_or(type = 'CHAN_START')`,
    [node, since],
  );
  // PostgreSQL's numeric comes as text.
  const number = (value: unknown) => (value === null ? null : Number(value));
  return rows.map((r) => ({
    callId: r.callId,
    startedAt: Number(r.startedAt),
    answeredAt: number(r.answeredAt),
    endedAt: number(r.endedAt),
  }));
}

/** Our rows of calls offered since then, with how many timeline entries each has made (more than one: doubled). */
export async function readHistoryCalls(db: Db, node: string, since: Date): Promise<HistoryCall[]> {
  const { rows } = await db.query<HistoryCall>(
    `SELECT c.id AS "callId", c.direction, (extract(epoch FROM c.offered_at) * 1000)::float8 AS "offeredAt",
            (extract(epoch FROM c.ended_at) * 1000)::float8 AS "endedAt", c.outcome,
            greatest(1, (SELECT count(*) FROM timeline t WHERE t.call_id = c.id AND t.kind = 'call'))::integer AS rows
       FROM calls c WHERE c.node = $1 AND c.offered_at >= $2`,
    [node, since],
  );
  return rows;
}
