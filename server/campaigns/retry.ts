import type { EpochMs } from '../basics/ids.ts';
import type { Outcome } from '../calls/outcome.ts';
import { instantAt, localTime } from '../contact-rules/local-time.ts';
import type { RetryRules } from './schema.ts';

const minute = 60_000;
const hour = 60 * minute;

/**
 * What the house does after each outcome when a campaign says nothing else. An outcome that is not here ends the lead.
 * No answer: 8 tries in all, each in another part of the day, hence at most 3 a day.
 */
export const retryDefaults: RetryRules = {
  busy: { afterMs: 20 * minute, maxTimes: 3 },
  noAnswer: { afterMs: 2 * hour, maxTimes: 7 },
  noResponse: { afterMs: 2 * hour, maxTimes: 3 },
  answeringMachine: { afterMs: 4 * hour, maxTimes: 2 },
  unreachable: { afterMs: hour, maxTimes: 3 },
  rejected: { afterMs: 24 * hour, maxTimes: 1 },
  dropped: { afterMs: 24 * hour, maxTimes: 1 },
  answeredElsewhere: { afterMs: 2 * hour, maxTimes: 1 },
  congestion: { afterMs: 5 * minute, maxTimes: 3 },
  trunkFault: { afterMs: 5 * minute, maxTimes: 3 },
  noRoute: { afterMs: hour, maxTimes: 1 },
  // Ours, not the customer's: nobody's phone rang, or we gave up.
  cancelled: { afterMs: minute, maxTimes: 10 },
  notPlaced: { afterMs: minute, maxTimes: 10 },
  failed: { afterMs: 15 * minute, maxTimes: 3 },
};

/** Parts of the day in which different people are at home, minutes of the local day at which each begins. */
const partsOfDay = [9 * 60, 12 * 60, 17 * 60] as const;

export type NextDue =
  | { readonly state: 'waiting'; readonly dueAt: EpochMs }
  | { readonly state: 'done'; readonly why: 'final' | 'enough' };

export interface Ended {
  readonly outcome: Outcome;
  /** Ended attempts of this lead by outcome, this one among them. */
  readonly counts: Partial<Record<Outcome, number>>;
  /** The campaign's own rules; they go before the defaults, outcome by outcome. */
  readonly rules: RetryRules;
  readonly now: EpochMs;
  readonly timeZone: string;
}

/** When a lead is due again after an attempt, or that it is done. Pure. */
export function nextDue({ outcome, counts, rules, now, timeZone }: Ended): NextDue {
  const rule = rules[outcome] ?? retryDefaults[outcome];
  if (!rule || rule.maxTimes === 0) return { state: 'done', why: 'final' };
  if ((counts[outcome] ?? 1) > rule.maxTimes) return { state: 'done', why: 'enough' };
  const dueAt = now + rule.afterMs;
  // Whoever was not there now is more likely there at another time of day; a campaign that asks for minutes means minutes.
  const anotherPart = (outcome === 'noAnswer' || outcome === 'noResponse') && rule.afterMs >= hour;
  return { state: 'waiting', dueAt: anotherPart ? inAnotherPart(now, dueAt, timeZone) : dueAt };
}

/** The first instant from `due` on that lies in another part of the local day (or on another day) than `now`. */
function inAnotherPart(now: EpochMs, due: EpochMs, timeZone: string): EpochMs {
  const was = localTime(timeZone, now);
  const then = localTime(timeZone, due);
  const part = partOf(then.minute);
  const sameDay = was.year === then.year && was.month === then.month && was.day === then.day;
  if (!sameDay || partOf(was.minute) !== part) return due;
  const next = partsOfDay[part + 1];
  return next === undefined
    ? instantAt(timeZone, then.year, then.month, then.day + 1, partsOfDay[0])
    : instantAt(timeZone, then.year, then.month, then.day, next);
}

function partOf(minuteOfDay: number): number {
  if (minuteOfDay < partsOfDay[1]) return 0;
  return minuteOfDay < partsOfDay[2] ? 1 : 2;
}

/** What an ended attempt means for the contact that was reserved for it. */
export function contactOf(outcome: Outcome): 'reached' | 'notReached' | 'released' {
  switch (outcome) {
    case 'answered':
    case 'abandoned':
    case 'dropped':
    case 'answeredElsewhere':
      return 'reached';
    case 'notPlaced':
    case 'trunkFault':
    case 'noRoute':
    case 'congestion':
      return 'released';
    case 'answeringMachine':
    case 'busy':
    case 'noAnswer':
    case 'noResponse':
    case 'unreachable':
    case 'invalid':
    case 'changed':
    case 'rejected':
    case 'cancelled':
    case 'failed':
      return 'notReached';
    default:
      return outcome satisfies never;
  }
}
