import { useSyncExternalStore } from 'react';

/**
 * One tab of a browser has the phone; the others wait, show whose it is and offer to take over. Kept by a Web Lock, which the browser
 * frees by itself when a tab dies: the one that has waited longest goes on.
 */
export type TabState = 'waiting' | 'mine' | 'elsewhere';

const lockName = 'dozvon-work';
/** A refreshed page gets the lock of its own past within some ms: no notice flashes up before this. */
const graceMs = 700;

let state: TabState = 'waiting';
/** Other tabs wait for this one. */
let others = false;
/** The phone went to another computer while the other tab had it: it is not taken back because that tab is closed. */
let outside = false;
let letGo: (() => void) | null = null;
let waiting: AbortController | null = null;
const watchers = new Set<() => void>();
const channel = typeof window === 'undefined' ? null : new BroadcastChannel(lockName);

type Word = 'iWait' | 'iGo' | 'outside' | 'inside';

function say(word: Word): void {
  channel?.postMessage(word);
}

if (channel) {
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data === 'outside' || data === 'inside') setOutside(data === 'outside');
    else void countOthers();
  };
  window.addEventListener('pagehide', () => say('iGo'));
}

function tell(): void {
  for (const watcher of watchers) watcher();
}

function become(next: TabState): void {
  if (state === next) return;
  state = next;
  tell();
  void countOthers();
}

async function countOthers(): Promise<void> {
  const count = async (): Promise<void> => {
    const { pending } = await navigator.locks.query();
    const now = state === 'mine' && (pending ?? []).some(({ name }) => name === lockName);
    if (now !== others) {
      others = now;
      tell();
    }
  };
  await count();
  // A tab that says good-bye has its place in the queue until it is gone.
  setTimeout(() => void count(), 1000);
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
  // The word must not arrive before the place in the queue is taken.
  void navigator.locks.query().then(() => say('iWait'));
}

/** Asks for the phone; `mine` follows as soon as no other tab has it. */
export function claimTab(): void {
  if (state === 'mine' || waiting) return;
  queue();
  setTimeout(() => {
    if (state === 'waiting' && waiting) become('elsewhere');
  }, graceMs);
}

/** Takes the phone away from the other tab. */
export function stealTab(): void {
  waiting?.abort();
  waiting = null;
  backInside();
  hold({ steal: true });
}

/** Gives the phone up: signed out. */
export function releaseTab(): void {
  waiting?.abort();
  waiting = null;
  become('waiting');
  letGo?.();
  letGo = null;
}

/** Another computer took the phone from this tab: the others must not grab it when this one is closed. */
export function takenOutside(): void {
  if (state === 'mine') say('outside');
}

/** The user took the phone back to this computer. */
export function backInside(): void {
  setOutside(false);
  say('inside');
}

function setOutside(now: boolean): void {
  outside = now;
  tell();
}

/** Does the phone belong to another computer, as far as the tab knows that had it before? */
export function useOutside(): boolean {
  return useSyncExternalStore(watch, () => outside);
}

function watch(handle: () => void): () => void {
  watchers.add(handle);
  return () => watchers.delete(handle);
}

export function useTab(): TabState {
  return useSyncExternalStore(watch, readTab);
}

export function readTab(): TabState {
  return state;
}

/** Is the phone here, and do other tabs wait for it? */
export function useOtherTabs(): boolean {
  return useSyncExternalStore(watch, () => others);
}
