/**
 * One line of the exchange's ledger (CEL written as CSV, every column quoted, quotes doubled). Columns, in order: event
 * type, time, unique id, linked id, account code, channel, context, extension, caller's number, caller's name, application,
 * its data, extra (JSON), peer. Written by asterisk/pbx/cel_custom.conf. Callers choose some of these strings themselves.
 */
export interface CelEvent {
  readonly type: string;
  /** Seconds since 1970 with microseconds. */
  readonly atSeconds: number;
  readonly channelId: string;
  readonly linkedId: string;
  /** Account code: the call that this channel belongs to; null when it has none (yet). */
  readonly callId: string | null;
  readonly channel: string;
  readonly context: string;
  readonly exten: string;
  readonly caller: string;
  readonly app: string;
  /** What CEL adds for this type: hang-up cause, bridge id … */
  readonly extra: Readonly<Record<string, string | number | boolean | null>> | null;
}

const columnCount = 14;
const textLimit = 256;
const extraLimit = 8192;
/** How every line begins; finds a whole line behind the torn end of one that a crash cut short. */
const lineStart = /"[A-Z_]{2,40}","\d{9,11}\.\d{1,9}",/g;

/** Parses one line without its line feed; null when it is not a whole line of the ledger. */
export function parseCelLine(line: string): CelEvent | null {
  const columns = splitColumns(line);
  if (columns === null || columns.length !== columnCount) return null;
  const [type, time, channelId, linkedId, account, channel, context, exten, caller, , app, , extra] = columns;
  const atSeconds = Number(time);
  if (!type || !channelId || !time || !(atSeconds >= 0 && atSeconds < 1e11)) return null;
  return {
    type: cleaned(type),
    atSeconds,
    channelId: cleaned(channelId),
    linkedId: cleaned(linkedId ?? ''),
    callId: cleaned(account ?? '') || null,
    channel: cleaned(channel ?? ''),
    context: cleaned(context ?? ''),
    exten: cleaned(exten ?? ''),
    caller: cleaned(caller ?? ''),
    app: cleaned(app ?? ''),
    extra: parseExtra(extra ?? ''),
  };
}

/** The whole line that follows a torn one without a line feed between, and where it begins (characters). */
export function salvageCelLine(line: string): { readonly from: number; readonly event: CelEvent } | null {
  for (const match of line.matchAll(lineStart)) {
    if (match.index === 0) continue;
    const event = parseCelLine(line.slice(match.index));
    if (event) return { from: match.index, event };
  }
  return null;
}

/** The node in a channel's own name (n1-1795383906.2); null for channels whose id we made. */
export function nodeOfChannel(channelId: string): string | null {
  return /^([a-z0-9]{1,12})-\d{9,11}\.\d+$/.exec(channelId)?.[1] ?? null;
}

/** A string that PostgreSQL stores in text and jsonb alike: well-formed, without control characters, bounded. */
export function cleaned(text: string, limit = textLimit): string {
  return text
    .slice(0, limit)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '');
}

function splitColumns(line: string): string[] | null {
  const columns: string[] = [];
  const column = /"((?:[^"]|"")*)"(,|$)/y;
  for (;;) {
    const match = column.exec(line);
    if (match === null || columns.length >= columnCount) return null;
    columns.push((match[1] ?? '').replaceAll('""', '"'));
    if (match[2] === '') return columns;
  }
}

function parseExtra(text: string): CelEvent['extra'] {
  if (text === '' || text.length > extraLimit) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { text: cleaned(text) };
  }
  if (typeof parsed !== 'object' || parsed === null) return { text: cleaned(text) };
  const entries = Object.entries(parsed).map(([key, value]: [string, unknown]) => [
    cleaned(key),
    typeof value === 'number' || typeof value === 'boolean' || value === null
      ? value
      : cleaned(typeof value === 'string' ? value : JSON.stringify(value)),
  ]);
  return Object.fromEntries(entries);
}
