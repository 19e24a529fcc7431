import type { E164 } from '../basics/ids.ts';
import { parsePhone, splitPhones } from '../basics/phone.ts';
import { isTimeZone } from '../contact-rules/local-time.ts';

/** One row of a list -> one lead, or the reason why not. Pure. */

export interface ImportedLead {
  readonly name: string;
  readonly phone: E164;
  /** Null: the list says nothing; the customer's or the company's zone is taken. */
  readonly timeZone: string | null;
  readonly data: Readonly<Record<string, string | string[]>>;
}

/** Keys for people's words; shown beside the line and counted. */
export type RejectReason =
  | 'missingPhone'
  | 'wrongPhone'
  | 'hiddenPhone'
  | 'shortPhone'
  | 'needsAreaCode'
  | 'missingName'
  | 'wrongTimeZone'
  | 'tooManyColumns'
  | 'rowTooLong'
  | 'unclosedQuote'
  | 'badEncoding';

/** Where in a row the known things stand; the other columns go into `data` under their heading. */
export interface Columns {
  readonly phone: number;
  readonly name: number | null;
  readonly timeZone: number | null;
  readonly others: readonly { readonly index: number; readonly heading: string }[];
  readonly count: number;
}

export const mostColumns = 100;
const longestName = 200;
const longestCell = 1000;

const headings = {
  phone: [
    'телефон',
    'номер телефона',
    'тел',
    'номер',
    'мобильный',
    'мобильный телефон',
    'контактный телефон',
    'сотовый',
    'phone',
    'phone number',
    'telephone',
    'tel',
    'mobile',
    'number',
  ],
  name: [
    'имя',
    'наименование',
    'фио',
    'ф.и.о.',
    'ф. и. о.',
    'название',
    'клиент',
    'контрагент',
    'организация',
    'компания',
    'name',
    'full name',
    'company',
    'customer',
    'client',
  ],
  timeZone: ['часовой пояс', 'часовая зона', 'таймзона', 'time zone', 'timezone', 'time_zone', 'tz'],
} as const;

const plain = (heading: string) =>
  heading
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, ' ');

/** Finds the columns by their Russian or English headings. Null: no column is a phone's, hence it is no list to call. */
export function readHeader(cells: readonly string[]): Columns | null {
  const seen = cells.map(plain);
  const find = (known: readonly string[]) => {
    // In the order of the known headings: «телефон» goes before «номер», which may be a contract's.
    for (const heading of known) {
      const index = seen.indexOf(plain(heading));
      if (index >= 0) return index;
    }
    return null;
  };
  const phone = find(headings.phone);
  if (phone === null) return null;
  const name = find(headings.name);
  const timeZone = find(headings.timeZone);
  const others = cells.flatMap((cell, index) =>
    index === phone || index === name || index === timeZone
      ? []
      : [{ index, heading: clean(cell, 80) || `column ${index + 1}` }],
  );
  return { phone, name, timeZone, others, count: cells.length };
}

/** Reads one row by its columns. `country`: where a number without a country belongs. */
export function readRow(
  cells: readonly string[],
  columns: Columns,
  country: 'RU' | 'US' | 'GB',
):
  | { readonly ok: true; readonly lead: ImportedLead }
  | { readonly ok: false; readonly reason: RejectReason } {
  // Empty cells behind the last column are what spreadsheets leave; anything else shifted the row.
  if (cells.length > columns.count && cells.slice(columns.count).some((cell) => cell.trim() !== '')) {
    return { ok: false, reason: 'tooManyColumns' };
  }
  const cell = (index: number | null) => (index === null ? '' : (cells[index] ?? ''));
  const phoneCell = cell(columns.phone).trim();
  if (phoneCell === '') return { ok: false, reason: 'missingPhone' };
  const nameCell = clean(cell(columns.name), longestName);
  if (columns.name !== null && nameCell === '') return { ok: false, reason: 'missingName' };
  // U+FFFD is what undecodable bytes became: a name nobody could say.
  if (cell(columns.name).includes('\uFFFD')) return { ok: false, reason: 'badEncoding' };

  const parsed = splitPhones(phoneCell).map((part) => parsePhone(part, { country }));
  const good = parsed.flatMap((p) => (p.ok ? [p] : []));
  const first = good[0];
  if (!first) {
    const refused = parsed.find((p) => !p.ok);
    return { ok: false, reason: refused && !refused.ok ? refused.reason : 'missingPhone' };
  }
  const zoneCell = cell(columns.timeZone).trim();
  const timeZone = zoneCell === '' ? null : readZone(zoneCell);
  if (zoneCell !== '' && timeZone === null) return { ok: false, reason: 'wrongTimeZone' };

  const data: Record<string, string | string[]> = {};
  for (const { index, heading } of columns.others) {
    const value = clean(cell(index), longestCell);
    if (value !== '') data[heading] = value;
  }
  const others = [...new Set(good.map((p) => p.phone))].filter((phone) => phone !== first.phone);
  if (others.length > 0) data.otherPhones = others;
  if (first.extension !== null) data.extension = first.extension;
  return { ok: true, lead: { name: nameCell || first.phone, phone: first.phone, timeZone, data } };
}

/** Trimmed, without control characters (PostgreSQL refuses NUL, screens the rest), cut, and never half a surrogate pair. */
export function clean(text: string, longest: number): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, longest)
    .toWellFormed();
}

/** Russia's zones by their whole hours from UTC; none of them knows summer time. */
const russianZones: Readonly<Record<number, string>> = {
  2: 'Europe/Kaliningrad',
  3: 'Europe/Moscow',
  4: 'Europe/Samara',
  5: 'Asia/Yekaterinburg',
  6: 'Asia/Omsk',
  7: 'Asia/Krasnoyarsk',
  8: 'Asia/Irkutsk',
  9: 'Asia/Yakutsk',
  10: 'Asia/Vladivostok',
  11: 'Asia/Magadan',
  12: 'Asia/Kamchatka',
};

/** Asia/Omsk, МСК+3, MSK+3, UTC+6, GMT+6, +6, +06:00 -> an IANA zone; null when it is none. */
export function readZone(text: string): string | null {
  const offset = /^(МСК|MSK|UTC|GMT)?\s*(?:([+-]\d{1,2})(?::?00)?)?$/iu.exec(text.trim());
  if (offset && (offset[1] || offset[2])) {
    const base = /МСК|MSK/iu.test(offset[1] ?? '') ? 3 : 0;
    return russianZones[base + Number(offset[2] ?? 0)] ?? null;
  }
  return /^[A-Za-z]+\/[A-Za-z_+\-/0-9]+$/.test(text) && isTimeZone(text) ? text : null;
}
