import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, World } from './world.ts';

/** "Имя;Телефон;Город" and Cyrillic text in windows-1251: А-я are the bytes from 0xC0 on. */
function windows1251(text: string): Buffer {
  return Buffer.from(
    Array.from(text, (letter) => {
      const code = letter.codePointAt(0) ?? 63;
      if (code < 128) return code;
      if (letter === 'ё') return 0xb8;
      return code >= 0x410 && code <= 0x44f ? code - 0x410 + 0xc0 : 63;
    }),
  );
}

describe('a supervisor imports a broken list', () => {
  let world: World;
  let darya: Page;
  beforeAll(async () => {
    world = await World.open(5);
    darya = await world.signIn('darya');
    await darya.goto(`${world.stack.url}/campaigns/new`);
    await darya.getByLabel('Название обзвона').fill('Проверка загрузки');
    await darya.getByRole('button', { name: 'Создать обзвон' }).click();
    await darya.getByTestId('tab-imports').click();
  }, 120_000);
  afterAll(() => world?.close());

  const give = async (name: string, content: Buffer | string) => {
    const file = join(tmpdir(), `dozvon-${process.pid}-${name}`);
    await writeFile(file, content);
    await darya.getByTestId('import-file').setInputFiles(file);
    const { rows } = await until(
      async () => {
        const found = await world.db.query(`SELECT id, state FROM lead_imports WHERE file_name LIKE $1`, [
          `%${name}`,
        ]);
        return found.rows[0] && found.rows[0].state !== 'running' ? found : null;
      },
      `the end of the import of ${name}`,
      30_000,
    );
    return darya.getByTestId(`import-${rows[0].id}`);
  };
  const leads = async () =>
    (await world.db.query(`SELECT name, phone, data FROM leads WHERE import_id IS NOT NULL ORDER BY phone`))
      .rows;

  it('the good rows come in and the bad ones are listed with line and reason', async () => {
    const item = await give(
      'broken.csv',
      windows1251(
        [
          'Имя;Телефон;Город',
          'Пётр Иванов;8 (916) 111-22-33;Москва',
          'Нет номера;;Тверь',
          'Плохой номер;12345678901234567890;Тула',
          'Два номера;+7 916 222-33-44, 8-495-123-45-67;Орёл',
          `Длинная;${'9'.repeat(1024 * 1024)};Омск`,
          'Снова Пётр;+79161112233;Москва',
          'Анна;9163334455;Пермь',
        ].join('\r\n'),
      ),
    );
    await until(
      async () => (await item.getByTestId('import-imported').textContent())?.includes('3'),
      'three good rows on the screen',
    );
    await until(
      async () => (await item.getByTestId('import-rejected').textContent())?.includes('3'),
      'three rejected rows on the screen',
    );
    expect((await leads()).map((l) => [l.name, l.phone])).toEqual([
      ['Пётр Иванов', '+79161112233'],
      ['Два номера', '+79162223344'],
      ['Анна', '+79163334455'],
    ]);
    await item.getByTestId('import-show-rejects').click();
    await item.getByTestId('rejects-table').waitFor();
    const { rows: rejects } = await world.db.query(
      `SELECT line, reason FROM lead_import_rejects ORDER BY line`,
    );
    expect(rejects).toEqual([
      { line: 3, reason: 'missingPhone' },
      { line: 4, reason: 'wrongPhone' },
      { line: 6, reason: 'rowTooLong' },
    ]);
    for (const { line } of rejects) expect(await item.getByTestId(`reject-${line}`).isVisible()).toBe(true);
  });

  it('a list without a column of numbers is refused whole, in words', async () => {
    const before = await leads();
    const item = await give('no-column.csv', 'Имя;Город\nПётр;Москва\n');
    await until(
      async () => (await item.getByTestId('import-error').textContent())?.includes('телефон'),
      'the reason in words',
    );
    expect(await leads()).toEqual(before);
  });
});
