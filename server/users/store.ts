import type { Queryable } from '../db/pool.ts';
import type { SessionUser } from '../http/session.ts';
import type { Role } from './schema.ts';

export interface UserRow extends SessionUser {
  readonly passwordHash: string;
}

/** An enabled user by login, whatever the letters' case. */
export async function findUser(db: Queryable, login: string): Promise<UserRow | null> {
  const { rows } = await db.query<UserRow>(
    `SELECT id, login, name, role, password_hash AS "passwordHash" FROM users WHERE login = $1 AND disabled_at IS NULL`,
    [login],
  );
  return rows[0] ?? null;
}

/** Enabled users, by name; of one role or of all. */
export async function listUsers(db: Queryable, role: Role | null): Promise<SessionUser[]> {
  const { rows } = await db.query<SessionUser>(
    `SELECT id, login, name, role FROM users WHERE disabled_at IS NULL AND ($1::text IS NULL OR role = $1) ORDER BY name, id`,
    [role],
  );
  return rows;
}

/** Notes which SIP credentials a user holds and until when; the secret itself is only at the exchange. */
export async function saveCredentials(
  db: Queryable,
  row: { sipUser: string; userId: number; issuedAt: Date; expiresAt: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO phone_credentials (sip_user, user_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (sip_user) DO UPDATE SET issued_at = excluded.issued_at, expires_at = excluded.expires_at`,
    [row.sipUser, row.userId, row.issuedAt, row.expiresAt],
  );
}

export async function deleteCredentials(db: Queryable, sipUser: string): Promise<void> {
  await db.query(`DELETE FROM phone_credentials WHERE sip_user = $1`, [sipUser]);
}

/** SIP users whose time is over and who have no living session: nobody is cut off in the middle of a long shift. */
export async function listExpired(db: Queryable, now: Date): Promise<string[]> {
  const { rows } = await db.query<{ sip_user: string }>(
    `SELECT sip_user FROM phone_credentials c
     WHERE expires_at <= $1
       AND NOT EXISTS (SELECT FROM user_sessions s WHERE (s.sess -> 'user' ->> 'id')::integer = c.user_id AND s.expire > $1)`,
    [now],
  );
  return rows.map((row) => row.sip_user);
}

/** Ends all sessions of a user. */
export async function endSessions(db: Queryable, userId: number): Promise<void> {
  await db.query(`DELETE FROM user_sessions WHERE (sess -> 'user' ->> 'id')::integer = $1`, [userId]);
}
