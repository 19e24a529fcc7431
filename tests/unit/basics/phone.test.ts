import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { E164 } from '../../../server/basics/ids.ts';
import { callerToPhone, formatPhone, parsePhone, splitPhones } from '../../../server/basics/phone.ts';

const ru = { country: 'RU' } as const;

function read(raw: string, options: Parameters<typeof parsePhone>[1] = ru): string {
  const parsed = parsePhone(raw, options);
  return parsed.ok
    ? `${parsed.phone} ${parsed.kind}${parsed.extension ? ` ext ${parsed.extension}` : ''}`
    : parsed.reason;
}

describe('a phone number as people write it', () => {
  it.each([
    ['+7 916 123-45-67', '+79161234567 mobile'],
    ['8 (916) 123-45-67', '+79161234567 mobile'],
    ['8/916/1234567', '+79161234567 mobile'],
    ['9161234567', '+79161234567 mobile'],
    ['79161234567', '+79161234567 mobile'],
    ['+7 (495) 123–45–67', '+74951234567 landline'],
    ['8 800 555 35 35', '+78005553535 tollFree'],
    ['моб. 8 916 123 45 67', '+79161234567 mobile'],
    ['8 916 123 45 67 (Иван)', '+79161234567 mobile'],
    ['8 (495) 123-45-67 доб. 123', '+74951234567 landline ext 123'],
    ['8 (495) 123-45-67, доб 12', '+74951234567 landline ext 12'],
    ['8 (495) 123-45-67 (доб. 12)', '+74951234567 landline ext 12'],
    ['84951234567#45', '+74951234567 landline ext 45'],
    ['tel:+74951234567;ext=7', '+74951234567 landline ext 7'],
    ['+7 701 123 45 67', '+77011234567 mobile'],
    ['8 727 250 00 00', '+77272500000 landline'],
    ['+7 612 123 45 67', '+76121234567 unknown'],
    ['8~10 375 29 123 45 67', '+375291234567 unknown'],
    ['810375291234567', '+375291234567 unknown'],
    ['375291234567', '+375291234567 unknown'],
    ['+44 20 7946 0958', '+442079460958 unknown'],
    ['９１６１２３４５６７', '+79161234567 mobile'],
  ])('reads %s', (raw, expected) => {
    expect(read(raw)).toBe(expected);
  });

  it.each([
    ['', 'missingPhone'],
    ['  ', 'missingPhone'],
    ['-', 'missingPhone'],
    ['anonymous', 'hiddenPhone'],
    ['Restricted', 'hiddenPhone'],
    ['0000000000', 'hiddenPhone'],
    ['112', 'shortPhone'],
    ['1234567', 'needsAreaCode'],
    ['12345', 'needsAreaCode'],
    ['+8 916 123 45 67', 'wrongPhone'],
    ['8916123456', 'wrongPhone'],
    ['+7 916 123 45 6', 'wrongPhone'],
    ['+7 916 123 45 678', 'wrongPhone'],
    ['19161234567', 'wrongPhone'],
    ['8 016 123 45 67', 'wrongPhone'],
    ['позвонить Ивану', 'wrongPhone'],
    ['<script>', 'wrongPhone'],
  ])('refuses %s', (raw, reason) => {
    expect(read(raw)).toBe(reason);
  });

  it('puts the default area code before a local number that it fits', () => {
    expect(read('123-45-67', { country: 'RU', defaultAreaCode: '495' })).toBe('+74951234567 landline');
    expect(read('12-34-56', { country: 'RU', defaultAreaCode: '4852' })).toBe('+74852123456 landline');
    expect(read('12-34-56', { country: 'RU', defaultAreaCode: '495' })).toBe('needsAreaCode');
  });

  it('refuses a text that is far too long', () => {
    expect(read('1'.repeat(5000))).toBe('wrongPhone');
  });

  it('takes a national number for the country of the house', () => {
    expect(read('(212) 555-0123', { country: 'US' })).toBe('+12125550123 unknown');
    expect(read('020 7946 0958', { country: 'GB' })).toBe('+442079460958 unknown');
  });
});

const national = fc
  .tuple(
    fc.constantFrom('3', '4', '9'),
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 9, maxLength: 9 }),
  )
  .map((parts) => parts.join(''));

describe('whatever comes in', () => {
  it('every way of writing a Russian number gives the same number', () => {
    fc.assert(
      fc.property(
        national,
        fc.constantFrom('+7', '8', '7', '', '8 ', '+7 ', '8-'),
        fc.constantFrom(' ', '-', '.', ''),
        (n, prefix, gap) => {
          const written = `${prefix}(${n.slice(0, 3)})${gap}${n.slice(3, 6)}${gap}${n.slice(6)}`;
          expect(parsePhone(written, ru)).toMatchObject({ ok: true, phone: `+7${n}` });
        },
      ),
    );
  });

  it('never throws, and what it accepts is E.164 and reads as itself again', () => {
    const likely = fc.string({ unit: fc.constantFrom(...'0123456789+ ()-#доб.,;ext=/~8'), maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), likely), (raw) => {
        const parsed = parsePhone(raw, ru);
        if (!parsed.ok) return;
        expect(parsed.phone).toMatch(/^\+[1-9]\d{6,14}$/);
        expect(parsePhone(parsed.phone, ru)).toMatchObject({ ok: true, phone: parsed.phone });
      }),
      { numRuns: 1000 },
    );
  });

  it('never turns +8 into +7', () => {
    fc.assert(
      fc.property(national, (n) => {
        const parsed = parsePhone(`+8${n}`, ru);
        expect(parsed.ok && parsed.phone.startsWith('+7')).toBe(false);
      }),
    );
  });

  it('what is formatted for people is read back', () => {
    fc.assert(
      fc.property(national, (n) => {
        const phone = `+7${n}` as E164;
        expect(parsePhone(formatPhone(phone), ru)).toMatchObject({ ok: true, phone });
      }),
    );
    expect(formatPhone('+79161234567' as E164)).toBe('+7 916 123-45-67');
    expect(formatPhone('+442079460958' as E164)).toBe('+44 20 7946 0958');
  });
});

describe('two numbers in one cell', () => {
  it.each([
    ['8 916 123-45-67, 8 495 765-43-21', ['8 916 123-45-67', '8 495 765-43-21']],
    ['+79161234567;+74957654321', ['+79161234567', '+74957654321']],
    ['+79161234567 +74957654321', ['+79161234567', '+74957654321']],
    ['89161234567 84957654321', ['89161234567', '84957654321']],
    ['8 916 123-45-67 или 8 495 765-43-21', ['8 916 123-45-67', '8 495 765-43-21']],
    ['89161234567/84957654321', ['89161234567', '84957654321']],
    ['8 (495) 123-45-67, доб. 12', ['8 (495) 123-45-67, доб. 12']],
    ['tel:+74951234567;ext=7', ['tel:+74951234567;ext=7']],
    ['8/916/1234567', ['8/916/1234567']],
    ['', []],
  ])('%s', (cell, expected) => {
    expect(splitPhones(cell).map((s) => s.trim())).toEqual(expected);
  });

  it('finds both, however they are written', () => {
    fc.assert(
      fc.property(
        national,
        national,
        fc.constantFrom(', ', '; ', ' | ', '\n', ' и ', ' / ', ','),
        (a, b, gap) => {
          const phones = splitPhones(`8${a}${gap}+7 ${b}`).map((part) => parsePhone(part, ru));
          expect(phones.map((p) => p.ok && p.phone)).toEqual([`+7${a}`, `+7${b}`]);
        },
      ),
    );
  });
});

describe('a caller as SIP names him', () => {
  it.each([
    ['+79161234567', '+79161234567'],
    ['89161234567', '+79161234567'],
    ['9161234567', '+79161234567'],
    ['sip:+79161234567@10.0.0.1;user=phone', '+79161234567'],
    ['"Иван" <sip:%2B79161234567@trunk.example>;tag=1', '+79161234567'],
    ['79161234567@10.0.0.1', '+79161234567'],
    ['tel:+7-916-123-45-67', '+79161234567'],
  ])('%s is matched as %s', (from, phone) => {
    expect(callerToPhone(from)).toBe(phone);
  });

  it.each([
    '',
    'anonymous',
    'sip:anonymous@anonymous.invalid',
    'Restricted',
    'Unknown',
    '0000000000',
    '101',
    '1234567',
    '123456',
    'admin',
    "1' OR 1=1",
  ])('%s is matched with nobody', (from) => {
    expect(callerToPhone(from)).toBeNull();
  });
});
