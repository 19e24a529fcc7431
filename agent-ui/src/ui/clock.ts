import { useSyncExternalStore } from 'react';

/**
 * One clock for every timer on screen: ticks once a second while somebody looks, and runs on the server's time,
 * so that a browser with a wrong clock still shows right durations.
 */
let offsetMs = 0;
let tick = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;
const watchers = new Set<() => void>();

/** Tells the clock the server's present time (ISO). */
export function setServerTime(serverTime: string): void {
  offsetMs = Date.parse(serverTime) - Date.now();
}

/** The server's time now, epoch milliseconds. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

function watch(handle: () => void): () => void {
  watchers.add(handle);
  timer ??= setInterval(() => {
    tick = Date.now();
    for (const w of watchers) w();
  }, 1000);
  return () => {
    watchers.delete(handle);
    if (watchers.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** The server's time in epoch milliseconds, drawn again each second. */
export function useNow(): number {
  useSyncExternalStore(watch, () => tick);
  return serverNow();
}

/** A text that depends on the time; draws anew only when the text changes. `make` gets the server's time. */
export function useTimedText(make: (nowMs: number) => string): string {
  return useSyncExternalStore(watch, () => make(tick + offsetMs));
}
