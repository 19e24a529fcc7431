import type { CpuUse } from '../cpu.ts';
import { quantile, short } from '../figures.ts';

/** What one rate did. */
export interface Step {
  /** Calls a second that were to be placed, and that were placed. */
  readonly wanted: number;
  readonly reached: number;
  readonly calls: number;
  /** From the order to dial to the answer. */
  readonly answerMs: { readonly median: number; readonly p95: number };
  /** Why this rate is not clean; null: it is. */
  readonly trouble: string | null;
  readonly cpu: CpuUse<'exchange' | 'network' | 'database' | 'bus' | 'server' | 'dialer' | 'bench'>;
}

/** The slowest answer, of every twenty the slowest, that still counts as a healthy exchange. */
const answerLimitMs = 200;
/** A programme that keeps step misses no more of its rate. */
const rateTolerance = 0.03;

/** What both ladders ask of a step, so that they are judged alike; null: clean. */
export function troubleOf(o: {
  wanted: number;
  reached: number;
  failed: number;
  answerMs: readonly number[];
  drainMs: number;
  drainLimitMs: number;
}): string | null {
  const p95 = quantile(o.answerMs, 0.95);
  if (o.failed > 0) return `${o.failed} calls failed`;
  if (o.reached < o.wanted * (1 - rateTolerance)) return `only ${short(o.reached)} a second were placed`;
  if (p95 > answerLimitMs) return `p95 of the answer is ${Math.round(p95)} ms`;
  if (o.drainMs > o.drainLimitMs) return `a backlog of ${(o.drainMs / 1000).toFixed(1)} s was left`;
  return null;
}

/** Cores that others may keep busy before a step is thrown away and done again. */
const foreignLimitCores = 0.2;
const triesPerStep = 3;
/** A step begins once the machine is this quiet; our own parts idle at some 0.1. */
export const quietCores = 0.3;

/**
 * The highest clean rate: up by a quarter until a rate is unclean twice, then halved into the gap. A step during which
 * other programs kept the machine busy is done again. Resolves with all clean steps, slowest first.
 */
export async function climb(o: {
  from: number;
  step: (rate: number) => Promise<Step>;
  /** Before the first step and after each unclean one. */
  afresh: () => Promise<void>;
  halvings: number;
  say: (line: string) => void;
}): Promise<Step[]> {
  const clean: Step[] = [];
  const attempt = async (rate: number): Promise<boolean> => {
    for (let tries = 1; tries <= triesPerStep; tries++) {
      const done = await o.step(rate);
      o.say(tell(done));
      if (done.trouble === null) {
        clean.push(done);
        return true;
      }
      await o.afresh();
      if (done.cpu.foreignCores <= foreignLimitCores && tries >= 2) return false;
    }
    return false;
  };
  await o.afresh();
  let low = 0;
  let high = o.from;
  while (await attempt(high)) {
    low = high;
    high = Math.round(high * 1.25);
  }
  for (let i = 0; i < o.halvings && low > 0; i++) {
    const middle = Math.round((low + high) / 2);
    if (await attempt(middle)) low = middle;
    else high = middle;
  }
  if (clean.length === 0) throw new Error(`Not even ${o.from} calls a second were clean.`);
  return clean.sort((a, b) => a.wanted - b.wanted);
}

function tell(step: Step): string {
  const { wanted, answerMs, cpu, trouble } = step;
  const others = cpu.foreignCores > 0.05 ? `, others used ${cpu.foreignCores.toFixed(2)} cores` : '';
  return `  ${wanted}/s: answer p95 ${Math.round(answerMs.p95)} ms${others}: ${trouble ?? 'clean'}`;
}

/** Milliseconds of CPU a call that these parts took. */
export function cpuPerCall(step: Step, ...parts: (keyof Step['cpu']['of'])[]): number {
  return (parts.reduce((sum, part) => sum + step.cpu.of[part], 0) * 1000) / step.calls;
}
