import type { Log } from './log.ts';

/** What a loop promises. */
export interface LoopSpec {
  readonly name: string;
  /** The part on whose line of the board it is shown when it is late. */
  readonly part?: string;
  /** Without a beat for longer it is late: told once, shown in health. */
  readonly lateAfterMs: number;
  /** Late for so long, all that it needs being there, means that it hangs: the process ends. Null: never. Default: ten times late, a minute at least. */
  readonly deadAfterMs?: number | null;
  /** Is what it needs there (database, exchange)? While it is not, its silence is not held against it. */
  readonly needs?: () => boolean;
}

export interface LoopView {
  readonly name: string;
  /** Since its last beat; time in which the process itself stood still (frozen, event loop blocked) does not count. */
  readonly ageMs: number;
  readonly lateAfterMs: number;
  /** waiting: what it needs is not there. */
  readonly state: 'onTime' | 'late' | 'waiting';
  /** How often it was late since the start. */
  readonly lates: number;
}

export interface Beat {
  /** Call after each round, also after one that failed: a loop that fails and goes on lives. */
  beat(): void;
  /** It has ended as it should. */
  remove(): void;
}

interface Watched {
  readonly spec: LoopSpec;
  beatAt: number;
  state: LoopView['state'];
  lates: number;
}

/** Exit code of a process whose watchdog gave it up (sysexits.h: EX_SOFTWARE). */
export const gaveUpExitCode = 70;
const lookEveryMs = 1000;
/** An event loop later than this is told once. */
const lagLimitMs = 1000;

/**
 * Knows every loop of a process by name and how long ago it went round. A loop that hangs while its parts are up cannot be
 * mended from inside: `onDead` ends the process and its supervisor (stack, compose, systemd) starts it anew. Time is counted in the watchdog's
 * own looks, so a process that was frozen and thawed finds nothing late.
 */
export class Watchdog {
  private readonly o: { now(): number; log: Log; onDead(loop: string): void };
  private readonly loops = new Set<Watched>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private timer: NodeJS.Timeout | null = null;
  private awakeMs = 0;
  private lookedAt: number;
  private lagMs = 0;
  private worstLagMs = 0;
  private lagTold = false;
  private gaveUp = false;
  private closed = false;

  /** now: milliseconds that never jump (performance.now). */
  constructor(o: { now(): number; log: Log; onDead(loop: string): void }) {
    this.o = o;
    this.lookedAt = o.now();
  }

  add(spec: LoopSpec): Beat {
    const watched: Watched = { spec, beatAt: this.awake(), state: 'onTime', lates: 0 };
    this.loops.add(watched);
    return {
      beat: () => {
        watched.beatAt = this.awake();
      },
      remove: () => void this.loops.delete(watched),
    };
  }

  /** Runs work again and again, never twice at once, `everyMs` after its last end; its failures go to onError. Returns its end. */
  every(
    spec: LoopSpec & { readonly everyMs: number; readonly onError: (error: unknown) => void },
    work: () => unknown,
  ): () => void {
    const { beat, remove } = this.add(spec);
    let ended = false;
    let timer: NodeJS.Timeout;
    const again = () => {
      timer = setTimeout(run, spec.everyMs);
      this.timers.add(timer);
    };
    const run = async () => {
      this.timers.delete(timer);
      try {
        await work();
      } catch (error) {
        spec.onError(error);
      }
      beat();
      if (!ended && !this.closed) again();
    };
    again();
    return () => {
      ended = true;
      clearTimeout(timer);
      this.timers.delete(timer);
      remove();
    };
  }

  start(): void {
    this.lookedAt = this.o.now();
    this.timer ??= setInterval(() => this.look(), lookEveryMs);
  }

  /** Stops looking and every loop made by `every`. */
  close(): void {
    this.closed = true;
    if (this.timer !== null) clearInterval(this.timer);
    for (const timer of this.timers) clearTimeout(timer);
    this.loops.clear();
  }

  /** One look at all loops; `start` does it each second. */
  look(): void {
    const gapMs = this.o.now() - this.lookedAt;
    this.awakeMs = this.awake();
    this.lookedAt += gapMs;
    this.noteLag(Math.max(0, gapMs - lookEveryMs));
    for (const watched of this.loops) this.judge(watched);
  }

  /** Late loops by the part that they belong to. */
  lateByPart(): Record<string, string[]> {
    const late: Record<string, string[]> = {};
    for (const { spec, state } of this.loops) {
      if (state !== 'late' || spec.part === undefined) continue;
      late[spec.part] = [...(late[spec.part] ?? []), spec.name];
    }
    return late;
  }

  views(): LoopView[] {
    return [...this.loops].map(({ spec, beatAt, state, lates }) => ({
      name: spec.name,
      ageMs: Math.round(this.awake() - beatAt),
      lateAfterMs: spec.lateAfterMs,
      state,
      lates,
    }));
  }

  /** How late this thread's own timer was at the last look, and at worst since the start. */
  eventLoop(): { readonly lagMs: number; readonly worstLagMs: number } {
    return { lagMs: Math.round(this.lagMs), worstLagMs: Math.round(this.worstLagMs) };
  }

  private awake(): number {
    return this.awakeMs + Math.min(this.o.now() - this.lookedAt, 2 * lookEveryMs);
  }

  private noteLag(lagMs: number): void {
    this.lagMs = lagMs;
    this.worstLagMs = Math.max(this.worstLagMs, lagMs);
    const late = lagMs > lagLimitMs;
    if (late && !this.lagTold) this.o.log.warn({ lagMs: Math.round(lagMs) }, 'the event loop stood still');
    this.lagTold = late;
  }

  private judge(watched: Watched): void {
    const { spec } = watched;
    const { log } = this.o;
    if (spec.needs?.() === false) {
      watched.state = 'waiting';
      watched.beatAt = this.awakeMs;
      return;
    }
    const ageMs = Math.round(this.awakeMs - watched.beatAt);
    const was = watched.state;
    watched.state = ageMs > spec.lateAfterMs ? 'late' : 'onTime';
    if (watched.state === 'late' && was !== 'late') {
      watched.lates++;
      log.warn({ loop: spec.name, ageMs }, 'a loop is late');
    }
    if (watched.state === 'onTime' && was === 'late')
      log.info({ loop: spec.name }, 'a loop goes round again');
    const { deadAfterMs = Math.max(60_000, 10 * spec.lateAfterMs) } = spec;
    if (deadAfterMs !== null && ageMs > deadAfterMs && !this.gaveUp) {
      this.gaveUp = true;
      log.fatal({ loop: spec.name, ageMs }, 'a loop hangs; ending, to be started afresh');
      this.o.onDead(spec.name);
    }
  }
}
