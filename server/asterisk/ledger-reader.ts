import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../basics/log.ts';
import type { Db } from '../db/pool.ts';
import { cleaned, nodeOfChannel, parseCelLine, salvageCelLine } from './cel.ts';
import { type Batch, type LedgerFile, type Mark, readMark, storeBatch } from './ledger-store.ts';

const ledgerFile = 'Master.csv';
/** What `rotate` calls a file; only these are removed. */
const ourRotated = /^Master\.csv\.\d{8}T\d{9}Z$/;
const compressed = /\.(gz|xz|bz2|zst)$/;
/** Some 1,000 lines, 10 ms of this thread: a backlog must not hold up live calls. */
const chunkBytes = 256 * 1024;
const firstLineBytes = 4096;
const tailBytes = 256;
const lineLimit = 2000;
const pollMs = 200;
const retryMs = 1000;
/** A file that was rotated away and has not changed for so long gets no more lines. */
const quietMs = 60_000;
const pruneEveryMs = 60_000;
const dayMs = 86_400_000;

export interface LedgerReader {
  /** Reads all that is on the disk now; resolves when it stands in the database. For tests and for verifying history. */
  catchUp(): Promise<void>;
  health(): LedgerHealth;
  /** Finishes the batch in hand. */
  close(): Promise<void>;
}

export interface LedgerHealth {
  readonly up: boolean;
  readonly rows: number;
  readonly unreadableLines: number;
  /** How often somebody cut the file behind our back; lines may have been lost each time. */
  readonly truncations: number;
  readonly foreignFiles: number;
  /** Bytes on the disk that the database does not have yet, as seen at the last look. */
  readonly unreadBytes: number;
}

interface Seen {
  readonly file: LedgerFile;
  readonly from: number;
}

/**
 * Copies the exchange's ledger from its disk into table `ledger`, each line once, and rotates it. The file is the buffer: while PostgreSQL
 * is away nothing is read, and memory holds one chunk at most. docs/decisions/ledger.md says what it withstands.
 *
 * A file is known by the hash of its first line, which carries the time in microseconds and a channel's id: it stays
 * the same when the file is renamed, copied or restored, and differs when a new file gets an old one's inode. A rotated file may not be compressed
 * before it has been read.
 */
export function startLedgerReader(ports: {
  db: Db;
  node: string;
  dir: string;
  log: Log;
  /** The file is put aside when it is so large, and every day. */
  rotateBytes?: number;
  keepDays?: number;
  /** Called after each round. */
  beat?: () => void;
}): LedgerReader {
  const { db, node, dir, log, rotateBytes = 64 * 1024 * 1024, keepDays = 30, beat } = ports;
  const offsets = new Map<string, Seen>();
  /** Size and time of files at the end of which we stood: not opened again until they change. */
  const settled = new Map<string, string>();
  const foreign = new Set<string>();
  const counts = { rows: 0, unreadableLines: 0, truncations: 0, unreadBytes: 0 };
  const stopping = new AbortController();
  let current: { ino: number; size: number; day: string } | null = null;
  let prunedAt = 0;
  let rotating = true;
  let up = true;
  let passing: Promise<void> = Promise.resolve();

  /** One pass at a time, whoever asks for it. */
  const pass = () => {
    passing = passing.catch(() => {}).then(readAll);
    return passing;
  };

  async function readAll(): Promise<void> {
    await rotate();
    const names = (await readdir(dir)).filter(
      (name) => name.startsWith(ledgerFile) && !compressed.test(name),
    );
    const looked = await Promise.all(
      names.map(async (name) => {
        // Gone between the two: rotated by somebody else, met under its new name next time.
        const found = await stat(join(dir, name)).catch(() => null);
        return found && { name, mtimeMs: found.mtimeMs, size: found.size, ino: found.ino };
      }),
    );
    const files = looked.filter((file) => file !== null);
    // Oldest first: what was rotated away comes before what is written now.
    files.sort(
      (a, b) => a.mtimeMs - b.mtimeMs || Number(a.name === ledgerFile) - Number(b.name === ledgerFile),
    );
    noteUnread(files);
    for (const { name, mtimeMs, size, ino } of files) {
      const looks = `${ino} ${size} ${mtimeMs}`;
      const quiet = name !== ledgerFile && Date.now() - mtimeMs > quietMs;
      if (settled.get(name) === `${looks} ${quiet}`) continue;
      if (name === ledgerFile) noteTruncation(ino, size);
      const handle = await open(join(dir, name)).catch(() => null);
      if (handle === null) continue;
      try {
        await readFile(handle, name, size, quiet);
      } finally {
        await handle.close();
      }
      settled.set(name, `${looks} ${quiet}`);
    }
    noteUnread(files);
    if (Date.now() - prunedAt > pruneEveryMs) await prune(files);
  }

  function noteUnread(files: readonly { name: string; size: number }[]): void {
    const read = new Map([...offsets.values()].map(({ file, from }) => [file.name, from]));
    counts.unreadBytes = files.reduce((sum, f) => sum + Math.max(0, f.size - (read.get(f.name) ?? 0)), 0);
  }

  /** Asterisk opens, appends and closes for each line (measured: docs/decisions/ledger.md), so a rename loses nothing. */
  async function rotate(): Promise<void> {
    const path = join(dir, ledgerFile);
    const { size, ino } = await stat(path).catch(() => ({ size: 0, ino: 0 }));
    if (size === 0) return;
    const now = new Date();
    if (current?.ino !== ino || current.day === '') {
      const day = await dayOfFirstLine(path);
      current = { ino, size: current?.ino === ino ? current.size : size, day };
    }
    const old = current.day !== '' && current.day < dayOf(now);
    if ((size < rotateBytes && !old) || !rotating) return;
    const aside = `${path}.${now.toISOString().replaceAll(/[-:.]/g, '')}`;
    try {
      await rename(path, aside);
      current = null;
    } catch (error) {
      // Told once; the ledger is read all the same.
      rotating = false;
      log.error({ err: error }, 'the ledger cannot be rotated: the server may not write into its folder');
    }
  }

  /** "copytruncate" and its like lose what was written between the copy and the cut. */
  function noteTruncation(ino: number, size: number): void {
    if (current !== null && current.ino === ino && size < current.size) {
      counts.truncations++;
      log.error(
        { bytesBefore: current.size, bytesNow: size },
        'somebody cut the ledger while the exchange was writing it; lines may be lost: it is rotated by renaming only',
      );
      current = { ino, size, day: '' };
    } else if (current !== null) current = { ...current, size };
  }

  /** Files of ours that are read to their end and old enough. The administrator's own copies are his. */
  async function prune(files: readonly { name: string; mtimeMs: number; size: number }[]): Promise<void> {
    prunedAt = Date.now();
    for (const { name, mtimeMs, size } of files) {
      if (!ourRotated.test(name) || Date.now() - mtimeMs < keepDays * dayMs) continue;
      const seen = [...offsets.values()].find(({ file }) => file.name === name);
      if (seen === undefined || seen.from < size) continue;
      await unlink(join(dir, name));
      settled.delete(name);
      log.info({ file: name }, 'an old file of the ledger, read to its end, was removed');
    }
  }

  async function readFile(handle: FileHandle, name: string, size: number, quiet: boolean): Promise<void> {
    const first = await firstLine(handle);
    if (first === null || foreign.has(first)) return;
    const met = offsets.get(first) ?? (await meet(handle, first, name));
    if (met === null) return;
    let { file, from } = met;
    if (file.name !== name) file = { ...file, name };
    const buffer = Buffer.allocUnsafe(chunkBytes);
    while (!stopping.signal.aborted) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, from);
      const lastLineEnd = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
      // No line ends here: an unfinished last line waits, unless nobody will finish it; a chunk without any line feed is no
      // ledger and is stepped over.
      const torn = lastLineEnd < 0 && quiet && bytesRead > 0 && from + bytesRead >= size;
      const end = lastLineEnd >= 0 ? lastLineEnd + 1 : torn || bytesRead === chunkBytes ? bytesRead : 0;
      if (end === 0) break;
      const batch = batchOf(buffer.subarray(0, end), from, torn);
      await storeBatch(db, file, { ...batch, tail: await tailOf(handle, batch.end) });
      counts.rows += batch.rows.length;
      counts.unreadableLines += batch.rejects.length;
      if (batch.rejects.length > 0)
        log.warn(
          { lines: batch.rejects.length },
          'lines of the ledger could not be read; kept in ledger_rejects',
        );
      from = batch.end;
      offsets.set(first, { file, from });
      beat?.();
    }
    offsets.set(first, { file, from });
  }

  /** A file that this process sees for the first time: how far it has been read; null: it is another exchange's. */
  async function meet(handle: FileHandle, first: string, name: string): Promise<Seen | null> {
    const whose = await nodeOf(handle);
    if (whose !== null && whose !== node) {
      foreign.add(first);
      log.error(
        { file: name, theirs: whose, node },
        "another exchange's ledger lies in this one's folder; not read",
      );
      return null;
    }
    let hash = numberOf(first);
    let again = false;
    // After a power cut the file may have lost lines that the database has, and have grown again since: then it is another file, known by
    // its first line and what is missing. The chain ends at the one that is as we left it.
    for (;;) {
      const mark: Mark | null = await readMark(db, node, hash);
      const from = mark?.bytes ?? 0;
      if (mark === null || from === 0 || mark.tail === '' || mark.tail === (await tailOf(handle, from)))
        return { file: { node, hash, name, again }, from };
      log.error(
        { file: name, bytes: from },
        'the ledger was cut and written anew; it is read again from its start',
      );
      again = true;
      hash = numberOf(createHash('sha256').update(`${hash} ${mark.tail}`).digest('hex'));
    }
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
      beat?.();
      await sleep(up ? pollMs : retryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();

  return {
    catchUp: pass,
    health: () => ({ up, foreignFiles: foreign.size, ...counts }),
    async close() {
      stopping.abort();
      await running;
      await passing.catch(() => {});
    },
  };
}

/** Rows of a chunk that begins at byte `from` of its file. A line that cannot be read is kept as it is: nothing is thrown away. */
function batchOf(chunk: Buffer, from: number, torn: boolean): Omit<Batch, 'tail'> {
  const rows: Batch['rows'][number][] = [];
  const rejects: Batch['rejects'][number][] = [];
  for (let start = 0; start < chunk.length; ) {
    const lineFeed = chunk.indexOf(0x0a, start);
    const stop = lineFeed < 0 ? chunk.length : lineFeed;
    const line = chunk.toString('utf8', start, stop).replace(/\r$/, '');
    const offset = from + start;
    start = stop + 1;
    if (line === '') continue;
    const event = parseCelLine(line);
    if (event) {
      rows.push({ offset, event });
      continue;
    }
    const salvaged = salvageCelLine(line);
    const reason = torn || salvaged ? 'torn' : 'unreadable';
    rejects.push({ offset, reason, line: cleaned(line.slice(0, salvaged?.from ?? line.length), lineLimit) });
    // Characters are never more than bytes, so this offset lies inside the line and is nobody else's.
    if (salvaged) rows.push({ offset: offset + salvaged.from, event: salvaged.event });
  }
  return { rows, rejects, end: from + chunk.length };
}

/** Hash of the `tailBytes` bytes before `end` (or all, if they are fewer). */
async function tailOf(handle: FileHandle, end: number): Promise<string> {
  const length = Math.min(tailBytes, end);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, end - length);
  return hashOf(buffer.subarray(0, bytesRead));
}

/** Hash of the first line; null while there is no whole line yet. */
async function firstLine(handle: FileHandle): Promise<string | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(firstLineBytes), 0, firstLineBytes, 0);
  const lineFeed = buffer.subarray(0, bytesRead).indexOf(0x0a);
  if (lineFeed < 0 && bytesRead < firstLineBytes) return null;
  return hashOf(buffer.subarray(0, lineFeed < 0 ? firstLineBytes : lineFeed));
}

/** The node that made this ledger, told by its first channel with a name of the exchange's own; null: not told. */
async function nodeOf(handle: FileHandle): Promise<string | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes, 0);
  for (const line of buffer.toString('utf8', 0, bytesRead).split('\n')) {
    const event = parseCelLine(line.replace(/\r$/, ''));
    const node = event === null ? null : nodeOfChannel(event.channelId);
    if (node !== null) return node;
  }
  return null;
}

/** Day (UTC) of a file's first line, '' when it has none. */
async function dayOfFirstLine(path: string): Promise<string> {
  const handle = await open(path).catch(() => null);
  if (handle === null) return '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(firstLineBytes), 0, firstLineBytes, 0);
    const [line = ''] = buffer.toString('utf8', 0, bytesRead).split('\n');
    const event = parseCelLine(line.replace(/\r$/, ''));
    return event === null ? '' : dayOf(new Date(event.atSeconds * 1000));
  } finally {
    await handle.close();
  }
}

const dayOf = (time: Date) => time.toISOString().slice(0, 10);
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
/** The first 16 hexadecimal digits as a number that fits bigint. */
const numberOf = (hex: string) => BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`)).toString();
