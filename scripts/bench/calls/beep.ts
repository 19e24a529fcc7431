import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Stack } from '../../stack/stack.ts';
import { prompt, promptMs } from './list.ts';

/** Puts the bench's prompt where the exchange finds it. */
export async function writeBeep(stack: Stack): Promise<void> {
  const file = `${stack.home}/pbx/data/sounds/ru/${prompt}.ulaw`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, beep(promptMs));
}

/** A beep of 1,000 Hz as raw µ-law at 8 kHz (ITU-T G.711), quarter scale. */
function beep(ms: number): Buffer {
  return Buffer.from(
    Array.from({ length: ms * 8 }, (_, i) =>
      muLaw(Math.round(8000 * Math.sin((2 * Math.PI * 1000 * i) / 8000))),
    ),
  );
}

function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32_635) + 132;
  const exponent = Math.max(0, Math.floor(Math.log2(magnitude)) - 7);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}
