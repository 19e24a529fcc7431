import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../server/calls/outcome.ts';
import { nextDue } from '../../../server/campaigns/retry.ts';
import type { RetryRules } from '../../../server/campaigns/schema.ts';
import { instantAt } from '../../../server/contact-rules/local-time.ts';

const zone = 'Asia/Yekaterinburg';
const at = (wall: string) => {
  const [year, month, day, hour, minute] = wall.match(/\d+/g)!.map(Number);
  return instantAt(zone, year!, month!, day!, hour! * 60 + minute!);
};
const next = (outcome: Outcome, wall: string, times = 1, rules: RetryRules = {}) =>
  nextDue({ outcome, counts: { [outcome]: times }, rules, now: at(wall), timeZone: zone });
const waiting = (wall: string) => ({ state: 'waiting', dueAt: at(wall) });

describe('when a lead is due again', () => {
  it.each([
    ['busy', '2026-11-24 10:20'],
    ['answeringMachine', '2026-11-24 14:00'],
    ['congestion', '2026-11-24 10:05'],
    ['unreachable', '2026-11-24 11:00'],
    ['rejected', '2026-11-25 10:00'],
  ] as const)('after %s at ten by the house’s default', (outcome, dueAt) => {
    expect(next(outcome, '2026-11-24 10:00')).toEqual(waiting(dueAt));
  });

  it.each([
    ['a morning’s no answer waits for the afternoon', '2026-11-24 09:10', '2026-11-24 12:00'],
    ['two hours lead into another part of the day by themselves', '2026-11-24 11:00', '2026-11-24 13:00'],
    ['an afternoon’s waits for the evening', '2026-11-24 12:30', '2026-11-24 17:00'],
    ['an evening’s waits for the next morning', '2026-11-24 18:00', '2026-11-25 09:00'],
    ['late at night two hours are another day already', '2026-11-24 23:00', '2026-11-25 01:00'],
  ])('%s', (_what, wall, dueAt) => {
    expect(next('noAnswer', wall)).toEqual(waiting(dueAt));
  });

  it('nobody who does not answer is tried more than three times a day, nor more than eight times in all', () => {
    let now = at('2026-11-24 09:00');
    const tries = [now];
    for (let times = 1; ; times++) {
      const due = nextDue({
        outcome: 'noAnswer',
        counts: { noAnswer: times },
        rules: {},
        now,
        timeZone: zone,
      });
      if (due.state === 'done') break;
      now = due.dueAt;
      tries.push(now);
    }
    expect(tries).toHaveLength(8);
    const perDay = Map.groupBy(tries, (t) =>
      new Intl.DateTimeFormat('en', { timeZone: zone, dateStyle: 'short' }).format(t),
    );
    for (const day of perDay.values()) expect(day.length).toBeLessThanOrEqual(3);
  });

  it('after as many times as the rule allows it is done', () => {
    expect(next('busy', '2026-11-24 10:00', 3).state).toBe('waiting');
    expect(next('busy', '2026-11-24 10:00', 4)).toEqual({ state: 'done', why: 'enough' });
  });

  it.each(['answered', 'invalid', 'changed'] as const)('%s is final', (outcome) => {
    expect(next(outcome, '2026-11-24 10:00')).toEqual({ state: 'done', why: 'final' });
  });

  it('a campaign’s own rule goes before the default, to the second', () => {
    const rules: RetryRules = {
      noAnswer: { afterMs: 90_000, maxTimes: 1 },
      busy: { afterMs: 1000, maxTimes: 0 },
    };
    expect(next('noAnswer', '2026-11-24 10:00', 1, rules)).toEqual({
      state: 'waiting',
      dueAt: at('2026-11-24 10:00') + 90_000,
    });
    expect(next('busy', '2026-11-24 10:00', 1, rules).state).toBe('done');
  });
});
