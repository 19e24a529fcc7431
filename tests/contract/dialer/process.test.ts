import { type ChildProcess, spawn } from 'node:child_process';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectRedisBus } from '../../../server/bus/redis.ts';
import type { Bus } from '../../../server/bus/schema.ts';
import type { Db } from '../../../server/db/pool.ts';
import { openTestDatabase } from '../../setup/postgres.ts';
import { startValkey, type Valkey } from '../bus/valkey.ts';
import { addCampaign, addLeads } from '../campaigns/records.ts';
import { FakeSwitchboard } from './fake-switchboard.ts';

let db: Db;
let url: string;
let valkey: Valkey;
let bus: Bus;
let telling: NodeJS.Timeout;
const dialers: ChildProcess[] = [];

beforeAll(async () => {
  ({ db, url } = await openTestDatabase());
  valkey = await startValkey();
  bus = connectRedisBus({ url: valkey.url, log: pino({ level: 'silent' }) });
  await new Promise<void>((resolve) => bus.onUpDown((up) => up && resolve()));
});
afterEach(() => {
  clearInterval(telling);
  for (const dialer of dialers.splice(0)) dialer.kill('SIGKILL');
});
afterAll(async () => {
  await bus.close();
  await valkey.kill();
});

function startDialer(): ChildProcess {
  const main = new URL('../../../dialer/main.ts', import.meta.url).pathname;
  const dialer = spawn(process.execPath, [main], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      DATABASE_URL: url,
      REDIS_URL: valkey.url,
      SESSION_SECRET: 'a secret for tests only, long enough to pass',
      ASTERISK_ARI_URL: 'http://127.0.0.1:1/ari',
      ASTERISK_ARI_USER: 'test',
      ASTERISK_ARI_PASSWORD: 'test',
      ASTERISK_AMI_USER: 'test',
      ASTERISK_AMI_PASSWORD: 'test',
      ASTERISK_RECORDINGS_DIR: '/nowhere',
      ASTERISK_LEDGER_DIR: '/nowhere',
      RECORDINGS_KEY: 'ab'.repeat(32),
      HOUSE_HOURS: '00:00-24:00',
    },
  });
  dialers.push(dialer);
  return dialer;
}
const exitOf = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve));

describe('the dialer’s process', () => {
  it('killed in the middle of a campaign, again and again, dials everybody exactly once', async () => {
    const id = await addCampaign(db, { mode: 'announcement', lineLimit: 20 });
    await addLeads(db, id, 250);
    const switchboard = new FakeSwitchboard(db, bus);
    await switchboard.listen();
    telling = setInterval(() => void bus.publishStatus(switchboard.status()).catch(() => {}), 100);
    for (const enough of [40, 120]) {
      const dialer = startDialer();
      await vi.waitFor(() => expect(switchboard.dialled.length).toBeGreaterThan(enough), {
        timeout: 20_000,
        interval: 5,
      });
      dialer.kill('SIGKILL');
      await exitOf(dialer);
    }
    const last = startDialer();
    // A kill between the attempts' rows and the bus costs a minute, until they are given up and tried anew.
    await vi.waitFor(
      async () => {
        const { rows } = await db.query('SELECT state FROM campaigns WHERE id = $1', [id]);
        expect(rows[0].state).toBe('finished');
      },
      { timeout: 150_000, interval: 100 },
    );
    const phones = switchboard.dialled.map((call) => call.phone);
    expect(phones).toHaveLength(250);
    expect(new Set(phones).size).toBe(250);
    const { rows } = await db.query(
      `SELECT count(*) AS n FROM attempts a JOIN contacts c ON c.id = a.id WHERE a.state = 'ended' AND a.outcome = 'answered' AND c.reached`,
    );
    expect(rows[0].n).toBe(250);

    expect(await bus.leaseHolder('dialer')).not.toBeNull();
    const gone = exitOf(last);
    last.kill('SIGTERM');
    expect(await gone).toBe(0);
    expect(await bus.leaseHolder('dialer')).toBeNull();
  }, 240_000);
});
