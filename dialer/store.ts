import { randomUUID } from 'node:crypto';
import type { PlaceCall } from '../server/bus/schema.ts';
import { type EndedAttempt, finishAttempts } from '../server/campaigns/finish.ts';
import { callbackToGroupMs, putOff } from '../server/campaigns/preview.ts';
import { reserveContactsIn } from '../server/contact-rules/reserve.ts';
import type { House, Purpose } from '../server/contact-rules/rules.ts';
import { type Db, type Queryable, transaction } from '../server/db/pool.ts';

/** The dialer's SQL. Cost per tick: two reads; per campaign that launches: one transaction, whatever the number of calls. */

export interface RunningCampaign {
  readonly id: number;
  readonly name: string;
  readonly mode: 'preview' | 'progressive' | 'announcement';
  readonly purpose: Purpose;
  readonly scriptText: string;
  readonly announcement: string | null;
  readonly callerId: string | null;
  readonly ringTimeoutMs: number;
  readonly lineLimit: number;
  readonly wrapUpMs: number;
  readonly record: boolean;
  readonly notDialling: string | null;
  readonly agentIds: readonly number[];
  /** Of the waiting lead that is due first. */
  readonly nextDueAt: number | null;
  readonly nextRefusal: string | null;
  /** Attempts planned and not ended. */
  readonly lines: number;
  /** Those of them that hold an agent: attempt, agent, planned at (epoch ms). */
  readonly holding: readonly (readonly [attemptId: string, agentId: number, plannedAt: number])[];
}

export async function readRunning(db: Queryable): Promise<RunningCampaign[]> {
  const { rows } = await db.query<RunningCampaign>({
    name: 'running campaigns',
    text: `WITH open AS (
       SELECT campaign_id, count(*) AS lines,
              coalesce(json_agg(json_build_array(id, agent_id, round(extract(epoch FROM planned_at) * 1000)))
                         FILTER (WHERE agent_id IS NOT NULL), '[]') AS holding
         FROM attempts WHERE state = 'planned' GROUP BY campaign_id)
     SELECT c.id, c.name, c.mode, c.purpose, c.script_text AS "scriptText", c.announcement, c.caller_id AS "callerId",
            c.ring_timeout_ms AS "ringTimeoutMs", c.line_limit AS "lineLimit", c.wrap_up_ms AS "wrapUpMs", c.record,
            c.not_dialling AS "notDialling",
            ARRAY(SELECT user_id FROM campaign_agents WHERE campaign_id = c.id) AS "agentIds",
            round(extract(epoch FROM next.due_at) * 1000)::float8 AS "nextDueAt", next.last_refusal AS "nextRefusal",
            coalesce(open.lines, 0) AS lines, coalesce(open.holding, '[]') AS holding
       FROM campaigns c
       LEFT JOIN open ON open.campaign_id = c.id
       LEFT JOIN LATERAL (SELECT due_at, last_refusal FROM leads WHERE campaign_id = c.id AND state = 'waiting'
                           ORDER BY due_at, id LIMIT 1) next ON true
      WHERE c.state = 'running' ORDER BY c.id`,
    values: [],
  });
  return rows;
}

export interface Launch {
  /** Calls to place, by node. */
  readonly calls: { readonly node: string; readonly call: PlaceCall }[];
  /** Leads looked at, and those of them that a contact rule put off. */
  readonly looked: number;
  readonly refused: number;
}

/** A free agent, or a line of an announcement. */
export interface Seat {
  readonly node: string;
  readonly agentId: number | null;
}

/**
 * Claims due leads, reserves their contacts and writes their attempts, one for each seat at most, all in one transaction: after it
 * either everything about an attempt is there or nothing. A callback goes to its owner while he has a seat, to anybody
 * once it is 15 minutes late. Refused leads are put off with the rule's own time.
 * `look`: leads to look at; more than there are seats helps when many are refused.
 */
export async function launch(
  db: Db,
  campaign: RunningCampaign,
  seats: readonly Seat[],
  { look, now, house }: { look: number; now: number; house: House },
): Promise<Launch> {
  return transaction(db, { userId: null, source: 'dialer' }, async (tx) => {
    const owners = seats.flatMap((seat) => (seat.agentId === null ? [] : [seat.agentId]));
    const { rows: leads } = await tx.query<{
      id: number;
      name: string;
      phone: string;
      customer_id: number | null;
      time_zone: string;
      owner_id: number | null;
    }>({
      name: 'claim leads',
      text: `SELECT id, name, phone, customer_id, time_zone, owner_id FROM leads
        WHERE campaign_id = $1 AND state = 'waiting' AND due_at <= $2
          AND (owner_id IS NULL OR owner_id = ANY ($3::int[]) OR due_at < $4)
        ORDER BY due_at, id LIMIT $5 FOR UPDATE SKIP LOCKED`,
      values: [campaign.id, new Date(now), owners, new Date(now - callbackToGroupMs), look],
    });
    const requests = leads.map((lead) => ({
      id: randomUUID() as string,
      channel: campaign.mode === 'announcement' ? ('robotCall' as const) : ('call' as const),
      purpose: campaign.purpose,
      phone: lead.phone,
      customerId: lead.customer_id,
      timeZone: lead.time_zone,
    }));
    const answers = await reserveContactsIn(tx, requests, { now, house, most: seats.length });

    const free = [...seats];
    const takeSeat = (ownerId: number | null): Seat => {
      const own = ownerId === null ? -1 : free.findIndex((seat) => seat.agentId === ownerId);
      return free.splice(Math.max(own, 0), 1)[0]!;
    };
    const granted = leads.flatMap((lead, i) => {
      const answer = answers[i];
      return answer?.allowed ? [{ lead, attemptId: requests[i]!.id, evidence: answer.evidence }] : [];
    });
    // Owners first, or a stranger's lead could take the owner's seat.
    const seated = [...granted]
      .sort((a, b) => Number(b.lead.owner_id !== null) - Number(a.lead.owner_id !== null))
      .map((each) => ({ ...each, seat: takeSeat(each.lead.owner_id) }));
    if (seated.length > 0) {
      await tx.query({
        name: 'plan attempts',
        text: `WITH given AS (
           SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[])
             AS g (id, lead_id, phone, agent_id, node, permitted)), written AS (
           INSERT INTO attempts (id, lead_id, campaign_id, phone, agent_id, node, permitted, planned_at)
           SELECT id, lead_id, $7, phone, agent_id, node, permitted::jsonb, $8 FROM given)
         UPDATE leads l SET state = 'claimed', claimed_by = given.id, claimed_at = $8, last_refusal = NULL
           FROM given WHERE l.id = given.lead_id`,
        values: [
          seated.map((s) => s.attemptId),
          seated.map((s) => s.lead.id),
          seated.map((s) => s.lead.phone),
          seated.map((s) => s.seat.agentId),
          seated.map((s) => s.seat.node),
          seated.map((s) => JSON.stringify(s.evidence)),
          campaign.id,
          new Date(now),
        ],
      });
    }
    const refused = leads.flatMap((lead, i) => {
      const answer = answers[i];
      return answer && !answer.allowed ? [{ leadId: lead.id, answer }] : [];
    });
    await putOff(tx, refused);
    return {
      calls: seated.map(({ lead, attemptId, seat }) => ({
        node: seat.node,
        call: placeCallOf(campaign, lead, attemptId, seat.agentId),
      })),
      looked: leads.length,
      refused: refused.length,
    };
  });
}

function placeCallOf(
  campaign: RunningCampaign,
  lead: { id: number; name: string; phone: string; customer_id: number | null },
  attemptId: string,
  agentId: number | null,
): PlaceCall {
  const robot = campaign.mode === 'announcement';
  return {
    attemptId,
    campaignId: campaign.id,
    leadId: lead.id,
    customerId: lead.customer_id,
    phone: lead.phone,
    callerId: campaign.callerId,
    ringMs: campaign.ringTimeoutMs,
    mode: campaign.mode,
    agentId,
    announcement: robot ? campaign.announcement : null,
    wrapUpMs: campaign.wrapUpMs,
    // Nobody reads a script to a robot; at hundreds of calls a second it would be most of the traffic.
    scriptText: robot ? '' : campaign.scriptText,
    campaignName: campaign.name,
    leadName: lead.name,
    record: campaign.record,
  };
}

/** Writes down why campaigns do not dial. */
export async function writeNotDialling(
  db: Queryable,
  news: readonly { campaignId: number; key: string | null }[],
): Promise<void> {
  if (news.length === 0) return;
  await db.query(
    `UPDATE campaigns c SET not_dialling = n.key FROM unnest($1::int[], $2::text[]) AS n (id, key)
      WHERE c.id = n.id AND c.state = 'running'`,
    [news.map((n) => n.campaignId), news.map((n) => n.key)],
  );
}

/** Ends the running ones among these campaigns whose leads are all done; returns their ids. */
export async function finishCampaigns(db: Queryable, campaignIds: readonly number[]): Promise<number[]> {
  if (campaignIds.length === 0) return [];
  const { rows } = await db.query<{ id: number }>(
    `UPDATE campaigns c SET state = 'finished', not_dialling = NULL
      WHERE c.id = ANY ($1::int[]) AND c.state = 'running'
        AND NOT EXISTS (SELECT FROM leads WHERE campaign_id = c.id AND state = 'waiting')
        AND NOT EXISTS (SELECT FROM leads WHERE campaign_id = c.id AND state = 'claimed')
        AND EXISTS (SELECT FROM leads WHERE campaign_id = c.id)
        AND NOT EXISTS (SELECT FROM lead_imports WHERE campaign_id = c.id AND state = 'running')
     RETURNING c.id`,
    [campaignIds],
  );
  return rows.map((row) => row.id);
}

/** A call that the switchboard knows is in `live_calls` while it lives; so old and not there, its end was lost. */
const LOST_MS = 15 * 60_000;
/** A preview that was shown so long ago is on nobody's screen any more. */
const STALE_PREVIEW_MS = 30 * 60_000;

/**
 * Sets right what crashes left behind: attempts that no switchboard ever took up (the place-call was not sent, or was lost with the
 * bus, or came too late to be handed over) end as `notPlaced`, those whose end was lost as `failed`; forgotten previews go
 * back. `olderThanMs` must exceed the time after which the bus no longer hands a call over. Returns how many attempts it ended.
 */
export async function reconcile(
  db: Db,
  { now, olderThanMs }: { now: number; olderThanMs: number },
): Promise<number> {
  return transaction(db, { userId: null, source: 'dialer' }, async (tx) => {
    const { rows } = await tx.query<{ id: string; begun: boolean }>(
      `SELECT a.id, EXISTS (SELECT FROM call_events WHERE call_id = a.id::text) AS begun
         FROM attempts a
        WHERE a.state = 'planned' AND a.planned_at < $1
          AND NOT EXISTS (SELECT FROM live_calls WHERE call_id = a.id::text)
          AND (a.planned_at < $2 OR NOT EXISTS (SELECT FROM call_events WHERE call_id = a.id::text))
        ORDER BY a.planned_at LIMIT 500 FOR UPDATE OF a SKIP LOCKED`,
      [new Date(now - olderThanMs), new Date(now - LOST_MS)],
    );
    const ended = rows.map(
      ({ id, begun }): EndedAttempt => ({
        attemptId: id,
        outcome: begun ? 'failed' : 'notPlaced',
        sipCode: 0,
        cause: 0,
        endedAt: now,
      }),
    );
    await finishAttempts(tx, ended);
    await tx.query(
      `UPDATE leads SET state = 'waiting', claimed_for = NULL, claimed_at = NULL
        WHERE state = 'claimed' AND claimed_for IS NOT NULL AND claimed_by IS NULL AND claimed_at < $1`,
      [new Date(now - STALE_PREVIEW_MS)],
    );
    return ended.length;
  });
}
