import type { EpochMs } from '../basics/ids.ts';
import type { Outcome } from '../calls/outcome.ts';
import type { ProjectedCall } from './projection.ts';
import { type CallFields, hasLeg, longest, toleranceMs } from './rebuild.ts';

/** Compares the exchange's own account of calls with our history of them, call for call. Pure. */

export interface HistoryCall {
  readonly callId: string;
  readonly direction: 'hotline' | 'campaign' | 'manual';
  readonly phone: string | null;
  readonly offeredAt: EpochMs;
  readonly fields: CallFields;
  readonly fallback: boolean;
  /** Timeline entries it has made, or 1: more means doubled. */
  readonly rows: number;
  readonly legs: readonly {
    readonly legId: string;
    readonly role: 'customer' | 'agent' | 'outside' | 'supervisor';
    readonly agentId: number | null;
    readonly answered: boolean;
  }[];
  readonly transfers: readonly {
    readonly toKind: 'agent' | 'queue' | 'outside';
    readonly toAgentId: number | null;
    readonly endedAt: EpochMs | null;
    readonly how: string | null;
  }[];
}

/** A call as the telephone network recorded it (test exchange's CDR). */
export interface NetworkCall {
  readonly from: string;
  readonly to: string;
  readonly startedAt: EpochMs;
  readonly answeredAt: EpochMs | null;
  readonly endedAt: EpochMs;
}

export interface Difference {
  readonly callId: string;
  readonly what:
    | 'lost'
    | 'doubled'
    | 'notInLedger'
    | 'start'
    | 'end'
    | 'answer'
    | 'talk'
    | 'leg'
    | 'agent'
    | 'transfer'
    | 'network';
  readonly detail: string;
}

/** Outcomes of calls that never reached the exchange. */
const neverThere: readonly Outcome[] = ['notPlaced', 'cancelled', 'failed'];

export function verify(ledger: readonly ProjectedCall[], history: readonly HistoryCall[]): Difference[] {
  const differences: Difference[] = [];
  const told = new Map(history.map((call) => [call.callId, call]));
  const known = new Set(ledger.map((call) => call.callId));
  for (const call of ledger) {
    const row = told.get(call.callId);
    const add = (what: Difference['what'], detail: string) =>
      differences.push({ callId: call.callId, what, detail });
    if (row !== undefined) compare(call, row, add);
    else if (call.end !== null) add('lost', 'in the ledger, not in history');
  }
  for (const row of history) {
    if (known.has(row.callId) || neverThere.includes(row.fields.outcome)) continue;
    // An agent's own call rings his phone first; until then the customer has no channel.
    if (row.direction === 'manual' && row.fields.answered_at === null) continue;
    differences.push({
      callId: row.callId,
      what: 'notInLedger',
      detail: `${row.fields.outcome} in history, unknown to the ledger`,
    });
  }
  return differences;
}

type Add = (what: Difference['what'], detail: string) => void;

function compare(call: ProjectedCall, row: HistoryCall, add: Add): void {
  const { fields } = row;
  if (row.rows > 1) add('doubled', `${row.rows} rows`);
  const startApart = Math.abs(call.offeredAt - row.offeredAt);
  if (row.direction === 'manual' ? row.offeredAt > call.offeredAt + toleranceMs : startApart > toleranceMs)
    add('start', `${Math.round(startApart)} ms apart`);
  if (call.end?.how === 'hangup') {
    const endApart = Math.abs(call.end.at - fields.ended_at);
    if (endApart > toleranceMs) add('end', `${Math.round(endApart)} ms apart`);
    compareTalk(call, row, add);
  }
  const talked = ['answered', 'answeringMachine', 'dropped'].includes(fields.outcome);
  if (talked && call.answeredAt === null)
    add('answer', `${fields.outcome}, but never answered by the ledger`);
  if (row.direction !== 'hotline' && !talked && fields.outcome !== 'cancelled' && call.answeredAt !== null)
    add('answer', `${fields.outcome}, but answered by the ledger`);
  compareLegs(call, row, add);
}

/** A talk shorter than the tolerance may be one for one side only: its end came while it began. An announcement has no bridge. */
function compareTalk(call: ProjectedCall, { fields, legs }: HistoryCall, add: Add): void {
  const announcement = fields.agent_id === null && legs.every((leg) => leg.role === 'customer');
  const [told, ours] = [call.talkMs, fields.talk_ms];
  if (announcement && told === null) return;
  const apart = Math.abs((told ?? 0) - (ours ?? 0));
  if (apart > toleranceMs) add('talk', `${told ?? 'no'} ms in the ledger, ${ours ?? 'no'} ms in history`);
}

function compareLegs(call: ProjectedCall, row: HistoryCall, add: Add): void {
  const met = call.legs.filter((leg) => longest(leg) > toleranceMs);
  for (const leg of met) {
    if (!hasLeg(row, leg, call.callId)) add('leg', `${leg.legId} was with the customer, not in history`);
  }
  const inLedger = new Set(call.legs.map((leg) => leg.legId));
  for (const { legId, role, answered } of row.legs) {
    if (!answered || role === 'supervisor' || inLedger.has(legId.replace(/@.*$/, ''))) continue;
    // A kept-up leg that waited for a customer who never came was in no bridge with him, and may have been in none at all.
    if (!legId.includes('@')) add('leg', `${legId} in history, unknown to the ledger`);
  }
  const agents = met.flatMap((leg) => (leg.agentId === null ? [] : [leg.agentId]));
  const { agent_id: agentId } = row.fields;
  if (agents.length > 0 && (agentId === null || !call.legs.some((leg) => leg.agentId === agentId)))
    add('agent', `${agentId ?? 'nobody'} in history, ${agents.join(', ')} in the ledger`);
  for (const transfer of row.transfers) {
    if (transfer.how !== 'completed' || transfer.endedAt === null || transfer.toKind === 'queue') continue;
    const endedAt = transfer.endedAt;
    const reached = call.legs.some(
      (leg) =>
        (transfer.toKind === 'outside' ? leg.role === 'outside' : leg.agentId === transfer.toAgentId) &&
        leg.together.some((span) => span.to > endedAt - toleranceMs),
    );
    // Completed in the call's last moment: nobody stayed to be seen together.
    const over = call.end !== null && call.end.at - endedAt < toleranceMs;
    if (!reached && !over)
      add('transfer', `to ${transfer.toAgentId ?? transfer.toKind}, who was not with the customer`);
  }
}

/**
 * Compares the ledger with what the telephone network recorded of the same calls. Both sides know a call by the customer's number and
 * its start. `phones`: whom our outbound calls went to, by call id.
 */
export function verifyNetwork(
  ledger: readonly ProjectedCall[],
  network: readonly NetworkCall[],
  phones: ReadonlyMap<string, string>,
): Difference[] {
  const differences: Difference[] = [];
  const left = new Set(network);
  for (const call of [...ledger].sort((a, b) => a.offeredAt - b.offeredAt)) {
    const number = digits(call.direction === 'in' ? call.caller : (phones.get(call.callId) ?? ''));
    const add = (detail: string) => differences.push({ callId: call.callId, what: 'network', detail });
    const same = [...left]
      .filter(
        (n) =>
          digits(call.direction === 'in' ? n.from : n.to) === number &&
          Math.abs(n.startedAt - call.offeredAt) <= 2 * toleranceMs,
      )
      .sort((a, b) => Math.abs(a.startedAt - call.offeredAt) - Math.abs(b.startedAt - call.offeredAt))[0];
    if (same === undefined) {
      // What died with the exchange may go on for the network until it notices.
      if (call.end?.how === 'hangup' && call.answeredAt !== null)
        add('in the ledger, unknown to the network');
      continue;
    }
    left.delete(same);
    if (call.end?.how === 'hangup' && Math.abs(same.endedAt - call.end.at) > toleranceMs)
      add(`ended ${Math.round(Math.abs(same.endedAt - call.end.at))} ms apart`);
    if ((same.answeredAt === null) !== (call.answeredAt === null))
      add(same.answeredAt === null ? 'answered in the ledger only' : 'answered for the network only');
  }
  for (const { startedAt, answeredAt } of left) {
    if (answeredAt !== null)
      differences.push({
        callId: '',
        what: 'network',
        detail: `answered call of ${new Date(startedAt).toISOString()}, not in the ledger`,
      });
  }
  return differences;
}

const digits = (text: string) => text.replace(/\D/g, '');
