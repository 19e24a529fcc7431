import { randomUUID } from 'node:crypto';
import type { EpochMs } from '../basics/ids.ts';
import type { Result } from '../basics/refusal.ts';
import type { PlaceCall } from '../bus/schema.ts';
import type { ContactAnswer } from '../contact-rules/may-contact.ts';
import { explainContacts, reserveContactsIn } from '../contact-rules/reserve.ts';
import type { House, Purpose } from '../contact-rules/rules.ts';
import { type Db, type Queryable, transaction } from '../db/pool.ts';
import type { PreviewView } from '../live/schema.ts';

/** Preview: the agent sees the card first, then dials or skips. One lead at a time is his. */

/** After so long an owner's callback is anybody's: a late call by a colleague beats none. */
export const callbackToGroupMs = 15 * 60_000;
const SKIPPED_FOR_MS = 3_600_000;
/** Leads looked at in one go, and how often, before we say that there is none. */
const CANDIDATES = 20;
const ROUNDS = 25;

interface PreviewRow {
  id: number;
  campaign_id: number;
  campaign_name: string;
  purpose: Purpose;
  name: string;
  phone: string;
  customer_id: number | null;
  time_zone: string;
  script_text: string;
  attempts: number;
}

const previewColumns = `l.id, l.campaign_id, c.name AS campaign_name, c.purpose, l.name, l.phone, l.customer_id, l.time_zone,
  c.script_text, l.attempts`;

function viewOf(row: PreviewRow): PreviewView {
  return {
    kind: 'preview',
    campaignId: row.campaign_id,
    campaignName: row.campaign_name,
    leadId: row.id,
    name: row.name,
    phone: row.phone,
    customerId: row.customer_id,
    scriptText: row.script_text,
    attempts: row.attempts,
  };
}

/**
 * Gives the agent his next lead: the one he holds already, else his own callbacks, else the longest due of his running
 * preview campaigns. Leads that may not be contacted now are put off with their reason. Null: there is nothing to call.
 */
export async function claimPreview(
  db: Db,
  { agentId, now, house }: { agentId: number; now: EpochMs; house: House },
): Promise<PreviewView | null> {
  for (let round = 0; round < ROUNDS; round++) {
    const found = await transaction(db, { userId: agentId, source: 'preview' }, async (tx) => {
      const { rows: held } = await tx.query<PreviewRow>(
        `SELECT ${previewColumns} FROM leads l JOIN campaigns c ON c.id = l.campaign_id
           JOIN campaign_agents ca ON ca.campaign_id = c.id AND ca.user_id = $1
          WHERE l.state = 'claimed' AND l.claimed_for = $1 AND l.claimed_by IS NULL AND c.state = 'running' LIMIT 1`,
        [agentId],
      );
      if (held[0]) return viewOf(held[0]);
      const candidates = await candidatesFor(tx, agentId, now);
      const asked = candidates.map((c) => ({
        channel: 'call' as const,
        purpose: c.purpose,
        phone: c.phone,
        customerId: c.customer_id,
        timeZone: c.time_zone,
      }));
      const answers = await explainContacts(tx, asked, { now, house });
      // Only now are rows locked, and those that a colleague is taking are passed over: many ask at once.
      const refused = new Map(
        candidates.flatMap((c, i) => (answers[i]?.allowed ? [] : [[c.id, answers[i]!]])),
      );
      const free = await lockWaiting(tx, [...refused.keys()], CANDIDATES, now);
      await putOff(
        tx,
        free.map((leadId) => ({ leadId, answer: refused.get(leadId)! })),
      );
      const allowed = candidates.filter((c) => !refused.has(c.id));
      const [mine] = await lockWaiting(
        tx,
        allowed.map((c) => c.id),
        1,
        now,
      );
      const chosen = allowed.find((c) => c.id === mine);
      if (!chosen) return candidates.length === 0 ? null : 'again';
      await tx.query(`UPDATE leads SET state = 'claimed', claimed_for = $2, claimed_at = $3 WHERE id = $1`, [
        chosen.id,
        agentId,
        new Date(now),
      ]);
      return viewOf(chosen);
    });
    if (found !== 'again') return found;
  }
  return null;
}

async function candidatesFor(tx: Queryable, agentId: number, now: EpochMs): Promise<PreviewRow[]> {
  const { rows } = await tx.query<PreviewRow>(
    `SELECT ${previewColumns}
       FROM campaigns c JOIN campaign_agents ca ON ca.campaign_id = c.id AND ca.user_id = $1
      CROSS JOIN LATERAL (
        SELECT * FROM leads
         WHERE campaign_id = c.id AND state = 'waiting' AND due_at <= $2
           AND (owner_id IS NULL OR owner_id = $1 OR due_at < $3)
         ORDER BY due_at, id LIMIT $4) l
      WHERE c.state = 'running' AND c.mode = 'preview'
      ORDER BY (l.owner_id = $1) DESC NULLS LAST, l.due_at, l.id`,
    [agentId, new Date(now), new Date(now - callbackToGroupMs), CANDIDATES],
  );
  return rows;
}

/** Locks the first `most` of these leads, in this order, that are still due and that nobody else is locking. */
async function lockWaiting(
  tx: Queryable,
  ids: readonly number[],
  most: number,
  now: EpochMs,
): Promise<number[]> {
  if (ids.length === 0) return [];
  const { rows } = await tx.query<{ id: number }>(
    `SELECT id FROM leads WHERE id = ANY ($1::bigint[]) AND state = 'waiting' AND due_at <= $3
      ORDER BY array_position($1::bigint[], id) LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [ids, most, new Date(now)],
  );
  return rows.map((row) => row.id);
}

/** Puts refused leads off until they would be allowed, or ends them when that is never; the reason stays with the lead. */
export async function putOff(
  tx: Queryable,
  refusals: readonly { leadId: number; answer: ContactAnswer }[],
): Promise<void> {
  const refused = refusals.flatMap(({ leadId, answer }) =>
    answer.allowed ? [] : [{ leadId, rule: answer.rule, allowedAt: answer.allowedAt }],
  );
  if (refused.length === 0) return;
  await tx.query(
    `UPDATE leads l
        SET state = CASE WHEN r.due_at IS NULL THEN 'done' ELSE 'waiting' END, due_at = coalesce(r.due_at, l.due_at),
            last_refusal = r.rule, claimed_by = NULL, claimed_for = NULL, claimed_at = NULL
       FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS r (id, rule, due_at) WHERE l.id = r.id`,
    [
      refused.map((r) => r.leadId),
      refused.map((r) => r.rule),
      refused.map((r) => (r.allowedAt === null ? null : new Date(r.allowedAt))),
    ],
  );
}

/**
 * The agent dials the lead before him: reserves the contact and writes the attempt, in one transaction, and returns the call to
 * place. Refused with `notYours` (claim lost, dialled already or campaign stopped) or with the contact rule that forbids it,
 * whose `detail` is the time (ISO) from which it would be allowed; the lead then waits for that time.
 */
export async function preparePreviewCall(
  db: Db,
  {
    agentId,
    leadId,
    now,
    house,
    node,
  }: { agentId: number; leadId: number; now: EpochMs; house: House; node: string },
): Promise<Result<PlaceCall>> {
  return transaction(db, { userId: agentId, source: 'preview' }, async (tx) => {
    const { rows } = await tx.query<
      PreviewRow & { caller_id: string | null; ring_timeout_ms: number; wrap_up_ms: number; record: boolean }
    >(
      `SELECT ${previewColumns}, c.caller_id, c.ring_timeout_ms, c.wrap_up_ms, c.record
         FROM leads l JOIN campaigns c ON c.id = l.campaign_id
        WHERE l.id = $1 AND l.state = 'claimed' AND l.claimed_for = $2 AND l.claimed_by IS NULL AND c.state = 'running'
          FOR UPDATE OF l`,
      [leadId, agentId],
    );
    const lead = rows[0];
    if (!lead) return { ok: false, reason: 'notYours' };
    const attemptId = randomUUID();
    const [answer] = await reserveContactsIn(
      tx,
      [
        {
          id: attemptId,
          channel: 'call',
          purpose: lead.purpose,
          phone: lead.phone,
          customerId: lead.customer_id,
          timeZone: lead.time_zone,
        },
      ],
      { now, house },
    );
    if (!answer?.allowed) {
      if (answer) await putOff(tx, [{ leadId, answer }]);
      const refusal = { ok: false as const, reason: answer?.rule ?? 'refused' };
      return answer?.allowedAt ? { ...refusal, detail: new Date(answer.allowedAt).toISOString() } : refusal;
    }
    await tx.query(
      `INSERT INTO attempts (id, lead_id, campaign_id, phone, agent_id, node, permitted, planned_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [attemptId, leadId, lead.campaign_id, lead.phone, agentId, node, answer.evidence, new Date(now)],
    );
    await tx.query(`UPDATE leads SET claimed_by = $2 WHERE id = $1`, [leadId, attemptId]);
    const value: PlaceCall = {
      attemptId,
      campaignId: lead.campaign_id,
      leadId,
      customerId: lead.customer_id,
      phone: lead.phone,
      callerId: lead.caller_id,
      ringMs: lead.ring_timeout_ms,
      mode: 'preview',
      agentId,
      announcement: null,
      wrapUpMs: lead.wrap_up_ms,
      scriptText: lead.script_text,
      campaignName: lead.campaign_name,
      leadName: lead.name,
      record: lead.record,
    };
    return { ok: true, value };
  });
}

/** The agent passes a lead over with his reason, which stays in its data; it comes again after an hour. False: it is not his. */
export async function skipPreview(
  db: Queryable,
  { agentId, leadId, reason, now }: { agentId: number; leadId: number; reason: string; now: EpochMs },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE leads
        SET state = 'waiting', due_at = $3, claimed_for = NULL, claimed_at = NULL, owner_id = NULL, last_refusal = 'skipped',
            data = jsonb_set(data, '{_skips}', coalesce(data -> '_skips', '[]') || $4::jsonb)
      WHERE id = $1 AND claimed_for = $2 AND state = 'claimed' AND claimed_by IS NULL`,
    [
      leadId,
      agentId,
      new Date(now + SKIPPED_FOR_MS),
      JSON.stringify([{ at: new Date(now).toISOString(), agentId, reason: reason.slice(0, 300) }]),
    ],
  );
  return rowCount === 1;
}

/** Gives back what the agent had on screen and did not dial: he paused, signed off or is gone. */
export async function releasePreviews(db: Queryable, agentId: number): Promise<void> {
  await db.query(
    `UPDATE leads SET state = 'waiting', claimed_for = NULL, claimed_at = NULL
      WHERE claimed_for = $1 AND state = 'claimed' AND claimed_by IS NULL`,
    [agentId],
  );
}
