import { isUtf8 } from 'node:buffer';

/** What a list's bytes are: which encoding, which separator, where one row ends. Pure but for `isUtf8`. */

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1251';
export type Separator = ';' | ',' | '\t';

/** Lines looked at, at most, to tell UTF-8 from windows-1251. */
const LINES_TO_TELL = 2000;

/**
 * Tells the encoding from the file's bytes, chunk by chunk: `push` until it returns true or the file ends, then `encoding()`.
 * Lines that hold other than ASCII vote, so that a few spoilt lines do not turn a whole UTF-8 file into windows-1251.
 */
export function makeEncodingDetector(): { push(chunk: Buffer): boolean; encoding(): Encoding } {
  let known: Encoding | null = null;
  let first = true;
  let valid = 0;
  let invalid = 0;
  let rest = Buffer.alloc(0);
  const vote = (line: Buffer) => {
    if (line.every((byte) => byte < 0x80)) return;
    if (isUtf8(line)) valid++;
    else invalid++;
  };
  return {
    push(chunk) {
      if (first) {
        first = false;
        known = byMark(chunk);
      }
      if (known) return true;
      const bytes = Buffer.concat([rest, chunk]);
      let from = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        vote(bytes.subarray(from, end));
        from = end + 1;
        if (valid + invalid >= LINES_TO_TELL) return true;
      }
      rest = bytes.subarray(from);
      // One endless line: what there is of it must do.
      if (rest.length > 4_000_000) {
        vote(rest.subarray(0, 1_000_000));
        rest = Buffer.alloc(0);
      }
      return false;
    },
    encoding() {
      if (known) return known;
      vote(rest);
      return invalid > valid ? 'windows-1251' : 'utf-8';
    },
  };
}

function byMark(start: Buffer): Encoding | null {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return 'utf-8';
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  // Without a mark: in UTF-16 the ASCII half of a list (digits, separators, line ends) has a zero in every pair.
  const sample = start.subarray(0, 4000);
  let even = 0;
  let odd = 0;
  for (let i = 0; i + 1 < sample.length; i += 2) {
    if (sample[i] === 0) even++;
    if (sample[i + 1] === 0) odd++;
  }
  const pairs = sample.length / 2;
  if (odd > pairs * 0.3 && even < pairs * 0.05) return 'utf-16le';
  if (even > pairs * 0.3 && odd < pairs * 0.05) return 'utf-16be';
  return null;
}

/** The separator that the header line uses most, outside quotes; `;` when it holds none. */
export function detectSeparator(headerLine: string): Separator {
  const bare = headerLine.replace(/"[^"]*"/g, '');
  const counts = ([';', ',', '\t'] as const).map((mark) => ({ mark, n: bare.split(mark).length - 1 }));
  const best = counts.reduce((a, b) => (b.n > a.n ? b : a));
  return best.mark;
}

/** Longest row in characters; a list's row has some hundred. */
export const longestRow = 64 * 1024;
/** A quoted cell may hold line ends, but not so many: then its quote was never closed. */
const MOST_LINES = 100;
/** Beyond this a line is no longer kept, only waited out. */
const LONGEST_KEPT = 2_000_000;

export type RawRow =
  | { readonly line: number; readonly text: string; readonly fault: null }
  | { readonly line: number; readonly text: string; readonly fault: 'rowTooLong' | 'unclosedQuote' };

/**
 * Cuts text into rows by RFC 4180 (a quoted cell may hold separators, line ends and doubled quotes), and finds its feet again after
 * broken ones: a row too long is waited out, a quote never closed costs its own line only. The general CSV parser
 * can do neither: one oversize cell ends it, one stray quote swallows the rest of the file.
 * `push` text as it comes, `end` once; both return the rows that became whole. Lines are counted from 1.
 */
export class RowCutter {
  private readonly separator: string;
  private text = '';
  private line = 1;
  /** Set while an oversize line is waited out: its beginning. */
  private skipping: string | null = null;

  constructor(separator: string) {
    this.separator = separator;
  }

  push(text: string): RawRow[] {
    this.text += text;
    return this.cut(false);
  }

  end(): RawRow[] {
    const rows = this.cut(true);
    if (this.skipping !== null) rows.push({ line: this.line, text: this.skipping, fault: 'rowTooLong' });
    this.skipping = null;
    return rows;
  }

  private cut(last: boolean): RawRow[] {
    const rows: RawRow[] = [];
    let from = 0;
    while (from < this.text.length) {
      const end = lineEnd(this.text, from, last);
      if (end === null) {
        if (this.text.length - from > LONGEST_KEPT && this.skipping === null) {
          this.skipping = this.text.slice(from, from + 200);
        }
        if (this.skipping !== null) from = this.text.length;
        break;
      }
      if (this.skipping !== null) {
        rows.push({ line: this.line++, text: this.skipping, fault: 'rowTooLong' });
        this.skipping = null;
        from = end.next;
        continue;
      }
      const row = this.rowAt(from, end, last);
      if (row === null) break;
      const text = this.text.slice(from, row.end);
      if (text.trim() !== '') {
        const fault = row.unclosed ? 'unclosedQuote' : text.length > longestRow ? 'rowTooLong' : null;
        rows.push({ line: this.line, text, fault });
      }
      this.line += row.lines;
      from = row.next;
    }
    this.text = this.text.slice(from);
    return rows;
  }

  /** Where the row that begins at `from` ends; null: more text is needed to know. */
  private rowAt(
    from: number,
    firstEnd: LineEnd,
    last: boolean,
  ): { end: number; next: number; lines: number; unclosed: boolean } | null {
    let end: LineEnd | null = firstEnd;
    let at = from;
    for (let lines = 1; ; lines++) {
      const quotes = quotesAfter(this.text, at, end.end, lines > 1, this.separator);
      if (quotes === 'closed') return { ...end, lines, unclosed: false };
      if (quotes === 'torn' || lines >= MOST_LINES || end.next - from > LONGEST_KEPT) break;
      at = end.next;
      end = at < this.text.length ? lineEnd(this.text, at, last) : null;
      if (end === null) {
        if (!last && this.text.length - from <= LONGEST_KEPT) return null;
        break;
      }
    }
    return { ...firstEnd, lines: 1, unclosed: true };
  }
}

interface LineEnd {
  readonly end: number;
  readonly next: number;
}

/** The next line end: CR LF, LF or a lone CR. A CR at the very end of what is there may be half of CR LF. */
function lineEnd(text: string, from: number, last: boolean): LineEnd | null {
  const lf = text.indexOf('\n', from);
  const before = lf < 0 ? text.length : lf;
  const cr = text.slice(from, before).indexOf('\r');
  if (cr >= 0) {
    const at = from + cr;
    if (at + 1 === before && lf >= 0) return { end: at, next: lf + 1 };
    if (at + 1 < text.length || last) return { end: at, next: at + 1 };
    return null;
  }
  if (lf >= 0) return { end: lf, next: lf + 1 };
  return last ? { end: text.length, next: text.length } : null;
}

/**
 * How quotes stand at `to`, when a quoted cell was (`open`) or was not open at `from`. `torn`: a cell open at `from` was closed by
 * a quote with text behind it: that quote belongs to another row, and the open one was never closed.
 */
function quotesAfter(
  text: string,
  from: number,
  to: number,
  open: boolean,
  separator: string,
): 'open' | 'closed' | 'torn' {
  let carried = open;
  let at = from;
  while (at < to) {
    if (!open) {
      // A quote opens a cell only as its first character: ООО "Ромашка" is plain text.
      if (text[at] === '"') {
        open = true;
        at++;
        continue;
      }
      const next = text.indexOf(separator, at);
      if (next < 0 || next >= to) return 'closed';
      at = next + 1;
      continue;
    }
    const quote = text.indexOf('"', at);
    if (quote < 0 || quote >= to) return 'open';
    if (text[quote + 1] === '"') {
      at = quote + 2;
      continue;
    }
    // Behind the closing quote comes a separator; anything else makes the rest of the cell plain text.
    if (carried && quote + 1 < to && text[quote + 1] !== separator) return 'torn';
    carried = false;
    open = false;
    const next = text.indexOf(separator, quote + 1);
    if (next < 0 || next >= to) return 'closed';
    at = next + 1;
  }
  return open ? 'open' : 'closed';
}
