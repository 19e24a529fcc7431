import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryBus } from '../../../server/bus/memory.ts';
import { runImport } from '../../../server/campaigns/import.ts';
import {
  cancelImport,
  createImport,
  readImport,
  readRejects,
  undoImport,
} from '../../../server/campaigns/import-store.ts';
import { type LeadImports, startLeadImports } from '../../../server/campaigns/jobs.ts';
import type { Db } from '../../../server/db/pool.ts';
import { openTestDatabase } from '../../setup/postgres.ts';
import { startValkey, type Valkey } from '../bus/valkey.ts';
import { addAgent, addCampaign } from './records.ts';

let db: Db;
let directory: string;
let userId: number;
let campaignId: number;

beforeAll(async () => {
  ({ db } = await openTestDatabase());
  userId = await addAgent(db, 'olga', 'supervisor');
  directory = await mkdtemp(join(tmpdir(), 'dozvon-import-test-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
beforeEach(async () => {
  await db.query('DELETE FROM campaigns; DELETE FROM customers');
  campaignId = await addCampaign(db, { state: 'draft' });
});

/** windows-1251 for А-я and ASCII. */
const cp1251 = (text: string) =>
  Buffer.from(
    [...text].map((c) => (c >= 'А' && c <= 'я' ? c.charCodeAt(0) - 0x410 + 0xc0 : c.charCodeAt(0))),
  );

async function bring(content: string | Buffer) {
  const { id } = await createImport(db, { campaignId, fileName: 'list.csv', bytesTotal: 0, userId });
  const file = join(directory, `${id}.csv`);
  await writeFile(file, content);
  await runImport({ db, importId: id, file, country: 'RU', timeZone: 'Europe/Moscow', now: Date.now });
  const done = await readImport(db, id);
  return { ...done!, rejects: await readRejects(db, id, { after: 0, limit: 1000 }) };
}
const leads = async () =>
  (await db.query('SELECT name, phone, time_zone, data, customer_id FROM leads ORDER BY id')).rows;

describe('the import of a list', () => {
  it('brings in the good rows in their order, and lists the bad ones with line and reason', async () => {
    const result = await bring(
      [
        'Имя;Телефон;Часовой пояс;Город',
        'Анна;8 (916) 000-00-01;;Москва',
        'Борис;нет телефона;;',
        ';89160000002;;',
        `Вера;${'9'.repeat(1_000_000)};;`,
        `"Глеб";"${'x'.repeat(1_000_000)}";;`,
        '"Дарья;89160000003;;',
        'ООО "Ёлка";89160000004, 8 495 000-00-05;МСК+4;Омск',
        'Жанна;89160000006;;;;лишнее',
        '',
        'Зоя;+79160000001;;дубль',
        'Инна;89160000007;;',
      ].join('\r\n'),
    );
    expect(result).toMatchObject({
      state: 'finished',
      rows: 10,
      imported: 3,
      duplicates: 1,
      separator: ';',
      encoding: 'utf-8',
    });
    expect(result.rejects.map((r) => [r.line, r.reason])).toEqual([
      [3, 'wrongPhone'],
      [4, 'missingName'],
      [5, 'rowTooLong'],
      [6, 'rowTooLong'],
      [7, 'unclosedQuote'],
      [9, 'tooManyColumns'],
    ]);
    expect(result.rejected).toEqual({
      wrongPhone: 1,
      missingName: 1,
      rowTooLong: 2,
      unclosedQuote: 1,
      tooManyColumns: 1,
    });
    expect(result.rejects.every((r) => r.raw.length <= 200)).toBe(true);
    expect(await leads()).toEqual([
      {
        name: 'Анна',
        phone: '+79160000001',
        time_zone: 'Europe/Moscow',
        data: { Город: 'Москва' },
        customer_id: null,
      },
      {
        name: 'ООО "Ёлка"',
        phone: '+79160000004',
        time_zone: 'Asia/Krasnoyarsk',
        data: { Город: 'Омск', otherPhones: ['+74950000005'] },
        customer_id: null,
      },
      { name: 'Инна', phone: '+79160000007', time_zone: 'Europe/Moscow', data: {}, customer_id: null },
    ]);
  });

  it.each<[string, Buffer, string, string]>([
    ['windows-1251', cp1251('Имя;Телефон\nАнна;89160000001\n'), 'windows-1251', ';'],
    ['UTF-8 with a mark and commas', Buffer.from('\uFEFFТелефон,Имя\n89160000001,Анна\n'), 'utf-8', ','],
    ['UTF-16 with tabs', Buffer.from('\uFEFFИмя\tТелефон\r\nАнна\t89160000001', 'utf16le'), 'utf-16le', '\t'],
    ['a spreadsheet’s sep= line', Buffer.from('sep=,\r\nИмя,Телефон\r\nАнна,89160000001\r\n'), 'utf-8', ','],
  ])('reads %s', async (_what, bytes, encoding, separator) => {
    expect(await bring(bytes)).toMatchObject({ state: 'finished', imported: 1, encoding, separator });
    expect(await leads()).toMatchObject([{ name: 'Анна', phone: '+79160000001' }]);
  });

  it('without a phone column brings in nothing and says what it found', async () => {
    expect(await bring('Имя;Город\nАнна;Москва\n')).toMatchObject({
      state: 'failed',
      error: 'missingPhoneColumn: Имя, Город',
      imported: 0,
    });
    expect(await bring('')).toMatchObject({ state: 'failed', error: 'emptyFile' });
    expect(await leads()).toEqual([]);
  });

  it('knows a number that exactly one customer has, and takes his time zone', async () => {
    const add = async (phone: string) => {
      const { rows } = await db.query(
        `INSERT INTO customers (kind, name, time_zone) VALUES ('person', 'x', 'Asia/Omsk') RETURNING id`,
      );
      await db.query(`INSERT INTO customer_phones (customer_id, phone) VALUES ($1, $2)`, [rows[0].id, phone]);
      return rows[0].id;
    };
    const one = await add('+79160000001');
    await add('+79160000002');
    await add('+79160000002');
    await bring('Имя;Телефон\nАнна;89160000001\nБорис;89160000002\n');
    expect(await leads()).toMatchObject([
      { customer_id: one, time_zone: 'Asia/Omsk' },
      { customer_id: null, time_zone: 'Europe/Moscow' },
    ]);
  });

  it('leaves out numbers that the campaign has already', async () => {
    const list = 'Имя;Телефон\nАнна;89160000001\nБорис;89160000002\n';
    await bring(list);
    expect(await bring(`${list}Вера;89160000003\n`)).toMatchObject({ imported: 1, duplicates: 2 });
  });

  it('cancelled half way leaves nothing', async () => {
    const { id } = await createImport(db, { campaignId, fileName: 'list.csv', bytesTotal: 0, userId });
    const file = join(directory, 'long.csv');
    const rows = Array.from(
      { length: 30_000 },
      (_, i) => `Анна;8916${String(i).padStart(7, '0')}\nБорис;нет\n`,
    );
    await writeFile(file, `Имя;Телефон\n${rows.join('')}`);
    const running = runImport({
      db,
      importId: id,
      file,
      country: 'RU',
      timeZone: 'Europe/Moscow',
      now: Date.now,
    });
    await vi.waitFor(async () => expect((await readImport(db, id))?.rows).toBeGreaterThan(0), {
      interval: 5,
    });
    expect(await cancelImport(db, id)).toBe(true);
    expect(await running).toBeNull();
    expect(await readImport(db, id)).toMatchObject({ state: 'cancelled', imported: 0 });
    expect(await leads()).toEqual([]);
    expect(await readRejects(db, id, { after: 0, limit: 10 })).toEqual([]);
  });

  it('can be undone while none of its leads was called', async () => {
    const { id } = await bring('Имя;Телефон\nАнна;89160000001\nБорис;89160000002\n');
    await db.query(`UPDATE leads SET attempts = 1 WHERE phone = '+79160000001'`);
    expect(await undoImport(db, id, userId)).toBe('leadsCalled');
    expect(await leads()).toHaveLength(2);
    await db.query(`UPDATE leads SET attempts = 0`);
    expect(await undoImport(db, id, userId)).toBe('undone');
    expect(await leads()).toEqual([]);
    expect(await undoImport(db, id, userId)).toBe('notFinished');
  });
});

describe('the import as a background job', () => {
  let valkey: Valkey;
  let imports: LeadImports | null = null;
  const start = async () => {
    imports = await startLeadImports({
      db,
      bus: memoryBus(),
      log: pino({ level: 'silent' }),
      config: { REDIS_URL: valkey.url, COMPANY_COUNTRY: 'RU', COMPANY_TIME_ZONE: 'Europe/Moscow' },
      directory,
    });
    return imports;
  };
  beforeAll(async () => {
    valkey = await startValkey();
  });
  afterEach(async () => {
    await imports?.close();
    imports = null;
  });
  afterAll(() => valkey.kill());

  it('runs to its end and takes its file away', async () => {
    const { fileOf, enqueue } = await start();
    const { id } = await createImport(db, { campaignId, fileName: 'list.csv', bytesTotal: 0, userId });
    await writeFile(fileOf(id), 'Имя;Телефон\nАнна;89160000001\n');
    await vi.waitFor(() => enqueue(id));
    await vi.waitFor(
      async () => expect(await readImport(db, id)).toMatchObject({ state: 'finished', imported: 1 }),
      5000,
    );
    await vi.waitFor(async () => expect(await readdir(directory)).not.toContain(`${id}.list`));
  });

  it('whose process died is found at the next start and says so', async () => {
    const { id } = await createImport(db, { campaignId, fileName: 'list.csv', bytesTotal: 0, userId });
    await db.query(`UPDATE lead_imports SET created_at = now() - interval '1 minute' WHERE id = $1`, [id]);
    await start();
    await vi.waitFor(
      async () => expect(await readImport(db, id)).toMatchObject({ state: 'failed', error: 'interrupted' }),
      5000,
    );
  });
});
