import { parseArgs } from 'node:util';
import { verify } from '../server/calls/verify.ts';
import { readHistoryCalls, readLedgerCalls } from '../server/calls/verify-store.ts';
import { openPool } from '../server/db/pool.ts';
import { defaultHome } from './stack/places.ts';
import { databaseUrl } from './stack/postgres.ts';
import { ensureSecrets } from './stack/secrets.ts';
import { readState } from './stack/state.ts';

/**
 * `npm run verify-history [-- --since 2026-11-22T00:00:00Z]`: compares the exchange's ledger with our history, call for call,
 * prints each difference and ends with 1 if there is any. Looks into DATABASE_URL, or into what `npm start` runs.
 */
const { values } = parseArgs({ options: { since: { type: 'string' } } });
const since = new Date(values.since ?? 0);
if (Number.isNaN(since.getTime())) fail('--since is no time; write it like 2026-11-22T00:00:00Z.');

const db = openPool(process.env.DATABASE_URL || (await ownDatabase()), { max: 2, onError: () => {} });
try {
  const node = process.env.ASTERISK_NODE || 'n1';
  const ledger = await readLedgerCalls(db, node, since);
  const history = await readHistoryCalls(db, node, since);
  const differences = verify(ledger, history);
  for (const { callId, what, detail } of differences) console.log(`${what.padEnd(12)} ${callId}  ${detail}`);
  console.log(
    `${ledger.length} calls in the ledger, ${history.length} in history, ${differences.length} differences`,
  );
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  await db.end();
}

async function ownDatabase(): Promise<string> {
  const state = readState(defaultHome);
  const port = state?.ports.postgres;
  if (port === undefined)
    fail('Nothing runs here: start it with "npm start", or name a database in DATABASE_URL.');
  return databaseUrl(port, (await ensureSecrets(defaultHome)).postgresPassword);
}

function fail(words: string): never {
  console.error(words);
  process.exit(2);
}
