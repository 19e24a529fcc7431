import { isoTime } from '../basics/sql.ts';
import type { Queryable } from '../db/pool.ts';
import type { RecordingFinding, RecordingPurpose, RecordingState } from './schema.ts';

/** SQL of recordings' care. One row a call; files are named after the call. */

export interface Pause {
  /** Epoch ms; to null: until the end. */
  readonly from: number;
  readonly to: number | null;
}

/** Where a recording's two voices are and what opens them. */
export interface RecordingPlace {
  readonly callId: string;
  readonly node: string;
  readonly customerFile: string;
  readonly agentFile: string;
  readonly startedAt: Date;
  readonly sealedAt: Date | null;
  readonly customerBytes: number | null;
  readonly agentBytes: number | null;
  readonly keyId: string | null;
  readonly wrappedKey: Buffer | null;
}

export interface CareRow extends RecordingPlace {
  /** By history or by the ledger, whichever saw it first. */
  readonly endedAt: Date | null;
  readonly pauses: readonly Pause[];
  readonly adopted: boolean;
  readonly state: RecordingState;
  readonly customerSha256: Buffer | null;
  readonly agentSha256: Buffer | null;
  readonly direction: 'hotline' | 'campaign' | 'manual' | null;
  readonly campaignPurpose: string | null;
  readonly contactPurpose: string | null;
  /** Customer and agent were together. */
  readonly talked: boolean;
}

const placeColumns = `r.call_id AS "callId", r.node, r.customer_file AS "customerFile", r.agent_file AS "agentFile",
  r.started_at AS "startedAt", r.sealed_at AS "sealedAt", r.customer_bytes AS "customerBytes", r.agent_bytes AS "agentBytes",
  r.key_id AS "keyId", r.wrapped_key AS "wrappedKey"`;

/**
 * Recordings of this node that want care, oldest first: not sealed yet, or sealed with plain files left. One that was in trouble is
 * looked at again each minute, for a week.
 */
export async function readUncared(db: Queryable, node: string, limit: number): Promise<CareRow[]> {
  const { rows } = await db.query<CareRow>({
    name: 'recordings to care for',
    text: `SELECT ${placeColumns}, r.pauses, r.adopted, r.state, r.customer_sha256 AS "customerSha256", r.agent_sha256 AS "agentSha256",
            least(r.ended_at, (SELECT max(l.at) FROM ledger l WHERE l.channel_id = r.call_id AND l.type = 'HANGUP')) AS "endedAt",
            c.direction, g.purpose AS "campaignPurpose", t.purpose AS "contactPurpose", c.connected_at IS NOT NULL AS talked
       FROM recordings r
       LEFT JOIN calls c ON c.id = r.call_id
       LEFT JOIN campaigns g ON g.id = c.campaign_id
       LEFT JOIN contacts t ON t.id = CASE WHEN r.call_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN r.call_id::uuid END
      WHERE r.node = $1 AND r.deleted_at IS NULL AND NOT r.plain_gone
        AND (r.checked_at IS NULL OR r.checked_at < now() - interval '1 minute')
        AND (r.sealed_at IS NOT NULL OR r.checked_at IS NULL OR r.started_at > now() - interval '7 days')
      ORDER BY r.started_at LIMIT $2`,
    values: [node, limit],
  });
  return rows;
}

export interface Sealed {
  readonly callId: string;
  readonly state: RecordingState;
  readonly finding: RecordingFinding;
  readonly purpose: RecordingPurpose;
  readonly customerBytes: number | null;
  readonly agentBytes: number | null;
  readonly customerSha256: Buffer | null;
  readonly agentSha256: Buffer | null;
  readonly waveform: Buffer;
  readonly keyId: string;
  readonly wrappedKey: Buffer;
}

/** False: it was sealed or deleted meanwhile. */
export async function writeSealed(tx: Queryable, s: Sealed): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE recordings SET state = $2, finding = $3, purpose = $4, customer_bytes = $5, agent_bytes = $6, customer_sha256 = $7,
            agent_sha256 = $8, waveform = $9, key_id = $10, wrapped_key = $11, sealed_at = now(), checked_at = NULL
      WHERE call_id = $1 AND sealed_at IS NULL AND deleted_at IS NULL`,
    [
      s.callId,
      s.state,
      s.finding,
      s.purpose,
      s.customerBytes,
      s.agentBytes,
      s.customerSha256,
      s.agentSha256,
      s.waveform,
      s.keyId,
      s.wrappedKey,
    ],
  );
  return rowCount === 1;
}

/** It cannot be sealed now; looked at again in a minute. True: the state is news. */
export async function writeTrouble(
  tx: Queryable,
  o: {
    callId: string;
    state: RecordingState;
    finding: RecordingFinding | null;
    purpose: RecordingPurpose | null;
  },
): Promise<boolean> {
  const { rows } = await tx.query<{ news: boolean }>(
    `UPDATE recordings n SET state = $2, finding = coalesce($3, n.finding), purpose = coalesce($4, n.purpose), checked_at = now()
       FROM recordings o WHERE n.call_id = $1 AND o.call_id = $1 RETURNING o.state <> $2 AS news`,
    [o.callId, o.state, o.finding, o.purpose],
  );
  return rows[0]?.news === true;
}

export async function writePlainGone(db: Queryable, callId: string): Promise<void> {
  await db.query('UPDATE recordings SET plain_gone = true WHERE call_id = $1', [callId]);
}

/** Deleted by a person or by time, and its files may still be there. */
export async function readToRemove(
  db: Queryable,
  node: string,
  limit: number,
): Promise<Pick<RecordingPlace, 'callId' | 'customerFile' | 'agentFile' | 'startedAt'>[]> {
  const { rows } = await db.query(
    `SELECT ${placeColumns} FROM recordings r WHERE r.node = $1 AND r.deleted_at IS NOT NULL AND NOT r.files_gone LIMIT $2`,
    [node, limit],
  );
  return rows;
}

export async function writeFilesGone(db: Queryable, callId: string): Promise<void> {
  await db.query('UPDATE recordings SET files_gone = true, plain_gone = true WHERE call_id = $1', [callId]);
}

/**
 * Files without a row, of calls that are in history by now (a server that died before it wrote, the ledger told the call later): a
 * row is made from them. Its length is all that is known. Returns the calls adopted.
 */
export async function adoptFiles(
  db: Queryable,
  node: string,
  files: readonly { callId: string; bytes: number }[],
): Promise<string[]> {
  const { rows } = await db.query<{ call_id: string }>(
    `INSERT INTO recordings (call_id, node, started_at, ended_at, customer_file, agent_file, adopted)
     SELECT c.id, $1, c.ended_at - f.bytes / 8 * interval '1 millisecond', c.ended_at,
            c.id || '.customer.ulaw', c.id || '.agent.ulaw', true
       FROM jsonb_to_recordset($2) AS f("callId" text, bytes bigint) JOIN calls c ON c.id = f."callId"
      WHERE NOT EXISTS (SELECT FROM live_calls l WHERE l.call_id = c.id)
     ON CONFLICT (call_id) DO NOTHING RETURNING call_id`,
    [node, JSON.stringify(files)],
  );
  return rows.map((row) => row.call_id);
}

/** Which of these calls have a row already. */
export async function knownRecordings(db: Queryable, callIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ call_id: string }>(
    'SELECT call_id FROM recordings WHERE call_id = ANY ($1)',
    [callIds],
  );
  return new Set(rows.map((row) => row.call_id));
}

/** Wrapped under another key than the present one. */
export async function readOldKeys(
  db: Queryable,
  currentId: string,
  limit: number,
): Promise<{ callId: string; keyId: string; wrappedKey: Buffer }[]> {
  const { rows } = await db.query(
    `SELECT call_id AS "callId", key_id AS "keyId", wrapped_key AS "wrappedKey" FROM recordings
      WHERE wrapped_key IS NOT NULL AND key_id <> $1 ORDER BY call_id LIMIT $2`,
    [currentId, limit],
  );
  return rows;
}

export async function writeKey(
  db: Queryable,
  o: { callId: string; was: string; keyId: string; wrappedKey: Buffer },
): Promise<void> {
  await db.query(
    'UPDATE recordings SET key_id = $3, wrapped_key = $4 WHERE call_id = $1 AND key_id = $2 AND wrapped_key IS NOT NULL',
    [o.callId, o.was, o.keyId, o.wrappedKey],
  );
}

/**
 * Deletes, in one statement, up to `limit` recordings whose time is over and that no dispute holds: key and waveform at once, files
 * by their node's care. The row stays with hashes, length, time and reason. Returns how many.
 */
export async function deleteExpired(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `UPDATE recordings SET deleted_at = now(), delete_reason = 'retention', wrapped_key = NULL, waveform = NULL
      WHERE call_id IN (SELECT r.call_id FROM retention t JOIN recordings r ON r.purpose = t.purpose
                         WHERE r.deleted_at IS NULL AND r.held_at IS NULL AND r.started_at < now() - t.keep_days * interval '1 day'
                         LIMIT $1 FOR UPDATE OF r SKIP LOCKED)`,
    [limit],
  );
  return rowCount ?? 0;
}

/** Deletes one by hand; false: it is deleted or held by now. */
export async function deleteRecording(
  tx: Queryable,
  o: { callId: string; userId: number; reason: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE recordings SET deleted_at = now(), deleted_by = $2, delete_reason = $3, wrapped_key = NULL, waveform = NULL
      WHERE call_id = $1 AND deleted_at IS NULL AND held_at IS NULL`,
    [o.callId, o.userId, o.reason],
  );
  return rowCount === 1;
}

export async function writeHold(
  tx: Queryable,
  o: { callId: string; userId: number; reason: string | null },
): Promise<void> {
  await tx.query(
    `UPDATE recordings SET held_at = CASE WHEN $3::text IS NULL THEN NULL ELSE now() END,
            held_by = CASE WHEN $3::text IS NULL THEN NULL ELSE $2::integer END, hold_reason = $3
      WHERE call_id = $1 AND deleted_at IS NULL`,
    [o.callId, o.userId, o.reason],
  );
}

/** What the player needs to know, beside what the files say. */
export interface PlayRow extends RecordingPlace {
  readonly endedAt: Date | null;
  readonly pauses: readonly Pause[];
  readonly state: RecordingState;
  readonly finding: RecordingFinding | null;
  readonly purpose: RecordingPurpose | null;
  readonly waveform: Buffer | null;
  readonly keepUntil: string | null;
  readonly held: { at: string; by: string | null; reason: string } | null;
  readonly deleted: { at: string; by: string | null; reason: string } | null;
  /** Whoever had an agent's leg on the call. */
  readonly agentIds: readonly number[];
}

export async function readPlayRow(db: Queryable, callId: string): Promise<PlayRow | null> {
  const { rows } = await db.query<PlayRow>(
    `SELECT ${placeColumns}, r.ended_at AS "endedAt", r.pauses, r.state, r.finding, r.purpose, r.waveform,
            CASE WHEN r.held_at IS NULL AND r.deleted_at IS NULL
                 THEN ${isoTime("(r.started_at + t.keep_days * interval '1 day')")} END AS "keepUntil",
            CASE WHEN r.held_at IS NOT NULL
                 THEN json_build_object('at', ${isoTime('r.held_at')}, 'by', h.name, 'reason', r.hold_reason) END AS held,
            CASE WHEN r.deleted_at IS NOT NULL
                 THEN json_build_object('at', ${isoTime('r.deleted_at')}, 'by', d.name, 'reason', r.delete_reason) END AS deleted,
            ARRAY(SELECT agent_id FROM call_legs WHERE call_id = r.call_id AND role = 'agent' AND agent_id IS NOT NULL
                  UNION SELECT agent_id FROM calls WHERE id = r.call_id AND agent_id IS NOT NULL) AS "agentIds"
       FROM recordings r LEFT JOIN retention t ON t.purpose = r.purpose
       LEFT JOIN users h ON h.id = r.held_by LEFT JOIN users d ON d.id = r.deleted_by
      WHERE r.call_id = $1`,
    [callId],
  );
  return rows[0] ?? null;
}

/** Writes what somebody did with a recording into the record of acts. */
export async function writeAct(
  db: Queryable,
  o: { userId: number; act: string; callId: string | null; detail?: unknown },
): Promise<void> {
  await db.query('INSERT INTO user_acts (user_id, act, call_id, detail) VALUES ($1, $2, $3, $4)', [
    o.userId,
    o.act,
    o.callId,
    JSON.stringify(o.detail ?? {}),
  ]);
}

/** Listening is many requests of one player: within half an hour they are one act. */
export async function writePlayed(db: Queryable, userId: number, callId: string): Promise<void> {
  await db.query(
    `INSERT INTO user_acts (user_id, act, call_id) SELECT $1, 'recording.play', $2
      WHERE NOT EXISTS (SELECT FROM user_acts WHERE call_id = $2 AND user_id = $1 AND act = 'recording.play'
                                                AND at > now() - interval '30 minutes')`,
    [userId, callId],
  );
}
