/** G.711 µ-law and pure tones: each voice of a test sounds at a frequency of its own, so that a sound says who is in it. */

/** G.711 µ-law to linear, -1 … 1 (ITU-T G.711). */
function linear(byte: number): number {
  const u = ~byte & 0xff;
  const magnitude = (((u & 0x0f) << 3) + 0x84) << ((u >> 4) & 7);
  return ((u & 0x80 ? -1 : 1) * (magnitude - 0x84)) / 32_768;
}

/** Linear, -1 … 1, to G.711 µ-law. */
function ulaw(sample: number): number {
  const magnitude = Math.min(32_635, Math.abs(Math.round(sample * 32_768))) + 0x84;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

export const silence = 0xff;

/** One second of a tone in µ-law at 8000 Hz; whole Hz close on themselves without a click. */
export function toneSecond(hz: number, amplitude = 0.2): Buffer {
  return Buffer.from(
    Array.from({ length: 8000 }, (_, i) => ulaw(amplitude * Math.sin((2 * Math.PI * hz * i) / 8000))),
  );
}

/** Power of the part of a sound that lies at `hz` (Goertzel), 1 = a square wave at full scale. */
function powerAt(samples: readonly number[], hz: number): number {
  const c = 2 * Math.cos((2 * Math.PI * hz) / 8000);
  let [a, b] = [0, 0];
  for (const s of samples) [a, b] = [s + c * a - b, a];
  return (2 * (a * a + b * b - c * a * b)) / samples.length ** 2;
}

const power = (samples: readonly number[]) => samples.reduce((sum, s) => sum + s * s, 0) / samples.length;

/** Share of the signal's power that lies at `hz`; 0 for silence. */
export function share(sound: Uint8Array, hz: number): number {
  const samples = Array.from(sound, linear);
  const all = power(samples);
  return all < 1e-5 ? 0 : powerAt(samples, hz) / all;
}

/** Amplitude of the tone at `hz`, 0 … 1. */
export function amplitude(sound: Uint8Array, hz: number): number {
  return Math.sqrt(2 * powerAt(Array.from(sound, linear), hz));
}

/** Root mean square, 0 … 1. */
export function loudness(sound: Uint8Array): number {
  return sound.length === 0 ? 0 : Math.sqrt(power(Array.from(sound, linear)));
}
