import type { EpochMs } from '../basics/ids.ts';
import { clock, instantAt, isTimeZone, localTime, type Period, periodStart } from './local-time.ts';
import type { Channel, Country, House, Limit, PartyKind, Purpose, Rule, Window } from './rules.ts';
import { houseRules, isRestDay, laws } from './rules.ts';

/** An earlier permitted contact with this person or this number; one that never took place (released) is not given. */
export interface PastContact {
  readonly at: EpochMs;
  readonly channel: Channel;
  readonly purpose: Purpose;
  /** null: still under way. */
  readonly reached: boolean | null;
  readonly samePhone: boolean;
  readonly sameCustomer: boolean;
}

export interface ContactQuestion {
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly party: PartyKind;
  readonly country: Country;
  /** IANA zone of the person. */
  readonly timeZone: string;
  readonly now: EpochMs;
  /** At least the past 31 days. */
  readonly history: readonly PastContact[];
  readonly doNotCall: boolean;
  readonly house: House;
}

export type ContactFigure =
  | { readonly local: string; readonly from: string; readonly to: string; readonly restDay: boolean }
  | {
      readonly used: number;
      readonly max: number;
      readonly period: Period;
      readonly counts: Limit['counts'];
      readonly per: 'person' | 'phone';
    };

export type ContactAnswer =
  | { readonly allowed: true; readonly evidence: ContactEvidence }
  | {
      readonly allowed: false;
      readonly rule: 'outsideHours' | 'limitReached' | 'doNotCall' | 'unknownTimeZone';
      /** The row of the rule table that refused: its id, law and article. */
      readonly by: string;
      readonly figure: ContactFigure | null;
      /** When the same contact would be allowed; null: never, as things stand. */
      readonly allowedAt: EpochMs | null;
    };

/** What was permitted and why; kept with the attempt. */
export interface ContactEvidence {
  readonly rules: readonly string[];
  readonly local: string;
  readonly timeZone: string;
  readonly used: readonly string[];
}

type Refusal = { rule: 'outsideHours' | 'limitReached'; by: string; figure: ContactFigure; retryAt: EpochMs };

/**
 * May we contact this person by this channel for this purpose now? Pure; the whole of the law and the house's rules pass
 * through here. Hours and counters run on the person's own wall clock.
 */
export function mayContact(question: ContactQuestion): ContactAnswer {
  if (question.doNotCall && question.channel !== 'letter') {
    return { allowed: false, rule: 'doNotCall', by: 'doNotCall', figure: null, allowedAt: null };
  }
  if (!isTimeZone(question.timeZone)) {
    return { allowed: false, rule: 'unknownTimeZone', by: 'house', figure: null, allowedAt: null };
  }
  const rules = rulesFor(question);
  const refusal = refuse(question, rules, question.now);
  if (refusal) {
    return {
      allowed: false,
      rule: refusal.rule,
      by: refusal.by,
      figure: refusal.figure,
      allowedAt: allowedFrom(question, rules, refusal.retryAt),
    };
  }
  return { allowed: true, evidence: evidenceOf(question, rules) };
}

/** The rows that hold for this question. */
function rulesFor(question: ContactQuestion): Rule[] {
  const { year, month, day } = localTime(question.timeZone, question.now);
  const today = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  return [...laws, ...houseRules(question.house)].filter(
    (rule) =>
      rule.validFrom <= today &&
      (rule.country === 'any' || rule.country === question.country) &&
      (rule.purposes === 'any' || rule.purposes.includes(question.purpose)) &&
      rule.parties.includes(question.party) &&
      rule.channels.includes(question.channel),
  );
}

/** The first instant from `from` on at which nothing refuses; each refusal names the next instant worth looking at. */
function allowedFrom(question: ContactQuestion, rules: readonly Rule[], from: EpochMs): EpochMs | null {
  let at = from;
  // Each step leaves a closed window or a spent period behind; a month of days needs fewer than 100.
  for (let step = 0; step < 100; step++) {
    const refusal = refuse(question, rules, at);
    if (!refusal) return at;
    at = refusal.retryAt;
  }
  return null;
}

function refuse(question: ContactQuestion, rules: readonly Rule[], at: EpochMs): Refusal | null {
  for (const rule of rules) {
    const refusal = refuseByHours(question, rule, at) ?? refuseByLimits(question, rule, at);
    if (refusal) return refusal;
  }
  return null;
}

function refuseByHours(question: ContactQuestion, rule: Rule, at: EpochMs): Refusal | null {
  if (!rule.hours) return null;
  const here = localTime(question.timeZone, at);
  const restDay = isRestDay(question.country, here);
  const window = windowOf(rule.hours, restDay);
  if (here.minute >= window.fromMinute && here.minute < window.toMinute) return null;
  // Too early: today's opening; too late: tomorrow's, which may be another kind of day.
  const late = here.minute >= window.toMinute;
  const next = late ? localTime(question.timeZone, periodStart(question.timeZone, at, 'day', 1)) : here;
  const opens = windowOf(rule.hours, isRestDay(question.country, next)).fromMinute;
  return {
    rule: 'outsideHours',
    by: nameOf(rule),
    figure: {
      local: clock(here.minute),
      from: clock(window.fromMinute),
      to: clock(window.toMinute),
      restDay,
    },
    retryAt: instantAt(question.timeZone, next.year, next.month, next.day, opens),
  };
}

const windowOf = (hours: { workday: Window; restDay: Window }, restDay: boolean) =>
  restDay ? hours.restDay : hours.workday;

function refuseByLimits(question: ContactQuestion, rule: Rule, at: EpochMs): Refusal | null {
  for (const limit of rule.limits) {
    for (const per of ['person', 'phone'] as const) {
      const used = usedOf(question, rule, limit, per, at);
      if (used < limit.max) continue;
      return {
        rule: 'limitReached',
        by: nameOf(rule),
        figure: { used, max: limit.max, period: limit.period, counts: limit.counts, per },
        retryAt: periodStart(question.timeZone, at, limit.period, 1),
      };
    }
  }
  return null;
}

function usedOf(
  question: ContactQuestion,
  rule: Rule,
  limit: Limit,
  per: 'person' | 'phone',
  at: EpochMs,
): number {
  // No history, nothing used: spares the calendar for the usual fresh lead.
  if (question.history.length === 0) return 0;
  const from = periodStart(question.timeZone, at, limit.period);
  let used = 0;
  for (const past of question.history) {
    if (past.at < from) continue;
    if (per === 'person' ? !past.sameCustomer : !past.samePhone) continue;
    if (rule.countsPurposes === 'same' && past.purpose !== question.purpose) continue;
    if (!rule.channels.includes(past.channel)) continue;
    if (limit.counts === 'reached' && past.reached === false) continue;
    used++;
  }
  return used;
}

function evidenceOf(question: ContactQuestion, rules: readonly Rule[]): ContactEvidence {
  const here = localTime(question.timeZone, question.now);
  const used: string[] = [];
  for (const rule of rules) {
    for (const limit of rule.limits) {
      const person = usedOf(question, rule, limit, 'person', question.now);
      const phone = usedOf(question, rule, limit, 'phone', question.now);
      used.push(`${rule.id} ${limit.counts}/${limit.period}: ${Math.max(person, phone)} of ${limit.max}`);
    }
  }
  return { rules: rules.map(nameOf), local: clock(here.minute), timeZone: question.timeZone, used };
}

const nameOf = (rule: Rule) => (rule.article ? `${rule.id} ${rule.article}` : rule.id);
