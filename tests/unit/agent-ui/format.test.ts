import { beforeEach, describe, expect, it } from 'vitest';
import {
  formatAmount,
  formatCount,
  formatDuration,
  formatPhone,
  formatRelative,
} from '../../../agent-ui/src/ui/format.ts';
import { setLanguage } from '../../../agent-ui/src/ui/words.ts';
import { instantOf, isoDate, sameClock, wallClock } from '../../../agent-ui/src/ui/zone.ts';

beforeEach(() => setLanguage('ru'));

describe('figures', () => {
  it('write phones in groups', () => {
    expect(formatPhone('+79161234567')).toBe('+7 916 123-45-67');
    expect(formatPhone('+442071234567')).toBe('+442 071 234 567');
    expect(formatPhone(null)).toBe('');
  });

  it('write kopecks as roubles', () => {
    expect(formatAmount(1234567)).toBe('12\u202f345,67\u00a0₽');
    expect(formatAmount(-5)).toBe('\u22120,05\u00a0₽');
    expect(formatAmount(0)).toBe('0,00\u00a0₽');
    setLanguage('en');
    expect(formatAmount(1234567)).toBe('12\u202f345.67\u00a0₽');
  });

  it('group counts', () => {
    expect(formatCount(600000)).toBe('600\u202f000');
    expect(formatCount(-1200)).toBe('\u22121\u202f200');
  });

  it('write durations', () => {
    expect(formatDuration(0)).toBe('0:00');
    expect(formatDuration(65_900)).toBe('1:05');
    expect(formatDuration(3_661_000)).toBe('1:01:01');
    expect(formatDuration(-5)).toBe('0:00');
  });

  it('tell how long ago', () => {
    const now = Date.parse('2026-11-22T12:00:00Z');
    expect(formatRelative('2026-11-19T11:00:00Z', now)).toBe('3 дня назад');
    expect(formatRelative('2026-11-22T12:05:00Z', now)).toBe('через 5 минут');
    expect(formatRelative('2026-11-22T11:59:40Z', now)).toBe('сейчас');
  });
});

describe('clocks of zones', () => {
  const noon = Date.parse('2026-11-22T12:00:00Z');

  it('show the wall clock and the date there', () => {
    expect(wallClock(noon, 'Asia/Yekaterinburg')).toBe('2026-11-22T17:00');
    expect(isoDate(noon, 'Asia/Kamchatka')).toBe('2026-11-23');
  });

  it('find the instant of a wall clock, and back', () => {
    for (const zone of ['Europe/Moscow', 'Asia/Vladivostok', 'America/New_York', 'UTC']) {
      expect(instantOf(wallClock(noon, zone), zone)).toBe(noon);
    }
    expect(instantOf('2026-11-23T10:00', 'Asia/Yekaterinburg')).toBe(Date.parse('2026-11-23T05:00:00Z'));
  });

  it('move a time that the change of clocks skips by the hour', () => {
    // In New York 02:30 on 8 March 2026 does not exist.
    expect(wallClock(instantOf('2026-03-08T02:30', 'America/New_York')!, 'America/New_York')).toBe(
      '2026-03-08T03:30',
    );
  });

  it('refuse what is no date', () => {
    expect(instantOf('', 'UTC')).toBeNull();
    expect(instantOf('2026-13-45T99:99', 'UTC')).toBeNull();
  });

  it('know equal clocks, and take an unknown zone for one’s own', () => {
    expect(sameClock('Europe/Moscow', noon, 'Europe/Minsk')).toBe(true);
    expect(sameClock('Asia/Omsk', noon, 'Europe/Moscow')).toBe(false);
    expect(sameClock('Nowhere/Atall', noon)).toBe(true);
  });
});
