import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldName, otherLayout, readSearch } from '../../../server/customers/search.ts';

describe('what a search text may mean', () => {
  it('takes three and more digits for a part of a phone, however they are grouped', () => {
    expect(readSearch('123-45').phones).toEqual(['%12345%']);
    expect(readSearch('12').phones).toEqual([]);
  });

  it('looks for a number typed with the trunk 8 as it is stored', () => {
    expect(readSearch('8 916 123').phones).toEqual(['%8916123%', '%916123%']);
  });

  it('takes words for parts of a name in any order, also typed in the other layout', () => {
    expect(readSearch('Пётр  Ив').names[0]).toEqual(['%петр%', '%ив%']);
    expect(readSearch('bdfyjd').names).toEqual([['%bdfyjd%'], ['%иванов%']]);
  });

  it('does not try the other layout for a text in both alphabets', () => {
    expect(readSearch('вектор a1').names).toEqual([['%вектор%', '%a1%']]);
  });

  it('lets nobody put his own wildcards into the pattern', () => {
    expect(readSearch('100%_\\').names[0]).toEqual(['%100\\%\\_\\\\%']);
  });

  it('never throws and stays small', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (text) => {
        const { exact, names } = readSearch(text);
        expect(exact.length).toBeLessThanOrEqual(100);
        for (const patterns of names) expect(patterns.length).toBeLessThanOrEqual(5);
      }),
    );
  });
});

describe('the other keyboard layout', () => {
  it('reads both ways', () => {
    expect(otherLayout('gtnhjd')).toBe('петров');
    expect(otherLayout('куы')).toBe('res');
  });
  it('gives the letters back when used twice', () => {
    const cyrillic = fc.string({
      unit: fc.constantFrom(...'абвгдежзийклмнопрстуфхцчшщъыьэюя'),
      minLength: 1,
    });
    fc.assert(
      fc.property(cyrillic, (text) => {
        const keys = otherLayout(text);
        // Letters that share a key with a sign only (х, ж, б …) cannot tell by themselves which layout was on.
        if (/[a-z]/.test(keys)) expect(otherLayout(keys)).toBe(text);
      }),
    );
  });
  it('folds ё and case', () => {
    expect(foldName('ФЁДОРОВ')).toBe('федоров');
  });
});
