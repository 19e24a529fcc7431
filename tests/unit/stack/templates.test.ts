import { describe, expect, test } from 'vitest';
import { populationGlobals, usualPopulation } from '../../../scripts/stack/population.ts';
import { fillTemplate } from '../../../scripts/stack/templates.ts';

describe('templates of the exchange', () => {
  test('are filled in by name', () => {
    expect(
      fillTemplate('port = {{PORT}}\n{{LINES}}', { PORT: 5060, LINES: { lines: ['a', 'b'] } }, 'x'),
    ).toBe('port = 5060\na\nb');
  });

  test('miss no value silently', () => {
    expect(() => fillTemplate('{{SECRET}}', {}, 'ari.conf')).toThrow('ari.conf wants SECRET');
  });

  test.each([
    'two\nlines',
    'a;b',
    '[section]',
    '"quoted"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of Asterisk's dialplan
    '${SHELL(id)}',
    'a\\',
    '#exec id',
    ' padded',
    'a|b',
  ])('refuse a value that could break out of its line, and do not show it: %j', (value) => {
    let message = '';
    try {
      fillTemplate('password = {{PASSWORD}}', { PASSWORD: value }, 'ari.conf');
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('PASSWORD');
    expect(message).not.toContain(value);
  });
});

describe('the population of the test exchange', () => {
  test('is a hundred letters and two tables of a hundred values', () => {
    const { POP_TABLE, POP_RING, POP_TALK } = populationGlobals(usualPopulation);
    expect(POP_TABLE).toMatch(/^[hmnbiruc]{100}$/);
    expect(POP_RING).toMatch(/^(\d\d\.\d){100}$/);
    expect(POP_TALK).toMatch(/^(\d{3}\.\d){100}$/);
  });

  test('has the medians it was asked for', () => {
    const { POP_TALK } = populationGlobals({ ...usualPopulation, talkMedianS: 45 });
    const values = (POP_TALK.match(/.{5}/g) ?? []).map(Number);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(((values[49] ?? 0) + (values[50] ?? 0)) / 2).toBeCloseTo(45, 0);
  });

  test('must add up to a hundred', () => {
    expect(() => populationGlobals({ ...usualPopulation, busy: 50 })).toThrow('add up to 100');
  });
});
