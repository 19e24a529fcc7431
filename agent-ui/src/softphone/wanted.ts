import { useSyncExternalStore } from 'react';
import { recall, remember } from '../ui/preferences.ts';
import { phone } from './phone.ts';

/** Whether a supervisor wants a phone in this browser: asked for when he first listens in, remembered from then on. Agents always have one. */
const watchers = new Set<() => void>();

export function wantPhone(wanted: boolean): void {
  remember('phone', wanted ? 'on' : null);
  for (const watcher of watchers) watcher();
}

export function usePhoneWanted(): boolean {
  return useSyncExternalStore(
    (handle) => {
      watchers.add(handle);
      return () => watchers.delete(handle);
    },
    () => recall('phone') === 'on',
  );
}

/** Turns the phone on and waits until it can be rung; false: not within the time (its problem is in the phone's state). */
export function phoneReady(withinMs = 15_000): Promise<boolean> {
  wantPhone(true);
  if (phone.state().status === 'online') return Promise.resolve(true);
  return new Promise((resolve) => {
    const over = (ready: boolean): void => {
      clearTimeout(timer);
      stop();
      resolve(ready);
    };
    const timer = setTimeout(() => over(false), withinMs);
    const stop = phone.watch(() => {
      if (phone.state().status === 'online') over(true);
    });
  });
}
