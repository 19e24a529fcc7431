import { useSyncExternalStore } from 'react';

/**
 * One tab of a browser does an agent's work (phone and live connection); a second one waits and offers to take over.
 * Kept by a Web Lock, which the browser frees by itself when a tab dies.
 */
export type TabState = 'waiting' | 'mine' | 'elsewhere';

const lockName = 'dozvon-work';
/** A refreshed page gets the lock of its own past within some ms: no notice flashes up before this. */
const graceMs = 700;

let state: TabState = 'waiting';
let letGo: (() => void) | null = null;
let waiting: AbortController | null = null;
const watchers = new Set<() => void>();

function become(next: TabState): void {
  if (state === next) return;
  state = next;
  for (const watcher of watchers) watcher();
}

function hold(options: LockOptions): void {
  void navigator.locks
    .request(lockName, options, () => {
      waiting = null;
      become('mine');
      return new Promise<void>((resolve) => {
        letGo = resolve;
      });
    })
    // Another tab stole it (AbortError), or we stopped waiting.
    .catch(() => {
      letGo = null;
      if (state === 'mine') {
        become('elsewhere');
        queue(); // comes back by itself when that tab is closed
      }
    });
}

function queue(): void {
  waiting = new AbortController();
  hold({ signal: waiting.signal });
}

/** Asks for the work; `mine` follows as soon as no other tab has it. */
export function claimTab(): void {
  if (state === 'mine' || waiting) return;
  queue();
  setTimeout(() => {
    if (state === 'waiting' && waiting) become('elsewhere');
  }, graceMs);
}

/** Takes the work away from the other tab. */
export function stealTab(): void {
  waiting?.abort();
  waiting = null;
  hold({ steal: true });
}

/** Gives the work up: signed out. */
export function releaseTab(): void {
  waiting?.abort();
  waiting = null;
  become('waiting');
  letGo?.();
  letGo = null;
}

export function useTab(): TabState {
  return useSyncExternalStore(
    (handle) => {
      watchers.add(handle);
      return () => watchers.delete(handle);
    },
    () => state,
  );
}
