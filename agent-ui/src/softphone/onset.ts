/** Where a tone of `hz` begins in samples between -1 and 1: index of its first half-loud moment; null when there is none. Goertzel over 16 ms. Pure. */
export function onsetOf(samples: Float32Array, sampleRate: number, hz: number): number | null {
  const width = Math.round(0.016 * sampleRate);
  const step = Math.round(0.002 * sampleRate);
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRate);
  const loud: number[] = [];
  for (let start = 0; start + width <= samples.length; start += step) {
    let s1 = 0;
    let s2 = 0;
    for (let i = 0; i < width; i++) {
      // Hann's window: a loud voice elsewhere in the spectrum must not leak into this tone.
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / width);
      const s0 = hann * (samples[start + i] ?? 0) + coefficient * s1 - s2;
      s2 = s1;
      s1 = s0;
    }
    loud.push((4 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2))) / width);
  }
  const peak = loud.reduce((a, b) => Math.max(a, b), 0);
  const usual = [...loud].sort((a, b) => a - b)[Math.floor(loud.length / 2)] ?? 0;
  if (peak < 0.01 || peak < 5 * usual) return null;
  const first = loud.findIndex((level) => level >= peak / 2);
  return first * step + Math.round(width / 2);
}
