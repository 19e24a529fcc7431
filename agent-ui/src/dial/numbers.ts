/** Numbers as people type and paste them. Pure; the server alone decides what a number is. */

/**
 * What a typed text will probably be read as, for showing it: E.164, or the digits as they are. Null for what is no number:
 * letters in it, or fewer than five digits.
 */
export function guessPhone(text: string): string | null {
  const trimmed = text.trim();
  if (!/^(?:tel:)?[+\d\s().\-–—/]{5,40}$/i.test(trimmed)) return null;
  const digits = trimmed.replace(/\D/g, '');
  if (digits.length < 5 || digits.length > 15) return null;
  if (trimmed.replace(/^tel:/i, '').trim().startsWith('+')) return `+${digits}`;
  if (digits.length === 11 && /^[78]/.test(digits)) return `+7${digits.slice(1)}`;
  if (digits.length === 10) return `+7${digits}`;
  return digits;
}

const kept = 10;

/** The list with this number at its head and no second time. */
export function withNewest<T extends { readonly number: string }>(
  list: readonly T[],
  newest: T,
): readonly T[] {
  const same = guessPhone(newest.number) ?? newest.number;
  const rest = list.filter((one) => (guessPhone(one.number) ?? one.number) !== same);
  return [newest, ...rest].slice(0, kept);
}

const latin = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const russian = 'ёйцукенгшщзхъфывапролджэячсмитьбю';

/** Lower case, ё as е: how names are compared. */
function fold(text: string): string {
  return text.toLowerCase().replaceAll('ё', 'е');
}

/** The same keys in the Russian layout: somebody who forgot to switch is understood. */
function inRussianLayout(text: string): string {
  return [...text].map((letter) => russian[latin.indexOf(letter)] ?? letter).join('');
}

/** Does every word of the query begin some word of the name? True for an empty query. */
export function matchesName(name: string, query: string): boolean {
  const words = fold(name).split(/[\s\-–«»"()]+/);
  const begins = (typed: string): boolean =>
    typed
      .split(/\s+/)
      .filter(Boolean)
      .every((part) => words.some((word) => word.startsWith(part)));
  const typed = fold(query.trim());
  return begins(typed) || begins(fold(inRussianLayout(typed)));
}
