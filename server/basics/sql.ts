/** Pieces of SQL text that several features need. Pure. Never give them anything but our own column names. */

/** A timestamptz inside JSON, as our shapes want it: 2026-11-22T18:00:00.000Z. */
export const isoTime = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
