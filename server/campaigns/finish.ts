import type { EpochMs } from '../basics/ids.ts';
import type { Outcome } from '../calls/outcome.ts';
import { settleContacts } from '../contact-rules/reserve.ts';
import type { Queryable } from '../db/pool.ts';
import { contactOf, type NextDue, nextDue } from './retry.ts';
import type { RetryRules } from './schema.ts';

export interface EndedAttempt {
  readonly attemptId: string;
  readonly outcome: Outcome;
  /** 0 when unknown. */
  readonly sipCode: number;
  readonly cause: number;
  readonly endedAt: EpochMs;
}

interface LeadRow {
  attempt_id: string;
  lead_id: number;
  outcome_counts: Partial<Record<Outcome, number>>;
  retry_rules: RetryRules;
  time_zone: string;
}

/**
 * Takes in how attempts ended, inside the caller's transaction, in four round trips whatever the batch: attempts, the leads'
 * counts and next due time, the reserved contacts. An attempt that has ended already changes nothing, except that a call which
 * was given up as never placed and turns up after all is believed. Ids that are no attempts are passed over.
 * Returns the campaigns touched.
 */
export async function finishAttempts(tx: Queryable, ended: readonly EndedAttempt[]): Promise<number[]> {
  if (ended.length === 0) return [];
  const byId = new Map(ended.map((e) => [e.attemptId, e]));
  const unique = [...byId.values()];
  const { rows: news } = await tx.query<{ id: string; lead_id: number; campaign_id: number }>({
    name: 'end attempts',
    text: `UPDATE attempts a
        SET state = 'ended', outcome = e.outcome, sip_code = e.sip_code, cause = e.cause, ended_at = e.ended_at
       FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::timestamptz[]) AS e (id, outcome, sip_code, cause, ended_at)
      WHERE a.id = e.id AND (a.state = 'planned' OR (a.outcome = 'notPlaced' AND e.outcome <> 'notPlaced'))
     RETURNING a.id, a.lead_id, a.campaign_id`,
    values: [
      unique.map((e) => e.attemptId),
      unique.map((e) => e.outcome),
      unique.map((e) => e.sipCode),
      unique.map((e) => e.cause),
      unique.map((e) => new Date(e.endedAt)),
    ],
  });
  if (news.length === 0) return [];
  // Locked in the order of their ids, as two batches may hold the same leads.
  const { rows: leads } = await tx.query<LeadRow>({
    name: 'leads of ended attempts',
    text: `SELECT n.attempt_id, l.id AS lead_id, l.outcome_counts, l.time_zone, c.retry_rules
       FROM unnest($1::uuid[], $2::bigint[]) AS n (attempt_id, lead_id)
       JOIN leads l ON l.id = n.lead_id JOIN campaigns c ON c.id = l.campaign_id
      ORDER BY l.id FOR UPDATE OF l`,
    values: [news.map((n) => n.id), news.map((n) => n.lead_id)],
  });
  const counted = new Map<number, Partial<Record<Outcome, number>>>();
  const updates = leads.map((lead) => {
    const { outcome, endedAt } = byId.get(lead.attempt_id)!;
    const counts = counted.get(lead.lead_id) ?? { ...lead.outcome_counts };
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    counted.set(lead.lead_id, counts);
    const next = nextDue({
      outcome,
      counts,
      rules: lead.retry_rules,
      now: endedAt,
      timeZone: lead.time_zone,
    });
    return { ...lead, outcome, next };
  });
  // The state is the attempt's to change only while it holds the lead: an agent's result may have come first.
  // A call that was never placed is no attempt in anybody's count.
  await tx.query({
    name: 'update leads of ended attempts',
    text: `UPDATE leads l
        SET attempts = l.attempts + u.placed, last_outcome = u.outcome, last_refusal = NULL,
            outcome_counts = jsonb_set(l.outcome_counts, ARRAY[u.outcome], to_jsonb(coalesce((l.outcome_counts ->> u.outcome)::int, 0) + 1)),
            state = CASE WHEN l.claimed_by = u.attempt_id THEN u.state ELSE l.state END,
            due_at = CASE WHEN l.claimed_by = u.attempt_id THEN coalesce(u.due_at, l.due_at) ELSE l.due_at END,
            owner_id = CASE WHEN l.claimed_by = u.attempt_id AND u.state = 'done' THEN NULL ELSE l.owner_id END,
            claimed_by = nullif(l.claimed_by, u.attempt_id),
            claimed_at = CASE WHEN l.claimed_by = u.attempt_id THEN NULL ELSE l.claimed_at END,
            claimed_for = CASE WHEN l.claimed_by = u.attempt_id THEN NULL ELSE l.claimed_for END
       FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::int[])
            AS u (lead_id, attempt_id, outcome, state, due_at, placed)
      WHERE l.id = u.lead_id`,
    values: [
      updates.map((u) => u.lead_id),
      updates.map((u) => u.attempt_id),
      updates.map((u) => u.outcome),
      updates.map((u) => u.next.state),
      updates.map((u) => dueOf(u.next)),
      updates.map((u) => (u.outcome === 'notPlaced' ? 0 : 1)),
    ],
  });
  await settleContacts(
    tx,
    news.map(({ id }) => ({ id, as: contactOf(byId.get(id)!.outcome) })),
  );
  return [...new Set(news.map((n) => n.campaign_id))];
}

const dueOf = (next: NextDue) => (next.state === 'waiting' ? new Date(next.dueAt) : null);

/** A disposition with `retry` and no time named: the same person again after a day. */
const RETRY_AFTER_MS = 24 * 3_600_000;

/**
 * What the agent's result means for the lead: final or not, a callback that is his own, a number that may not be called again.
 * Holds whether it comes while the call still goes on or after its end, and however often it is corrected.
 * Does nothing for a call that belongs to no lead. Returns the campaign touched.
 */
export async function applyDisposition(
  tx: Queryable,
  result: {
    readonly attemptId: string;
    readonly dispositionId: number;
    /** Wanted time of a callback; null: none was named. */
    readonly callbackAt: EpochMs | null;
    readonly agentId: number | null;
    readonly now: EpochMs;
  },
): Promise<number | null> {
  const { rows } = await tx.query<{
    lead_id: number;
    campaign_id: number;
    phone: string;
    success: boolean;
    retry: boolean;
    contact: boolean;
    do_not_call: boolean;
  }>(
    `SELECT a.lead_id, a.campaign_id, a.phone, d.success, d.retry, d.contact, d.do_not_call
       FROM attempts a JOIN leads l ON l.id = a.lead_id, dispositions d
      WHERE a.id = $1 AND d.id = $2 FOR UPDATE OF l`,
    [result.attemptId, result.dispositionId],
  );
  const row = rows[0];
  if (!row) return null;
  if (row.do_not_call) {
    await tx.query(
      `INSERT INTO do_not_call (phone, reason, since, created_by) VALUES ($1, 'disposition', $2, $3) ON CONFLICT (phone) DO NOTHING`,
      [row.phone, new Date(result.now), result.agentId],
    );
  }
  const callback = result.callbackAt !== null && !row.do_not_call;
  const again = callback || (row.retry && !row.do_not_call);
  const dueAt = Math.max(result.callbackAt ?? result.now + RETRY_AFTER_MS, result.now);
  await tx.query(
    `UPDATE leads SET state = $2, succeeded = $3, due_at = CASE WHEN $2 = 'waiting' THEN $4 ELSE due_at END,
            owner_id = $5, claimed_by = NULL, claimed_at = NULL, claimed_for = NULL, last_refusal = NULL
      WHERE id = $1 AND (claimed_by IS NULL OR claimed_by = $6)`,
    [
      row.lead_id,
      again ? 'waiting' : 'done',
      row.success,
      new Date(dueAt),
      callback ? result.agentId : null,
      result.attemptId,
    ],
  );
  // A wrong person or a machine that the exchange took for an answer was no conversation with our party.
  if (!row.contact) await settleContacts(tx, [{ id: result.attemptId, as: 'notReached' }]);
  return row.campaign_id;
}
