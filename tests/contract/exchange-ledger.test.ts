import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LedgerReader, startLedgerReader } from '../../server/asterisk/ledger-reader.ts';
import type { Db } from '../../server/db/pool.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const log = pino({ level: 'silent' });
let db: Db;
let dir: string;
let file: string;
let reader: LedgerReader | undefined;
let count = 0;

/** A line of the ledger for a new channel. */
function line(): { id: string; text: string } {
  const id = `n1-${1795375672 + count}.${++count}`;
  const columns = [
    'CHAN_START',
    `${1795375672 + count}.000001`,
    id,
    id,
    '',
    'PJSIP/trunk-1',
    'from-trunk',
    's',
  ];
  return { id, text: [...columns, '+7', '', '', '', '', ''].map((c) => `"${c}"`).join(',') };
}
const lines = (n: number) => Array.from({ length: n }, line);
const textOf = (some: { text: string }[]) => some.map((l) => `${l.text}\n`).join('');
const start = () => {
  reader = startLedgerReader({ db, node: 'n1', dir, log });
  return reader;
};
const stored = async () =>
  (await db.query<{ channel_id: string }>('SELECT channel_id FROM ledger ORDER BY at, byte_offset')).rows.map(
    (row) => row.channel_id,
  );

beforeAll(async () => {
  ({ db } = await openTestDatabase());
}, 60_000);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dozvon-ledger-'));
  file = join(dir, 'Master.csv');
  await db.query('TRUNCATE ledger, ledger_offsets');
});
afterEach(async () => {
  await reader?.close();
  await rm(dir, { recursive: true });
});

describe('the ledger reader', () => {
  it('stores what is written within a second, each line once, also after a restart', async () => {
    const [first, second] = [lines(3), lines(2)];
    await writeFile(file, textOf(first));
    await start().catchUp();
    await appendFile(file, textOf(second));
    await vi.waitFor(async () => expect(await stored()).toHaveLength(5), { timeout: 1000 });
    await reader?.close();
    await start().catchUp();
    expect(await stored()).toEqual([...first, ...second].map((l) => l.id));
  });

  it('leaves an unfinished last line until it is whole', async () => {
    const [whole, growing] = [line(), line()];
    await writeFile(file, `${whole.text}\n${growing.text.slice(0, 50)}`);
    await start().catchUp();
    expect(await stored()).toEqual([whole.id]);
    await appendFile(file, `${growing.text.slice(50)}\n`);
    await reader?.catchUp();
    expect(await stored()).toEqual([whole.id, growing.id]);
  });

  it('reads the rest of a file that was rotated away, and the new one', async () => {
    const [before, rest, after] = [lines(2), lines(2), lines(2)];
    await writeFile(file, textOf(before));
    await start().catchUp();
    await reader?.close();
    await appendFile(file, textOf(rest));
    await rename(file, `${file}.1`);
    await writeFile(file, textOf(after));
    await start().catchUp();
    expect(await stored()).toEqual([...before, ...rest, ...after].map((l) => l.id));
  });

  it('is not misled by a new file in the place of an old one', async () => {
    const [old, fresh] = [lines(3), lines(3)];
    await writeFile(file, textOf(old));
    await start().catchUp();
    // The same inode, cut to nothing and written anew.
    await writeFile(file, textOf(fresh));
    await reader?.catchUp();
    expect(await stored()).toEqual([...old, ...fresh].map((l) => l.id));
  });

  it('stores nothing twice when the offset was lost', async () => {
    await writeFile(file, textOf(lines(4)));
    await start().catchUp();
    await reader?.close();
    await db.query('DELETE FROM ledger_offsets');
    await start().catchUp();
    expect(await stored()).toHaveLength(4);
  });

  it('keeps a line that it cannot read, and the whole line that follows a torn one', async () => {
    const [first, torn, next, last] = [line(), line(), line(), line()];
    await writeFile(
      file,
      `${textOf([first]) + torn.text.slice(0, 60) + textOf([next])}nonsense\n${textOf([last])}`,
    );
    await start().catchUp();
    const { rows } = await db.query('SELECT type, channel_id, extra FROM ledger ORDER BY byte_offset');
    expect(rows.map((r) => r.type)).toEqual([
      'CHAN_START',
      'UNREADABLE',
      'CHAN_START',
      'UNREADABLE',
      'CHAN_START',
    ]);
    expect(rows[2].channel_id).toBe(next.id);
    expect(rows[3].extra).toEqual({ line: 'nonsense' });
    expect(reader?.health().unreadableLines).toBe(2);
  });

  it('waits while the database is away and goes on when it is back', async () => {
    const some = lines(3);
    await writeFile(file, textOf(some));
    await db.query('ALTER TABLE ledger RENAME TO ledger_away');
    await expect(start().catchUp()).rejects.toThrow();
    await vi.waitFor(() => expect(reader?.health().up).toBe(false));
    await db.query('ALTER TABLE ledger_away RENAME TO ledger');
    await vi.waitFor(async () => expect(await stored()).toEqual(some.map((l) => l.id)), { timeout: 3000 });
  });

  it('reads a backlog of many chunks', async () => {
    await writeFile(file, textOf(lines(20_000)));
    await start().catchUp();
    expect(await stored()).toHaveLength(20_000);
  });
});
