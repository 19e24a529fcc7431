import { recall } from '../ui/preferences.ts';
import { readDevices } from './devices.ts';
import type { PhoneProblem } from './phone-port.ts';

/** An open microphone; `name` tells two devices apart (`wantedMicrophone`), null: the system's, whose name is not known yet. */
export interface OpenMicrophone {
  readonly stream: MediaStream;
  readonly name: string | null;
}

/** Which microphone should be open now. */
export function wantedMicrophone(): string {
  const { inUse, systemMicrophone } = readDevices();
  return inUse.microphone ?? systemMicrophone;
}

/** Opens the microphone, or says why not. Kept open for the whole shift: opening it per call costs 100 ms and a click. */
export async function openMicrophone(): Promise<OpenMicrophone | { problem: PhoneProblem }> {
  if (!navigator.mediaDevices) return { problem: 'insecurePage' };
  // With a good headset an agent may prefer the plain voice; loudspeakers and open offices need the cleaning.
  const clean = recall('microphone') !== 'plain';
  const voice = { echoCancellation: clean, noiseSuppression: clean, autoGainControl: clean };
  const { microphone } = readDevices().inUse;
  const name = wantedMicrophone() || null;
  const open = (audio: MediaTrackConstraints) => navigator.mediaDevices.getUserMedia({ audio, video: false });
  try {
    if (microphone === null) return { stream: await open(voice), name };
    return { stream: await open({ ...voice, deviceId: { exact: microphone } }), name };
  } catch (error) {
    const why = error instanceof DOMException ? error.name : '';
    if (why === 'NotAllowedError' || why === 'SecurityError') return { problem: 'micRefused' };
    if (microphone !== null) {
      // The chosen one is gone or held by another program: any voice is better than none.
      const stream = await open(voice).catch(() => null);
      if (stream) return { stream, name };
    }
    if (why === 'NotReadableError' || why === 'AbortError') return { problem: 'micBusy' };
    return { problem: 'noMicrophone' };
  }
}

/** Has the user allowed the microphone for good? Unknown counts as no. */
export async function microphoneGranted(): Promise<boolean> {
  const asked = navigator.permissions?.query({ name: 'microphone' as PermissionName });
  return (await asked?.catch(() => null))?.state === 'granted';
}

/** Calls `handle` when a device is plugged in or out, or the permission changes. */
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

export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Puts another microphone under a running call, without a new negotiation. */
export function replaceTrack(connection: RTCPeerConnection | undefined, microphone: MediaStream): void {
  const track = microphone.getAudioTracks()[0];
  const sender = connection?.getSenders().find((s) => s.track?.kind === 'audio' || s.track === null);
  if (track && sender) void sender.replaceTrack(track);
}
