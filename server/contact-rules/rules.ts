import type { Period } from './local-time.ts';

/**
 * What may not be done, as data: one row a rule, by country of the number, purpose, kind of party and channel.
 * A change of the law is a new row with its own `validFrom`; the row in force at the time of a contact is named
 * in the contact's evidence.
 */
export type Purpose = 'service' | 'debt' | 'advertising' | 'survey';
export type Channel = 'call' | 'robotCall' | 'sms' | 'email' | 'letter';
export type PartyKind = 'person' | 'company' | 'unknown';
/** Country of the number: ISO 3166, or `other`. */
export type Country = 'RU' | 'KZ' | 'US' | 'GB' | 'other';

/** Minutes of the local day, from (included) to (excluded); 1440 is midnight. */
export interface Window {
  readonly fromMinute: number;
  readonly toMinute: number;
}

export interface Limit {
  /** `reached`: conversations (a contact still under way counts as one); `attempts`: every try that may have rung. */
  readonly counts: 'reached' | 'attempts';
  readonly period: Period;
  readonly max: number;
}

export interface Rule {
  readonly id: string;
  readonly law: string;
  readonly article: string;
  readonly validFrom: string; // YYYY-MM-DD
  readonly country: Country | 'any';
  readonly purposes: readonly Purpose[] | 'any';
  readonly parties: readonly PartyKind[];
  readonly channels: readonly Channel[];
  readonly hours?: { readonly workday: Window; readonly restDay: Window };
  /** Each limit holds per person across all of his numbers AND per number across all of its persons. */
  readonly limits: readonly Limit[];
  /** Purposes whose contacts the limits count; `same`: only those of the purpose asked for. */
  readonly countsPurposes: 'same' | 'any';
}

const calls: readonly Channel[] = ['call', 'robotCall'];

/** The laws. A party we know nothing about is treated as a person: the stricter reading. */
export const laws: readonly Rule[] = [
  {
    id: 'RU-230-FZ-calls',
    law: '230-FZ',
    article: '7(3)',
    validFrom: '2017-01-01',
    country: 'RU',
    purposes: ['debt'],
    parties: ['person', 'unknown'],
    channels: calls,
    hours: { workday: { fromMinute: 480, toMinute: 1320 }, restDay: { fromMinute: 540, toMinute: 1200 } },
    limits: [
      { counts: 'reached', period: 'day', max: 1 },
      { counts: 'reached', period: 'week', max: 2 },
      { counts: 'reached', period: 'month', max: 8 },
    ],
    countsPurposes: 'same',
  },
  {
    id: 'RU-230-FZ-messages',
    law: '230-FZ',
    article: '7(5)',
    validFrom: '2017-01-01',
    country: 'RU',
    purposes: ['debt'],
    parties: ['person', 'unknown'],
    channels: ['sms', 'email'],
    hours: { workday: { fromMinute: 480, toMinute: 1320 }, restDay: { fromMinute: 540, toMinute: 1200 } },
    limits: [
      { counts: 'attempts', period: 'day', max: 2 },
      { counts: 'attempts', period: 'week', max: 4 },
      { counts: 'attempts', period: 'month', max: 16 },
    ],
    countsPurposes: 'same',
  },
];

/** The house's own, settable rules; they hold beside the law, whichever is stricter. */
export interface House {
  readonly hours: Window;
  /** Most call attempts to one number, and to one person, in his local day, whatever for. */
  readonly attemptsPerDay: number;
}

/** The house's rules as rows of the same table. Whether unanswered debt calls count by law is disputed: we cap them, too. */
export function houseRules(house: House): readonly Rule[] {
  const common = {
    law: 'house',
    article: '',
    validFrom: '1970-01-01',
    country: 'any',
    parties: ['person', 'company', 'unknown'],
    channels: calls,
    countsPurposes: 'any',
  } as const;
  return [
    {
      ...common,
      id: 'house-calls',
      purposes: 'any',
      hours: { workday: house.hours, restDay: house.hours },
      limits: [{ counts: 'attempts', period: 'day', max: house.attemptsPerDay }],
    },
    {
      ...common,
      id: 'house-debt-attempts',
      purposes: ['debt'],
      parties: ['person', 'unknown'],
      limits: [
        { counts: 'attempts', period: 'day', max: Math.min(3, house.attemptsPerDay) },
        { counts: 'attempts', period: 'week', max: 10 },
      ],
      countsPurposes: 'same',
    },
  ];
}

/** Reads the settings HOUSE_HOURS (HH:MM-HH:MM, to 24:00 allowed) and HOUSE_ATTEMPTS_PER_DAY; throws on an empty window. */
export function readHouse(config: { HOUSE_HOURS: string; HOUSE_ATTEMPTS_PER_DAY: number }): House {
  const [fromHour, fromRest, toHour, toRest] = config.HOUSE_HOURS.split(/[:-]/).map(Number);
  const hours = { fromMinute: fromHour! * 60 + fromRest!, toMinute: toHour! * 60 + toRest! };
  if (!(hours.fromMinute < hours.toMinute && hours.toMinute <= 1440)) {
    throw new Error(`HOUSE_HOURS: ${config.HOUSE_HOURS} is no window within one day`);
  }
  return { hours, attemptsPerDay: config.HOUSE_ATTEMPTS_PER_DAY };
}

/** Country by the leading digits of an E.164 number; +7 6xx and 7xx is Kazakhstan. */
export function countryOf(phone: string): Country {
  if (/^\+7[67]/.test(phone)) return 'KZ';
  if (phone.startsWith('+7')) return 'RU';
  if (phone.startsWith('+1')) return 'US';
  if (phone.startsWith('+44')) return 'GB';
  return 'other';
}

/**
 * Russia's days of rest that are no Saturday or Sunday: public holidays (Labour Code art. 112) and days moved by the
 * Government's yearly decree, MM-DD. For 2027 moved days that are only expected stand in the table as well: a day too many
 * only makes the window narrower.
 */
const russianHolidays: Readonly<Record<number, readonly string[]>> = {
  2026: '01-01 01-02 01-03 01-04 01-05 01-06 01-07 01-08 01-09 02-23 03-08 03-09 05-01 05-09 05-11 06-12 11-04 12-31'.split(
    ' ',
  ),
  2027: '01-01 01-02 01-03 01-04 01-05 01-06 01-07 01-08 02-22 02-23 03-08 05-01 05-03 05-09 05-10 06-12 06-14 11-04 11-05 12-31'.split(
    ' ',
  ),
};

/** Saturday, Sunday or public holiday there? A year without a table has only days of rest: the narrower window. */
export function isRestDay(
  country: Country | 'any',
  day: { year: number; month: number; day: number; weekday: number },
): boolean {
  if (day.weekday >= 6) return true;
  if (country !== 'RU') return false;
  const table = russianHolidays[day.year];
  const key = `${String(day.month).padStart(2, '0')}-${String(day.day).padStart(2, '0')}`;
  return table === undefined || table.includes(key);
}
