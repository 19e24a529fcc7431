import { onsetOf } from './onset.ts';
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
