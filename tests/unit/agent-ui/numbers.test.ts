import { describe, expect, it } from 'vitest';
import { guessPhone, matchesName, withNewest } from '../../../agent-ui/src/dial/numbers.ts';

describe('a typed number', () => {
  it('is read in the forms that people write', () => {
    for (const text of [
      '89161234567',
      '8 (916) 123-45-67',
      '+7 916 123 45 67',
      '916 1234567',
      'tel:+79161234567',
    ])
      expect(guessPhone(text)).toBe('+79161234567');
    expect(guessPhone('+44 20 7123 4567')).toBe('+442071234567');
  });

  it('may be a local one, which the server completes', () => {
    expect(guessPhone('123-45-67')).toBe('1234567');
  });

  it('is not seen in names, accounts and long rows of digits', () => {
    for (const text of ['', 'Иванов', 'Иванов 89161234567', '12', '1234567890123456', '-----'])
      expect(guessPhone(text)).toBeNull();
  });
});

describe('last numbers', () => {
  it('hold each number once, the newest first, ten at most', () => {
    let list = withNewest([], { number: '+79160000000' });
    for (let i = 1; i <= 12; i++)
      list = withNewest(list, { number: `+791600000${String(i).padStart(2, '0')}` });
    list = withNewest(list, { number: '8 916 000 00-05' });
    expect(list).toHaveLength(10);
    expect(list[0]?.number).toBe('8 916 000 00-05');
    expect(list.filter((one) => one.number.endsWith('05'))).toHaveLength(1);
  });
});

describe('a colleague', () => {
  it('is found by the beginnings of his names, in any order', () => {
    expect(matchesName('Анна Соколова', 'ан')).toBe(true);
    expect(matchesName('Анна Соколова', 'сок анна')).toBe(true);
    expect(matchesName('Анна Соколова', 'нна')).toBe(false);
    expect(matchesName('Анна Соколова', '')).toBe(true);
  });

  it('is found with ё written as е, and in the wrong layout', () => {
    expect(matchesName('Пётр Фёдоров', 'федо')).toBe(true);
    expect(matchesName('Анна Соколова', 'cjrj')).toBe(true);
  });
});
