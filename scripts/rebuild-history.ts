import { parseArgs } from 'node:util';
import { callerToPhone } from '../server/basics/phone.ts';
import type { CampaignSink } from '../server/calls/history.ts';
import { finishAttempts } from '../server/campaigns/finish.ts';
import { findByPhone } from '../server/customers/store.ts';
import { rebuildCalls } from '../server/ledger/jobs.ts';
import { readCallIds } from '../server/ledger/store.ts';
import { openHistory, readSince } from './stack/history.ts';

/**
 * `npm run rebuild-history [-- --since 2026-11-22T00:00:00Z] [--write]`: tells calls, legs, waits and talks anew from the exchange's
 * ledger, prints where history differs and, with --write, repairs it; every repair stands in the call's own story. Ends with 1 if
 * there was a difference and it was not repaired.
 */
const { values } = parseArgs({ options: { since: { type: 'string' }, write: { type: 'boolean' } } });
const since = readSince(values.since);
const write = values.write ?? false;
const { db, node } = await openHistory();
const attemptsEnded: CampaignSink['attemptsEnded'] = async (tx, ended) => {
  await finishAttempts(
    tx,
    ended.map(({ codes, ...end }) => ({ ...end, ...codes })),
  );
};
try {
  const ports = {
    db,
    node,
    parseCaller: callerToPhone,
    findCustomer: (phone: string) => findByPhone(db, phone),
    attemptsEnded,
  };
  let calls = 0;
  let different = 0;
  for (let after: { at: Date; callId: string } | null = null; ; ) {
    const page = await readCallIds(db, { node, since, after, limit: 500 });
    const ids = page.map((call) => call.callId);
    for (const { callId, what } of await rebuildCalls(ports, ids, since, write)) {
      different++;
      const told =
        what.do === 'write'
          ? `missing: ${JSON.stringify(what.fields)}`
          : `${JSON.stringify(what.before)} -> ${JSON.stringify(what.fields)}`;
      const legs = what.legs.length === 0 ? '' : ` legs ${what.legs.map((leg) => leg.legId).join(', ')}`;
      console.log(`${callId}  ${told}${legs}`);
    }
    calls += page.length;
    after = page.at(-1) ?? null;
    if (after === null || page.length < 500) break;
  }
  console.log(`${calls} calls in the ledger, ${different} ${write ? 'repaired' : 'differ'}`);
  process.exitCode = different > 0 && !write ? 1 : 0;
} finally {
  await db.end();
}
