/**
 * Calls `work` again and again, never twice at once: each second, and sooner when `wake` is called or the work says that more is
 * waiting, but with a gap, so that a storm of events becomes a steady rhythm. Work that fails is told and tried again.
 */
export interface Loop {
  wake(): void;
  /** Resolves once the run under way is over. */
  stop(): Promise<void>;
}

export function startLoop({
  work,
  onError,
  onStuck,
  gapMs = 100,
  everyMs = 1000,
  stuckMs = 30_000,
}: {
  work: () => Promise<{ again: boolean }>;
  onError: (error: unknown) => void;
  /** A run has lasted `stuckMs`: whoever runs this had better start afresh. */
  onStuck: () => void;
  gapMs?: number;
  everyMs?: number;
  stuckMs?: number;
}): Loop {
  let stopped = false;
  let awake = false;
  let hurry: (() => void) | null = null;

  const rest = (ms: number, wakeable: boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        hurry = null;
        resolve();
      }
      hurry = wakeable ? done : null;
    });

  const running = (async () => {
    while (!stopped) {
      awake = false;
      const watchdog = setTimeout(onStuck, stuckMs);
      let again = false;
      try {
        again = (await work()).again;
      } catch (error) {
        onError(error);
      } finally {
        clearTimeout(watchdog);
      }
      if (stopped) return;
      await rest(gapMs, false);
      if (!again && !awake && !stopped) await rest(everyMs - gapMs, true);
    }
  })();

  return {
    wake() {
      awake = true;
      hurry?.();
    },
    async stop() {
      stopped = true;
      hurry?.();
      await running;
    },
  };
}
