import { ping } from '../live/client.ts';
import { audioContext } from './sounds.ts';

/**
 * Measures for end-to-end tests and benches, at `window.__dozvon`:
 *   times(callId): epoch ms (with fractions) of popReceived, cardCommitted, ringStarted, confirmed; undefined if unknown.
 *   lastCall(): id of the call that came last; undefined before the first.
 *   ping(): ms of one round trip over the live socket with one indexed query in the server.
 *   audio(): strongest frequency of what all legs play (Hz), its level and the whole level (dB, 0 = full scale); null without a leg.
 *   levels(hz[]): the level (dB) at each of these frequencies in what all legs play; null without a leg.
 *   loseVoice(): kills every leg's media path without a word to anybody, as a lost network does. How many there were.
 */
type Moment = 'popReceived' | 'cardCommitted' | 'ringStarted' | 'confirmed';
type Times = Partial<Record<Moment, number>>;

const kept = 500;
const times = new Map<string, Times>();
const remote = new Map<object, MediaStreamAudioSourceNode>();
const connections = new Set<RTCPeerConnection>();
let analyser: AnalyserNode | null = null;

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

/** A leg's voice to measure; null when the leg is gone. */
export function measureStream(leg: object, stream: MediaStream | null): void {
  remote.get(leg)?.disconnect();
  remote.delete(leg);
  if (stream === null) return;
  const ctx = audioContext();
  if (analyser === null) {
    analyser = ctx.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
  }
  const source = ctx.createMediaStreamSource(stream);
  source.connect(analyser);
  remote.set(leg, source);
}

/** A leg's connection, for `loseVoice`. */
export function measureConnection(connection: RTCPeerConnection): void {
  for (const old of connections) if (old.signalingState === 'closed') connections.delete(old);
  connections.add(connection);
}

function loseVoice(): number {
  const open = [...connections].filter((connection) => connection.signalingState !== 'closed');
  connections.clear();
  for (const connection of open) connection.close();
  return open.length;
}

function levels(frequencies: readonly number[]): number[] | null {
  if (remote.size === 0 || analyser === null) return null;
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const binHz = audioContext().sampleRate / analyser.fftSize;
  return frequencies.map((hz) => bins[Math.round(hz / binHz)] ?? -200);
}

function audio(): { peakHz: number; peakDb: number; levelDb: number } | null {
  if (remote.size === 0 || analyser === null) return null;
  const ctx = audioContext();
  const node = analyser;
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

export function timesOf(callId: string): Times | undefined {
  return times.get(callId);
}

const measures = {
  times: timesOf,
  lastCall: (): string | undefined => [...times.keys()].at(-1),
  ping,
  audio,
  levels,
  loseVoice,
};

declare global {
  interface Window {
    __dozvon: typeof measures;
  }
}

if (typeof window !== 'undefined') window.__dozvon = measures;
