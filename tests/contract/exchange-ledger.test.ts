import {
  appendFile,
  copyFile,
  mkdtemp,
  readdir,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
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

/** A line of the ledger for a new channel, begun now. */
function line(node = 'n1', ageS = 0): { id: string; text: string } {
  const at = Math.floor(Date.now() / 1000) - ageS;
  const id = `${node}-${at}.${++count}`;
  const columns = [
    'CHAN_START',
    `${at}.${String(count).padStart(6, '0')}`,
    id,
    id,
    '',
    'PJSIP/trunk-1',
    'from-trunk',
    's',
  ];
  return { id, text: [...columns, '+7', '', '', '', '', ''].map((c) => `"${c}"`).join(',') };
}
const lines = (n: number) => Array.from({ length: n }, () => line());
const textOf = (some: { text: string }[]) => some.map((l) => `${l.text}\n`).join('');
const start = (more: { rotateBytes?: number; keepDays?: number } = {}) => {
  reader = startLedgerReader({ db, node: 'n1', dir, log, ...more });
  return reader;
};
const stored = async () =>
  (await db.query<{ channel_id: string }>('SELECT channel_id FROM ledger ORDER BY seq')).rows.map(
    (row) => row.channel_id,
  );

beforeAll(async () => {
  ({ db } = await openTestDatabase());
}, 60_000);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dozvon-ledger-'));
  file = join(dir, 'Master.csv');
  await db.query('TRUNCATE ledger, ledger_offsets, ledger_rejects');
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
    expect(await stored()).toEqual([first, next, last].map((l) => l.id));
    const { rows } = await db.query('SELECT reason, line FROM ledger_rejects ORDER BY byte_offset');
    expect(rows).toEqual([
      { reason: 'torn', line: torn.text.slice(0, 60) },
      { reason: 'unreadable', line: 'nonsense' },
    ]);
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

  it('puts the file aside when it is large, and loses nothing by it', async () => {
    const some = lines(400);
    start({ rotateBytes: 2000 });
    for (let i = 0; i < some.length; i += 10) {
      await appendFile(file, textOf(some.slice(i, i + 10)));
      await reader?.catchUp();
    }
    expect(await stored()).toEqual(some.map((l) => l.id));
    expect((await readdir(dir)).length).toBeGreaterThan(5);
  });

  it("puts yesterday's file aside", async () => {
    const [old, fresh] = [line('n1', 86_400), line()];
    await writeFile(file, textOf([old]));
    await start().catchUp();
    await appendFile(file, textOf([fresh]));
    await reader?.catchUp();
    expect(await stored()).toEqual([old.id, fresh.id]);
    expect(await readdir(dir)).toHaveLength(2);
  });

  it('removes an old file of its own once it is read, never one that is not, nor one of the administrator', async () => {
    const long = new Date(Date.now() - 40 * 86_400_000);
    const put = async (name: string, text: string) => {
      await writeFile(join(dir, name), text);
      await utimes(join(dir, name), long, long);
    };
    await put('Master.csv.20260101T000000000Z', textOf(lines(2)));
    await put('Master.csv.1', textOf(lines(2)));
    await db.query('ALTER TABLE ledger RENAME TO ledger_away');
    await expect(start().catchUp()).rejects.toThrow();
    expect(await readdir(dir)).toHaveLength(2);
    await reader?.close();
    await db.query('ALTER TABLE ledger_away RENAME TO ledger');
    await start().catchUp();
    expect(await readdir(dir)).toEqual(['Master.csv.1']);
    expect(await stored()).toHaveLength(4);
  });

  it('keeps the torn last line of a file that nobody writes any more', async () => {
    const [whole, torn] = [line(), line()];
    await writeFile(`${file}.1`, textOf([whole]) + torn.text.slice(0, 40));
    const past = new Date(Date.now() - 120_000);
    await utimes(`${file}.1`, past, past);
    await start().catchUp();
    expect((await db.query('SELECT reason, line FROM ledger_rejects')).rows).toEqual([
      { reason: 'torn', line: torn.text.slice(0, 40) },
    ]);
  });

  it('tells that somebody cut the file, and goes on with what is written then', async () => {
    const [before, after] = [lines(3), lines(1)];
    await writeFile(file, textOf(before));
    await start().catchUp();
    await copyFile(file, `${file}.1`);
    await truncate(file);
    await reader?.catchUp();
    await appendFile(file, textOf(after));
    await reader?.catchUp();
    expect(await stored()).toEqual([...before, ...after].map((l) => l.id));
    expect(reader?.health().truncations).toBe(1);
  });

  it('finds every line of a file that lost its end in a power cut and has grown again', async () => {
    const [kept, lost, fresh] = [lines(5), lines(3), lines(6)];
    await writeFile(file, textOf(kept) + textOf(lost));
    await start().catchUp();
    await reader?.close();
    // The database had written what the file system had not.
    await writeFile(file, textOf(kept) + textOf(fresh));
    await start().catchUp();
    expect(await stored()).toEqual([...kept, ...lost, ...fresh].map((l) => l.id));
    await reader?.close();
    await appendFile(file, textOf(lines(1)));
    await start().catchUp();
    expect(await stored()).toHaveLength(15);
  });

  it("leaves another exchange's file alone, and says so", async () => {
    await writeFile(`${file}.1`, textOf([line('n2'), line('n2')]));
    const own = line();
    await writeFile(file, textOf([own]));
    await start().catchUp();
    expect(await stored()).toEqual([own.id]);
    expect(reader?.health().foreignFiles).toBe(1);
  });
});
