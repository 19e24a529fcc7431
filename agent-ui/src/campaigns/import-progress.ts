import type { LeadImport } from '../../../server/campaigns/schema.ts';

/** How fast an import goes and how long it still takes, from what its polls said. Pure. */

export interface ProgressSample {
  readonly atMs: number;
  readonly rows: number;
  readonly bytesRead: number;
}

export interface ImportPace {
  /** 0..1 by bytes: the number of rows is not known before the end. */
  readonly share: number;
  /** null until two samples lie at least 400 ms apart. */
  readonly rowsPerSecond: number | null;
  readonly leftMs: number | null;
}

/** The pace is taken over the last 10 s, so that a slow start is forgotten and one poll does not make it jump. */
const windowMs = 10_000;
const leastSpanMs = 400;

/** Adds one poll's answer; keeps what the window needs. */
export function addSample(
  samples: readonly ProgressSample[],
  of: Pick<LeadImport, 'rows' | 'bytesRead'>,
  atMs: number,
): readonly ProgressSample[] {
  const kept = samples.filter((sample) => atMs - sample.atMs <= windowMs);
  return [...kept, { atMs, rows: of.rows, bytesRead: of.bytesRead }];
}

/** Pace of an import whose file has `bytesTotal` bytes. */
export function importPace(samples: readonly ProgressSample[], bytesTotal: number): ImportPace {
  const first = samples[0];
  const last = samples.at(-1);
  const share = last && bytesTotal > 0 ? Math.min(1, last.bytesRead / bytesTotal) : 0;
  if (!first || !last || last.atMs - first.atMs < leastSpanMs) {
    return { share, rowsPerSecond: null, leftMs: null };
  }
  const spanMs = last.atMs - first.atMs;
  const bytesPerMs = (last.bytesRead - first.bytesRead) / spanMs;
  return {
    share,
    rowsPerSecond: Math.round(((last.rows - first.rows) / spanMs) * 1000),
    leftMs: bytesPerMs > 0 ? Math.max(0, (bytesTotal - last.bytesRead) / bytesPerMs) : null,
  };
}
