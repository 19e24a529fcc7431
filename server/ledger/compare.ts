import type { Db } from '../db/pool.ts';
import { readProjected } from './jobs.ts';
import { readCallIds, readHistory, readHistoryUnknownToLedger } from './store.ts';
import { type Difference, type NetworkCall, verify, verifyNetwork } from './verify.ts';

const pageSize = 500;

export interface Comparison {
  readonly inLedger: number;
  readonly inHistory: number;
  readonly differences: Difference[];
}

/**
 * Compares ledger and history of all calls begun since then, page by page; with `network` also the telephone network's own records.
 * Calls that go on are left out.
 */
export async function compareHistory(
  db: Db,
  node: string,
  since: Date,
  network?: readonly NetworkCall[],
): Promise<Comparison> {
  const unknown = await readHistoryUnknownToLedger(db, node, since);
  const differences = verify([], unknown);
  let [inLedger, inHistory] = [0, unknown.length];
  const calls = [];
  const phones = new Map<string, string>();
  for (let after: { at: Date; callId: string } | null = null; ; ) {
    const page = await readCallIds(db, { node, since, after, limit: pageSize });
    const ids = page.map((call) => call.callId);
    const told = await readProjected(db, node, ids, since);
    const history = await readHistory(db, node, ids);
    differences.push(...verify(told, history));
    inLedger += told.length;
    inHistory += history.length;
    if (network !== undefined) {
      calls.push(...told);
      for (const { callId, phone } of history) if (phone !== null) phones.set(callId, phone);
    }
    after = page.at(-1) ?? null;
    if (after === null || page.length < pageSize) break;
  }
  if (network !== undefined) differences.push(...verifyNetwork(calls, network, phones));
  return { inLedger, inHistory, differences };
}
