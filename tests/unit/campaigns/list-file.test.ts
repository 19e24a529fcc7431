import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectSeparator, makeEncodingDetector, RowCutter } from '../../../server/campaigns/list-file.ts';

function encodingOf(bytes: Buffer): string {
  const detector = makeEncodingDetector();
  for (let at = 0; at < bytes.length; at += 7) if (detector.push(bytes.subarray(at, at + 7))) break;
  return detector.encoding();
}
/** windows-1251 for А-я and ASCII. */
const cp1251 = (text: string) =>
  Buffer.from(
    [...text].map((c) => (c >= 'А' && c <= 'я' ? c.charCodeAt(0) - 0x410 + 0xc0 : c.charCodeAt(0))),
  );

describe('the encoding of a list', () => {
  const text = 'Имя;Телефон\nИван;89161234567\nАнна;89161234568\n';
  const swapped = (bytes: Buffer) => bytes.swap16();
  it.each([
    ['UTF-8', Buffer.from(text), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`), 'utf-8'],
    ['windows-1251', cp1251(text), 'windows-1251'],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'utf-16le'],
    ['UTF-16 the other way round', swapped(Buffer.from(`\uFEFF${text}`, 'utf16le')), 'utf-16be'],
    ['plain ASCII', Buffer.from('name;phone\nIvan;89161234567\n'), 'utf-8'],
    ['nothing', Buffer.alloc(0), 'utf-8'],
  ])('%s is told', (_what, bytes, encoding) => {
    const detector = makeEncodingDetector();
    detector.push(bytes);
    expect(detector.encoding()).toBe(encoding);
  });

  it('is told across the borders of chunks, and Cyrillic may come late', () => {
    expect(
      encodingOf(Buffer.concat([Buffer.from('name;phone\n'.repeat(100)), cp1251('Иван;89161234567\n')])),
    ).toBe('windows-1251');
    expect(encodingOf(Buffer.from(`${'name;phone\n'.repeat(100)}Иван;89161234567\n`))).toBe('utf-8');
  });

  it('a few spoilt lines do not outvote the rest', () => {
    expect(encodingOf(Buffer.concat([Buffer.from('Иван;1\n'.repeat(5)), cp1251('Анна;2\n')]))).toBe('utf-8');
  });
});

describe('the separator', () => {
  it.each([
    ['имя;телефон;город', ';'],
    ['name,phone', ','],
    ['name\tphone', '\t'],
    ['"a,b,c,d";phone', ';'],
    ['телефон', ';'],
  ])('of %j is %j', (line, separator) => {
    expect(detectSeparator(line)).toBe(separator);
  });
});

describe('rows', () => {
  const cut = (text: string, piece = text.length || 1) => {
    const cutter = new RowCutter(';');
    const rows = [];
    for (let at = 0; at < text.length; at += piece) rows.push(...cutter.push(text.slice(at, at + piece)));
    return [...rows, ...cutter.end()].map((r) => [r.line, r.text.slice(0, 20), r.fault]);
  };

  it('end at any kind of line end, and blank lines only count', () => {
    expect(cut('a;1\r\nb;2\n\nc;3\rd;4')).toEqual([
      [1, 'a;1', null],
      [2, 'b;2', null],
      [4, 'c;3', null],
      [5, 'd;4', null],
    ]);
  });

  it('go on over line ends in a quoted cell', () => {
    expect(cut('"a\nb";1\nc;2')).toEqual([
      [1, '"a\nb";1', null],
      [3, 'c;2', null],
    ]);
  });

  it('do not take a quote inside a cell for the beginning of one', () => {
    expect(cut('ООО "Ромашка;1\nb;2')).toEqual([
      [1, 'ООО "Ромашка;1', null],
      [2, 'b;2', null],
    ]);
  });

  it('a quote that is never closed costs its own line only', () => {
    expect(cut('"Ромашка;1\nb;2\nc;3')).toEqual([
      [1, '"Ромашка;1', 'unclosedQuote'],
      [2, 'b;2', null],
      [3, 'c;3', null],
    ]);
  });

  it('a quote that is never closed is told from the next row’s own quotes', () => {
    expect(cut('"Дарья;1\nООО "Ёлка";2\n"c";3')).toEqual([
      [1, '"Дарья;1', 'unclosedQuote'],
      [2, 'ООО "Ёлка";2', null],
      [3, '"c";3', null],
    ]);
  });

  it.each([100_000, 1_000_000, 5_000_000])('a cell of %i characters costs its own line only', (size) => {
    expect(cut(`a;1\nb;${'x'.repeat(size)};1\nc;3`, 65_536)).toEqual([
      [1, 'a;1', null],
      [2, expect.stringMatching(/^b;xxx/), 'rowTooLong'],
      [3, 'c;3', null],
    ]);
    expect(cut(`a;1\nb;"${'x'.repeat(size)}";1\nc;3`, 65_536)).toMatchObject([
      {},
      { 2: 'rowTooLong' },
      { 0: 3 },
    ]);
    expect(cut(`a;1\n${'x'.repeat(size)}`, 65_536)).toMatchObject([{}, { 0: 2, 2: 'rowTooLong' }]);
  });

  it('come out the same whatever pieces the text comes in', () => {
    const alphabet = fc.constantFrom('a', ';', '"', '\n', '\r', '\r\n', 'я');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (parts, piece) => {
        const text = parts.join('');
        expect(cut(text, piece)).toEqual(cut(text));
      }),
      { numRuns: 500 },
    );
  });
});
