/** A failure that the person at the terminal can do something about: what, then what to do. */
export class StepError extends Error {
  readonly advice: string;
  constructor(what: string, advice: string, options?: ErrorOptions) {
    super(what, options);
    this.advice = advice;
  }
}

/** Says what is going on inside a step; replaces what it said before. */
export type Progress = (text: string) => void;

export interface Reporter {
  /** Runs one step; prints its title, its progress and its time. */
  step<T>(title: string, work: (progress: Progress) => Promise<T>): Promise<T>;
  line(text: string): void;
}

/** For tests and benches, which only want to hear of failures. */
export const quiet: Reporter = {
  step: (_title, work) => work(() => {}),
  line: () => {},
};

/** On a terminal the current step's line is rewritten in place; elsewhere progress comes at most every 5 s. */
export function terminalReporter(out: NodeJS.WriteStream = process.stdout): Reporter {
  const live = out.isTTY === true;
  return {
    line: (text) => void out.write(`${text}\n`),
    async step(title, work) {
      const begunAt = performance.now();
      let toldAt = begunAt;
      const seconds = () => `${((performance.now() - begunAt) / 1000).toFixed(1)} s`;
      const show = (mark: string, tail: string) =>
        out.write(`${live ? '\r\x1b[2K' : ''}${mark} ${title}${tail}${live && mark === '…' ? '' : '\n'}`);
      if (live) show('…', '');
      try {
        const result = await work((text) => {
          if (live) show('…', `: ${text}`.slice(0, (out.columns ?? 100) - title.length - 4));
          else if (performance.now() - toldAt > 5000) {
            toldAt = performance.now();
            out.write(`… ${title}: ${text}\n`);
          }
        });
        show('✓', ` (${seconds()})`);
        return result;
      } catch (error) {
        show('✗', ` (failed after ${seconds()})`);
        throw error;
      }
    },
  };
}
