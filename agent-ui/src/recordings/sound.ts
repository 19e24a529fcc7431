import { useEffect, useRef, useState } from 'react';
import { api } from '../ui/http.ts';
import { soundPath } from './api.ts';
import { keepPlace, placeOf } from './places.ts';

export const heardVoices = ['both', 'customer', 'agent'] as const;
export type HeardVoice = (typeof heardVoices)[number];

export interface Sound {
  readonly playing: boolean;
  readonly seconds: number;
  /** What the server said when it would not play. */
  readonly refusal: unknown;
  toggle(): void;
  seek(seconds: number): void;
  setSpeed(speed: number): void;
  hear(voice: HeardVoice): void;
}

/** Two recordings at once are noise: whoever begins stops the other. */
let speaking: HTMLAudioElement | null = null;

/**
 * The sound of one recording. Nothing is asked of the server before somebody presses play: listening is written down there. The
 * place is kept when the player goes away.
 */
export function useSound(callId: string, playAtOnce: boolean): Sound {
  const [playing, setPlaying] = useState(false);
  const [seconds, setSeconds] = useState(() => placeOf(callId));
  const [refusal, setRefusal] = useState<unknown>(null);
  const audio = useRef<HTMLAudioElement>(null);
  const mixer = useRef<Mixer>(null);
  const speed = useRef(1);
  const place = useRef(seconds);
  const atOnce = useRef(playAtOnce);

  useEffect(() => {
    const element = new Audio();
    element.preload = 'none';
    audio.current = element;
    const at = (next: number): void => {
      place.current = next;
      setSeconds(next);
    };
    const on: Record<string, () => void> = {
      play: () => {
        if (speaking !== element) speaking?.pause();
        speaking = element;
        setPlaying(true);
      },
      pause: () => {
        setPlaying(false);
        keepPlace(callId, place.current);
      },
      timeupdate: () => at(element.currentTime),
      loadedmetadata: () => {
        element.playbackRate = speed.current;
        if (place.current > 0 && place.current < element.duration) element.currentTime = place.current;
      },
      ended: () => {
        setPlaying(false);
        at(0);
        keepPlace(callId, 0);
      },
      error: () => {
        setPlaying(false);
        if (element.src === '') return;
        element.removeAttribute('src');
        // The element does not say why; the server does.
        api(soundPath(callId), null).then(
          () => setRefusal({ reason: 'recordingUnplayable' }),
          (error: unknown) => setRefusal(error),
        );
      },
    };
    for (const [name, handle] of Object.entries(on)) element.addEventListener(name, handle);
    if (atOnce.current) {
      atOnce.current = false;
      begin(element, callId);
    }
    return () => {
      for (const [name, handle] of Object.entries(on)) element.removeEventListener(name, handle);
      if (place.current > 0) keepPlace(callId, place.current);
      element.pause();
      element.removeAttribute('src');
      if (speaking === element) speaking = null;
      mixer.current?.close();
      mixer.current = null;
    };
  }, [callId]);

  return {
    playing,
    seconds,
    refusal,
    toggle() {
      const element = audio.current;
      if (!element) return;
      setRefusal(null);
      if (element.paused) begin(element, callId);
      else element.pause();
    },
    seek(next) {
      place.current = next;
      setSeconds(next);
      if (audio.current && audio.current.readyState > 0) audio.current.currentTime = next;
    },
    setSpeed(next) {
      speed.current = next;
      if (audio.current) audio.current.playbackRate = next;
    },
    hear(voice) {
      // An audio context may only start from a person's act, so it is made at the first choice.
      if (audio.current) mixer.current ??= makeMixer(audio.current);
      mixer.current?.hear(voice);
    },
  };
}

function begin(element: HTMLAudioElement, callId: string): void {
  if (!element.getAttribute('src')) element.src = soundPath(callId);
  // A refusal arrives as the element's error.
  element.play().catch(() => {});
}

interface Mixer {
  readonly hear: (voice: HeardVoice) => void;
  readonly close: () => void;
}

/** The recording has the customer left and the agent right; puts one or both on both ears. */
function makeMixer(audio: HTMLAudioElement): Mixer {
  const context = new AudioContext();
  const splitter = context.createChannelSplitter(2);
  const customer = context.createGain();
  const agent = context.createGain();
  context.createMediaElementSource(audio).connect(splitter);
  splitter.connect(customer, 0);
  splitter.connect(agent, 1);
  customer.connect(context.destination);
  agent.connect(context.destination);
  return {
    hear: (voice) => {
      customer.gain.value = voice === 'agent' ? 0 : 1;
      agent.gain.value = voice === 'customer' ? 0 : 1;
      void context.resume();
    },
    close: () => void context.close(),
  };
}
