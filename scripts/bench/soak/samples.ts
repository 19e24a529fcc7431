import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import type { Stack } from '../../stack/stack.ts';

/** What the processes of a stack hold at one moment. */
export interface Sample {
  readonly at: number;
  /** MiB, by part. */
  readonly rss: Readonly<Record<string, number>>;
  /** MiB of live objects after a collection. */
  readonly heap: Readonly<Record<string, number>>;
  /** Open files and sockets, by part. */
  readonly handles: Readonly<Record<string, number>>;
  readonly timers: Readonly<Record<string, number>>;
  readonly channels: number;
  readonly bridges: number;
}

const watched = ['server', 'dialer', 'pbx'] as const;
const mib = 2 ** 20;

/** Environment for server and dialer, so that they tell of themselves. */
export function probeEnv(dir: string): Record<string, string> {
  mkdirSync(dir, { recursive: true });
  const file = new URL('./probe.mjs', import.meta.url).pathname;
  return { SOAK_PROBE_DIR: dir, NODE_OPTIONS: `--expose-gc --import ${file}` };
}

export async function takeSample(stack: Stack, probeDir: string): Promise<Sample> {
  const rss: Record<string, number> = {};
  const heap: Record<string, number> = {};
  const handles: Record<string, number> = {};
  const timers: Record<string, number> = {};
  for (const name of watched) {
    const pid = stack.parts[name]?.pid;
    if (pid == null) continue;
    rss[name] = rssOf(pid);
    handles[name] = readdirSync(`/proc/${pid}/fd`).length;
    const told = readProbe(`${probeDir}/${pid}.json`);
    if (told === null) continue;
    heap[name] = (told.heapUsed + told.external) / mib;
    timers[name] = told.resources.Timeout ?? 0;
  }
  const [channels, bridges] = await Promise.all([
    stack.cli('pbx', 'core show channels count'),
    stack.cli('pbx', 'bridge show all'),
  ]);
  return {
    at: Date.now(),
    rss,
    heap,
    handles,
    timers,
    channels: Number(/(\d+) active channel/.exec(channels)?.[1] ?? Number.NaN),
    // The first line is the head.
    bridges: Math.max(0, bridges.trim().split('\n').length - 1),
  };
}

/** Source: proc(5), VmRSS in KiB. */
function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024) / mib;
}

function readProbe(
  file: string,
): { heapUsed: number; external: number; resources: Record<string, number> } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** Growth of the last third of a series over its second third: 0.03 is 3 %. The first third is warming up. Pure. */
export function growth(values: readonly number[]): number {
  const third = Math.floor(values.length / 3);
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const second = mean(values.slice(third, 2 * third));
  return second === 0 ? 0 : mean(values.slice(2 * third)) / second - 1;
}
