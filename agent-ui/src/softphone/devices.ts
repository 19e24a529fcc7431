import { useSyncExternalStore } from 'react';
import { recall, remember } from '../ui/preferences.ts';

/** Which microphone, which loudspeaker for voices, which for the ring. */
const deviceKinds = ['microphone', 'speaker', 'ring'] as const;
export type DeviceKind = (typeof deviceKinds)[number];

export interface Device {
  readonly id: string;
  readonly label: string;
}

interface Devices {
  readonly microphones: readonly Device[];
  readonly speakers: readonly Device[];
  /** What the user chose; null: whatever the system uses. */
  readonly chosen: Readonly<Record<DeviceKind, Device | null>>;
  /** The id to use now; null: the system's, also when the chosen one is gone. */
  readonly inUse: Readonly<Record<DeviceKind, string | null>>;
  /** Chosen and not plugged in. */
  readonly missing: readonly DeviceKind[];
  /** The system's own microphone by name: changes when the system switches over. */
  readonly systemMicrophone: string;
}

const none: Readonly<Record<DeviceKind, null>> = { microphone: null, speaker: null, ring: null };
let state: Devices = {
  microphones: [],
  speakers: [],
  chosen: none,
  inUse: none,
  missing: [],
  systemMicrophone: '',
};
const watchers = new Set<() => void>();

/** The device that was chosen among those that are there: by id, or, as ids change when site data is cleared, by name. Pure. */
export function findDevice(list: readonly Device[], chosen: Device | null): Device | null {
  if (chosen === null) return null;
  return (
    list.find((device) => device.id === chosen.id) ??
    list.find((device) => device.label !== '' && device.label === chosen.label) ??
    null
  );
}

function readChosen(kind: DeviceKind): Device | null {
  try {
    const kept: unknown = JSON.parse(recall(`device.${kind}`) ?? 'null');
    if (typeof kept !== 'object' || kept === null || !('id' in kept) || !('label' in kept)) return null;
    return { id: String(kept.id), label: String(kept.label) };
  } catch {
    return null;
  }
}

/** Did the user choose one, plugged in or not? */
export function hasChosen(kind: DeviceKind): boolean {
  return readChosen(kind) !== null;
}

/** Looks again which devices there are. Names are told only once the microphone has been allowed. */
export async function refreshDevices(): Promise<void> {
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  // Chromium lists the system's own choice once more as "default" and "communications".
  const real = all.filter(({ deviceId }) => !['', 'default', 'communications'].includes(deviceId));
  const of = (kind: MediaDeviceKind): Device[] =>
    real.filter((d) => d.kind === kind).map((d) => ({ id: d.deviceId, label: d.label }));
  const microphones = of('audioinput');
  const speakers = of('audiooutput');
  const chosen = {
    microphone: readChosen('microphone'),
    speaker: readChosen('speaker'),
    ring: readChosen('ring'),
  };
  const found = (kind: DeviceKind): string | null =>
    findDevice(kind === 'microphone' ? microphones : speakers, chosen[kind])?.id ?? null;
  const inUse = { microphone: found('microphone'), speaker: found('speaker'), ring: found('ring') };
  const known = microphones.length > 0;
  state = {
    microphones,
    speakers,
    chosen,
    inUse,
    missing: known ? deviceKinds.filter((kind) => chosen[kind] !== null && inUse[kind] === null) : [],
    systemMicrophone: all.find((d) => d.kind === 'audioinput' && d.deviceId === 'default')?.label ?? '',
  };
  for (const watcher of watchers) watcher();
}

/** Uses this device from now on, in this browser; null: the system's. */
export function chooseDevice(kind: DeviceKind, device: Device | null): void {
  remember(`device.${kind}`, device === null ? null : JSON.stringify(device));
  void refreshDevices();
}

export function readDevices(): Devices {
  return state;
}

export function watchDevices(handle: () => void): () => void {
  watchers.add(handle);
  return () => watchers.delete(handle);
}

export function useDevices(): Devices {
  return useSyncExternalStore(watchDevices, readDevices);
}

/** Sends an element's sound to the loudspeaker chosen for this kind. Browsers that cannot choose use the system's. */
export function routeSound(element: HTMLAudioElement, kind: 'speaker' | 'ring'): void {
  if (typeof element.setSinkId !== 'function') return;
  const id = state.inUse[kind] ?? '';
  if (element.sinkId === id) return;
  // Unplugged within these milliseconds: the system's loudspeaker is better than silence.
  element.setSinkId(id).catch(() => element.setSinkId('').catch(() => {}));
}
