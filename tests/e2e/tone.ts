import { writeFile } from 'node:fs/promises';

/** Tones for audio proofs: made, and measured in what was recorded. */

const rate = 8000;

/** A WAV file with a steady tone, for Chromium's fake microphone. */
export async function writeToneWav(file: string, hz: number, seconds = 10): Promise<void> {
  const sampleRate = 48_000;
  const samples = sampleRate * seconds;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) {
    wav.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * hz * i) / sampleRate)), 44 + i * 2);
  }
  await writeFile(file, wav);
}

/** Share of a signal's energy that lies at `hz` (Goertzel over 100 ms windows), 0 to about 1; silence gives 0. */
export function toneShare(samples: Float32Array, hz: number): number {
  const n = rate / 10;
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let tone = 0;
  let all = 0;
  for (let start = 0; start + n <= samples.length; start += n) {
    let s1 = 0;
    let s2 = 0;
    for (let i = start; i < start + n; i++) {
      const x = samples[i] ?? 0;
      const s0 = x + coefficient * s1 - s2;
      s2 = s1;
      s1 = s0;
      all += x * x;
    }
    tone += ((s1 * s1 + s2 * s2 - coefficient * s1 * s2) * 2) / n;
  }
  return all < 1e-6 ? 0 : tone / all;
}
