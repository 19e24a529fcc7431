import type { EpochMs } from '../basics/ids.ts';

/**
 * The wall clock of a person's IANA time zone, by Intl alone. Everything the contact rules need of a calendar:
 * what time and which day it is there, and when a local day, week or month begins.
 */
export interface LocalTime {
  readonly year: number;
  readonly month: number; // 1-12
  readonly day: number; // 1-31
  readonly weekday: number; // 1 Monday … 7 Sunday
  readonly minute: number; // of the day, 0-1439
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

// Making a formatter costs about 50 µs, using one about 2 µs; there are some 400 zones, so the table stays small.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

/** True for a name that the runtime's time zone data knows: Europe/Moscow, not MSK+2. */
export function isTimeZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Local clock minus UTC at this instant, milliseconds; the zone must exist (RangeError otherwise). */
export function zoneOffsetMs(zone: string, at: EpochMs): number {
  const [month, day, year, hour, minute, second] = formatterOf(zone).format(at).match(/\d+/g)!.map(Number);
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) - Math.floor(at / 1000) * 1000;
}

/** What the clock and the calendar on the wall say there. */
export function localTime(zone: string, at: EpochMs): LocalTime {
  const wall = at + zoneOffsetMs(zone, at);
  const date = new Date(wall);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: ((date.getUTCDay() + 6) % 7) + 1,
    minute: Math.floor((wall - Math.floor(wall / DAY_MS) * DAY_MS) / MINUTE_MS),
  };
}

/**
 * The instant at which the wall clock there shows this date and minute. A day or minute out of range carries over
 * (day 0 is the last of the month before). A time that summer time skips gives the instant the clock jumps.
 */
export function instantAt(zone: string, year: number, month: number, day: number, minute: number): EpochMs {
  const wall = Date.UTC(year, month - 1, day) + minute * MINUTE_MS;
  // The offset a day before and a day after are the only two candidates around one clock change.
  const before = wall - zoneOffsetMs(zone, wall - DAY_MS);
  const after = wall - zoneOffsetMs(zone, wall + DAY_MS);
  if (before + zoneOffsetMs(zone, before) === wall) return before;
  return after;
}

export const periods = ['day', 'week', 'month'] as const;
export type Period = (typeof periods)[number];

/** When the local day, week (Monday) or month that holds `at` began, moved on by `ahead` whole periods. */
export function periodStart(zone: string, at: EpochMs, period: Period, ahead = 0): EpochMs {
  const { year, month, day, weekday } = localTime(zone, at);
  switch (period) {
    case 'day':
      return instantAt(zone, year, month, day + ahead, 0);
    case 'week':
      return instantAt(zone, year, month, day - (weekday - 1) + 7 * ahead, 0);
    case 'month':
      return instantAt(zone, year, month + ahead, 1, 0);
    default:
      return period satisfies never;
  }
}

/** HH:MM of a minute of the day. */
export function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
