import type { AgentId } from '../basics/ids.ts';
import type { Draft } from './call-draft.ts';
import type { CallState, TransferFacts, TransferTarget } from './call-state.ts';

/** What a call remembers of its hand-overs; pure. */

/** Opens an entry; there is never more than one open. */
export function openTransfer(
  call: Draft,
  kind: TransferFacts['kind'],
  fromAgentId: AgentId,
  target: TransferTarget,
): void {
  const entry: TransferFacts = {
    kind,
    at: call.now,
    fromAgentId,
    to: target.kind === 'busyAgent' ? 'agent' : target.kind,
    toAgentId: 'agentId' in target ? target.agentId : null,
    toQueueId: target.kind === 'queue' ? target.queue.queueId : null,
    toPhone: target.kind === 'outside' ? target.phone : null,
    ended: null,
    conference: false,
  };
  call.set({ transfers: [...call.state.transfers, entry] });
}

export function openEntry({ transfers }: CallState): TransferFacts | null {
  const entry = transfers.at(-1);
  return entry === undefined || entry.ended !== null ? null : entry;
}

function changeOpenEntry(call: Draft, change: Partial<TransferFacts>): void {
  const entry = openEntry(call.state);
  if (entry === null) return;
  call.set({ transfers: [...call.state.transfers.slice(0, -1), { ...entry, ...change }] });
}

export function closeTransfer(call: Draft, how: NonNullable<TransferFacts['ended']>['how']): void {
  changeOpenEntry(call, { ended: { at: call.now, how } });
}

export function markConference(call: Draft): void {
  changeOpenEntry(call, { conference: true });
}

export function addNote(call: Draft, agentId: AgentId, text: string): void {
  if (text.trim() === '') return;
  call.set({ notes: [...call.state.notes, { agentId, at: call.now, text }] });
}
