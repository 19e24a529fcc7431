import { audioContext } from './sounds.ts';

/** A running measure of loudness. `level()`: dB, 0 = full scale, -100 = silence; `stop` frees what it holds. */
export interface Meter {
  level(): number;
  /** How much of the last 0.7 s was as loud as speech, 0 to 1. */
  speech(): number;
  stop(): void;
}

const silenceDb = -100;
/** Speech into a headset lies around -30 to -20 dB; an office behind it around -55. */
const speechDb = -42;

/**
 * Measures whatever stream `find` names at the moment. A microphone's track is copied: a muted track measures as silence, its copy
 * does not, and nothing of the copy leaves the page.
 */
export function makeMeter(find: () => MediaStream | null, copy = false): Meter {
  let on: {
    stream: MediaStream;
    tap: MediaStream;
    source: MediaStreamAudioSourceNode;
    node: AnalyserNode;
  } | null = null;
  const samples = new Float32Array(32_768);

  function letGo(): void {
    on?.source.disconnect();
    if (copy) for (const track of on?.tap.getTracks() ?? []) track.stop();
    on = null;
  }

  function read(): Float32Array | null {
    const stream = find();
    if (stream !== on?.stream || (copy && on?.tap.active === false)) {
      letGo();
      const track = stream?.getAudioTracks()[0];
      if (stream && track) {
        const copied = copy ? track.clone() : track;
        copied.enabled = true;
        const tap = new MediaStream([copied]);
        const ctx = audioContext();
        const source = ctx.createMediaStreamSource(tap);
        const node = ctx.createAnalyser();
        node.fftSize = samples.length;
        source.connect(node);
        on = { stream, tap, source, node };
      }
    }
    if (!on) return null;
    on.node.getFloatTimeDomainData(samples);
    return samples;
  }

  return {
    level(): number {
      const wave = read();
      return wave ? loudnessDb(wave.subarray(wave.length - 2048)) : silenceDb;
    },
    speech(): number {
      const wave = read();
      return wave ? speechShare(wave) : 0;
    },
    stop: letGo,
  };
}

/** Loudness (RMS) of samples between -1 and 1 in dB. Pure. */
export function loudnessDb(samples: Float32Array): number {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  return Math.max(silenceDb, 10 * Math.log10(Math.max(power / Math.max(1, samples.length), 1e-10)));
}

/** Share of 1024-sample pieces that are as loud as speech. Pure. */
export function speechShare(samples: Float32Array): number {
  const piece = 1024;
  let loud = 0;
  let pieces = 0;
  for (let start = 0; start + piece <= samples.length; start += piece) {
    pieces += 1;
    if (loudnessDb(samples.subarray(start, start + piece)) > speechDb) loud += 1;
  }
  return pieces === 0 ? 0 : loud / pieces;
}
