import { useSyncExternalStore } from 'react';

/**
 * Acts that take something away from somebody (take over, end) want a second press within three seconds instead of a dialog:
 * nothing covers the screen, and a slip of the hand is forgotten by itself.
 */
export const armedMs = 3000;
/** A double click is one press. */
const sameMs = 250;

export interface Armed {
  readonly act: string;
  readonly at: number;
}

/** What a press does; times are epoch ms. Pure. */
export function pressed(armed: Armed | null, act: string, now: number): { armed: Armed | null; go: boolean } {
  if (armed?.act !== act || now - armed.at > armedMs) return { armed: { act, at: now }, go: false };
  return now - armed.at < sameMs ? { armed, go: false } : { armed: null, go: true };
}

let armed: Armed | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
const watchers = new Set<() => void>();

function become(next: Armed | null): void {
  armed = next;
  for (const watcher of watchers) watcher();
}

/** Presses the button or key of this act; `go` runs on the second press. */
export function pressTwice(act: string, go: () => void): void {
  const after = pressed(armed, act, Date.now());
  if (after.armed !== armed) {
    clearTimeout(timer);
    if (after.armed) timer = setTimeout(() => become(null), armedMs);
    become(after.armed);
  }
  if (after.go) go();
}

/** The act that waits for its second press. */
export function useArmed(): string | null {
  return useSyncExternalStore(
    (handle) => {
      watchers.add(handle);
      return () => watchers.delete(handle);
    },
    () => armed?.act ?? null,
  );
}
