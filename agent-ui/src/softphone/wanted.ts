import { useSyncExternalStore } from 'react';
import { recall, remember } from '../ui/preferences.ts';

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
