import type { Db } from '../db/pool.ts';
import type { CelEvent } from './cel.ts';

/** SQL of the ledger as it is read from its files. */

/** Which file, told by its first line; `again`: it was cut and written anew, so some of its lines may be known already. */
export interface LedgerFile {
  readonly node: string;
  /** A hash, as PostgreSQL's bigint. */
  readonly hash: string;
  readonly name: string;
  readonly again: boolean;
}

export interface Batch {
  readonly rows: readonly { readonly offset: number; readonly event: CelEvent }[];
  readonly rejects: readonly {
    readonly offset: number;
    readonly reason: 'unreadable' | 'torn';
    readonly line: string;
  }[];
  /** Where the next batch begins, bytes from the file's start. */
  readonly end: number;
  /** Hash of the bytes before `end`. */
  readonly tail: string;
}

export interface Mark {
  readonly bytes: number;
  readonly tail: string;
}

/** How far this file has been read; null: never. */
export async function readMark(db: Db, node: string, hash: string): Promise<Mark | null> {
  const { rows } = await db.query<Mark>(
    'SELECT bytes, tail FROM ledger_offsets WHERE node = $1 AND file_hash = $2',
    [node, hash],
  );
  return rows[0] ?? null;
}

/** Rows, rejects and offset in one statement: all or none. The same batch again changes nothing. */
export async function storeBatch(db: Db, file: LedgerFile, batch: Batch): Promise<void> {
  const { rows, rejects } = batch;
  const column = <T>(pick: (event: CelEvent) => T) => rows.map((r) => pick(r.event));
  await db.query({
    name: file.again ? 'store ledger again' : 'store ledger',
    text: `WITH mark AS (
         INSERT INTO ledger_offsets (node, file_hash, name, bytes, tail, read_at) VALUES ($1, $2, $3, $4, $5, now())
         ON CONFLICT (node, file_hash) DO UPDATE
            SET bytes = excluded.bytes, tail = excluded.tail, name = excluded.name, read_at = excluded.read_at
       ), rejected AS (
         INSERT INTO ledger_rejects (node, file_hash, byte_offset, reason, line)
         SELECT $1, $2, o, reason, line FROM unnest($6::bigint[], $7::text[], $8::text[]) AS j (o, reason, line)
         ON CONFLICT DO NOTHING
       )
       INSERT INTO ledger (node, file_hash, byte_offset, at, type, channel_id, linked_id, call_id, channel, context,
                           exten, caller, app, extra)
       SELECT $1, $2, o, to_timestamp(s), r.type, r.channel_id, r.linked_id, r.call_id, r.channel, r.context, r.exten, r.caller,
              r.app, r.extra::jsonb
       FROM unnest($9::bigint[], $10::float8[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                   $17::text[], $18::text[], $19::text[], $20::text[])
         AS r (o, s, type, channel_id, linked_id, call_id, channel, context, exten, caller, app, extra)
       ${file.again ? alreadyThere : ''}
       ON CONFLICT DO NOTHING`,
    values: [
      file.node,
      file.hash,
      file.name,
      batch.end,
      batch.tail,
      rejects.map((r) => r.offset),
      rejects.map((r) => r.reason),
      rejects.map((r) => r.line),
      rows.map((r) => r.offset),
      column((e) => e.atSeconds),
      column((e) => e.type),
      column((e) => e.channelId),
      column((e) => e.linkedId),
      column((e) => e.callId),
      column((e) => e.channel),
      column((e) => e.context),
      column((e) => e.exten),
      column((e) => e.caller),
      column((e) => e.app),
      column((e) => e.extra && JSON.stringify(e.extra)),
    ],
  });
}

/** One channel does not have two events of one type in the same microsecond. */
const alreadyThere = `WHERE NOT EXISTS (
  SELECT FROM ledger k WHERE k.channel_id = r.channel_id AND k.node = $1 AND k.type = r.type AND k.at = to_timestamp(r.s))`;
