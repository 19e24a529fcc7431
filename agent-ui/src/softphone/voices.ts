import { routeSound, watchDevices } from './devices.ts';
import { measureStream } from './measure.ts';

/** Voices that are being played. Who hears whom is decided on the exchange: whatever it sends is played. */
const playing = new Map<object, HTMLAudioElement>();

watchDevices(() => {
  for (const element of playing.values()) routeSound(element, 'speaker');
});

/** Plays a leg's voice through the chosen loudspeaker until `silence`. */
export function playVoice(leg: object, stream: MediaStream): void {
  const element = playing.get(leg) ?? new Audio();
  playing.set(leg, element);
  element.autoplay = true;
  routeSound(element, 'speaker');
  element.srcObject = stream;
  measureStream(leg, stream);
}

export function silence(leg: object): void {
  const element = playing.get(leg);
  if (element) element.srcObject = null;
  playing.delete(leg);
  measureStream(leg, null);
}
