import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena } from './arena.ts';
import { isHealthy } from './observer.ts';
import { wrongOn } from './screens.ts';

/** The promise, and how long we go on looking to say how far off it was. */
const promisedMs = 5000;
const patienceMs = 30_000;
/** Parts come back within this or the run ends. */
const backMs = 120_000;

export interface Settled {
  /** Null: not right within half a minute. */
  readonly rightMs: number | null;
  /** What was wrong when the promised time was over. */
  readonly wrong: readonly string[];
}

/** Waits until every part is back, then until everybody's screen is right. */
export async function settle(arena: Arena): Promise<Settled> {
  for (const end = Date.now() + backMs; ; await sleep(100)) {
    if (arena.parts.whole() && (await isHealthy(arena.stack.url))) break;
    if (Date.now() > end) throw new Error('not every part came back within two minutes');
  }
  const backAt = Date.now();
  let wrong: readonly string[] = [];
  let promised: readonly string[] | null = null;
  while (Date.now() - backAt < patienceMs) {
    wrong = await lookRound(arena);
    if (wrong.length === 0) return { rightMs: Date.now() - backAt, wrong: promised ?? [] };
    if (Date.now() - backAt >= promisedMs) promised ??= wrong;
    await sleep(200);
  }
  return { rightMs: null, wrong: promised ?? wrong };
}

/** One look at all screens, the server and the exchange. */
async function lookRound(arena: Arena): Promise<string[]> {
  const before = await arena.observer.snapshot();
  const [sight, board, ...looks] = await Promise.all([
    arena.watch.look(),
    arena.board?.look() ?? null,
    ...arena.robots.map((robot) => robot.desk.look()),
  ]);
  const after = await arena.observer.snapshot();
  if (before === null || after === null) return ['server: gives no picture'];
  if (sight === null) return ['exchange: does not answer'];
  const desks = arena.robots.map(({ desk }, i) => ({
    userId: desk.userId,
    login: desk.login,
    look: looks[i] ?? null,
  }));
  return wrongOn({ before, after, sight, desks, board });
}
