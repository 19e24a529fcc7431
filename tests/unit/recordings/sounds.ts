/** Synthetic voices in µ-law, for tests of recordings. */

const silence = 0xff;

/** Linear 16 bit -> µ-law (ITU-T G.711). */
function muLaw(sample: number): number {
  const magnitude = Math.min(32_635, Math.abs(sample)) + 0x84;
  const exponent = Math.max(0, Math.floor(Math.log2(magnitude)) - 7);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

/** A tone of so many dBFS (its RMS against full scale), `ms` long. */
export function tone(ms: number, dbfs = -20, hz = 440): Buffer {
  const peak = 32_768 * Math.SQRT2 * 10 ** (dbfs / 20);
  return Buffer.from(
    Array.from({ length: ms * 8 }, (_, i) =>
      muLaw(Math.round(peak * Math.sin((2 * Math.PI * hz * i) / 8000))),
    ),
  );
}

export const quiet = (ms: number): Buffer => Buffer.alloc(ms * 8, silence);
