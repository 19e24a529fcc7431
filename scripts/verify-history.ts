import { parseArgs } from 'node:util';
import { compareHistory } from '../server/ledger/compare.ts';
import { openHistory, readSince } from './stack/history.ts';

/**
 * `npm run verify-history [-- --since 2026-11-22T00:00:00Z]`: compares the exchange's ledger with our history, call for call,
 * prints each difference and ends with 1 if there is any. Looks into DATABASE_URL, or into what `npm start` runs.
 */
const { values } = parseArgs({ options: { since: { type: 'string' } } });
const since = readSince(values.since);
const { db, node } = await openHistory();
try {
  const { inLedger, inHistory, differences } = await compareHistory(db, node, since);
  for (const { callId, what, detail } of differences) console.log(`${what.padEnd(12)} ${callId}  ${detail}`);
  console.log(`${inLedger} calls in the ledger, ${inHistory} in history, ${differences.length} differences`);
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  await db.end();
}
