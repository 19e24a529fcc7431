import { timesOf } from './measure.ts';
import type { Quality } from './phone-port.ts';

/** The page's last hour of bad voice, so that a talk's worst moment can be told at its end. */
const bad: { atMs: number; quality: Quality }[] = [];
const keptMs = 3_600_000;

export function rememberQuality(atMs: number, quality: Quality): void {
  if (!quality.warn) return;
  bad.push({ atMs, quality });
  while (bad[0] && bad[0].atMs < atMs - keptMs) bad.shift();
}

/** The worst moment of a call that came to this page; null when nothing was wrong. */
export function worstQuality(callId: string): Quality | null {
  const sinceMs = timesOf(callId)?.popReceived ?? 0;
  let worst: Quality | null = null;
  for (const { atMs, quality } of bad) {
    if (atMs >= sinceMs && (worst === null || quality.mos < worst.mos)) worst = quality;
  }
  return worst;
}
