import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { endProcess, identify, isAlive, type ProcessId, signal, waitUntil } from './processes.ts';

export const partNames = ['postgres', 'valkey', 'testExchange', 'pbx', 'server', 'dialer'] as const;
/** Started in this order, stopped in the opposite one. */
export type PartName = (typeof partNames)[number];

/** One running process of a stack. */
export interface Part {
  readonly name: PartName;
  /** Null while it is not running. */
  readonly pid: number | null;
  readonly process: ProcessId | null;
  /** Resolves once it is ready to work. */
  start(): Promise<void>;
  /** Asks it to end, waits a bounded time, then ends it. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export interface Launch {
  readonly name: PartName;
  readonly command: readonly [string, readonly string[]];
  readonly env?: Record<string, string | undefined>;
  readonly cwd: string;
  readonly logFile: string;
  readonly user?: { uid: number; gid: number } | null;
  readonly stopSignal: NodeJS.Signals;
  readonly stopMs: number;
  readonly readyMs: number;
  /** Asked again and again until true. */
  isReady(): Promise<boolean>;
}

/** A part that is a plain child process with a log file. */
export function makePart(launch: Launch): Part {
  let running: ProcessId | null = null;
  return {
    name: launch.name,
    get pid() {
      return this.process?.pid ?? null;
    },
    get process() {
      return running && isAlive(running) ? running : null;
    },
    async start() {
      if (this.process) return;
      if (existsSync(launch.logFile)) renameSync(launch.logFile, `${launch.logFile}.old`);
      const log = openSync(launch.logFile, 'a', 0o600);
      const [command, args] = launch.command;
      // Its own process group: Ctrl-C is for us alone, we end the parts in their order.
      const child = spawn(command, args, {
        cwd: launch.cwd,
        detached: true,
        stdio: ['ignore', log, log],
        ...(launch.env && { env: launch.env }),
        ...(launch.user ?? {}),
      });
      closeSync(log);
      let failure: Error | null = null;
      child.on('error', (error) => {
        failure = error;
      });
      running = child.pid === undefined ? null : identify(child.pid);
      const own = running;
      let ready = false;
      const settled = await waitUntil(async () => {
        if (failure || !own || !isAlive(own)) return true;
        ready = await launch.isReady().catch(() => false);
        return ready;
      }, launch.readyMs);
      if (ready) return;
      if (own) await endProcess(own, launch.stopSignal, launch.stopMs);
      const why =
        failure ?? (settled ? 'it ended at once' : `it was not ready within ${launch.readyMs / 1000} s`);
      throw new Error(`${launch.name} did not start: ${why}\n${tail(launch.logFile)}`);
    },
    async stop() {
      const own = this.process;
      if (own) await endProcess(own, launch.stopSignal, launch.stopMs);
      running = null;
    },
    kill(name) {
      if (running) signal(running, name);
    },
  };
}

/** The last lines of a log, for a message. */
export function tail(file: string, lines = 15): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
