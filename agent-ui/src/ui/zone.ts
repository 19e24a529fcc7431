/** Wall clocks of IANA zones, with Intl alone. Pure; instants are epoch milliseconds. */

const options = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
} as const;
const formats = new Map<string | undefined, Intl.DateTimeFormat>();

function formatOf(timeZone: string | undefined): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en', timeZone ? { ...options, timeZone } : options);
    } catch {
      format = new Intl.DateTimeFormat('en', options); // an unknown zone in the base: one's own clock
    }
    formats.set(timeZone, format);
  }
  return format;
}

function parts(at: number, timeZone?: string): { date: string; time: string } {
  const p = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return { date: `${p.year}-${p.month}-${p.day}`, time: `${p.hour}:${p.minute}` };
}

/** The calendar date there: YYYY-MM-DD. */
export function isoDate(at: number, timeZone?: string): string {
  return parts(at, timeZone).date;
}

/** The wall clock there as <input type="datetime-local"> writes it: YYYY-MM-DDTHH:MM. */
export function wallClock(at: number, timeZone?: string): string {
  const { date, time } = parts(at, timeZone);
  return `${date}T${time}`;
}

/** Do the zone's clock and one's own show the same at this instant? */
export function sameClock(timeZone: string, at: number, own?: string): boolean {
  return wallClock(at, timeZone) === wallClock(at, own);
}

/**
 * The instant at which the clock there shows `wall` (YYYY-MM-DDTHH:MM); null for what is no date. A time that a change of
 * clocks skips becomes the one an hour later.
 */
export function instantOf(wall: string, timeZone?: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(wall)) return null;
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc)) return null;
  // The zone's offset a day before and a day after; they differ around a change of clocks only.
  const [before, after] = [asUtc - 86_400_000, asUtc + 86_400_000].map((at) => {
    const minute = Math.floor(at / 60_000) * 60_000;
    return asUtc - (Date.parse(`${wallClock(minute, timeZone)}Z`) - minute);
  }) as [number, number];
  return wallClock(before, timeZone) !== wall && wallClock(after, timeZone) === wall ? after : before;
}
