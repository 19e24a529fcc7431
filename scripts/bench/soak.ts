import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { dozvonDir } from '../stack/places.ts';
import { portsFor } from '../stack/ports.ts';
import type { Stack } from '../stack/stack.ts';
import { writeBeep } from './calls/beep.ts';
import { loadNumber, prompt } from './calls/list.ts';
import { median, short } from './figures.ts';
import { atMost, type Bench } from './harness.ts';
import { growth, probeEnv, type Sample, takeSample } from './soak/samples.ts';

/** Half of the highest clean rate of `bench -- calls` on this kind of machine (docs/figures.md). */
const usualRate = 140;
const sampleEveryMs = 10_000;
const drainMs = 60_000;
/** Away from the other benches, which may run beside it. */
const portBase = 20_000;

/**
 * Hours at half of the clean rate: does anything grow, is anything left over? `--minutes N` (60), `--rate N` calls a second. To leave it
 * alone: `nohup npm run bench -- soak > soak.log &`.
 */
export const bench: Bench = {
  title: 'an hour at half of the clean rate of calls: memory flat, nothing left over',

  async run({ quick, minutes: wanted, rate: wantedRate, say, startStack, atEnd }) {
    const minutes = wanted ?? (quick ? 3 : 60);
    const rate = wantedRate ?? usualRate;
    const home = `${dozvonDir}/soak`;
    const probeDir = `${dozvonDir}/soak-probe`;
    const stack = await startStack({
      home,
      ports: portsFor(portBase),
      env: { DIALER_CALLS_PER_SECOND: String(rate), ...probeEnv(probeDir) },
    });
    await writeBeep(stack);
    const db = new pg.Pool({ connectionString: stack.env.DATABASE_URL, max: 1 });
    db.on('error', () => {});
    atEnd(() => db.end());
    const campaignId = await addCampaign(db, Math.ceil(rate * (minutes + 2) * 60 * 1.05));
    await setState(db, campaignId, 'running');
    const begun = Date.now();
    const samples: Sample[] = [];
    while (Date.now() - begun < minutes * 60_000) {
      await sleep(sampleEveryMs);
      const sample = await takeSample(stack, probeDir);
      samples.push(sample);
      if (samples.length % 6 === 0) say(`${(samples.length * sampleEveryMs) / 60_000} min: ${told(sample)}`);
    }
    const placed = await countCalls(db);
    const reached = (placed * 1000) / (Date.now() - begun);
    await setState(db, campaignId, 'paused');
    const left = await untilNothingIsLeft(stack, db, probeDir);
    const after = await takeSample(stack, probeDir);

    const series = seriesOf(samples);
    const grown = Object.fromEntries(
      Object.entries(series).map(([name, values]) => [name, Math.round(growth(values) * 1000) / 10]),
    );
    const memory = Object.entries(grown).filter(([name]) => name.includes('MiB'));
    const worst = Math.max(...memory.map(([, percent]) => percent));
    // Once warm: pools open their connections with the first calls.
    const usual = (name: string) => {
      const values = samples.map((s) => s.handles[name] ?? 0);
      return median(values.slice(Math.floor(values.length / 3), 2 * Math.floor(values.length / 3)));
    };
    const moreHandles = Math.max(...Object.entries(after.handles).map(([name, n]) => n - usual(name)));
    return {
      tables: [
        [
          ['what', 'first third', 'second third', 'last third', 'growth %', 'at the end'],
          ...Object.entries(series).map(([name, values]) => {
            const third = Math.floor(values.length / 3);
            const middle = (from: number, to?: number) => short(median(values.slice(from, to)));
            return [
              name,
              middle(0, third),
              middle(third, 2 * third),
              middle(2 * third),
              grown[name] ?? Number.NaN,
              short(seriesOf([after])[name]?.[0] ?? Number.NaN),
            ];
          }),
        ],
      ],
      notes: [
        `${placed} calls in ${minutes} minutes, ${short(reached)} a second (wanted ${rate}).`,
        `Left over: ${left.length === 0 ? 'nothing' : left.join(', ')}.`,
        'Heap: live objects after a collection. Growth: mean of the last third over the second.',
      ],
      figures: { minutes, rate, reached: short(reached), calls: placed, ...grown },
      aims: {
        'growth of memory, %': atMost(worst, 3),
        'left over at the end': atMost(left.length, 0),
        'open handles more at the end than in the second third': atMost(moreHandles, 5),
      },
    };
  },
};

function told({ rss, heap, handles, timers, channels, bridges }: Sample): string {
  const words = (of: Readonly<Record<string, number>>, unit: string) =>
    Object.entries(of)
      .map(([name, value]) => `${name} ${Math.round(value)}${unit}`)
      .join(', ');
  return `RSS ${words(rss, ' MiB')}; heap ${words(heap, ' MiB')}; handles ${words(handles, '')}; timers ${words(timers, '')}; ${channels} channels, ${bridges} bridges`;
}

function seriesOf(samples: readonly Sample[]): Record<string, number[]> {
  const series: Record<string, number[]> = {};
  const add = (name: string, value: number) => {
    series[name] ??= [];
    series[name].push(value);
  };
  for (const { rss, heap, handles, timers, channels, bridges } of samples) {
    for (const [part, value] of Object.entries(rss)) add(`${part} RSS MiB`, value);
    for (const [part, value] of Object.entries(heap)) add(`${part} heap MiB`, value);
    for (const [part, value] of Object.entries(handles)) add(`${part} handles`, value);
    for (const [part, value] of Object.entries(timers)) add(`${part} timers`, value);
    add('channels', channels);
    add('bridges', bridges);
  }
  return series;
}

async function addCampaign(db: pg.Pool, numbers: number): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `INSERT INTO campaigns (name, mode, purpose, state, announcement, caller_id, line_limit)
     VALUES ('soak', 'announcement', 'service', 'draft', $1, '+78005553535', 500) RETURNING id`,
    [prompt],
  );
  const campaignId = rows[0]!.id;
  const most = Math.min(numbers, 1_000_000);
  for (let from = 0; from < most; from += 50_000) {
    const phones = Array.from({ length: Math.min(50_000, most - from) }, (_, n) => loadNumber(from + n));
    await db.query(`INSERT INTO leads (campaign_id, name, phone) SELECT $1, 'Абонент', unnest($2::text[])`, [
      campaignId,
      phones,
    ]);
  }
  await db.query('VACUUM (ANALYZE) leads');
  return campaignId;
}

async function setState(db: pg.Pool, campaignId: number, state: string): Promise<void> {
  await db.query('UPDATE campaigns SET state = $2 WHERE id = $1', [campaignId, state]);
}

async function countCalls(db: pg.Pool): Promise<number> {
  const { rows } = await db.query<{ n: number }>('SELECT count(*)::integer AS n FROM calls');
  return rows[0]!.n;
}

/** Waits for the last calls to end; what is there after a minute is left over. */
async function untilNothingIsLeft(stack: Stack, db: pg.Pool, probeDir: string): Promise<string[]> {
  for (const end = Date.now() + drainMs; ; await sleep(1000)) {
    const { channels, bridges } = await takeSample(stack, probeDir);
    const { rows } = await db.query<{ what: string; n: number }>(
      `SELECT 'live calls' AS what, count(*)::integer AS n FROM live_calls
       UNION ALL SELECT 'open attempts', count(*)::integer FROM attempts WHERE state <> 'ended'
       UNION ALL SELECT 'claimed leads', count(*)::integer FROM leads WHERE state = 'claimed'
       UNION ALL SELECT 'refused pieces of history', count(*)::integer FROM history_rejects`,
    );
    const left = rows.filter((r) => r.n > 0).map((r) => `${r.n} ${r.what}`);
    // The janitor's Local channel has two halves and lives as long as the exchange.
    if (channels > 2) left.push(`${channels - 2} channels`);
    if (bridges > 0) left.push(`${bridges} bridges`);
    if (left.length === 0 || Date.now() > end) return left;
  }
}
