import { setTimeout as sleep } from 'node:timers/promises';
import { compareHistory } from '../../server/ledger/compare.ts';
import type { Difference } from '../../server/ledger/verify.ts';
import type { CdrRow } from '../stack/test-exchange.ts';
import type { Arena } from './arena.ts';
import { hotline, population, populationSeed } from './customers.ts';
import { countByNumber, judge, type Verdict } from './judge.ts';
import { personOf } from './people.ts';

const windDownMs = 90_000;
const agreeMs = 60_000;
/** Calls that never reached the exchange have no row in the telephone network. */
const neverThere = new Set(['notPlaced', 'cancelled', 'failed']);

/** What is still there after everybody has hung up, in words. */
export async function windDown(arena: Arena): Promise<string[]> {
  await arena.end();
  for (const end = Date.now() + windDownMs; ; await sleep(500)) {
    const left = await leftOver(arena).catch((error: Error) => [error.message]);
    if (left.length === 0 || Date.now() > end) return left;
  }
}

async function leftOver(arena: Arena): Promise<string[]> {
  const sight = await arena.watch.look();
  const { rows } = await arena.db.query<{ what: string; n: number }>(
    `SELECT 'live_calls' AS what, count(*)::integer AS n FROM live_calls
     UNION ALL SELECT 'open attempts', count(*)::integer FROM attempts WHERE state <> 'ended'
     UNION ALL SELECT 'claimed leads', count(*)::integer FROM leads WHERE state = 'claimed'
     UNION ALL SELECT 'refused pieces of history', count(*)::integer FROM history_rejects`,
  );
  return [
    ...(sight?.channels.map((name) => `channel ${name}`) ?? ['exchange does not answer']),
    ...(sight?.bridges.map((id) => `bridge ${id}`) ?? []),
    ...rows.filter((r) => r.n > 0).map((r) => `${r.n} ${r.what}`),
  ];
}

export interface Accounts {
  readonly ledgerRows: number;
  readonly historyRows: number;
  readonly differences: readonly Difference[];
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly networkCalls: number;
  readonly stories: readonly {
    readonly cdr: CdrRow;
    readonly callId: string | null;
    readonly verdict: Verdict;
  }[];
}

/** Ledger, history and the telephone network's own records side by side, once the first two agree or a minute is over. */
export async function readAccounts(arena: Arena): Promise<Accounts> {
  const since = new Date(arena.startedAt);
  for (const end = Date.now() + agreeMs; ; await sleep(1000)) {
    const { inLedger, inHistory, differences } = await compareHistory(arena.db, 'n1', since);
    const compared = await compareWithNetwork(arena, since);
    const agreed = differences.length + compared.lost.length + compared.doubled.length === 0;
    if (agreed || Date.now() > end)
      return { ledgerRows: inLedger, historyRows: inHistory, differences, ...compared };
  }
}

interface Told {
  readonly id: string;
  readonly phone: string | null;
  readonly outcome: string;
  readonly agentIds: readonly number[];
  readonly offeredAt: Date;
}

async function compareWithNetwork(
  arena: Arena,
  since: Date,
): Promise<Pick<Accounts, 'lost' | 'doubled' | 'networkCalls' | 'stories'>> {
  const { rows: told } = await arena.db.query<Told>(
    `SELECT id, coalesce(phone, phone_raw) AS phone, outcome, offered_at AS "offeredAt",
            ARRAY(SELECT agent_id FROM call_legs l WHERE l.call_id = calls.id AND agent_id IS NOT NULL) AS "agentIds" FROM calls
      WHERE node = 'n1' AND offered_at >= $1`,
    [since],
  );
  // A customer's call that the network could not even send (it takes our exchange for dead a while longer) has a row without his id.
  const cdr = (await arena.network.cdr()).filter(
    (row) => row.channelId.startsWith('cust-') || row.to.replace('+', '') !== hotline,
  );
  const numberOf = (row: CdrRow) => {
    const number = row.channelId.startsWith('cust-') ? row.from : row.to;
    return `+${number.replace(/^\+/, '')}`;
  };
  const { exchangeDeaths } = arena.parts;
  // A call that found no exchange is nobody's: neither ledger nor history can know it.
  const reached = cdr.filter(
    (row) =>
      row.answeredAt !== null ||
      !exchangeDeaths.some((d) => row.startedAt <= (d.until ?? row.endedAt) + 3000 && row.endedAt >= d.from),
  );
  const there = told.filter((t) => !neverThere.has(t.outcome));
  const counted = countByNumber(
    reached.map(numberOf),
    there.map((t) => t.phone ?? ''),
    told.filter((t) => neverThere.has(t.outcome)).map((t) => t.phone ?? ''),
  );
  // A call cut short by the exchange's death may stand in history without a row here, never the other way round.
  const died = (t: Told) => exchangeDeaths.some((d) => Math.abs(t.offeredAt.getTime() - d.from) < 60_000);
  const doubled = counted.doubled.filter((number) => !there.some((t) => t.phone === number && died(t)));
  const stories = cdr.map((row) => {
    const number = numberOf(row);
    const call = nearest(told, number, row.startedAt);
    const seen = call === undefined ? undefined : arena.watch.seen.get(call.id);
    const story = {
      cdr: row,
      ownEndAt: ownEndOf(arena, row, number),
      callId: call?.id ?? null,
      talkedSince: seen?.since ?? null,
      agentIds: new Set([...(seen?.agentIds ?? []), ...(call?.agentIds ?? [])]),
      outcome: call?.outcome ?? null,
    };
    const acts = arena.robots.flatMap((robot) => robot.acts);
    return { cdr: row, callId: story.callId, verdict: judge(story, acts, exchangeDeaths) };
  });
  return { lost: counted.lost, doubled, networkCalls: cdr.length, stories };
}

function nearest(told: readonly Told[], number: string, at: number): Told | undefined {
  return told
    .filter((t) => t.phone === number)
    .sort((a, b) => Math.abs(a.offeredAt.getTime() - at) - Math.abs(b.offeredAt.getTime() - at))[0];
}

/** When this customer would have ended his call by himself; null: he would have waited for us. */
function ownEndOf(arena: Arena, row: CdrRow, number: string): number | null {
  const caller = arena.callers.placed.find((c) => c.channelId === row.channelId);
  if (caller !== undefined)
    return row.answeredAt === null ? row.startedAt + caller.ringMs : row.answeredAt + caller.hangUpAfterMs;
  // Ours: not answered is his own business, unless we gave up before.
  if (row.answeredAt === null) return row.endedAt;
  if (/^\+79992/.test(number)) return row.endedAt;
  const { talkMs } = personOf(number, populationSeed, population);
  return talkMs === null ? null : row.answeredAt + talkMs;
}
