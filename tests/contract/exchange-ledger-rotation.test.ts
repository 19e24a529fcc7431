import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startLedgerReader } from '../../server/asterisk/ledger-reader.ts';
import { openTestDatabase } from '../setup/postgres.ts';
import { type ExchangeBed, startExchangeBed } from './exchange-bed.ts';

/** The ledger of a real exchange is renamed away under its pen, again and again while it writes. */

const calls = 1000;
const { db } = await openTestDatabase();
let bed: ExchangeBed;
beforeAll(async () => {
  bed = await startExchangeBed(25_400);
}, 60_000);
afterAll(() => bed.stop());

async function ari(method: string, path: string): Promise<void> {
  const { ASTERISK_ARI_URL: base, ASTERISK_ARI_USER: user, ASTERISK_ARI_PASSWORD: password } = bed.config;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const response = await fetch(`${base}/${path}`, { method, headers: { authorization } });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

it('not one line is lost or doubled', { timeout: 60_000 }, async () => {
  const dir = bed.pbx.ledgerDir;
  const reader = startLedgerReader({
    db,
    node: 'n1',
    dir,
    log: pino({ level: 'silent' }),
    rotateBytes: 20_000,
  });
  let writing = true;
  let renamed = 0;
  const renaming = (async () => {
    const file = join(dir, 'Master.csv');
    for (; writing; await sleep(3)) {
      // Nothing written since the last time: nothing there.
      await rename(file, `${file}.${renamed + 1}`).then(
        () => renamed++,
        () => {},
      );
    }
  })();
  for (let i = 0; i < calls; i += 10) {
    const some = Array.from({ length: 10 }, (_, n) => `load-${i + n}`);
    const channel = (id: string) =>
      `channels?endpoint=Local/s@idle/n&context=idle&extension=s&priority=1&channelId=${id}&otherChannelId=${id}-2`;
    await Promise.all(some.map((id) => ari('POST', channel(id))));
    await Promise.all(some.map((id) => ari('DELETE', `channels/${id}`)));
  }
  const counted = async () => {
    await reader.catchUp();
    const { rows } = await db.query<{ type: string; lines: number; channels: number }>(
      `SELECT type, count(*)::int AS lines, count(DISTINCT channel_id)::int AS channels FROM ledger
        WHERE channel_id LIKE 'load-%' AND type IN ('CHAN_START', 'HANGUP', 'CHAN_END') GROUP BY type ORDER BY type`,
    );
    return rows;
  };
  const [lines, channels] = [2 * calls, 2 * calls];
  await vi.waitFor(
    async () =>
      expect(await counted()).toEqual(
        ['CHAN_END', 'CHAN_START', 'HANGUP'].map((type) => ({ type, lines, channels })),
      ),
    { timeout: 20_000, interval: 200 },
  );
  writing = false;
  await renaming;
  await reader.close();
  expect(renamed).toBeGreaterThan(30);
  expect(reader.health()).toMatchObject({ unreadableLines: 0, truncations: 0 });
});
