import type { Log } from '../basics/log.ts';
import { type Db, transaction } from '../db/pool.ts';

/** One line of the ledger, as much of it as a fallback call's story needs. */
export interface LedgerLine {
  readonly at: Date;
  readonly type: string;
  readonly channelId: string;
  readonly channel: string;
  readonly caller: string;
  readonly app: string;
  readonly extra: { readonly hangupcause?: number; readonly hangupsource?: string } | null;
}

export interface FallbackCall {
  readonly callId: string;
  readonly caller: string;
  readonly offeredAt: Date;
  readonly queuedAt: Date;
  readonly connectedAt: Date | null;
  readonly endedAt: Date;
  readonly agentId: number | null;
  readonly agentLegId: string | null;
  readonly cause: number;
  readonly hungUpBy: 'customer' | 'agent' | 'system';
}

/**
 * The story of a call that the exchange's own queue served while no server was there, told by its ledger lines in any order.
 * Null: it is not over, or it is no such call. The talk begins when an agent's channel enters a bridge. Pure.
 */
export function fallbackCall(callId: string, lines: readonly LedgerLine[]): FallbackCall | null {
  const sorted = [...lines].sort((a, b) => a.at.getTime() - b.at.getTime());
  const own = sorted.filter((l) => l.channelId === callId);
  const start = own[0];
  const taken = own.find((l) => l.type === 'FALLBACK');
  const end = own.find((l) => l.type === 'HANGUP');
  if (start === undefined || taken === undefined || end === undefined) return null;
  const met = sorted.find(
    (l) => l.type === 'BRIDGE_ENTER' && l.at >= taken.at && /^PJSIP\/agent-\d+-/.test(l.channel),
  );
  const source = end.extra?.hangupsource ?? '';
  return {
    callId,
    caller: own.find((l) => l.caller !== '')?.caller ?? '',
    offeredAt: start.at,
    queuedAt: taken.at,
    connectedAt: met?.at ?? null,
    endedAt: end.at,
    agentId: met === undefined ? null : Number(/agent-(\d+)-/.exec(met.channel)?.[1]),
    agentLegId: met?.channelId ?? null,
    cause: end.extra?.hangupcause ?? 0,
    hungUpBy: /^PJSIP\/agent-/.test(source) ? 'agent' : /^PJSIP\/trunk-/.test(source) ? 'customer' : 'system',
  };
}

/**
 * Writes into history the calls that were served while no server was there, as soon as the ledger tells of their end. The ledger
 * wins over what a dying switchboard believed of them. Runs as often as one likes: a call is written once. Returns how many.
 */
export async function writeFallbackCalls(o: {
  db: Db;
  node: string;
  log: Log;
  parseCaller: (from: string) => string | null;
  findCustomer: (phone: string) => Promise<readonly { id: number }[]>;
}): Promise<number> {
  const { rows: found } = await o.db.query<{ id: string }>(
    `SELECT DISTINCT f.channel_id AS id FROM ledger f
       JOIN ledger h ON h.channel_id = f.channel_id AND h.node = f.node AND h.type = 'HANGUP'
      WHERE f.node = $1 AND f.type = 'FALLBACK'
        AND NOT EXISTS (SELECT FROM calls c WHERE c.id = f.channel_id AND c.fallback) LIMIT 200`,
    [o.node],
  );
  for (const { id } of found) {
    const { rows: lines } = await o.db.query<LedgerLine>(
      `SELECT at, type, channel_id AS "channelId", channel, caller, app, extra FROM ledger
        WHERE node = $1 AND (call_id = $2 OR channel_id = $2)`,
      [o.node, id],
    );
    const call = fallbackCall(id, lines);
    if (call === null) continue;
    const phone = o.parseCaller(call.caller);
    const matches = phone === null ? [] : await o.findCustomer(phone);
    await writeOne(o.db, o.node, call, phone, matches.length === 1 ? (matches[0]?.id ?? null) : null);
  }
  if (found.length > 0)
    o.log.info({ calls: found.length }, 'calls that the fallback queue served are in history now');
  return found.length;
}

async function writeOne(
  db: Db,
  node: string,
  call: FallbackCall,
  phone: string | null,
  customerId: number | null,
): Promise<void> {
  const { connectedAt, endedAt, queuedAt } = call;
  await transaction(db, { userId: null, source: 'ledger' }, async (tx) => {
    await tx.query(
      `INSERT INTO calls (id, node, direction, customer_id, phone, phone_raw, queue_id, agent_id, offered_at, queued_at, answered_at,
                          connected_at, ended_at, wait_ms, talk_ms, outcome, sip_code, cause, hung_up_by, fallback)
       SELECT $1, $2, 'hotline', $3, $4, $5, (SELECT id FROM queues ORDER BY id LIMIT 1), (SELECT id FROM users WHERE id = $6),
              $7, $8, $9, $9, $10, $11, $12, $13, 200, $14, $15, true
       ON CONFLICT (id) DO UPDATE SET agent_id = excluded.agent_id, queued_at = excluded.queued_at,
              answered_at = excluded.answered_at, connected_at = excluded.connected_at, ended_at = excluded.ended_at,
              wait_ms = excluded.wait_ms, talk_ms = excluded.talk_ms, outcome = excluded.outcome, cause = excluded.cause,
              hung_up_by = excluded.hung_up_by, fallback = true`,
      [
        call.callId,
        node,
        customerId,
        phone,
        phone === null ? call.caller : null,
        call.agentId,
        call.offeredAt,
        queuedAt,
        connectedAt,
        endedAt,
        (connectedAt ?? endedAt).getTime() - queuedAt.getTime(),
        connectedAt === null ? null : endedAt.getTime() - connectedAt.getTime(),
        connectedAt === null ? 'abandoned' : 'answered',
        call.cause,
        call.hungUpBy,
      ],
    );
    await tx.query(
      `INSERT INTO call_legs (id, call_id, role, agent_id, started_at, answered_at, ended_at, cause)
       SELECT * FROM (VALUES ($1, $1, 'customer', NULL::integer, $2::timestamptz, $3::timestamptz, $4::timestamptz, $5::integer),
                             ($6, $1, 'agent', $7, $8, $8, $4, $5)) AS v (id, call_id, role, agent_id, a, b, c, d)
        WHERE id IS NOT NULL ON CONFLICT (id) DO NOTHING`,
      [
        call.callId,
        call.offeredAt,
        queuedAt,
        endedAt,
        call.cause,
        call.agentLegId,
        call.agentId,
        connectedAt,
      ],
    );
    if (connectedAt !== null) {
      await tx.query(
        `INSERT INTO recordings (call_id, node, started_at, ended_at, customer_file, agent_file)
         VALUES ($1, $2, $3, $4, $1 || '.customer.ulaw', $1 || '.agent.ulaw') ON CONFLICT (call_id) DO NOTHING`,
        [call.callId, node, queuedAt, endedAt],
      );
    }
    await tx.query(
      `INSERT INTO timeline (customer_id, at, kind, user_id, call_id)
       SELECT customer_id, offered_at, 'call', agent_id, id FROM calls WHERE id = $1 AND customer_id IS NOT NULL
       ON CONFLICT DO NOTHING`,
      [call.callId],
    );
  });
}
