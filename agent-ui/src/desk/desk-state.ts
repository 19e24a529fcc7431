import { useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';
import type { Pop } from '../../../server/live/schema.ts';
import { keepCard } from '../card/card-query.ts';
import { onPop, readTopic } from '../live/client.ts';
import { mark } from '../softphone/measure.ts';
import { phone } from '../softphone/phone.ts';
import { beep } from '../softphone/sounds.ts';
import { isWriting } from '../ui/hotkeys.ts';
import { readKept, writeKept } from '../ui/kept.ts';
import { type PopFacts, popFacts } from './subject.ts';

/** What a pop brings besides the card; kept over a refresh, since the live topic does not repeat it. */
export interface DeskState {
  readonly pop: PopFacts | null;
  readonly candidates: Pop['candidates'];
  readonly script: Pop['script'];
  /** A call came while another page was open: the desk shows itself. */
  readonly forced: boolean;
}

const empty: DeskState = { pop: null, candidates: [], script: null, forced: false };
let state: DeskState = { ...empty, ...readKept<Omit<DeskState, 'forced'>>('pop') };
let waiting: { callId: string; shown: () => void } | null = null;
const watchers = new Set<() => void>();

function become(next: DeskState): void {
  state = next;
  for (const watcher of watchers) watcher();
}

function currentCallId(): string | null {
  for (const entity of Object.values(readTopic('me')?.entities ?? {})) {
    if (entity.kind === 'call' || entity.kind === 'wrapUp') return entity.callId;
  }
  return null;
}

/**
 * The measured path: from the pop's arrival to the card in the document, in one synchronous go. `flushSync` draws at once,
 * also in a hidden tab, where no animation frame would ever come; the drawn desk calls `popShown`.
 */
onPop((pop, shown) => {
  mark(pop.call.callId, 'popReceived');
  if (pop.card) keepCard(pop.card);
  waiting?.shown();
  waiting = { callId: pop.call.callId, shown };
  const facts = popFacts(pop, currentCallId());
  const elsewhere = window.location.pathname !== '/desk';
  // Somebody who is writing on another page keeps his page: there the header shows the call.
  const forced = elsewhere && !isWriting();
  flushSync(() => become({ pop: facts, candidates: pop.candidates, script: pop.script, forced }));
  if (elsewhere && !forced) popShown(pop.call.callId);
  writeKept('pop', { pop: facts, candidates: pop.candidates, script: pop.script });
  const { leg } = phone.state();
  if (leg?.auto && leg.stage === 'up') beep();
  phone.setMuted(false);
});

/** The desk has this call's card (or what stands for it) in the document. */
export function popShown(callId: string): void {
  if (waiting?.callId !== callId) return;
  mark(callId, 'cardCommitted');
  waiting.shown();
  waiting = null;
}

/** The desk is looked at by its own address now. */
export function unforce(): void {
  if (state.forced) become({ ...state, forced: false });
}

/** The agent took a new lead: the last call's card has had its time. */
export function clearPop(): void {
  if (state.pop) become(empty);
  writeKept('pop', null);
}

function watch(handle: () => void): () => void {
  watchers.add(handle);
  return () => watchers.delete(handle);
}

export function useDeskState(): DeskState {
  return useSyncExternalStore(watch, () => state);
}

export function useDeskForced(): boolean {
  return useSyncExternalStore(watch, () => state.forced);
}
