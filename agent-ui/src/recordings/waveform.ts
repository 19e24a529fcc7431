import { bucketCount } from '../../../server/recordings/schema.ts';

/** Drawing of a recording's voices and the arithmetic of its player. Pure. */

export interface Waveform {
  /** SVG path data in a box of bucketCount x 1, upwards from its foot. */
  readonly customer: string;
  readonly agent: string;
}

/** Quieter than this is drawn as a line: the voice is there, but says nothing. */
const least = 0.02;

/** From the server's base64: 600 bytes of the customer's voice, 600 of the agent's. Null: it is something else. */
export function readWaveform(base64: string): Waveform | null {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
  if (bytes.length !== 2 * bucketCount) return null;
  const lane = (from: number): string =>
    Array.from(bytes.subarray(from, from + bucketCount), (peak, i) => {
      const height = Math.max(least, peak / 255);
      return `M${i} 1V${(1 - height).toFixed(2)}h1V1z`;
    }).join('');
  return { customer: lane(0), agent: lane(bucketCount) };
}

/** Where a click at `x` of `width` pixels leads, seconds. */
export function secondsAt(x: number, width: number, lengthMs: number): number {
  if (width <= 0) return 0;
  return (Math.min(1, Math.max(0, x / width)) * lengthMs) / 1000;
}

/** Seconds that a key moves the playing point; null: not one of its keys. */
export function secondsAfterKey(
  key: string,
  shift: boolean,
  nowSeconds: number,
  lengthMs: number,
): number | null {
  const end = lengthMs / 1000;
  const step = shift ? 1 : 5;
  const next: Record<string, number> = {
    ArrowRight: nowSeconds + step,
    ArrowUp: nowSeconds + step,
    ArrowLeft: nowSeconds - step,
    ArrowDown: nowSeconds - step,
    PageUp: nowSeconds + 30,
    PageDown: nowSeconds - 30,
    Home: 0,
    End: end,
  };
  const to = next[key];
  return to === undefined ? null : Math.min(end, Math.max(0, to));
}
