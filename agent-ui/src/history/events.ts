import { hasWords, language, t } from '../ui/words.ts';

/** How the events beneath a call are written for people. */

/** Hours, minutes, seconds and milliseconds in the reader's zone: two events of one second are told apart. */
export function preciseTime(iso: string): string {
  return new Intl.DateTimeFormat(language() === 'ru' ? 'ru-RU' : 'en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).format(new Date(iso));
}

/** The event in words; one that has none yet keeps its name, since history must show everything. */
export function eventWord(type: string): string {
  const key = `event.${type}`;
  return hasWords(key) ? t(key) : type;
}

const longestFact = 60;

/** The plain values of an event as `name value`, nested ones in brackets; cut, as a hostile header may be long. */
export function eventFacts(data: unknown): string {
  if (data === null || typeof data !== 'object') return '';
  return Object.entries(data)
    .filter(([name, value]) => name !== 'type' && value !== null && value !== '')
    .map(
      ([name, value]) => `${name} ${cut(typeof value === 'object' ? JSON.stringify(value) : String(value))}`,
    )
    .join(', ');
}

function cut(text: string): string {
  return text.length > longestFact ? `${text.slice(0, longestFact)}…` : text;
}
