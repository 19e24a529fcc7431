import type { EpochMs } from './ids.ts';

/** Midnight of the day that `now` is in, by the calendar of an IANA zone. Pure. */
export function startOfDay(timeZone: string, now: EpochMs): Date {
  const offsetMs = offsetAt(timeZone, now);
  const midnight = Math.floor((now + offsetMs) / 86_400_000) * 86_400_000 - offsetMs;
  // The clock may have been changed since midnight: take the offset that was in force then.
  return new Date(midnight + offsetMs - offsetAt(timeZone, midnight));
}

function offsetAt(timeZone: string, at: EpochMs): number {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at);
  return Date.parse(`${parts.replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000;
}
