import { language } from './words.ts';

/** Figures as people of this house write them. Pure but for the chosen language. */

const tags = { ru: 'ru-RU', en: 'en-GB' } as const;
function tag(): string {
  return tags[language()];
}

/** Making an Intl formatter costs some 0.1 ms, and a card needs dozens: each is made once. */
const formatters = new Map<string, Intl.DateTimeFormat>();
function dateFormat(options: Intl.DateTimeFormatOptions, timeZone?: string): Intl.DateTimeFormat {
  const key = `${tag()} ${timeZone ?? ''} ${JSON.stringify(options)}`;
  let format = formatters.get(key);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat(tag(), timeZone ? { ...options, timeZone } : options);
    } catch {
      format = new Intl.DateTimeFormat(tag(), options); // an unknown zone in the base must not break the page
    }
    formatters.set(key, format);
  }
  return format;
}
const relativeFormats = {
  ru: new Intl.RelativeTimeFormat(tags.ru, { numeric: 'auto' }),
  en: new Intl.RelativeTimeFormat(tags.en, { numeric: 'auto' }),
};

/** +79161234567 -> "+7 916 123-45-67"; other countries keep their code and digits in groups of three. */
export function formatPhone(phone: string | null | undefined): string {
  if (!phone) return '';
  const russian = /^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(phone);
  if (russian) return `+7 ${russian[1]} ${russian[2]}-${russian[3]}-${russian[4]}`;
  const other = /^(\+\d{1,3})(\d{3})(\d{3})(\d+)$/.exec(phone);
  return other ? `${other[1]} ${other[2]} ${other[3]} ${other[4]}` : phone;
}

const minus = '\u2212';
const narrowSpace = '\u202f';

/** Kopecks -> "12 345,67 ₽", in English "12 345.67 ₽". */
export function formatAmount(amountKopecks: number): string {
  const whole = Math.trunc(Math.abs(amountKopecks) / 100);
  const rest = String(Math.abs(amountKopecks) % 100).padStart(2, '0');
  const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, narrowSpace);
  return `${amountKopecks < 0 ? minus : ''}${grouped}${language() === 'ru' ? ',' : '.'}${rest}\u00a0₽`;
}

/** A count with digits in groups: 12 345. */
export function formatCount(count: number): string {
  return String(Math.trunc(Math.abs(count)))
    .replace(/\B(?=(\d{3})+$)/g, narrowSpace)
    .replace(/^/, count < 0 ? minus : '');
}

/** Milliseconds -> "m:ss", from an hour on "h:mm:ss". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${pad(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}

/** Exact date and time in the reader's zone, or in `timeZone`: "22.11.2026, 18:05". */
export function formatDateTime(iso: string | Date, timeZone?: string): string {
  return dateFormat({ dateStyle: 'short', timeStyle: 'short' }, timeZone).format(new Date(iso));
}

/** Date without the year: "24.11, 08:00", for narrow places and near dates. */
export function formatShort(iso: string | Date, timeZone?: string): string {
  return dateFormat(
    { day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit' },
    timeZone,
  ).format(new Date(iso));
}

/** With seconds, for hover. */
export function formatExact(iso: string | Date, timeZone?: string): string {
  return dateFormat({ dateStyle: 'long', timeStyle: 'medium' }, timeZone).format(new Date(iso));
}

export function formatTime(iso: string | Date, timeZone?: string): string {
  return dateFormat({ hour: '2-digit', minute: '2-digit' }, timeZone).format(new Date(iso));
}

/** A calendar date (YYYY-MM-DD or an instant) -> "22.11.2026". */
export function formatDate(date: string): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(date);
  return dateFormat({ dateStyle: 'short' }, day ? 'UTC' : undefined).format(new Date(date));
}

/** "3 дня назад", "through 5 minutes"; `nowMs` is epoch milliseconds. The exact time belongs into the hover (`formatExact`). */
export function formatRelative(iso: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(iso) - nowMs) / 1000);
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['year', 31_557_600],
    ['month', 2_629_800],
    ['week', 604_800],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ];
  const format = relativeFormats[language()];
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, 'second');
}
