import { isoTime } from '../basics/sql.ts';
import type { Queryable } from '../db/pool.ts';
import type { RecordingPolicy, RecordingPurpose } from './schema.ts';

/** SQL of what is recorded and how long it is kept. */

export async function readPolicy(db: Queryable): Promise<RecordingPolicy> {
  const [queues, retention] = await Promise.all([
    db.query<RecordingPolicy['queues'][number]>(
      'SELECT id AS "queueId", name, record FROM queues ORDER BY name',
    ),
    db.query<{ row: RecordingPolicy['retention'][number] }>(
      `SELECT json_build_object('purpose', t.purpose, 'keepDays', t.keep_days, 'leastDays', t.least_days,
         'kept', (SELECT count(*) FROM recordings r WHERE r.purpose = t.purpose AND r.deleted_at IS NULL),
         'due', (SELECT count(*) FROM recordings r WHERE r.purpose = t.purpose AND r.deleted_at IS NULL AND r.held_at IS NULL
                                                     AND r.started_at < now() - t.keep_days * interval '1 day'),
         'changedAt', ${isoTime('t.changed_at')}, 'changedBy', u.name) AS row
         FROM retention t LEFT JOIN users u ON u.id = t.changed_by
        ORDER BY array_position(ARRAY['hotline', 'service', 'debt', 'advertising', 'survey', 'manual'], t.purpose)`,
    ),
  ]);
  return { queues: queues.rows, retention: retention.rows.map(({ row }) => row) };
}

/** The fewest days that the law allows for this purpose; null: no such purpose. */
export async function readLeastDays(db: Queryable, purpose: RecordingPurpose): Promise<number | null> {
  const { rows } = await db.query<{ least_days: number }>(
    'SELECT least_days FROM retention WHERE purpose = $1',
    [purpose],
  );
  return rows[0]?.least_days ?? null;
}

/** Takes effect with the next sweep. Returns how many days it was before. */
export async function writeRetention(
  tx: Queryable,
  o: { purpose: RecordingPurpose; keepDays: number; userId: number },
): Promise<number> {
  const { rows } = await tx.query<{ was: number }>(
    `UPDATE retention n SET keep_days = $2, changed_at = now(), changed_by = $3
       FROM retention o WHERE n.purpose = $1 AND o.purpose = $1 RETURNING o.keep_days AS was`,
    [o.purpose, o.keepDays, o.userId],
  );
  return rows[0]?.was ?? o.keepDays;
}

/** From the next call on. False: no such queue. */
export async function writeQueueRecord(tx: Queryable, queueId: number, record: boolean): Promise<boolean> {
  const { rowCount } = await tx.query('UPDATE queues SET record = $2 WHERE id = $1', [queueId, record]);
  return rowCount === 1;
}
