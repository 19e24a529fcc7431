import { useSyncExternalStore } from 'react';

/** Whether the phone's settings are open: they are reached from the foot, the user's menu and the palette. */
let open = false;
const watchers = new Set<() => void>();

function become(next: boolean): void {
  open = next;
  for (const watcher of watchers) watcher();
}

export const openPhoneSettings = (): void => become(true);
export const closePhoneSettings = (): void => become(false);

export function usePhoneSettingsOpen(): boolean {
  return useSyncExternalStore(
    (handle) => {
      watchers.add(handle);
      return () => watchers.delete(handle);
    },
    () => open,
  );
}
