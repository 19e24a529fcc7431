import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareHistory } from '../../server/ledger/compare.ts';
import { until, World } from './world.ts';

/** 50 numbers of every behaviour of the test exchange (docs/test-exchange.md) and what must come of each. */
const behaviours: readonly { prefix: string; count: number; outcome: string }[] = [
  { prefix: '7999108010', count: 14, outcome: 'answered' }, // rings 1 s, says hello, stays 0x s
  { prefix: '7999101000', count: 7, outcome: 'busy' },
  { prefix: '7999102000', count: 2, outcome: 'noAnswer' },
  { prefix: '7999103000', count: 5, outcome: 'invalid' },
  { prefix: '7999104000', count: 4, outcome: 'rejected' },
  { prefix: '7999105000', count: 4, outcome: 'unreachable' },
  { prefix: '7999106000', count: 3, outcome: 'congestion' },
  { prefix: '7999107010', count: 5, outcome: 'answeringMachine' },
  { prefix: '7999115000', count: 2, outcome: 'changed' },
  { prefix: '7999116000', count: 2, outcome: 'noResponse' },
  { prefix: '7999117000', count: 1, outcome: 'trunkFault' },
  { prefix: '7999118000', count: 1, outcome: 'invalid' },
];

const list = behaviours.flatMap(({ prefix, count, outcome }) =>
  Array.from({ length: count }, (_, i) => {
    // The last two digits of an answering number are how long he stays: 03 to 09 s and again.
    const tail = outcome === 'answered' ? `${prefix.slice(0, -1)}${3 + (i % 7)}` : null;
    const phone = tail === null ? `${prefix}${i}` : `7999108${i < 7 ? '01' : '02'}0${3 + (i % 7)}`;
    return { phone: `+${phone}`, outcome };
  }),
);

describe('a supervisor calls through a list of 50 numbers', () => {
  let world: World;
  let darya: Page;
  const agents: Page[] = [];
  let campaignId = 0;

  beforeAll(async () => {
    world = await World.open(3);
    darya = await world.signIn('darya');
    agents.push(await world.agent('anna'), await world.agent('boris'));
  }, 120_000);
  afterAll(() => world?.close());

  it('he makes a campaign and imports its list in the browser', async () => {
    expect(new Set(list.map((l) => l.phone)).size).toBe(50);
    await darya.goto(`${world.stack.url}/campaigns`);
    await darya.getByTestId('new-campaign').click();
    await darya.getByLabel('Название обзвона').fill('Опрос после ремонта');
    await darya.getByLabel('Прогрессивный').check();
    await darya.getByLabel('Сценарий разговора').fill('Здравствуйте! Всё ли работает после визита мастера?');
    await darya.getByLabel('Ждать ответа, с').fill('15');
    await darya.getByLabel('Анна Соколова').check();
    await darya.getByLabel('Борис Ковалёв').check();
    await darya.getByRole('button', { name: 'Создать обзвон' }).click();
    await darya.getByTestId('tab-imports').click();
    const file = join(tmpdir(), `dozvon-list-${process.pid}.csv`);
    await writeFile(file, `Имя;Телефон\n${list.map((l, i) => `Абонент ${i};${l.phone}`).join('\n')}\n`);
    await darya.getByTestId('import-file').setInputFiles(file);
    await until(
      async () => (await darya.getByTestId('import-imported').textContent())?.includes('50'),
      'the import of 50 rows',
    );
    const { rows } = await world.db.query('SELECT id FROM campaigns ORDER BY id DESC LIMIT 1');
    campaignId = rows[0].id;
  });

  it('each number is called once, the card and the script come with it, and each outcome is right', async () => {
    let working = true;
    let scriptsSeen = 0;
    const work = agents.map(async (page) => {
      while (working) {
        const state = await page.getByTestId('agent-state').getAttribute('data-state');
        if (
          state === 'talking' &&
          (await page.getByTestId('script').textContent())?.includes('после визита мастера')
        )
          scriptsSeen++;
        if (state === 'wrapUp') {
          await page.getByTestId('result-success').click();
          await page.getByTestId('save').click();
          await until(
            async () => (await page.getByTestId('agent-state').getAttribute('data-state')) !== 'wrapUp',
            'the end of wrap-up',
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
    await darya.getByTestId('campaign-start').click();
    try {
      await until(
        async () => {
          const { rows } = await world.db.query(
            `SELECT count(*) AS n FROM attempts WHERE campaign_id = $1 AND state = 'ended' AND outcome <> 'notPlaced'`,
            [campaignId],
          );
          return rows[0].n >= 50;
        },
        'the end of 50 attempts',
        150_000,
      );
      await until(
        async () =>
          (
            await world.db.query(`SELECT count(*) AS n FROM leads WHERE campaign_id = $1 AND succeeded`, [
              campaignId,
            ])
          ).rows[0].n === 14,
        'every talk with its result',
        30_000,
      );
    } finally {
      working = false;
      await Promise.all(work);
    }
    expect(scriptsSeen).toBeGreaterThan(0);

    const { rows } = await world.db.query(
      `SELECT a.phone, a.outcome, a.sip_code, a.cause, c.outcome AS history FROM attempts a LEFT JOIN calls c ON c.attempt_id = a.id
        WHERE a.campaign_id = $1 AND a.outcome <> 'notPlaced'`,
      [campaignId],
    );
    const wrong = list.filter((l) => rows.find((r) => r.phone === l.phone)?.outcome !== l.outcome);
    expect(wrong.map((l) => ({ ...l, was: rows.filter((r) => r.phone === l.phone) }))).toEqual([]);
    expect(rows).toHaveLength(50);
    expect(rows.every((r) => r.history === r.outcome)).toBe(true);
    expect(
      rows.every((r) => r.outcome === 'answered' || r.outcome === 'answeringMachine' || r.sip_code > 0),
    ).toBe(true);
  }, 240_000);

  it('the network saw each number once', async () => {
    const cdr = await until(async () => {
      const all = (await world.network.cdr()).filter((r) =>
        list.some((l) => l.phone === r.to || l.phone === `+${r.to}`),
      );
      return all.length >= 50 ? all : null;
    }, 'the network’s own records');
    const counts = new Map<string, number>();
    for (const { to } of cdr) counts.set(to.replace('+', ''), (counts.get(to.replace('+', '')) ?? 0) + 1);
    expect([...counts.values()].filter((n) => n !== 1)).toEqual([]);
    expect(counts.size).toBe(50);
  });

  it('busy, no answer, machine and congestion wait for their next try by rule; invalid and changed numbers are done', async () => {
    const { rows } = await world.db.query(
      `SELECT l.last_outcome AS outcome, l.state, extract(epoch FROM l.due_at - a.ended_at)::float AS wait
         FROM leads l JOIN attempts a ON a.lead_id = l.id AND a.outcome = l.last_outcome WHERE l.campaign_id = $1`,
      [campaignId],
    );
    for (const row of rows) {
      const due: Record<string, number> = {
        busy: 20 * 60,
        congestion: 5 * 60,
        unreachable: 3600,
        answeringMachine: 4 * 3600,
        rejected: 24 * 3600,
      };
      const wait = due[row.outcome];
      if (wait !== undefined) {
        expect(row.state, row.outcome).toBe('waiting');
        expect(Math.abs(row.wait - wait), row.outcome).toBeLessThan(2);
      }
      if (row.outcome === 'noAnswer') expect(row.wait).toBeGreaterThanOrEqual(2 * 3600 - 2);
      if (row.outcome === 'invalid' || row.outcome === 'changed' || row.outcome === 'answered')
        expect(row.state).toBe('done');
    }
  });

  it('history and the exchange’s ledger tell the same calls', async () => {
    await until(async () => {
      if ((await world.db.query('SELECT 1 FROM live_calls')).rowCount !== 0) return false;
      const { inLedger, inHistory, differences } = await compareHistory(world.db, 'n1', new Date(0));
      expect(differences).toEqual([]);
      return inLedger >= 50 && inHistory >= inLedger;
    }, 'agreement of ledger and history');
  });

  it('the supervisor sees the outcomes on the campaign’s page', async () => {
    await darya.getByTestId('tab-leads').click();
    await until(
      async () => (await darya.getByTestId('outcome-busy').textContent())?.includes('7'),
      'seven busy numbers on the page',
    );
    await until(
      async () => (await darya.getByTestId('leads-succeeded').textContent())?.includes('14'),
      'fourteen successes on the page',
    );
  });
});
