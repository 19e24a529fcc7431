/** The few sounds the page makes. Made of sine waves: nothing to load, nothing to license. */

let context: AudioContext | null = null;
let ringing: AudioBufferSourceNode | null = null;

/** The page's one audio context; wakes it when the browser lets it. */
export function audioContext(): AudioContext {
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume().catch(() => {});
  return context;
}

/** One second of a soft two-tone warble, two seconds of rest; loops without a timer, which a hidden tab would throttle. */
function ringBuffer(ctx: AudioContext): AudioBuffer {
  const buffer = ctx.createBuffer(1, ctx.sampleRate * 3, ctx.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let i = 0; i < ctx.sampleRate; i++) {
    const s = i / ctx.sampleRate;
    const hz = Math.floor(s * 12) % 2 === 0 ? 523 : 659;
    const edge = Math.min(1, s / 0.02, (1 - s) / 0.05);
    samples[i] = 0.18 * edge * Math.sin(2 * Math.PI * hz * s);
  }
  return buffer;
}

export function startRinging(): void {
  if (ringing) return;
  const ctx = audioContext();
  ringing = ctx.createBufferSource();
  ringing.buffer = ringBuffer(ctx);
  ringing.loop = true;
  ringing.connect(ctx.destination);
  ringing.start();
}

export function stopRinging(): void {
  ringing?.stop();
  ringing?.disconnect();
  ringing = null;
}

/** Short tone before a leg that answers by itself gets a caller: 150 ms, 880 Hz. */
export function beep(): void {
  const ctx = audioContext();
  const tone = ctx.createOscillator();
  const gain = ctx.createGain();
  tone.frequency.value = 880;
  gain.gain.setValueAtTime(0.15, ctx.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, ctx.currentTime + 0.15);
  tone.connect(gain).connect(ctx.destination);
  tone.start();
  tone.stop(ctx.currentTime + 0.16);
}
