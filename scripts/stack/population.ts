/** The test exchange's random population as its dialplan wants it (docs/test-exchange.md). Pure. */

/** Persons in a hundred by what they do when rung; must add up to 100. */
export interface Population {
  readonly human: number;
  readonly machine: number;
  readonly noAnswer: number;
  readonly busy: number;
  readonly invalid: number;
  readonly rejects: number;
  readonly unreachable: number;
  readonly congestion: number;
  /** Medians in seconds of the log-normal times until the answer and from answer to hang-up. */
  readonly ringMedianS: number;
  readonly talkMedianS: number;
}

export const usualPopulation: Population = {
  human: 48,
  machine: 14,
  noAnswer: 20,
  busy: 7,
  invalid: 4,
  rejects: 3,
  unreachable: 3,
  congestion: 1,
  ringMedianS: 7,
  talkMedianS: 45,
};

const letters = [
  ['human', 'h'],
  ['machine', 'm'],
  ['noAnswer', 'n'],
  ['busy', 'b'],
  ['invalid', 'i'],
  ['rejects', 'r'],
  ['unreachable', 'u'],
  ['congestion', 'c'],
] as const;

/** Inverse of the standard normal distribution, |error| < 4.5e-4 (Abramowitz and Stegun 26.2.23). */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const z =
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
  return p < 0.5 ? -z : z;
}

/** 100 equally likely values of a log-normal distribution, each `width` characters with one decimal. */
function logNormalTable(medianS: number, sigma: number, width: number): string {
  const most = 10 ** (width - 2) - 0.1;
  return Array.from({ length: 100 }, (_, i) => medianS * Math.exp(sigma * normalQuantile((i + 0.5) / 100)))
    .map((s) => Math.min(s, most).toFixed(1).padStart(width, '0'))
    .join('');
}

/** The dialplan globals that make this population. Throws when the shares do not add up to 100. */
export function populationGlobals(
  population: Population,
): Record<'POP_TABLE' | 'POP_RING' | 'POP_TALK', string> {
  const table = letters.map(([kind, letter]) => letter.repeat(population[kind])).join('');
  if (table.length !== 100)
    throw new Error(`The shares of a population must add up to 100, not ${table.length}.`);
  return {
    POP_TABLE: table,
    POP_RING: logNormalTable(population.ringMedianS, 0.5, 4),
    POP_TALK: logNormalTable(population.talkMedianS, 0.8, 5),
  };
}
