import { routeSound, watchDevices } from './devices.ts';

/** The few sounds the page makes. Made of sine waves: nothing to load, nothing to license. */

let context: AudioContext | null = null;

/** The page's one audio context; wakes it when the browser lets it. */
export function audioContext(): AudioContext {
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume().catch(() => {});
  return context;
}

/** Where sounds go: an element per loudspeaker, since an audio context cannot choose its own in every browser. */
interface Outlet {
  readonly kind: 'speaker' | 'ring';
  readonly node: MediaStreamAudioDestinationNode;
  readonly element: HTMLAudioElement;
}
const outlets = new Map<Outlet['kind'], Outlet>();

function outlet(kind: Outlet['kind']): AudioNode {
  let found = outlets.get(kind);
  if (!found) {
    const node = audioContext().createMediaStreamDestination();
    const element = new Audio();
    element.srcObject = node.stream;
    found = { kind, node, element };
    outlets.set(kind, found);
  }
  routeSound(found.element, kind);
  if (found.element.paused) void found.element.play().catch(() => {});
  return found.node;
}

watchDevices(() => {
  for (const { element, kind } of outlets.values()) routeSound(element, kind);
});

/** One second of a soft two-tone warble, two seconds of rest; loops without a timer, which a hidden tab would throttle. */
function ringBuffer(ctx: AudioContext): AudioBuffer {
  return buffer(ctx, 3, (s) => {
    if (s >= 1) return 0;
    const hz = Math.floor(s * 12) % 2 === 0 ? 523 : 659;
    const edge = Math.min(1, s / 0.02, (1 - s) / 0.05);
    return 0.18 * edge * Math.sin(2 * Math.PI * hz * s);
  });
}

/** Somebody rings while he talks: a fifth of a second, softly, every four. */
function knockBuffer(ctx: AudioContext): AudioBuffer {
  return buffer(ctx, 4, (s) => {
    if (s >= 0.2) return 0;
    const edge = Math.min(1, s / 0.02, (0.2 - s) / 0.05);
    return 0.05 * edge * Math.sin(2 * Math.PI * 523 * s);
  });
}

function buffer(ctx: AudioContext, seconds: number, wave: (s: number) => number): AudioBuffer {
  const made = ctx.createBuffer(1, ctx.sampleRate * seconds, ctx.sampleRate);
  const samples = made.getChannelData(0);
  for (let i = 0; i < samples.length; i++) samples[i] = wave(i / ctx.sampleRate);
  return made;
}

/** loud: on the ring's loudspeaker; quiet: in the ear, beside a talk; off. */
type Ringing = 'loud' | 'quiet' | 'off';
let ringing: { how: Ringing; source: AudioBufferSourceNode } | null = null;

export function ring(how: Ringing): void {
  if (how === (ringing?.how ?? 'off')) return;
  ringing?.source.stop();
  ringing?.source.disconnect();
  ringing = null;
  if (how === 'off') return;
  const ctx = audioContext();
  const source = ctx.createBufferSource();
  source.buffer = how === 'loud' ? ringBuffer(ctx) : knockBuffer(ctx);
  source.loop = true;
  source.connect(outlet(how === 'loud' ? 'ring' : 'speaker'));
  source.start();
  ringing = { how, source };
}

/** One ring, to hear where it comes from and how loud. */
export function sampleRing(): void {
  const ctx = audioContext();
  const source = ctx.createBufferSource();
  source.buffer = ringBuffer(ctx);
  source.connect(outlet('ring'));
  source.start();
}

/** Short tone before a leg that answers by itself gets a caller: 150 ms, 880 Hz. */
export function beep(): void {
  const ctx = audioContext();
  const tone = ctx.createOscillator();
  const gain = ctx.createGain();
  tone.frequency.value = 880;
  gain.gain.setValueAtTime(0.15, ctx.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, ctx.currentTime + 0.15);
  tone.connect(gain).connect(outlet('speaker'));
  tone.start();
  tone.stop(ctx.currentTime + 0.16);
}
