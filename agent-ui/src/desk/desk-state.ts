import { useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';
import type { Pop } from '../../../server/live/schema.ts';
import { keepCard } from '../card/card-query.ts';
import { onPop, readTopic } from '../live/client.ts';
import { workOf } from '../live/my-work.ts';
import { mark } from '../softphone/measure.ts';
import { phone } from '../softphone/phone.ts';
import { beep } from '../softphone/sounds.ts';
import { isWriting } from '../ui/hotkeys.ts';
import { readKept, writeKept } from '../ui/kept.ts';
import { type PopFacts, popFacts } from './subject.ts';

/** What a pop brings besides the card. */
interface Brought {
  readonly callId: string;
  readonly candidates: Pop['candidates'];
  readonly script: Pop['script'];
}

/** What pops have told; kept over a refresh, since the live topic does not repeat it. */
export interface DeskState {
  /** The last one. */
  readonly pop: PopFacts | null;
  /** Of the last calls, newest first: a call that was put aside comes back with its script. */
  readonly brought: readonly Brought[];
  /** A call came while another page was open: the desk shows itself. */
  readonly forced: boolean;
}

const empty: DeskState = { pop: null, brought: [], forced: false };
/** A call in the ear, one aside, one in wrap-up, and one to spare. */
const keptCalls = 4;
let state: DeskState = { ...empty, ...readKept<Omit<DeskState, 'forced'>>('pop') };
let waiting: { callId: string; shown: () => void } | null = null;
const watchers = new Set<() => void>();

function become(next: DeskState): void {
  state = next;
  for (const watcher of watchers) watcher();
}

function keep(): void {
  writeKept('pop', state.pop === null ? null : { pop: state.pop, brought: state.brought });
}

function currentCallId(): string | null {
  const { call, wrapUp } = workOf(readTopic('me')?.entities ?? {});
  return call?.callId ?? wrapUp?.callId ?? null;
}

/**
 * The measured path: from the pop's arrival to the card in the document, in one synchronous go. `flushSync` draws at once,
 * also in a hidden tab, where no animation frame would ever come; the drawn desk calls `popShown`.
 */
onPop((pop, shown) => {
  const { callId } = pop.call;
  mark(callId, 'popReceived');
  if (pop.card) keepCard(pop.card);
  waiting?.shown();
  waiting = { callId, shown };
  const facts = popFacts(pop, currentCallId());
  const elsewhere = window.location.pathname !== '/desk';
  // Somebody who is writing on another page keeps his page: there the header shows the call.
  const forced = elsewhere && !isWriting();
  const brought = [
    { callId, candidates: pop.candidates, script: pop.script },
    ...state.brought.filter((one) => one.callId !== callId),
  ].slice(0, keptCalls);
  flushSync(() => become({ pop: facts, brought, forced }));
  if (elsewhere && !forced) popShown(callId);
  keep();
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

/** The popped call is the one that he is on: from now on the live news alone say which call the desk shows. */
export function popTaken(callId: string): void {
  if (state.pop?.callId !== callId || state.pop.before === null) return;
  become({ ...state, pop: { ...state.pop, before: null } });
  keep();
}

/** The desk is looked at by its own address now. */
export function unforce(): void {
  if (state.forced) become({ ...state, forced: false });
}

/** The agent took a new lead: the last call's card has had its time. */
export function clearPop(): void {
  if (state.pop) become(empty);
  keep();
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

const nobody: Pop['candidates'] = [];

/** The customers who have this call's number. */
export function candidatesOf({ brought }: DeskState, callId: string | null): Pop['candidates'] {
  return brought.find((one) => one.callId === callId)?.candidates ?? nobody;
}

export function scriptOf({ brought }: DeskState, callId: string | null): Pop['script'] {
  return brought.find((one) => one.callId === callId)?.script ?? null;
}
