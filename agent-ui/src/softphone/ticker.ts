/**
 * A beat each second that a hidden tab keeps: browsers slow a hidden page's timers down to one a minute, a worker's they leave
 * alone. `gapMs` is what really passed since the last beat: much more than a second means that the machine slept.
 */
export function onTick(handle: (gapMs: number) => void): () => void {
  let last = Date.now();
  const worker = new Worker(new URL('./tick-worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = () => {
    const now = Date.now();
    handle(now - last);
    last = now;
  };
  return () => worker.terminate();
}
