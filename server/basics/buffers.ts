import type { Log } from './log.ts';

/** A place where things wait, with its limit: none of them may grow for ever. */
export interface BufferSpec {
  readonly name: string;
  /** Most that it holds; what comes on top is refused or thrown away, as its owner says. */
  readonly limit: number;
  size(): number;
  /** What was refused or thrown away since the start. */
  lost?(): number;
}

export interface BufferView {
  readonly name: string;
  readonly size: number;
  readonly limit: number;
  /** Most that was ever seen in it. */
  readonly peak: number;
  readonly lost: number;
}

interface Kept {
  readonly spec: BufferSpec;
  peak: number;
  full: boolean;
  lostTold: number;
}

/** Told when a buffer is filled so far, and again once it was half empty. */
const nearlyFull = 0.8;

/** Every bounded buffer of a process by name; shown in health, told in the log before it is full. */
export class Buffers {
  private readonly log: Log;
  private readonly kept = new Set<Kept>();

  constructor(log: Log) {
    this.log = log;
  }

  /** Returns its withdrawal. */
  add(spec: BufferSpec): () => void {
    const kept: Kept = { spec, peak: 0, full: false, lostTold: 0 };
    this.kept.add(kept);
    return () => void this.kept.delete(kept);
  }

  /** Looks into each; to be called every second. */
  look(): void {
    for (const kept of this.kept) {
      const { name, limit } = kept.spec;
      const size = kept.spec.size();
      const lost = kept.spec.lost?.() ?? 0;
      kept.peak = Math.max(kept.peak, size);
      if (!kept.full && size >= limit * nearlyFull) {
        this.log.warn({ buffer: name, size, limit }, 'a buffer is nearly full');
        kept.full = true;
      } else if (size < limit / 2) kept.full = false;
      if (lost > kept.lostTold)
        this.log.error({ buffer: name, lost: lost - kept.lostTold }, 'a full buffer lost something');
      kept.lostTold = lost;
    }
  }

  views(): BufferView[] {
    return [...this.kept].map(({ spec, peak }) => {
      const size = spec.size();
      return {
        name: spec.name,
        size,
        limit: spec.limit,
        peak: Math.max(peak, size),
        lost: spec.lost?.() ?? 0,
      };
    });
  }
}
