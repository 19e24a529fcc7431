import type { Part } from './part.ts';

const lookEveryMs = 500;
const firstPauseMs = 1000;
const longestPauseMs = 30_000;
/** A part that lived this long begins its pauses anew. */
const steadyMs = 60_000;

/** Looks after running parts: one that has ended is started again, after a pause that doubles while it keeps ending. */
export function supervise(parts: readonly Part[], tell: (line: string) => void): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const watches = parts.map((part) => watch(part, tell, stopping.signal));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(watches);
    },
  };
}

async function watch(part: Part, tell: (line: string) => void, stopping: AbortSignal): Promise<void> {
  let pauseMs = firstPauseMs;
  let startedAt = Date.now();
  while (!stopping.aborted) {
    await pause(lookEveryMs, stopping);
    if (stopping.aborted || part.process) continue;
    if (Date.now() - startedAt > steadyMs) pauseMs = firstPauseMs;
    tell(`${part.name} has ended; starting it again in ${pauseMs / 1000} s.`);
    await pause(pauseMs, stopping);
    if (stopping.aborted) return;
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    try {
      await part.start();
      tell(`${part.name} runs again.`);
    } catch (error) {
      tell((error as Error).message);
    }
    startedAt = Date.now();
  }
}

function pause(ms: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stopping.addEventListener('abort', end);
  });
}
