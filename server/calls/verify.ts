import type { EpochMs } from '../basics/ids.ts';
import type { Outcome } from './outcome.ts';

/** Compares the exchange's own account of calls with our history of them, call for call. Pure. */

/** A customer's channel as the ledger tells it. */
export interface LedgerCall {
  readonly callId: string;
  readonly startedAt: EpochMs;
  readonly answeredAt: EpochMs | null;
  /** Null: the ledger has no end of it (it lives, or the exchange died). */
  readonly endedAt: EpochMs | null;
}

export interface HistoryCall {
  readonly callId: string;
  readonly direction: 'hotline' | 'campaign' | 'manual';
  readonly offeredAt: EpochMs;
  readonly endedAt: EpochMs;
  readonly outcome: Outcome;
  readonly rows: number;
}

export interface Difference {
  readonly callId: string;
  readonly what: 'lost' | 'doubled' | 'notInLedger' | 'start' | 'end' | 'answer';
  readonly detail: string;
}

/** Clocks of the exchange and of the server tell the same moment so far apart at most. */
const toleranceMs = 1000;
/** Outcomes of calls that never reached the exchange. */
const neverThere: readonly Outcome[] = ['notPlaced', 'cancelled', 'failed'];

export function verify(ledger: readonly LedgerCall[], history: readonly HistoryCall[]): Difference[] {
  const differences: Difference[] = [];
  const told = new Map(history.map((call) => [call.callId, call]));
  const known = new Set(ledger.map((call) => call.callId));
  for (const call of ledger) {
    const row = told.get(call.callId);
    if (row === undefined) {
      if (call.endedAt !== null)
        differences.push({ callId: call.callId, what: 'lost', detail: 'in the ledger, not in history' });
      continue;
    }
    if (row.rows > 1) differences.push({ callId: call.callId, what: 'doubled', detail: `${row.rows} rows` });
    compare(differences, call.callId, 'start', call.startedAt, row.offeredAt);
    if (call.endedAt !== null) compare(differences, call.callId, 'end', call.endedAt, row.endedAt);
    const talked =
      row.outcome === 'answered' || row.outcome === 'answeringMachine' || row.outcome === 'dropped';
    if (talked && call.answeredAt === null) {
      differences.push({
        callId: call.callId,
        what: 'answer',
        detail: `${row.outcome}, but never answered by the ledger`,
      });
    }
    if (row.direction !== 'hotline' && !talked && row.outcome !== 'cancelled' && call.answeredAt !== null) {
      differences.push({
        callId: call.callId,
        what: 'answer',
        detail: `${row.outcome}, but answered by the ledger`,
      });
    }
  }
  for (const row of history) {
    if (known.has(row.callId) || neverThere.includes(row.outcome)) continue;
    differences.push({
      callId: row.callId,
      what: 'notInLedger',
      detail: `${row.outcome} in history, unknown to the ledger`,
    });
  }
  return differences;
}

function compare(
  into: Difference[],
  callId: string,
  what: 'start' | 'end',
  ledger: EpochMs,
  history: EpochMs,
): void {
  const apartMs = Math.abs(ledger - history);
  if (apartMs > toleranceMs) into.push({ callId, what, detail: `${apartMs} ms apart` });
}
