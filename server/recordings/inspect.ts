import { bucketCount, type RecordingFinding, type RecordingState, type Voice, voices } from './schema.ts';
import { linear } from './stereo-wav.ts';

/** Listens to a recording's voices and says whether it is whole. Pure. */

export const bytesPerMs = 8;
/** 20 ms, one RTP packet. */
const frameSamples = 160;
/**
 * -60 dBFS. A silent leg is exact zeros or the least code (-72 dBFS); the faintest line noise of a living microphone lies above.
 */
const voicePower = (32_768 * 10 ** (-60 / 20)) ** 2;
/** Less than this of voice is a click. */
const voicedLeastMs = 100;
/** In a shorter recording nobody needs to have said anything. */
const listenLeastMs = 3000;
/** Starting and ending take their time: a recording may be this much shorter than history says. */
const shortToleranceMs = 1500;
/** The edges of a pause in the file lie a little beside the times of the commands: a leak is what sounds further inside. */
const pauseEdgeMs = 1000;
const leakLeastMs = 100;

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Hears one voice from its first byte to its last, in pieces of any size. */
export class VoiceMeter {
  /** 255 · √(peak / full scale), bucketCount of them over the whole length. */
  readonly peaks = new Uint8Array(bucketCount);
  voicedMs = 0;
  /** Voice well inside of pauses. */
  leakedMs = 0;
  private readonly loudest = new Uint16Array(bucketCount);
  private readonly total: number;
  private readonly pauses: readonly Span[];
  private position = 0;
  private power = 0;

  constructor(totalBytes: number, pauses: readonly Span[]) {
    this.total = Math.max(1, totalBytes);
    this.pauses = pauses;
  }

  add(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; ) {
      // To the end of this frame and of this bucket: the inner loop is bare.
      const bucket = Math.min(bucketCount - 1, Math.floor((this.position * bucketCount) / this.total));
      const bucketEnd = Math.ceil(((bucket + 1) * this.total) / bucketCount);
      const frameEnd = this.position - (this.position % frameSamples) + frameSamples;
      const next = bucket === bucketCount - 1 ? frameEnd : Math.min(frameEnd, bucketEnd);
      const count = Math.min(bytes.length - i, Math.max(1, next - this.position));
      let peak = this.loudest[bucket] ?? 0;
      for (let end = i + count; i < end; i++) {
        const sample = linear[bytes[i] ?? 0xff] ?? 0;
        this.power += sample * sample;
        if (sample > peak) peak = sample;
        else if (-sample > peak) peak = -sample;
      }
      this.loudest[bucket] = peak;
      this.peaks[bucket] = Math.round(255 * Math.sqrt(peak / 32_768));
      this.position += count;
      if (this.position % frameSamples === 0) this.endFrame();
    }
  }

  private endFrame(): void {
    const loud = this.power / frameSamples > voicePower;
    this.power = 0;
    if (!loud) return;
    const frameMs = frameSamples / bytesPerMs;
    const atMs = this.position / bytesPerMs - frameMs;
    const pause = this.pauses.find((p) => atMs >= p.fromMs && atMs < p.toMs);
    if (pause === undefined) this.voicedMs += frameMs;
    else if (atMs >= pause.fromMs + pauseEdgeMs && atMs < pause.toMs - pauseEdgeMs) this.leakedMs += frameMs;
  }
}

export interface HeardVoice {
  readonly bytes: number;
  readonly voicedMs: number;
  readonly leakedMs: number;
}

/**
 * The verdict. `spanMs`: from the recording's start to its end by history and ledger, null when nobody knows (adopted files).
 * `talked`: customer and agent were together, so both must be heard. `paddedBytes`: what the shorter voice lacked.
 */
export function judge(o: {
  heard: Readonly<Record<Voice, HeardVoice | null>>;
  spanMs: number | null;
  pauses: readonly Span[];
  paddedBytes: number;
  talked: boolean;
}): { readonly state: RecordingState; readonly finding: RecordingFinding } {
  const { heard, pauses } = o;
  const lengthMs = Math.max(0, ...voices.map((voice) => heard[voice]?.bytes ?? 0)) / bytesPerMs;
  const spanMs = o.spanMs ?? lengthMs;
  const pausedMs = pauses.reduce(
    (sum, p) => sum + Math.max(0, Math.min(p.toMs, lengthMs) - Math.max(0, p.fromMs)),
    0,
  );
  const mustBeHeard = o.talked && lengthMs - pausedMs >= listenLeastMs;
  // What ended before a first packet could be written has no file, rightly.
  const missing = spanMs <= shortToleranceMs ? [] : voices.filter((voice) => heard[voice] === null);
  const silent = voices.filter((voice) => {
    const of = heard[voice];
    return mustBeHeard && of !== null && of.voicedMs < voicedLeastMs;
  });
  const finding: RecordingFinding = {
    spanMs: Math.round(spanMs),
    lengthMs: Math.round(lengthMs),
    paddedMs: Math.round(o.paddedBytes / bytesPerMs),
    voicedMs: { customer: heard.customer?.voicedMs ?? 0, agent: heard.agent?.voicedMs ?? 0 },
    leakedMs: Math.max(heard.customer?.leakedMs ?? 0, heard.agent?.leakedMs ?? 0),
    missing,
    silent,
  };
  if (missing.length > 0) return { state: 'missing', finding };
  if (spanMs - lengthMs > shortToleranceMs) return { state: 'short', finding };
  return { state: silent.length > 0 ? 'oneSided' : 'ok', finding };
}

/** Does a voice sound where silence was ordered? */
export function leaks(finding: RecordingFinding): boolean {
  return finding.leakedMs >= leakLeastMs;
}

/** Pauses as spans from the recording's start, cut to its length. Times are epoch ms. */
export function pauseSpans(
  pauses: readonly { readonly from: number; readonly to: number | null }[],
  startedAt: number,
  lengthMs: number,
): Span[] {
  return pauses.flatMap(({ from, to }) => {
    const fromMs = Math.max(0, from - startedAt);
    const toMs = Math.min(lengthMs, to === null ? lengthMs : to - startedAt);
    return toMs > fromMs ? [{ fromMs, toMs }] : [];
  });
}
