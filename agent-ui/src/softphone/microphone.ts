import { recall } from '../ui/preferences.ts';
import type { PhoneProblem } from './phone-port.ts';

/** Opens the microphone, or says why not. Kept open for the whole shift: opening it per call costs 100 ms and a click. */
export async function openMicrophone(): Promise<{ stream: MediaStream } | { problem: PhoneProblem }> {
  if (!navigator.mediaDevices) return { problem: 'insecurePage' };
  // With a good headset an agent may prefer the plain voice; loudspeakers and open offices need the cleaning.
  const clean = recall('microphone') !== 'plain';
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: clean, noiseSuppression: clean, autoGainControl: clean },
      video: false,
    });
    return { stream };
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') return { problem: 'micRefused' };
    if (name === 'NotReadableError' || name === 'AbortError') return { problem: 'micBusy' };
    return { problem: 'noMicrophone' };
  }
}

/** Calls `handle` when a device is plugged in or the permission changes: then opening is worth another try. */
export function onMicrophoneChange(handle: () => void): () => void {
  const devices = navigator.mediaDevices;
  devices?.addEventListener('devicechange', handle);
  let permission: PermissionStatus | null = null;
  navigator.permissions
    ?.query({ name: 'microphone' as PermissionName })
    .then((status) => {
      permission = status;
      status.addEventListener('change', handle);
    })
    // Not every browser knows this permission's name; the retry button remains.
    .catch(() => {});
  return () => {
    devices?.removeEventListener('devicechange', handle);
    permission?.removeEventListener('change', handle);
  };
}
