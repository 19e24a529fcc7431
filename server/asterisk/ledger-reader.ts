import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../basics/log.ts';
import type { Db } from '../db/pool.ts';
import { type CelEvent, cleaned, parseCelLine, salvageCelLine } from './cel.ts';

const ledgerFile = 'Master.csv';
const chunkBytes = 256 * 1024;
const firstLineBytes = 4096;
const pollMs = 200;
const retryMs = 1000;

export interface LedgerReader {
  /** Reads all that is on the disk now; resolves when it stands in the database. For tests and for verifying history. */
  catchUp(): Promise<void>;
  health(): { readonly up: boolean; readonly rows: number; readonly unreadableLines: number };
  /** Finishes the batch in hand. */
  close(): Promise<void>;
}

/**
 * Copies the exchange's ledger from its disk into table `ledger`, each line once. The file is the buffer: while PostgreSQL
 * is away nothing is read, and memory holds one chunk at most.
 *
 * A file is known by the hash of its first line, which carries the time in microseconds and a channel's id: it stays
 * the same when the file is renamed (rotation), copied or restored, and differs when a new file gets an old one's inode.
 * That hash is `ledger_offsets.file` and, as a number, `ledger.file_inode`. A rotated file may not be compressed before it
 * has been read.
 */
export function startLedgerReader(ports: { db: Db; node: string; dir: string; log: Log }): LedgerReader {
  const { db, node, dir, log } = ports;
  const offsets = new Map<string, number>();
  /** Size and time of files at the end of which we stood: not opened again until they change. */
  const settled = new Map<string, string>();
  const counts = { rows: 0, unreadableLines: 0 };
  const stopping = new AbortController();
  let up = true;
  let passing: Promise<void> = Promise.resolve();

  /** One pass at a time, whoever asks for it. */
  const pass = () => {
    passing = passing.catch(() => {}).then(readAll);
    return passing;
  };

  async function readAll(): Promise<void> {
    const names = (await readdir(dir)).filter(
      (name) => name.startsWith(ledgerFile) && !/\.(gz|xz|bz2|zst)$/.test(name),
    );
    const files = await Promise.all(
      names.map(async (name) => {
        const { mtimeMs, size, ino } = await stat(join(dir, name));
        return { name, mtimeMs, size, ino };
      }),
    );
    // Oldest first: what was rotated away comes before what is written now.
    files.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const { name, mtimeMs, size, ino } of files) {
      const looks = `${ino} ${size} ${mtimeMs}`;
      if (settled.get(name) === looks) continue;
      const handle = await open(join(dir, name));
      try {
        await readFile(handle, ino);
      } finally {
        await handle.close();
      }
      settled.set(name, looks);
    }
  }

  async function readFile(handle: FileHandle, inode: number): Promise<void> {
    const file = await fingerprint(handle);
    if (file === null) return;
    let from = offsets.get(file) ?? (await storedOffset(file));
    const buffer = Buffer.allocUnsafe(chunkBytes);
    while (!stopping.signal.aborted) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, from);
      const lastLineEnd = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
      // No line ends here: an unfinished last line waits; a chunk without any line feed is no ledger and is stepped over.
      const end = lastLineEnd >= 0 ? lastLineEnd + 1 : bytesRead === chunkBytes ? bytesRead : 0;
      if (end === 0) return;
      await store(file, inode, from, rowsOf(buffer.subarray(0, end), from));
      from += end;
      offsets.set(file, from);
    }
  }

  async function storedOffset(file: string): Promise<number> {
    const { rows } = await db.query<{ bytes: number }>(
      'SELECT bytes FROM ledger_offsets WHERE node = $1 AND file = $2',
      [node, file],
    );
    return rows[0]?.bytes ?? 0;
  }

  async function store(file: string, inode: number, from: number, batch: Batch): Promise<void> {
    const { rows, end, unreadable } = batch;
    const column = <T>(pick: (row: Row) => T) => rows.map(pick);
    // Rows and offset in one statement: both or neither.
    await db.query({
      name: 'store ledger',
      text: `WITH kept AS (
         INSERT INTO ledger_offsets (node, file, inode, bytes) VALUES ($1, $2, $3, $4)
         ON CONFLICT (node, file) DO UPDATE SET bytes = excluded.bytes, inode = excluded.inode
       )
       INSERT INTO ledger (node, file_inode, byte_offset, at, type, channel_id, linked_id, call_id, channel, context,
                           exten, caller, app, extra)
       SELECT $1, $5::bigint, o, to_timestamp(at), type, channel_id, linked_id, call_id, channel, context, exten, caller,
              app, extra::jsonb
       FROM unnest($6::bigint[], $7::float8[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
                   $14::text[], $15::text[], $16::text[], $17::text[])
         AS r (o, at, type, channel_id, linked_id, call_id, channel, context, exten, caller, app, extra)
       ON CONFLICT DO NOTHING`,
      values: [
        node,
        file,
        inode,
        from + end,
        fileNumber(file),
        column((r) => r.offset),
        column((r) => r.event.atSeconds),
        column((r) => r.event.type),
        column((r) => r.event.channelId),
        column((r) => r.event.linkedId),
        column((r) => r.event.callId),
        column((r) => r.event.channel),
        column((r) => r.event.context),
        column((r) => r.event.exten),
        column((r) => r.event.caller),
        column((r) => r.event.app),
        column((r) => r.event.extra && JSON.stringify(r.event.extra)),
      ],
    });
    counts.rows += rows.length;
    counts.unreadableLines += unreadable;
    if (unreadable > 0)
      log.warn({ lines: unreadable }, 'lines of the ledger could not be read; kept as they are');
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await pass();
        if (!up) log.info('the ledger is read again');
        up = true;
      } catch (error) {
        if (up) log.warn({ err: error }, 'the ledger cannot be read or stored now; it waits on its disk');
        up = false;
      }
      await sleep(up ? pollMs : retryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();

  return {
    catchUp: pass,
    health: () => ({ up, ...counts }),
    async close() {
      stopping.abort();
      await running;
      await passing.catch(() => {});
    },
  };
}

interface Row {
  readonly offset: number;
  readonly event: CelEvent;
}
interface Batch {
  readonly rows: Row[];
  /** Bytes that the batch spans. */
  readonly end: number;
  readonly unreadable: number;
}

/** Rows of a chunk that begins at byte `from` of its file. An unreadable line becomes a row too: nothing is thrown away. */
function rowsOf(chunk: Buffer, from: number): Batch {
  const rows: Row[] = [];
  let unreadable = 0;
  let lastSeconds = 0;
  for (let start = 0; start < chunk.length; ) {
    const lineFeed = chunk.indexOf(0x0a, start);
    const stop = lineFeed < 0 ? chunk.length : lineFeed;
    const line = chunk.toString('utf8', start, stop).replace(/\r$/, '');
    const offset = from + start;
    start = stop + 1;
    if (line === '') continue;
    const event = parseCelLine(line);
    if (event) {
      lastSeconds = event.atSeconds;
      rows.push({ offset, event });
      continue;
    }
    unreadable++;
    const salvaged = salvageCelLine(line);
    rows.push({ offset, event: unreadableEvent(line.slice(0, salvaged?.from ?? line.length), lastSeconds) });
    // Characters are never more than bytes, so this offset lies inside the line and is nobody else's.
    if (salvaged) rows.push({ offset: offset + salvaged.from, event: salvaged.event });
  }
  return { rows, end: chunk.length, unreadable };
}

function unreadableEvent(line: string, atSeconds: number): CelEvent {
  const none = { channelId: '', linkedId: '', callId: null, channel: '', context: '', exten: '', caller: '' };
  return { type: 'UNREADABLE', atSeconds, ...none, app: '', extra: { line: cleaned(line, 2000) } };
}

/** Hash of the first line; null while there is no whole line yet. */
async function fingerprint(handle: FileHandle): Promise<string | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(firstLineBytes), 0, firstLineBytes, 0);
  const lineFeed = buffer.subarray(0, bytesRead).indexOf(0x0a);
  if (lineFeed < 0 && bytesRead < firstLineBytes) return null;
  const line = buffer.subarray(0, lineFeed < 0 ? firstLineBytes : lineFeed);
  return createHash('sha256').update(line).digest('hex').slice(0, 16);
}

/** The hash as a number that fits bigint. */
function fileNumber(file: string): string {
  return BigInt.asIntN(64, BigInt(`0x${file}`)).toString();
}
