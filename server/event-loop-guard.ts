import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/**
 * The watchdog lives in the thread that it watches; should that thread never come back (a regular expression without end, an endless loop),
 * nobody would be there to say so. A second thread counts its beats and kills the process when there are none for `stuckMs`; the
 * supervisor starts it anew. Both threads stand still together when the process is frozen, so thawing kills nothing.
 */
export function guardEventLoop(o: { readonly stuckMs: number; readonly everyMs?: number }): () => void {
  const { stuckMs, everyMs = 1000 } = o;
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const timer = setInterval(() => Atomics.add(beats, 0, 1), everyMs);
  timer.unref();
  const guarded: Guarded = { beats, everyMs, limit: Math.ceil(stuckMs / everyMs) };
  const worker = new Worker(new URL(import.meta.url), { workerData: { guarded }, execArgv: [] });
  worker.unref();
  return () => {
    clearInterval(timer);
    void worker.terminate();
  };
}

interface Guarded {
  readonly beats: Int32Array;
  readonly everyMs: number;
  /** Rounds without a beat. */
  readonly limit: number;
}

const { guarded } = (workerData ?? {}) as { guarded?: Guarded };
if (!isMainThread && guarded !== undefined) {
  let last = Atomics.load(guarded.beats, 0);
  let still = 0;
  setInterval(() => {
    const now = Atomics.load(guarded.beats, 0);
    still = now === last ? still + 1 : 0;
    last = now;
    if (still < guarded.limit) return;
    // The log's stream belongs to the thread that hangs.
    writeSync(2, '{"level":60,"msg":"the event loop stands still; ending, to be started afresh"}\n');
    process.kill(process.pid, 'SIGKILL');
  }, guarded.everyMs);
}
