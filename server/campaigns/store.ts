import type { Outcome } from '../calls/outcome.ts';
import type { Db, Queryable } from '../db/pool.ts';
import type { Campaign, CampaignInput, Lead } from './schema.ts';

type LeadCounts = Campaign['leads'];
type AttemptCounts = Campaign['attempts'];

interface CampaignRow {
  id: number;
  name: string;
  mode: Campaign['mode'];
  purpose: Campaign['purpose'];
  state: Campaign['state'];
  script_text: string;
  announcement: string | null;
  caller_id: string | null;
  ring_timeout_ms: number;
  line_limit: number;
  record: boolean;
  retry_rules: Campaign['retryRules'];
  not_dialling: string | null;
  created_at: Date;
  agent_ids: number[];
}

export interface Counts {
  readonly leads: LeadCounts;
  readonly attempts: AttemptCounts;
}

const none: Counts = { leads: { total: 0, waiting: 0, inWork: 0, done: 0, succeeded: 0 }, attempts: {} };

/**
 * Counting 600,000 leads takes a good tenth of a second, and every open screen asks each second or so. The answer is kept
 * for twenty times as long as it took to find (at least 300 ms): the screens stay fresh and cost at most a twentieth of
 * one core, whatever the size of the lists and the number of screens.
 */
export function makeCampaignCounts(
  db: Queryable,
  clock: () => number = Date.now,
): () => Promise<ReadonlyMap<number, Counts>> {
  let kept: Promise<ReadonlyMap<number, Counts>> | null = null;
  let until = 0;
  return () => {
    if (kept && clock() < until) return kept;
    const started = clock();
    // Until the answer is there everybody waits for the same one.
    until = Number.POSITIVE_INFINITY;
    const counting = readCounts(db);
    kept = counting;
    counting.then(
      () => {
        until = clock() + Math.max(300, 20 * (clock() - started));
      },
      () => {
        kept = null;
      },
    );
    return counting;
  };
}

async function readCounts(db: Queryable): Promise<ReadonlyMap<number, Counts>> {
  const [leads, attempts] = await Promise.all([
    db.query<{ campaign_id: number } & LeadCounts>(
      `SELECT campaign_id, count(*) AS total, count(*) FILTER (WHERE state = 'waiting') AS waiting,
              count(*) FILTER (WHERE state = 'claimed') AS "inWork", count(*) FILTER (WHERE state = 'done') AS done,
              count(*) FILTER (WHERE succeeded) AS succeeded
         FROM leads GROUP BY campaign_id`,
    ),
    db.query<{ campaign_id: number; outcome: Outcome; n: number }>(
      `SELECT campaign_id, outcome, count(*) AS n FROM attempts WHERE outcome IS NOT NULL GROUP BY campaign_id, outcome`,
    ),
  ]);
  const counts = new Map<number, { leads: LeadCounts; attempts: AttemptCounts }>();
  for (const { campaign_id, ...of } of leads.rows) counts.set(campaign_id, { leads: of, attempts: {} });
  for (const { campaign_id, outcome, n } of attempts.rows) {
    const of = counts.get(campaign_id);
    if (of) of.attempts[outcome] = n;
  }
  return counts;
}

const campaignColumns = `c.id, c.name, c.mode, c.purpose, c.state, c.script_text, c.announcement, c.caller_id, c.ring_timeout_ms,
  c.line_limit, c.record, c.retry_rules, c.not_dialling, c.created_at,
  ARRAY(SELECT user_id FROM campaign_agents WHERE campaign_id = c.id ORDER BY user_id) AS agent_ids`;

function campaignOf(row: CampaignRow, counts: Counts): Campaign {
  return {
    id: row.id,
    name: row.name,
    mode: row.mode,
    purpose: row.purpose,
    state: row.state,
    scriptText: row.script_text,
    announcement: row.announcement,
    callerId: row.caller_id,
    ringTimeoutMs: row.ring_timeout_ms,
    lineLimit: row.line_limit,
    record: row.record,
    agentIds: row.agent_ids,
    retryRules: row.retry_rules,
    createdAt: row.created_at.toISOString(),
    leads: counts.leads,
    attempts: counts.attempts,
    notDialling: row.not_dialling,
  };
}

/** All campaigns, newest first; with an id only that one. */
export async function readCampaigns(
  db: Queryable,
  counts: () => Promise<ReadonlyMap<number, Counts>>,
  id?: number,
): Promise<Campaign[]> {
  const [{ rows }, of] = await Promise.all([
    db.query<CampaignRow>(
      `SELECT ${campaignColumns} FROM campaigns c WHERE $1::int IS NULL OR c.id = $1 ORDER BY c.id DESC LIMIT 1000`,
      [id ?? null],
    ),
    counts(),
  ]);
  return rows.map((row) => campaignOf(row, of.get(row.id) ?? none));
}

const columnOf = {
  name: 'name',
  mode: 'mode',
  purpose: 'purpose',
  scriptText: 'script_text',
  announcement: 'announcement',
  callerId: 'caller_id',
  ringTimeoutMs: 'ring_timeout_ms',
  lineLimit: 'line_limit',
  record: 'record',
  retryRules: 'retry_rules',
} as const satisfies Partial<Record<keyof CampaignInput, string>>;

type Column = keyof typeof columnOf;

function columnsOf(input: Partial<CampaignInput>): { names: string[]; values: unknown[] } {
  const given = (Object.keys(columnOf) as Column[]).filter((key) => input[key] !== undefined);
  return { names: given.map((key) => columnOf[key]), values: given.map((key) => input[key]) };
}

/** Writes a draft; returns its id. Unknown or disabled agents are left out. */
export async function createCampaign(tx: Queryable, input: CampaignInput, userId: number): Promise<number> {
  const { names, values } = columnsOf(input);
  const { rows } = await tx.query<{ id: number }>(
    `INSERT INTO campaigns (created_by, ${names.join(', ')})
     VALUES ($1, ${names.map((_, i) => `$${i + 2}`).join(', ')}) RETURNING id`,
    [userId, ...values],
  );
  const id = rows[0]!.id;
  await setAgents(tx, id, input.agentIds);
  return id;
}

/** Changes the given fields. What the campaign is for and how it dials is fixed once it was started: false then, or when it is not there. */
export async function changeCampaign(
  tx: Queryable,
  id: number,
  changes: Partial<CampaignInput>,
): Promise<boolean> {
  const { names, values } = columnsOf(changes);
  const fixed = changes.mode !== undefined || changes.purpose !== undefined;
  const { rowCount } = await tx.query(
    `UPDATE campaigns SET ${['name = name', ...names.map((name, i) => `${name} = $${i + 3}`)].slice(names.length ? 1 : 0).join(', ')}
      WHERE id = $1 AND (NOT $2 OR state = 'draft')`,
    [id, fixed, ...values],
  );
  if (rowCount === 1 && changes.agentIds) await setAgents(tx, id, changes.agentIds);
  return rowCount === 1;
}

async function setAgents(tx: Queryable, id: number, agentIds: readonly number[]): Promise<void> {
  await tx.query(`DELETE FROM campaign_agents WHERE campaign_id = $1 AND user_id <> ALL ($2::int[])`, [
    id,
    agentIds,
  ]);
  await tx.query(
    `INSERT INTO campaign_agents (campaign_id, user_id)
     SELECT $1, id FROM users WHERE id = ANY ($2::int[]) AND disabled_at IS NULL ON CONFLICT DO NOTHING`,
    [id, agentIds],
  );
}

const steps = {
  start: { from: ['draft', 'paused', 'finished'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  stop: { from: ['running', 'paused'], to: 'finished' },
} as const;

/**
 * Starts, pauses or stops; false when the campaign is not in a state for it. Leads that agents have on screen undialled go back;
 * calls under way end by themselves.
 */
export async function stepCampaign(tx: Queryable, id: number, step: keyof typeof steps): Promise<boolean> {
  const { from, to } = steps[step];
  const { rowCount } = await tx.query(
    `UPDATE campaigns SET state = $3, not_dialling = NULL WHERE id = $1 AND state = ANY ($2)`,
    [id, from, to],
  );
  if (rowCount === 1 && to !== 'running') {
    await tx.query(
      `UPDATE leads SET state = 'waiting', claimed_for = NULL, claimed_at = NULL
        WHERE campaign_id = $1 AND state = 'claimed' AND claimed_by IS NULL`,
      [id],
    );
  }
  return rowCount === 1;
}

/** One page of leads by id. */
export async function readLeads(
  db: Queryable,
  campaignId: number,
  filter: { state?: Lead['state'] | undefined; outcome?: Outcome | undefined; after: number; limit: number },
): Promise<Lead[]> {
  const { rows } = await db.query<{
    id: number;
    name: string;
    phone: string;
    customer_id: number | null;
    state: Lead['state'];
    attempts: number;
    last_outcome: Outcome | null;
    last_refusal: string | null;
    due_at: Date;
  }>(
    `SELECT id, name, phone, customer_id, state, attempts, last_outcome, last_refusal, due_at FROM leads
      WHERE campaign_id = $1 AND id > $2 AND ($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR last_outcome = $4)
      ORDER BY id LIMIT $5`,
    [campaignId, filter.after, filter.state ?? null, filter.outcome ?? null, filter.limit],
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    phone: row.phone,
    customerId: row.customer_id,
    state: row.state,
    attempts: row.attempts,
    lastOutcome: row.last_outcome,
    lastRefusal: row.last_refusal,
    dueAt: row.state === 'waiting' ? row.due_at.toISOString() : null,
  }));
}

export async function campaignExists(db: Db, id: number): Promise<boolean> {
  const { rowCount } = await db.query(`SELECT 1 FROM campaigns WHERE id = $1`, [id]);
  return rowCount === 1;
}
