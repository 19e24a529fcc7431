import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../bench/figures.ts';
import { makeRandom } from '../seed/random.ts';
import { Arena, type ArenaOptions } from './arena.ts';
import { readAccounts, windDown } from './finish.ts';
import { type Blow, type BlowKind, type CallStep, planBlows } from './plan.ts';
import { type BlowResult, brokenPromises, type Totals, tableOf } from './report.ts';
import { settle } from './settle.ts';
import { strike } from './strike.ts';

export interface ChaosOptions extends ArenaOptions {
  readonly minutes: number;
  /** Blows after which it ends, if the time does not end it before; null: as many as the time allows. */
  readonly kills: number | null;
  readonly steps: readonly CallStep[];
  /** Short absences, one blow at a time. */
  readonly gentle: boolean;
}

export interface ChaosReport {
  readonly table: (string | number)[][];
  readonly totals: Totals;
  /** Promises that were broken; empty: all were kept. */
  readonly broken: readonly string[];
  /** Each failure with its blow's time, kind, call and where to read more. */
  readonly failures: readonly string[];
}

/** Time for the load to build up before the first blow. */
const warmUpMs = 8000;

/** Strikes a working Dozvon again and again and says what its users lost by it. Everything is stopped afterwards. */
export async function runChaos(o: ChaosOptions): Promise<ChaosReport> {
  const arena = await Arena.open(o);
  try {
    await arena.begin();
    await sleep(warmUpMs);
    const results = await strikeAll(arena, o);
    arena.say('No more blows; the last calls end.');
    const left = await windDown(arena);
    return await reportOn(arena, results, left);
  } finally {
    await arena.close();
  }
}

async function strikeAll(arena: Arena, o: ChaosOptions): Promise<BlowResult[]> {
  const random = makeRandom(o.seed + 2);
  const end = Date.now() + o.minutes * 60_000;
  const results: BlowResult[] = [];
  let together = false;
  const pending = new Set<Promise<unknown>>();
  for (const blow of planBlows(o.seed, o)) {
    const last = Date.now() > end || blow.number >= (o.kills ?? Number.POSITIVE_INFINITY);
    if (o.signal?.aborted || (o.kills !== null && blow.number > o.kills)) break;
    const result = await oneBlow(arena, blow, random, !together, last, pending);
    results.push(result);
    arena.say(tell(result, arena.startedAt));
    if (last) break;
    together = blow.nextAfterMs !== null;
    await sleep(blow.nextAfterMs ?? blow.restMs);
  }
  return results;
}

async function oneBlow(
  arena: Arena,
  blow: Blow,
  random: ReturnType<typeof makeRandom>,
  wait: boolean,
  last: boolean,
  pending: Set<Promise<unknown>>,
): Promise<BlowResult> {
  const { at, step, target, conversations, voice } = await strike(arena, blow, random, wait);
  const { number, kind } = blow;
  const told = { number, at, kind, step, target, conversations };
  pending.add(voice);
  void voice.finally(() => pending.delete(voice));
  // The next one follows before this one is over: the last of them is the one that is measured.
  if (blow.nextAfterMs !== null && !last) return { ...told, rightMs: 0, wrong: [], voiceMs: null };
  const voiceMs = await voice;
  // An earlier blow of the same bunch may last longer than this one: a cable that is still cut.
  await Promise.all(pending);
  const { rightMs, wrong } = await settle(arena);
  return { ...told, rightMs, wrong, voiceMs };
}

function tell(result: BlowResult, startedAt: number): string {
  const { number, at, kind, step, target, conversations, rightMs, wrong, voiceMs } = result;
  const right = rightMs === null ? 'NOT RIGHT' : `right after ${(rightMs / 1000).toFixed(1)} s`;
  const voice = voiceMs === null ? '' : `, voice after ${(voiceMs / 1000).toFixed(1)} s`;
  const head = `${String(number).padStart(3)} ${((at - startedAt) / 1000).toFixed(1).padStart(6)} s  ${kind} ${target}`;
  const lines = wrong.map((words) => `\n      ${words}`).join('');
  return `${head} at ${step}: ${conversations.length} conversations, ${right}${voice}${lines}`;
}

async function reportOn(
  arena: Arena,
  results: readonly BlowResult[],
  left: readonly string[],
): Promise<ChaosReport> {
  const accounts = await readAccounts(arena);
  const ended = (verdict: string) => accounts.stories.filter((s) => s.verdict === verdict);
  const dropped = ended('dropped');
  const drops = new Map<number, number>();
  const failures: string[] = [];
  const blowBefore = (at: number) => results.findLast((r) => r.at <= at + 500);
  const log = `${arena.stack.home}/log`;
  for (const verdict of ['dropped', 'turnedAway'] as const) {
    for (const { cdr, callId } of ended(verdict)) {
      const blow = blowBefore(cdr.endedAt);
      if (verdict === 'dropped') drops.set(blow?.number ?? 0, (drops.get(blow?.number ?? 0) ?? 0) + 1);
      failures.push(
        `${verdict}: call ${callId ?? '?'} (network ${cdr.channelId}) ended ${new Date(cdr.endedAt).toISOString()}, after blow ${blow?.number ?? '-'} ${blow?.kind ?? ''} at ${blow ? new Date(blow.at).toISOString() : '-'}; ${log}/server*.log`,
      );
    }
  }
  for (const result of results.filter((r) => r.rightMs === null || r.rightMs > 5000)) {
    failures.push(
      `screens wrong after blow ${result.number} ${result.kind} at ${new Date(result.at).toISOString()}: ${result.wrong.join('; ')}; ${log}/server*.log`,
    );
  }
  for (const { callId, what, detail } of accounts.differences)
    failures.push(`${what}: call ${callId}, ${detail}`);
  for (const number of accounts.lost)
    failures.push(`lost: a call of the network's number ${number} is not in history`);
  for (const number of accounts.doubled)
    failures.push(`doubled: number ${number} has more calls in history than in the network`);
  for (const death of arena.parts.ownDeaths)
    failures.push(`${death.part} ended by itself at ${new Date(death.at).toISOString()}: ${death.log}`);
  failures.push(...left.map((what) => `left over: ${what}`));

  const noServer = arena.callers.placed.filter((c) => c.noServer && c.channelId !== '');
  const answered = noServer.filter((c) =>
    accounts.stories.some((s) => s.cdr.channelId === c.channelId && s.cdr.answeredAt !== null),
  );
  const measured = results.map((r) => r.rightMs ?? 30_000);
  const voicesAfter = (kind: BlowKind) =>
    results.flatMap((r) => (r.kind === kind && r.voiceMs !== null ? [r.voiceMs] : []));
  const most = (list: readonly number[]) => (list.length === 0 ? null : Math.max(...list));
  const voices = voicesAfter('refresh');
  const totals: Totals = {
    kills: results.length,
    conversations: results.reduce((sum, r) => sum + r.conversations.length, 0),
    dropped: dropped.length,
    droppedByExchange: ended('exchange').length,
    turnedAway: ended('turnedAway').length,
    ledgerRows: accounts.ledgerRows,
    historyRows: accounts.historyRows,
    lost: accounts.lost.length,
    doubled: accounts.doubled.length,
    differences: accounts.differences.length,
    noServerCallers: noServer.length,
    noServerAnswered: answered.length,
    rightMedianMs: Math.round(median(measured)),
    rightMaxMs: Math.max(...measured),
    voiceMedianMs: voices.length === 0 ? null : Math.round(median(voices)),
    voiceMaxMs: most(voices),
    voiceAfterCrashMaxMs: most(voicesAfter('crash')),
    networkCalls: accounts.networkCalls,
    ownDeaths: arena.parts.ownDeaths.length,
    leftOver: left.length,
  };
  return { table: tableOf(results, drops), totals, broken: brokenPromises(totals), failures };
}
