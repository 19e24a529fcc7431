import { randomUUID } from 'node:crypto';
import { makeLog } from '../server/basics/log.ts';
import { gaveUpExitCode } from '../server/basics/watchdog.ts';
import { connectRedisBus } from '../server/bus/redis.ts';
import { readConfig } from '../server/config.ts';
import { readHouse } from '../server/contact-rules/rules.ts';
import { openPool } from '../server/db/pool.ts';
import { guardEventLoop } from '../server/event-loop-guard.ts';
import { startLoop } from './loop.ts';
import { Dialer } from './tick.ts';

/** The dialer's own process: one of them leads, by lease; the others stand by. */
const config = readConfig(process.env);
const log = makeLog('dialer', config.LOG_LEVEL);
guardEventLoop({ stuckMs: 60_000 });
// No statement of ours takes long; one that does holds up every campaign.
const databaseUrl = new URL(config.DATABASE_URL);
databaseUrl.searchParams.set('statement_timeout', '10000');
const db = openPool(databaseUrl.href, {
  max: 4,
  onError: (error) => log.warn({ err: error }, 'database connection lost'),
});
const bus = connectRedisBus({ url: config.REDIS_URL, log });
const dialer = new Dialer({
  db,
  bus,
  log,
  house: readHouse(config),
  callsPerSecond: config.DIALER_CALLS_PER_SECOND,
});

const LEASE = 'dialer';
const LEASE_MS = 5000;
/** Renewed so often; one that could not be renewed is given up well before another may take it. */
const RENEW_MS = 1500;
const holder = randomUUID();
let leadsUntil = 0;
let renewedAt = 0;

async function leads(): Promise<boolean> {
  const now = Date.now();
  if (now - renewedAt >= RENEW_MS) {
    const was = leadsUntil > now;
    // Without the bus nobody can lead for longer than the lease runs.
    const taken = await bus.takeLease(LEASE, holder, LEASE_MS).catch(() => null);
    if (taken) {
      renewedAt = now;
      leadsUntil = now + LEASE_MS - 1000;
      if (!was) log.info('leading');
    } else if (taken === false) leadsUntil = 0;
  }
  return now < leadsUntil;
}

let lastError = '';
const loop = startLoop({
  async work() {
    if (!(await leads())) return { again: false };
    const { launched, refused } = await dialer.tick();
    lastError = '';
    return { again: launched > 0 || refused > 0 };
  },
  onError(error) {
    // The same fault each second is one line, not one a second.
    const text = String(error);
    if (text !== lastError) log.warn({ err: error }, 'tick failed; trying again');
    lastError = text;
  },
  onStuck() {
    log.fatal('a tick hangs; ending, to be started afresh');
    process.exit(gaveUpExitCode);
  },
});

let up = false;
bus.onUpDown((now) => {
  up = now;
  log.info({ up }, 'bus');
  if (!up) return;
  bus
    .readStatus()
    .then((statuses) => {
      for (const status of statuses) dialer.heard(status);
      loop.wake();
    })
    .catch(() => {});
});
await bus.onStatus((status) => {
  dialer.heard(status);
  loop.wake();
});
await bus.onCampaignChanged(() => loop.wake());

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await loop.stop();
  if (up) await bus.dropLease(LEASE, holder).catch(() => {});
  await bus.close();
  await db.end();
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
