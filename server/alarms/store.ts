import { isoTime } from '../basics/sql.ts';
import type { Queryable } from '../db/pool.ts';
import type { Alarm } from './schema.ts';

export interface NewAlarm {
  readonly kind: string;
  /** What it is about; an alarm of this kind about the same subject that still stands is not raised again. */
  readonly subject: string;
  readonly callId?: string | null;
  readonly detail?: unknown;
}

/** True: it is new. No phone number or name belongs into its detail. */
export async function raiseAlarm(db: Queryable, alarm: NewAlarm): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO alarms (kind, subject, call_id, detail) VALUES ($1, $2, $3, $4)
     ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO NOTHING`,
    [alarm.kind, alarm.subject, alarm.callId ?? null, JSON.stringify(alarm.detail ?? {})],
  );
  return rowCount === 1;
}

/** It is well again: the alarms of these kinds about this subject are over. */
export async function resolveAlarms(db: Queryable, kinds: readonly string[], subject: string): Promise<void> {
  await db.query(
    'UPDATE alarms SET resolved_at = clock_timestamp() WHERE resolved_at IS NULL AND kind = ANY ($1) AND subject = $2',
    [kinds, subject],
  );
}

/** Newest first; `open`: only those that still want somebody's eyes. */
export async function readAlarms(
  db: Queryable,
  { open, limit }: { open: boolean; limit: number },
): Promise<Alarm[]> {
  const { rows } = await db.query<{ alarm: Alarm }>(
    `SELECT json_build_object('id', a.id, 'at', ${isoTime('a.at')}, 'kind', a.kind, 'subject', a.subject, 'callId', a.call_id,
       'detail', a.detail, 'resolvedAt', ${isoTime('a.resolved_at')}, 'acknowledgedAt', ${isoTime('a.acknowledged_at')},
       'acknowledgedBy', u.name) AS alarm
       FROM alarms a LEFT JOIN users u ON u.id = a.acknowledged_by
      WHERE NOT $1 OR (a.resolved_at IS NULL AND a.acknowledged_at IS NULL)
      ORDER BY a.at DESC, a.id DESC LIMIT $2`,
    [open, limit],
  );
  return rows.map((row) => row.alarm);
}

/** False: there is no such alarm. Who saw it first stays written. */
export async function acknowledgeAlarm(db: Queryable, id: number, userId: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE alarms SET acknowledged_at = coalesce(acknowledged_at, clock_timestamp()),
                       acknowledged_by = coalesce(acknowledged_by, $2) WHERE id = $1`,
    [id, userId],
  );
  return rowCount === 1;
}
