import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { E164 } from './ids.ts';

/**
 * The only maker of `E164`. Russian rules (trunk 8, national 10 digits, area codes, Kazakhstan within +7) are our own,
 * since the general library guesses where we must refuse; every other country is judged by it. Pure.
 */

type PhoneKind = 'mobile' | 'landline' | 'tollFree' | 'unknown';

/** Why a text is no phone number we may call or match by; keys for people's words. */
type PhoneRefusal =
  | 'missingPhone' // nothing there
  | 'hiddenPhone' // the caller withheld it
  | 'shortPhone' // up to 4 digits: a service number or an extension
  | 'needsAreaCode' // 5-7 digits and no area code known
  | 'wrongPhone'; // anything else

export type ParsedPhone =
  | { readonly ok: true; readonly phone: E164; readonly extension: string | null; readonly kind: PhoneKind }
  | { readonly ok: false; readonly reason: PhoneRefusal };

export interface PhoneOptions {
  /** Where a number without a country belongs. */
  readonly country: 'RU' | 'US' | 'GB';
  /** Put before a 5-7 digit local number, e.g. '495'. */
  readonly defaultAreaCode?: string;
}

const longestInput = 100;
const hiddenWords =
  /^(?:anonymous|restricted|unknown|unavailable|withheld|private|hidden|скрыт\S*|неизвест\S*)$/i;
/** доб. 12, доб12, вн. 12, ext 12, x12, #12, ;ext=12 at the end, with or without brackets. */
const extensionAtEnd =
  /[\s,;(]*(?:доб(?:авочный)?|вн(?:утр(?:енний)?)?|ext(?:ension)?|x|#)[\s.:=№]*(\d{1,8})\s*\)?[\s.;]*$/iu;
/** "тел.:", "моб. т." before a number; "(Иван)" behind it. */
const labelBefore = /^[\p{L}][\p{L}\s.:]{0,24}(?=[+(\d])/u;
const remarkBehind = /\(\D*\)\s*$/u;
const noise = /[\s().\-–—‑/~_]/g;

const refuse = (reason: PhoneRefusal): ParsedPhone => ({ ok: false, reason });

/** Reads one phone number as people write it. Never throws; any input is legal. */
export function parsePhone(raw: string, options: PhoneOptions): ParsedPhone {
  if (raw.length > longestInput) return refuse('wrongPhone');
  let text = raw.normalize('NFKC').trim().replace(/^tel:/i, '');
  if (text === '' || text === '-') return refuse('missingPhone');
  if (hiddenWords.test(text)) return refuse('hiddenPhone');

  let extension: string | null = null;
  const found = extensionAtEnd.exec(text);
  if (found?.[1] !== undefined && found.index > 0) {
    extension = found[1];
    text = text.slice(0, found.index);
  }
  text = text.replace(labelBefore, '').replace(remarkBehind, '').replace(noise, '');
  if (!/^\+?\d+$/.test(text)) return refuse('wrongPhone');
  if (/^\+?0+$/.test(text)) return refuse('hiddenPhone');

  const international = toInternational(text, options);
  if (typeof international !== 'string') return international;
  const kind = international.startsWith('+7') ? kindWithinSeven(international) : kindAbroad(international);
  if (kind === null) return refuse('wrongPhone');
  return { ok: true, phone: international as E164, extension, kind };
}

/** Digits with or without plus -> plus, country and national number; or the refusal. */
function toInternational(text: string, { country, defaultAreaCode }: PhoneOptions): string | ParsedPhone {
  if (text.startsWith('+')) return text;
  if (country !== 'RU') return parsePhoneNumberFromString(text, country)?.number ?? refuse('wrongPhone');
  // 8~10 is Russia's way abroad; no Russian area code begins with 10, so it cannot be taken for one. 00 is Europe's.
  const abroad = /^(?:810|00)(\d{7,15})$/.exec(text);
  if (abroad) return `+${abroad[1]}`;
  const digits = text.length;
  if (digits === 11) return text[0] === '8' || text[0] === '7' ? `+7${text.slice(1)}` : refuse('wrongPhone');
  if (digits === 10) return `+7${text}`;
  if (digits <= 4) return refuse('shortPhone');
  if (digits <= 7) {
    return defaultAreaCode && defaultAreaCode.length + digits === 10
      ? `+7${defaultAreaCode}${text}`
      : refuse('needsAreaCode');
  }
  // Spreadsheets drop the plus: 375291234567. With 12 and more digits no Russian number can be meant.
  return digits >= 12 && !text.startsWith('7') ? `+${text}` : refuse('wrongPhone');
}

/** Russian and Kazakh numbering plan (+7 and ten digits); null: no such number. */
function kindWithinSeven(phone: string): PhoneKind | null {
  // 88x and 89x are no area codes: a mobile number with trunk 8 that lost a digit would look like one.
  const national = /^\+7((?:[34679]\d|8[0-7])\d{8})$/.exec(phone)?.[1];
  if (national === undefined) return null;
  if (national.startsWith('9')) return 'mobile';
  if (national.startsWith('800')) return 'tollFree';
  if (/^7(?:0|47|7)/.test(national)) return 'mobile';
  return /^(?:80|6|7[3-9])/.test(national) ? 'unknown' : 'landline';
}

function kindAbroad(phone: string): PhoneKind | null {
  const parsed = parsePhoneNumberFromString(phone);
  return parsed?.isValid() && parsed.number === phone ? 'unknown' : null;
}

/**
 * Two numbers in one cell are two numbers: cuts at commas, semicolons, bars, line ends, slashes, "и", "или", and where
 * a second plus or a second ten-digit number begins. The parts are raw; give each to `parsePhone`.
 */
export function splitPhones(cell: string): string[] {
  const parts = cell
    .slice(0, 1000)
    .split(/\s*(?:[,;|\n\r](?!\s*(?:доб|вн|ext|#|x\s*\d))|\s(?:и|или|or|and)\s|(?<=\d)[\s().]*(?=\+))\s*/iu)
    .flatMap(cutAtSlashes)
    .flatMap(cutWhereTwoRunTogether)
    .map((part) => part.trim());
  return parts.filter((part) => part !== '');
}

/** A slash parts two numbers only where both sides are long enough to be one: 8/916/… is one number. */
function cutAtSlashes(part: string): string[] {
  const sides = part.split('/');
  return sides.every((side) => side.replace(/\D/g, '').length >= 5) ? sides : [part];
}

function cutWhereTwoRunTogether(part: string): string[] {
  const digits = part.replace(extensionAtEnd, '').replace(/\D/g, '').length;
  if (digits < 20) return [part];
  const numbers = part.match(/(?:\+?7|8)?[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)/g) ?? [];
  return numbers.join('').replace(/\D/g, '').length === digits ? numbers : [part];
}

/**
 * The caller of a SIP call as E.164, or null when he cannot be matched: hidden (anonymous, Restricted, zeros, blank), a short
 * number, an extension, or no number at all. Takes a bare user part, a `sip:`/`tel:` URI or a whole From header.
 */
export function callerToPhone(
  from: string,
  options: Pick<PhoneOptions, 'country'> = { country: 'RU' },
): E164 | null {
  const user = /(?:^|<)\s*(?:sips?|tel):([^@;>]*)/i.exec(from)?.[1] ?? from;
  // A URI writes plus as %2B; anything else that is percent-coded cannot belong to a number.
  const parsed = parsePhone(user.replace(/%2B/i, '+').replace(/@.*$/, ''), { country: options.country });
  return parsed.ok && parsed.extension === null ? parsed.phone : null;
}

/** For people: +7 916 123-45-67; other countries in their own grouping. */
export function formatPhone(phone: E164): string {
  const seven = /^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(phone);
  if (seven) return `+7 ${seven[1]} ${seven[2]}-${seven[3]}-${seven[4]}`;
  return parsePhoneNumberFromString(phone)?.formatInternational() ?? phone;
}
