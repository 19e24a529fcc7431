import { type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that can be told from a later one with the same number: start time in ticks since this boot. */
export interface ProcessId {
  readonly pid: number;
  readonly startedTicks: number;
  readonly bootId: string;
}

const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Null when no such process lives (a zombie does not live). Source: proc(5), /proc/PID/stat fields 3 and 22. */
export function identify(pid: number): ProcessId | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may hold anything, so count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return { pid, startedTicks: Number(fields[19]), bootId };
  } catch {
    return null;
  }
}

export function isAlive(process: ProcessId): boolean {
  const now = identify(process.pid);
  return now !== null && now.startedTicks === process.startedTicks && process.bootId === bootId;
}

/** Sends a signal to exactly that process; false when it is gone. */
export function signal(target: ProcessId, name: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    return process.kill(target.pid, name);
  } catch {
    return false;
  }
}

/** Polls until `condition` holds; false once `timeoutMs` have passed. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  everyMs = 50,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() >= deadline) return false;
    await sleep(everyMs);
  }
}

/** Asks with `gentle`, waits, then SIGKILL. Resolves once it is gone; false if even that did not help. */
export async function endProcess(
  target: ProcessId,
  gentle: NodeJS.Signals = 'SIGTERM',
  patienceMs = 5000,
): Promise<boolean> {
  if (!signal(target, gentle)) return true;
  if (await waitUntil(() => !isAlive(target), patienceMs)) return true;
  signal(target, 'SIGKILL');
  return waitUntil(() => !isAlive(target), 2000);
}

/** A command that failed, with the end of what it said. */
export class CommandError extends Error {
  readonly output: string;
  constructor(command: string, how: string, output: string) {
    super(`${command} ${how}${output.trim() ? `:\n${output.trim()}` : ''}`);
    this.output = output;
  }
}

/**
 * Runs a command to its end and resolves with its standard output; `onLine` sees every line of both outputs. Rejects
 * with CommandError (last 4,000 characters of the outputs) when it fails, and with AbortError once `signal` fires.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { onLine?: (line: string) => void; input?: string } = {},
): Promise<string> {
  const { onLine, input, ...spawnOptions } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...spawnOptions, stdio: ['pipe', 'pipe', 'pipe'] });
    const output: string[] = [];
    let tail = '';
    let rest = '';
    const take = (chunk: string) => {
      tail = (tail + chunk).slice(-4000);
      if (!onLine) return;
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    };
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output.push(chunk);
      take(chunk);
    });
    child.stderr?.setEncoding('utf8').on('data', take);
    child.stdin?.on('error', () => {}).end(input);
    child.on('error', reject);
    child.on('close', (code, signalName) => {
      if (code === 0) resolve(output.join(''));
      else
        reject(
          new CommandError(command, signalName ? `was ended by ${signalName}` : `failed (${code})`, tail),
        );
    });
  });
}
