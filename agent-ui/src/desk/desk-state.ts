import { useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';
import type { Pop } from '../../../server/live/schema.ts';

export interface DeskState {
  /** The last popped call; its card, candidates and script stay until the next one. */
  readonly pop: Pop | null;
  /** A call came while another page was open: the desk shows itself. */
  readonly forced: boolean;
}

let state: DeskState = { pop: null, forced: false };
const watchers = new Set<() => void>();

function become(next: DeskState): void {
  state = next;
  for (const watcher of watchers) watcher();
}
function watch(handle: () => void): () => void {
  watchers.add(handle);
  return () => watchers.delete(handle);
}

/** Puts a pop into the desk and into the document before it returns (also in a hidden tab, where no frame is drawn). */
export function showPop(pop: Pop, forced: boolean): void {
  flushSync(() => become({ pop, forced }));
}

export function unforce(): void {
  if (state.forced) become({ ...state, forced: false });
}

export function usePop(): Pop | null {
  return useSyncExternalStore(watch, () => state.pop);
}

export function useDeskForced(): boolean {
  return useSyncExternalStore(watch, () => state.forced);
}
