import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Part, PartName } from '../stack/part.ts';
import type { Stack } from '../stack/stack.ts';

/**
 * Strikes the parts of a stack and brings them back: a supervisor whose pauses the plan decides. Parts that die without being
 * struck are noted: that is a fault of ours.
 */
export class Parts {
  /** Deaths that nobody ordered. */
  readonly ownDeaths: { readonly part: PartName; readonly at: number; readonly log: string }[] = [];
  /** When the exchange was killed: its own calls die with it. */
  readonly exchangeDeaths: { readonly from: number; until: number | null }[] = [];
  private readonly stack: Stack;
  private readonly say: (line: string) => void;
  private readonly away = new Set<PartName>();
  private readonly works = new Set<Promise<void>>();
  private readonly watch: NodeJS.Timeout;
  private stopped = false;
  private logs = 0;

  constructor(stack: Stack, say: (line: string) => void) {
    this.stack = stack;
    this.say = say;
    this.watch = setInterval(() => this.look(), 200);
  }

  /** Kills a part with SIGKILL and starts it again after `awayMs`. */
  kill(name: PartName, awayMs: number): void {
    const part = this.part(name);
    if (this.away.has(name)) return;
    this.away.add(name);
    const death = { from: Date.now(), until: null };
    if (name === 'pbx') this.exchangeDeaths.push(death);
    part.kill('SIGKILL');
    this.doing(this.bringBack(part, awayMs));
  }

  /** Stops a part with all its processes for `ms`; it wakes as it was. */
  freeze(name: PartName, ms: number): void {
    const { pid } = this.part(name);
    if (pid === null || this.away.has(name)) return;
    this.away.add(name);
    const family = [pid, ...childrenOf(pid)];
    send(family, 'SIGSTOP');
    this.doing(
      (async () => {
        await sleep(ms);
        // Children first: a parent that wakes alone may take silent children for dead ones.
        send([...family].reverse(), 'SIGCONT');
        this.away.delete(name);
      })(),
    );
  }

  /** All parts run and none is frozen. */
  whole(): boolean {
    return this.away.size === 0 && Object.values(this.stack.parts).every((part) => part.process !== null);
  }

  /** Waits for what was begun; nothing is brought back any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.watch);
    await Promise.all(this.works);
  }

  private part(name: PartName): Part {
    const part = this.stack.parts[name];
    if (part === undefined) throw new Error(`${name} is not part of this stack`);
    return part;
  }

  private doing(work: Promise<void>): void {
    this.works.add(work);
    void work.finally(() => this.works.delete(work));
  }

  private look(): void {
    if (this.stopped) return;
    for (const part of Object.values(this.stack.parts)) {
      if (part.process !== null || this.away.has(part.name)) continue;
      this.away.add(part.name);
      const log = this.keepLog(part.name);
      this.ownDeaths.push({ part: part.name, at: Date.now(), log });
      this.say(`${part.name} has ended by itself: ${log}`);
      this.doing(this.bringBack(part, 0));
    }
  }

  private async bringBack(part: Part, awayMs: number): Promise<void> {
    await sleep(awayMs);
    while (!this.stopped) {
      while (part.process !== null) await sleep(20);
      this.keepLog(part.name);
      try {
        await part.start();
        break;
      } catch {
        // What it needs may be away itself (the server without its database): tried again.
        await sleep(300);
      }
    }
    const death = this.exchangeDeaths.at(-1);
    if (part.name === 'pbx' && death !== undefined) death.until = Date.now();
    this.away.delete(part.name);
  }

  /** Keeps the log of the process that died; returns where. */
  private keepLog(name: PartName): string {
    const file = `${this.stack.home}/log/${name}.log`;
    const kept = `${this.stack.home}/log/${name}-${String(++this.logs).padStart(3, '0')}.log`;
    if (existsSync(file)) renameSync(file, kept);
    return kept;
  }
}

/** Source: proc(5), /proc/PID/stat field 4. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return parent === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // gone meanwhile
    }
  }
}
