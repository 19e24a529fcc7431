import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantAt, localTime, periodStart } from '../../../server/contact-rules/local-time.ts';
import {
  type ContactQuestion,
  mayContact,
  type PastContact,
} from '../../../server/contact-rules/may-contact.ts';
import { countryOf, type House, readHouse } from '../../../server/contact-rules/rules.ts';

const openHouse: House = { hours: { fromMinute: 0, toMinute: 1440 }, attemptsPerDay: 100 };
const zones = [
  'Europe/Kaliningrad',
  'Europe/Moscow',
  'Asia/Yekaterinburg',
  'Asia/Vladivostok',
  'Asia/Kamchatka',
];

/** Local wall time in a zone, e.g. at('Asia/Kamchatka', '2026-11-23 08:00'). */
function at(zone: string, wall: string): number {
  const [year, month, day, hour, minute] = wall.match(/\d+/g)!.map(Number);
  return instantAt(zone, year!, month!, day!, hour! * 60 + minute!);
}

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function ask(changes: Partial<ContactQuestion> & { zone?: string; wall?: string }) {
  const zone = changes.zone ?? 'Europe/Moscow';
  return mayContact({
    purpose: 'debt',
    channel: 'call',
    party: 'person',
    country: 'RU',
    timeZone: zone,
    now: at(zone, changes.wall ?? '2026-11-24 12:00'),
    history: [],
    doNotCall: false,
    house: openHouse,
    ...changes,
  });
}

function talk(ms: number, changes: Partial<PastContact> = {}): PastContact {
  return {
    at: ms,
    channel: 'call',
    purpose: 'debt',
    reached: true,
    samePhone: true,
    sameCustomer: true,
    ...changes,
  };
}

describe('hours of 230-FZ in the debtor’s own zone', () => {
  const edges: [string, string, boolean, string | null][] = [
    ['Tuesday just before opening', '2026-11-24 07:59', false, '2026-11-24 08:00'],
    ['Tuesday at opening', '2026-11-24 08:00', true, null],
    ['Tuesday’s last minute', '2026-11-24 21:59', true, null],
    ['Tuesday at closing', '2026-11-24 22:00', false, '2026-11-25 08:00'],
    ['just before midnight', '2026-11-24 23:59', false, '2026-11-25 08:00'],
    ['just after midnight', '2026-11-25 00:00', false, '2026-11-25 08:00'],
    ['Friday night: Saturday opens later', '2026-11-27 22:00', false, '2026-11-28 09:00'],
    ['Saturday before nine', '2026-11-28 08:59', false, '2026-11-28 09:00'],
    ['Saturday at nine', '2026-11-28 09:00', true, null],
    ['Saturday’s last minute', '2026-11-28 19:59', true, null],
    ['Saturday at twenty', '2026-11-28 20:00', false, '2026-11-29 09:00'],
    ['Sunday night: Monday opens at eight', '2026-11-29 20:00', false, '2026-11-30 08:00'],
    ['a public holiday on a Wednesday morning', '2026-11-04 08:30', false, '2026-11-04 09:00'],
    ['a public holiday’s evening', '2026-11-04 20:00', false, '2026-11-05 08:00'],
    ['a moved day of rest', '2026-03-09 08:30', false, '2026-03-09 09:00'],
    ['a year without a holiday table has the narrower window', '2031-11-25 08:30', false, '2031-11-25 09:00'],
  ];
  for (const zone of zones) {
    it.each(edges)(`in ${zone}: %s`, (_what, wall, allowed, allowedAt) => {
      const answer = ask({ zone, wall });
      expect(answer.allowed).toBe(allowed);
      if (!answer.allowed) {
        expect(answer.rule).toBe('outsideHours');
        expect(iso(answer.allowedAt)).toBe(iso(at(zone, allowedAt!)));
      }
    });
  }

  it('do not bind calls to companies, nor other purposes', () => {
    expect(ask({ wall: '2026-11-24 07:00', party: 'company' }).allowed).toBe(true);
    expect(ask({ wall: '2026-11-24 07:00', purpose: 'service' }).allowed).toBe(true);
    expect(ask({ wall: '2026-11-24 07:00', country: 'KZ' }).allowed).toBe(true);
  });

  it('hold for a party we know nothing about', () => {
    expect(ask({ wall: '2026-11-24 07:00', party: 'unknown' }).allowed).toBe(false);
  });
});

describe('the house’s own hours', () => {
  const house = readHouse({ HOUSE_HOURS: '09:00-21:00', HOUSE_ATTEMPTS_PER_DAY: 5 });

  it('hold beside the law, and the stricter edge wins', () => {
    const early = ask({ house, wall: '2026-11-24 08:30' });
    expect(early).toMatchObject({ allowed: false, rule: 'outsideHours', by: 'house-calls' });
    const saturdayEvening = ask({ house, wall: '2026-11-28 20:30' });
    expect(saturdayEvening).toMatchObject({ allowed: false, by: 'RU-230-FZ-calls 7(3)' });
  });

  it('give a time at which both agree', () => {
    const answer = ask({ house, wall: '2026-11-24 22:30' });
    expect(answer).toMatchObject({ allowed: false });
    expect(!answer.allowed && iso(answer.allowedAt)).toBe(iso(at('Europe/Moscow', '2026-11-25 09:00')));
  });

  it('may reach to midnight, but not past it', () => {
    expect(readHouse({ HOUSE_HOURS: '00:00-24:00', HOUSE_ATTEMPTS_PER_DAY: 5 }).hours.toMinute).toBe(1440);
    expect(() => readHouse({ HOUSE_HOURS: '21:00-09:00', HOUSE_ATTEMPTS_PER_DAY: 5 })).toThrow('HOUSE_HOURS');
  });
});

describe('how often a debtor may be spoken to', () => {
  it.each(zones)('in %s: once a day, by the local midnight and not the server’s', (zone) => {
    const history = [talk(at(zone, '2026-11-24 21:30'))];
    const sameDay = ask({ zone, wall: '2026-11-24 21:59', history });
    expect(sameDay).toMatchObject({
      allowed: false,
      rule: 'limitReached',
      figure: { used: 1, max: 1, period: 'day' },
    });
    expect(!sameDay.allowed && iso(sameDay.allowedAt)).toBe(iso(at(zone, '2026-11-25 08:00')));
    expect(ask({ zone, wall: '2026-11-25 08:00', history }).allowed).toBe(true);
  });

  it('twice a week; the week begins on Monday', () => {
    const history = [
      talk(at('Europe/Moscow', '2026-11-23 10:00')),
      talk(at('Europe/Moscow', '2026-11-24 10:00')),
    ];
    const friday = ask({ wall: '2026-11-27 10:00', history });
    expect(friday).toMatchObject({ allowed: false, figure: { used: 2, max: 2, period: 'week' } });
    expect(!friday.allowed && iso(friday.allowedAt)).toBe(iso(at('Europe/Moscow', '2026-11-30 08:00')));
    expect(ask({ wall: '2026-11-30 08:00', history }).allowed).toBe(true);
  });

  it('eight times a month', () => {
    const days = ['02', '03', '09', '10', '16', '17', '23', '24'];
    const history = days.map((day) => talk(at('Europe/Moscow', `2026-11-${day} 10:00`)));
    const monday = ask({ wall: '2026-11-30 10:00', history });
    expect(monday).toMatchObject({ allowed: false, figure: { used: 8, max: 8, period: 'month' } });
    expect(!monday.allowed && iso(monday.allowedAt)).toBe(iso(at('Europe/Moscow', '2026-12-01 08:00')));
  });

  it('a robot’s call and one still under way count, an unanswered one and another purpose do not', () => {
    const now = at('Europe/Moscow', '2026-11-24 10:00');
    const wall = '2026-11-24 12:00';
    expect(ask({ wall, history: [talk(now, { channel: 'robotCall' })] }).allowed).toBe(false);
    expect(ask({ wall, history: [talk(now, { reached: null })] }).allowed).toBe(false);
    expect(ask({ wall, history: [talk(now, { reached: false })] }).allowed).toBe(true);
    expect(ask({ wall, history: [talk(now, { purpose: 'service' })] }).allowed).toBe(true);
    expect(ask({ wall, history: [talk(now, { channel: 'sms' })] }).allowed).toBe(true);
  });

  it('counts a person with three numbers, and a number with three persons', () => {
    const earlier = at('Europe/Moscow', '2026-11-24 10:00');
    expect(ask({ history: [talk(earlier, { samePhone: false })] })).toMatchObject({
      figure: { per: 'person' },
    });
    expect(ask({ history: [talk(earlier, { sameCustomer: false })] })).toMatchObject({
      figure: { per: 'phone' },
    });
  });

  it('unanswered attempts have the house’s own, stricter cap', () => {
    const history = ['09:00', '11:00', '13:00'].map((time) =>
      talk(at('Europe/Moscow', `2026-11-24 ${time}`), { reached: false }),
    );
    expect(ask({ wall: '2026-11-24 15:00', history })).toMatchObject({ by: 'house-debt-attempts' });
  });
});

describe('do not call', () => {
  it('refuses every purpose, and no time is named', () => {
    for (const purpose of ['service', 'debt', 'advertising', 'survey'] as const) {
      expect(ask({ purpose, doNotCall: true })).toMatchObject({
        allowed: false,
        rule: 'doNotCall',
        allowedAt: null,
      });
    }
  });
});

describe('an unknown time zone', () => {
  it('is refused rather than guessed', () => {
    expect(ask({ timeZone: 'Mars/Olympus' })).toMatchObject({ allowed: false, rule: 'unknownTimeZone' });
  });
});

describe('properties', () => {
  const anyZone = fc.constantFrom(
    ...zones,
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Auckland',
    'Australia/Lord_Howe',
  );
  const anyTime = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 11, 31) });
  const anyHistory = fc.array(
    fc.record({
      agoMs: fc.integer({ min: 0, max: 31 * 86_400_000 }),
      reached: fc.constantFrom(true, false, null),
      samePhone: fc.boolean(),
      sameCustomer: fc.boolean(),
    }),
    { maxLength: 12 },
  );

  it('the promised time is later than now and is allowed indeed', () => {
    fc.assert(
      fc.property(anyZone, anyTime, anyHistory, (zone, now, past) => {
        const history = past.map(({ agoMs, ...rest }) => talk(now - agoMs, rest));
        const house = { hours: { fromMinute: 540, toMinute: 1260 }, attemptsPerDay: 4 };
        const answer = ask({ timeZone: zone, now, history, house });
        if (answer.allowed || answer.allowedAt === null) return;
        expect(answer.allowedAt).toBeGreaterThan(now);
        expect(ask({ timeZone: zone, now: answer.allowedAt, history, house }).allowed).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('local time and instant are each other’s inverse, and a period holds its own start', () => {
    fc.assert(
      fc.property(anyZone, anyTime, fc.constantFrom('day', 'week', 'month'), (zone, now, period) => {
        const start = periodStart(zone, now, period);
        const next = periodStart(zone, now, period, 1);
        expect(start).toBeLessThanOrEqual(now);
        expect(next).toBeGreaterThan(now);
        expect(localTime(zone, start).minute).toBe(0);
        expect(periodStart(zone, next - 1, period)).toBe(start);
      }),
      { numRuns: 300 },
    );
  });
});

describe('country of a number', () => {
  it.each([
    ['+79161234567', 'RU'],
    ['+77011234567', 'KZ'],
    ['+12025550123', 'US'],
    ['+442071234567', 'GB'],
    ['+4930123456', 'other'],
  ])('%s is of %s', (phone, country) => {
    expect(countryOf(phone)).toBe(country);
  });
});
