import { ping } from '../live/client.ts';
import { audioContext } from './sounds.ts';

/**
 * Read-only measures for end-to-end tests and benches, at `window.__dozvon`:
 *   times(callId): epoch ms (with fractions) of popReceived, cardCommitted, ringStarted, confirmed; undefined if unknown.
 *   lastCall(): id of the call that came last; undefined before the first.
 *   ping(): ms of one round trip over the live socket with one indexed query in the server.
 *   audio(): strongest frequency of the remote voice (Hz), its level and the whole level (dB, 0 = full scale); null without one.
 */
type Moment = 'popReceived' | 'cardCommitted' | 'ringStarted' | 'confirmed';
type Times = Partial<Record<Moment, number>>;

const kept = 500;
const times = new Map<string, Times>();
let remote: MediaStream | null = null;
let analyser: { stream: MediaStream; node: AnalyserNode } | null = null;

/** Epoch milliseconds, monotonic within the page and comparable between pages of one machine. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Notes the first time of a moment of a call. */
export function mark(callId: string, moment: Moment): void {
  let entry = times.get(callId);
  if (!entry) {
    entry = {};
    times.set(callId, entry);
    if (times.size > kept) times.delete(times.keys().next().value!);
  }
  entry[moment] ??= nowMs();
}

/** The voice to measure; null when the leg is gone. */
export function measureStream(stream: MediaStream | null): void {
  remote = stream;
  if (stream === null) {
    analyser?.node.disconnect();
    analyser = null;
  }
}

function audio(): { peakHz: number; peakDb: number; levelDb: number } | null {
  if (!remote) return null;
  const ctx = audioContext();
  if (analyser?.stream !== remote) {
    const node = ctx.createAnalyser();
    node.fftSize = 8192;
    node.smoothingTimeConstant = 0;
    ctx.createMediaStreamSource(remote).connect(node);
    analyser = { stream: remote, node };
  }
  const { node } = analyser;
  const bins = new Float32Array(node.frequencyBinCount);
  node.getFloatFrequencyData(bins);
  let peak = 1;
  for (let i = 2; i < bins.length; i++) if (bins[i]! > bins[peak]!) peak = i;
  const wave = new Float32Array(node.fftSize);
  node.getFloatTimeDomainData(wave);
  const power = wave.reduce((sum, v) => sum + v * v, 0) / wave.length;
  return {
    peakHz: Math.round((peak * ctx.sampleRate) / node.fftSize),
    peakDb: bins[peak]!,
    levelDb: 10 * Math.log10(Math.max(power, 1e-12)),
  };
}

const measures = {
  times: (callId: string): Times | undefined => times.get(callId),
  lastCall: (): string | undefined => [...times.keys()].at(-1),
  ping,
  audio,
};

declare global {
  interface Window {
    __dozvon: typeof measures;
  }
}

if (typeof window !== 'undefined') window.__dozvon = measures;
