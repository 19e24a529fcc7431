import type { Queryable } from '../../../server/db/pool.ts';

/** Rows for tests; each returns the id it made. */

export async function addAgent(db: Queryable, login: string, role = 'agent'): Promise<number> {
  const { rows } = await db.query(
    `INSERT INTO users (login, name, role, password_hash) VALUES ($1::text, $1::text, $2, 'none') RETURNING id`,
    [login, role],
  );
  return rows[0].id;
}

export async function addCampaign(
  db: Queryable,
  {
    mode = 'progressive',
    purpose = 'service',
    state = 'running',
    retryRules = {},
    agentIds = [],
    lineLimit = 30,
  }: {
    mode?: string;
    purpose?: string;
    state?: string;
    retryRules?: object;
    agentIds?: number[];
    lineLimit?: number;
  } = {},
): Promise<number> {
  const { rows } = await db.query(
    `INSERT INTO campaigns (name, mode, purpose, state, retry_rules, line_limit, announcement, script_text)
     VALUES ('a campaign', $1, $2, $3, $4, $5, 'hello', 'Good day') RETURNING id`,
    [mode, purpose, state, retryRules, lineLimit],
  );
  const id = rows[0].id;
  for (const agentId of agentIds) {
    await db.query(`INSERT INTO campaign_agents VALUES ($1, $2)`, [id, agentId]);
  }
  return id;
}

/** Leads with the phones +7 916 0000001 and on, due at `dueAt`. */
export async function addLeads(
  db: Queryable,
  campaignId: number,
  count: number,
  {
    dueAt = 0,
    from = 1,
    timeZone = 'Europe/Moscow',
  }: { dueAt?: number; from?: number; timeZone?: string } = {},
): Promise<number[]> {
  const { rows } = await db.query(
    `INSERT INTO leads (campaign_id, name, phone, time_zone, due_at)
     SELECT $1, 'lead ' || n, '+7916' || lpad(n::text, 7, '0'), $5, $4 FROM generate_series($2::int, $3::int) n RETURNING id`,
    [campaignId, from, from + count - 1, new Date(dueAt), timeZone],
  );
  return rows.map((row) => row.id);
}

export async function addDisposition(
  db: Queryable,
  key: string,
  flags: Record<string, boolean> = {},
): Promise<number> {
  const { rows } = await db.query(
    `INSERT INTO dispositions (key, name_ru, name_en, success, retry, do_not_call, contact)
     VALUES ($1::text, $1::text, $1::text, $2, $3, $4, $5) RETURNING id`,
    [key, flags.success ?? false, flags.retry ?? false, flags.doNotCall ?? false, flags.contact ?? true],
  );
  return rows[0].id;
}

export async function readLead(db: Queryable, id: number) {
  const { rows } = await db.query(`SELECT * FROM leads WHERE id = $1`, [id]);
  return rows[0];
}

export const openHouse = { hours: { fromMinute: 0, toMinute: 1440 }, attemptsPerDay: 100 };
