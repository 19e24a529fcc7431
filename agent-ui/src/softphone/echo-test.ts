import type { EchoTest } from './phone-port.ts';
import type { Session, SipLine } from './sip-line.ts';
import { audioContext } from './sounds.ts';
import { playVoice, silence } from './voices.ts';

/** A pip that no voice resembles for its 80 ms; loud enough for the echo's codec, soft enough for the ear. */
const pip = { hz: 1900, level: 0.12, seconds: 0.08 };
const pipEveryMs = 2000;
/** The analyser keeps the last 32768 samples: 0.68 s at 48 kHz. An echo later than that counts as none. */
const windowSamples = 32_768;

export interface RunningTest {
  heard(): MediaStream | null;
  end(): void;
}

/** Rings the exchange's echo with this microphone, plays what comes back and measures how long it took. `tell` gets each change, null at the end. */
export function runEchoTest(
  line: SipLine,
  microphone: MediaStream,
  tell: (test: EchoTest | null) => void,
): RunningTest {
  const ctx = audioContext();
  // The pip is mixed in behind the microphone: no loudspeaker has to carry it.
  const mixed = ctx.createMediaStreamDestination();
  const voice = ctx.createMediaStreamSource(microphone);
  voice.connect(mixed);
  const analyser = ctx.createAnalyser();
  analyser.fftSize = windowSamples;
  let test: EchoTest = { stage: 'calling', since: Date.now(), roundTripMs: null };
  let back: MediaStream | null = null;
  let heard: MediaStreamAudioSourceNode | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;
  let over = false;
  const trips: number[] = [];
  const session: Session = line.call('echo', mixed.stream, { up, over: () => finish('failed') });
  session.connection?.addEventListener('track', ({ track }) => {
    back = new MediaStream([track]);
    playVoice(session, back);
    heard = ctx.createMediaStreamSource(back);
    heard.connect(analyser);
  });

  function become(change: Partial<EchoTest>): void {
    test = { ...test, ...change };
    tell(test);
  }

  function up(): void {
    become({ stage: 'up', since: Date.now() });
    timer = setInterval(measure, pipEveryMs);
  }

  function measure(): void {
    const tone = ctx.createOscillator();
    const gain = ctx.createGain();
    tone.frequency.value = pip.hz;
    gain.gain.value = pip.level;
    tone.connect(gain).connect(mixed);
    const startsAt = ctx.currentTime + 0.02;
    tone.start(startsAt);
    tone.stop(startsAt + pip.seconds);
    setTimeout(() => {
      if (over) return;
      const samples = new Float32Array(windowSamples);
      analyser.getFloatTimeDomainData(samples);
      const readAt = ctx.currentTime;
      const onset = onsetOf(samples, ctx.sampleRate, pip.hz);
      if (onset === null) return;
      const tripMs = 1000 * (readAt - (windowSamples - onset) / ctx.sampleRate - startsAt);
      if (tripMs <= 0) return;
      trips.push(tripMs);
      const middle = trips.slice(-5).sort((a, b) => a - b);
      become({ roundTripMs: Math.round(middle[Math.floor(middle.length / 2)]!) });
    }, 650);
  }

  function finish(how: 'failed' | 'ended'): void {
    if (over) return;
    over = true;
    clearInterval(timer);
    silence(session);
    voice.disconnect();
    heard?.disconnect();
    // It had rung through: the exchange ends the echo after a minute, which is no failure.
    tell(how === 'failed' && test.stage === 'calling' ? { ...test, stage: 'failed' } : null);
  }

  tell(test);
  return {
    heard: () => back,
    end() {
      finish('ended');
      if (!session.isEnded()) session.terminate();
    },
  };
}

/** Where a tone of `hz` begins in samples between -1 and 1: index of its first half-loud moment; null when there is none. Goertzel over 16 ms. Pure. */
export function onsetOf(samples: Float32Array, sampleRate: number, hz: number): number | null {
  const width = Math.round(0.016 * sampleRate);
  const step = Math.round(0.002 * sampleRate);
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRate);
  const loud: number[] = [];
  for (let start = 0; start + width <= samples.length; start += step) {
    let s1 = 0;
    let s2 = 0;
    for (let i = 0; i < width; i++) {
      // Hann's window: a loud voice elsewhere in the spectrum must not leak into this tone.
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / width);
      const s0 = hann * (samples[start + i] ?? 0) + coefficient * s1 - s2;
      s2 = s1;
      s1 = s0;
    }
    loud.push((4 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2))) / width);
  }
  const peak = loud.reduce((a, b) => Math.max(a, b), 0);
  const usual = [...loud].sort((a, b) => a - b)[Math.floor(loud.length / 2)] ?? 0;
  if (peak < 0.01 || peak < 5 * usual) return null;
  const first = loud.findIndex((level) => level >= peak / 2);
  return first * step + Math.round(width / 2);
}
