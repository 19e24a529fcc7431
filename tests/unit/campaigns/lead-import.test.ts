import { describe, expect, it } from 'vitest';
import { csvCell } from '../../../server/campaigns/import-routes.ts';
import { readHeader, readRow, readZone } from '../../../server/campaigns/lead-import.ts';

const columns = readHeader(['Наименование', 'Телефон', 'Часовой пояс', 'Долг'])!;
const read = (...cells: string[]) => readRow(cells, columns, 'RU');
const reason = (...cells: string[]) => {
  const result = read(...cells);
  return result.ok ? null : result.reason;
};

describe('headings', () => {
  it.each([
    [['ФИО', 'тел.', 'x'].map((s) => s.replace('тел.', 'Телефон')), 1],
    [['Phone', 'Company'], 0],
    [['\u00a0Имя ', ' НОМЕР  ТЕЛЕФОНА'], 1],
    [['Номер', 'Телефон'], 1],
  ])('%j: the phone stands in column %i', (cells, phone) => {
    expect(readHeader(cells)?.phone).toBe(phone);
  });

  it('without a phone’s heading it is no list', () => {
    expect(readHeader(['Имя', 'Город'])).toBeNull();
  });
});

describe('a row', () => {
  it('becomes a lead with the columns we do not know kept', () => {
    expect(read('ООО "Ромашка"', '8 (916) 123-45-67', 'МСК+2', '100,50')).toEqual({
      ok: true,
      lead: {
        name: 'ООО "Ромашка"',
        phone: '+79161234567',
        timeZone: 'Asia/Yekaterinburg',
        data: { Долг: '100,50' },
      },
    });
  });

  it('with two numbers in a cell is one lead that keeps the other number', () => {
    expect(read('Иван', '89161234567, 8 495 123-45-67')).toMatchObject({
      ok: true,
      lead: { phone: '+79161234567', data: { otherPhones: ['+74951234567'] } },
    });
  });

  it('takes the second number when the first is broken', () => {
    expect(read('Иван', '123, 89161234567')).toMatchObject({ ok: true, lead: { phone: '+79161234567' } });
  });

  it('keeps an extension', () => {
    expect(read('Иван', '84951234567 доб. 12')).toMatchObject({
      ok: true,
      lead: { data: { extension: '12' } },
    });
  });

  it('is rejected with its reason', () => {
    expect(reason('Иван', '')).toBe('missingPhone');
    expect(reason('Иван')).toBe('missingPhone');
    expect(reason('Иван', 'нет')).toBe('wrongPhone');
    expect(reason('', '89161234567')).toBe('missingName');
    expect(reason('Иван', '89161234567', 'Марс')).toBe('wrongTimeZone');
    expect(reason('Иван', '89161234567', '', '1', 'лишнее')).toBe('tooManyColumns');
    expect(reason('Ив\uFFFDн', '89161234567')).toBe('badEncoding');
  });

  it('may end in the empty cells that spreadsheets leave', () => {
    expect(reason('Иван', '89161234567', '', '1', '', ' ')).toBeNull();
  });

  it('loses control characters, which the database and the screens refuse', () => {
    expect(read('И\u0000ван\nПетров', '89161234567')).toMatchObject({ lead: { name: 'И ван Петров' } });
  });

  it('takes the number for the name where the list has no names', () => {
    const bare = readHeader(['телефон'])!;
    expect(readRow(['89161234567'], bare, 'RU')).toMatchObject({ lead: { name: '+79161234567' } });
  });
});

describe('a time zone in a cell', () => {
  it.each([
    ['Asia/Omsk', 'Asia/Omsk'],
    ['МСК', 'Europe/Moscow'],
    ['мск-1', 'Europe/Kaliningrad'],
    ['MSK+7', 'Asia/Vladivostok'],
    ['UTC+5', 'Asia/Yekaterinburg'],
    ['+12:00', 'Asia/Kamchatka'],
    ['UTC', null],
    ['Asia/Nowhere', null],
    ['завтра', null],
  ])('%s is %s', (text, zone) => {
    expect(readZone(text)).toBe(zone);
  });
});

describe('rejects for a spreadsheet', () => {
  it.each(['=1+1', '+7916', '-1', '@SUM(A1)'])('%s is no formula there', (text) => {
    expect(csvCell(text)).toBe(`"'${text}"`);
  });
  it('keeps quotes', () => {
    expect(csvCell('ООО "Ромашка"')).toBe('"ООО ""Ромашка"""');
  });
});
