import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** CPU time of processes and of the machine, in seconds. Source: proc(5); times are in ticks of 1/100 s (USER_HZ). */
const ticksPerSecond = 100;

function statFields(pid: number | string): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** User and system time of a process with all its threads. */
function cpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return fields === null ? 0 : (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** As above, with its children, those that have ended included: PostgreSQL is a family. We ourselves started all the others. */
function familyCpuSeconds(pid: number): number {
  const fields = statFields(pid);
  if (fields === null || pid === process.pid) return cpuSeconds(pid);
  let sum = cpuSeconds(pid) + (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name) && statFields(name)?.[1] === String(pid)) sum += cpuSeconds(Number(name));
  }
  return sum;
}

/** Time that all cores together have spent at work. */
function machineBusySeconds(): number {
  const times =
    readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = times;
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}

export interface CpuUse<Name extends string> {
  readonly seconds: number;
  /** Seconds of CPU by part. */
  readonly of: Readonly<Record<Name, number>>;
  /** Cores that programs other than these kept busy: of a disturbed measurement it is high. */
  readonly foreignCores: number;
}

/** Starts measuring; the returned function says what was used since. Ourselves (the bench) are counted as `bench`. */
export function measureCpu<Name extends string>(
  pids: Readonly<Record<Name, number>>,
): () => CpuUse<Name | 'bench'> {
  const all = { ...pids, bench: process.pid } as Record<Name | 'bench', number>;
  const names = Object.keys(all) as (Name | 'bench')[];
  const read = () => names.map((name) => familyCpuSeconds(all[name]));
  const before = read();
  const busyBefore = machineBusySeconds();
  const begun = performance.now();
  return () => {
    const after = read();
    const seconds = (performance.now() - begun) / 1000;
    const used = names.map((name, i) => [name, after[i]! - before[i]!] as const);
    const ours = used.reduce((sum, [, value]) => sum + value, 0);
    return {
      seconds,
      of: Object.fromEntries(used) as Record<Name | 'bench', number>,
      foreignCores: Math.max(0, (machineBusySeconds() - busyBefore - ours) / seconds),
    };
  };
}

/** Waits until all programs together keep less than `cores` busy, for so long at most; resolves with what they last used. */
export async function untilQuiet(cores: number, mostMs = 60_000): Promise<number> {
  for (const limit = Date.now() + mostMs; ; ) {
    const before = machineBusySeconds();
    await sleep(1000);
    const busy = machineBusySeconds() - before;
    if (busy < cores || Date.now() > limit) return busy;
  }
}

export function machineShape(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${model}), ${gib} GiB, Linux ${release()}, Node ${process.version}`;
}
