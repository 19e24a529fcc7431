import type { Log } from '../basics/log.ts';
import type { CampaignSink } from '../calls/history.ts';
import { type Db, transaction } from '../db/pool.ts';
import { isCustomer, type ProjectedCall, projectCall } from './projection.ts';
import { type Rebuild, rebuild } from './rebuild.ts';
import {
  type AttemptFacts,
  insertCall,
  insertFallbackRecording,
  insertLegs,
  insertRebuilt,
  type NewLeg,
  readAttempts,
  readCutOff,
  readHistory,
  readLiving,
  readRestarts,
  readRows,
  readUnsettled,
  updateCall,
  writeSettled,
} from './store.ts';
import type { HistoryCall } from './verify.ts';

export interface RebuildPorts {
  readonly db: Db;
  readonly node: string;
  /** A caller's number as the SIP side wrote it, to E.164; null when it is none. */
  parseCaller(from: string): string | null;
  findCustomer(phone: string): Promise<readonly { id: number }[]>;
  /** What a call that nobody saw the end of means for its campaign, inside the same transaction. */
  attemptsEnded: CampaignSink['attemptsEnded'];
}

/** Stories of calls, as the ledger tells them now. */
export async function readProjected(
  db: Db,
  node: string,
  callIds: readonly string[],
  since: Date,
): Promise<ProjectedCall[]> {
  if (callIds.length === 0) return [];
  const rows = await readRows(db, node, callIds);
  const restarts = await readRestarts(db, node, since);
  return callIds.flatMap((callId) => {
    const lines = rows.get(callId) ?? [];
    const startedAt = lines.reduce((min, l) => Math.min(min, l.at), Number.POSITIVE_INFINITY);
    const diedAt = restarts.find((restart) => restart.at > startedAt)?.diedAt ?? null;
    return projectCall(callId, lines, diedAt) ?? [];
  });
}

export interface Rebuilt {
  readonly callId: string;
  readonly what: Rebuild;
}

/**
 * What history must learn about these calls; with `write` it does. Calls that a switchboard still has in its hands are left to it. The
 * same calls again: nothing.
 */
export async function rebuildCalls(
  ports: RebuildPorts,
  callIds: readonly string[],
  since: Date,
  write: boolean,
): Promise<Rebuilt[]> {
  const { db, node } = ports;
  const living = await readLiving(db, callIds);
  const over = callIds.filter((id) => !living.has(id));
  const calls = await readProjected(db, node, over, since);
  const history = new Map((await readHistory(db, node, over)).map((row) => [row.callId, row]));
  const attempts = await readAttempts(db, over);
  const rebuilt: Rebuilt[] = [];
  for (const call of calls) {
    const row = history.get(call.callId) ?? null;
    const attempt = attempts.get(call.callId) ?? null;
    const what = rebuild(call, row, attempt?.announcement ?? false);
    if (what === null) continue;
    if (write) await apply(ports, call, row, attempt, what);
    rebuilt.push({ callId: call.callId, what });
  }
  return rebuilt;
}

async function apply(
  ports: RebuildPorts,
  call: ProjectedCall,
  history: HistoryCall | null,
  attempt: AttemptFacts | null,
  what: Rebuild,
): Promise<void> {
  const { db, node } = ports;
  const { callId } = call;
  const phone = call.direction === 'in' ? ports.parseCaller(call.caller) : (attempt?.phone ?? null);
  const matches = phone === null || history !== null ? [] : await ports.findCustomer(phone);
  await transaction(db, { userId: null, source: 'ledger' }, async (tx) => {
    if (what.do === 'write') {
      const direction = call.direction === 'in' ? 'hotline' : attempt === null ? 'manual' : 'campaign';
      const customerId = attempt?.customerId ?? (matches.length === 1 ? (matches[0]?.id ?? null) : null);
      const { offeredAt } = call;
      const phoneRaw = phone === null && call.direction === 'in' ? call.caller : null;
      const fresh = {
        callId,
        node,
        direction,
        phone,
        phoneRaw,
        called: call.called,
        customerId,
        attempt,
        offeredAt,
      } as const;
      // The switchboard was quicker after all: its row stands, and is compared the next time.
      if (!(await insertCall(tx, fresh, what.fields))) return;
      await insertRebuilt(tx, callId, { written: what.fields });
      if (attempt !== null) {
        const { outcome, cause, ended_at } = what.fields;
        const end = { attemptId: callId, outcome, codes: { cause, sipCode: 0 }, endedAt: ended_at };
        await ports.attemptsEnded(tx, [end]);
      }
    } else {
      await updateCall(tx, callId, what.fields);
      await insertRebuilt(tx, callId, {
        before: what.before,
        after: what.fields,
        legs: what.legs.map((l) => l.legId),
      });
    }
    await insertLegs(
      tx,
      callId,
      what.legs.map((leg) => newLeg(leg, callId)),
    );
    if (call.fallbackAt !== null && call.connectedAt !== null && call.end !== null)
      await insertFallbackRecording(tx, callId, node, call.fallbackAt, call.end.at);
  });
}

function newLeg(leg: ProjectedCall['legs'][number], callId: string): NewLeg {
  const { role, agentId, startedAt, answeredAt, endedAt, cause } = leg;
  return {
    id: leg.kept ? `${leg.legId}@${callId}` : leg.legId,
    role,
    agentId,
    startedAt,
    answeredAt,
    endedAt,
    cause,
  };
}

/** The switchboard writes its own calls within a tenth of a second; so long it has for itself. */
const graceMs = 2000;
/** A call that the switchboard will not let go for so long after its end is passed over; verify-history shows it. */
const patienceMs = 60_000;
const pageSize = 500;

export interface SettlePorts extends RebuildPorts {
  readonly log: Log;
  now(): number;
  /** The switchboard has this call in its hands, or its history is not written yet. */
  isLiving(callId: string): boolean;
}

/**
 * Makes history equal to the ledger, from where it was left: calls of the fallback queue, calls that ended while no server was there, calls that
 * a dying server or exchange took with it. Follows the ledger in order of arrival, so nothing is looked at twice. Returns how many calls
 * were written or repaired.
 */
export async function settleHistory(ports: SettlePorts): Promise<number> {
  const { db, node, log, now } = ports;
  let changed = 0;
  for (;;) {
    const page = await readUnsettled(db, node, pageSize);
    const due: string[] = [];
    let upTo: number | null = null;
    let restartedAt: number | null = null;
    for (const line of page) {
      const ageMs = now() - line.at;
      if (line.restart) {
        if (ageMs < 3 * graceMs) break;
        restartedAt ??= line.at;
        due.push(...(await readCutOff(db, node, line.at)));
      } else if (isCustomer(line) && !line.agrees) {
        if (ageMs < patienceMs && (ageMs < graceMs || ports.isLiving(line.channelId))) break;
        due.push(line.channelId);
      }
      upTo = line.seq;
    }
    if (upTo === null) return changed;
    const oldest = page[0]?.at ?? now();
    const rebuilt = await rebuildCalls(ports, due, new Date(oldest - 86_400_000), true);
    changed += rebuilt.length;
    if (rebuilt.length > 0)
      log.info(
        { calls: rebuilt.length, exchangeRestarted: restartedAt !== null },
        'history was completed from the ledger',
      );
    await writeSettled(db, node, upTo);
    if (page.length < pageSize || page.at(-1)?.seq !== upTo) return changed;
  }
}
