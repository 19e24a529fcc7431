import { makeRandom, type Random } from '../seed/random.ts';

/** Which blows fall, in which order and at which step of a call. Pure: one seed, one plan. */

/** What is struck, and how. Kill: SIGKILL, started again. Freeze: SIGSTOP, later SIGCONT. */
export const blowKinds = [
  'serverKill',
  'dialerKill',
  'busKill',
  'databaseKill',
  'serverFreeze',
  'dialerFreeze',
  'busFreeze',
  'databaseFreeze',
  /** The agent's page cannot reach the server. */
  'liveCut',
  /** The agent's softphone cannot reach the exchange's SIP door; voice goes on. */
  'phoneCut',
  'refresh',
  /** The page's process dies; he opens a new one. */
  'crash',
  'exchangeKill',
] as const;
export type BlowKind = (typeof blowKinds)[number];

export const callSteps = [
  'queued',
  'popping',
  'ringing',
  'talking',
  'held',
  'consult',
  'wrapUp',
  'dialling',
] as const;
export type CallStep = (typeof callSteps)[number];

export interface Blow {
  readonly number: number;
  readonly kind: BlowKind;
  readonly step: CallStep;
  /** How long the part stays dead or frozen, the network away, the browser closed. */
  readonly awayMs: number;
  /** Not null: the next blow follows so long after this one, whatever has come back by then. */
  readonly nextAfterMs: number | null;
  /** Rest after everything was right again. */
  readonly restMs: number;
}

/** Of a hundred blows; the server's death at every step is what matters most. */
const weights: Readonly<Record<BlowKind, number>> = {
  serverKill: 22,
  dialerKill: 6,
  busKill: 8,
  databaseKill: 8,
  serverFreeze: 8,
  dialerFreeze: 3,
  busFreeze: 5,
  databaseFreeze: 8,
  liveCut: 7,
  phoneCut: 7,
  refresh: 9,
  crash: 5,
  exchangeKill: 4,
};

/** Blows without end; the first of them are one of each kind. `gentle`: short absences, for a run of a minute or two. */
export function* planBlows(
  seed: number,
  options: { steps: readonly CallStep[]; gentle: boolean },
): Generator<Blow, never> {
  const random = makeRandom(seed);
  const first = shuffled(random, blowKinds);
  // Steps come from a shuffled deck: each as often as the others, however short the run.
  let deck: CallStep[] = [];
  for (let number = 1; ; number++) {
    const kind = first.shift() ?? weighted(random);
    if (!deck.some((s) => suits(kind, s))) deck = [...deck, ...shuffled(random, options.steps)];
    const [step] = deck.splice(
      deck.findIndex((s) => suits(kind, s)),
      1,
    ) as [CallStep];
    const together = !options.gentle && random.chance(0.12);
    yield {
      number,
      kind,
      step,
      awayMs: awayMs(random, kind, options.gentle),
      nextAfterMs: together ? random.int(50, 2500) : null,
      restMs: options.gentle ? random.int(0, 500) : random.int(200, 2500),
    };
  }
}

/** What happens to one agent's browser happens to one who is in a call. */
function suits(kind: BlowKind, step: CallStep): boolean {
  return !(agentsOwn(kind) && step === 'queued');
}

/** Blows that strike one agent's browser rather than a part of the house. */
export function agentsOwn(kind: BlowKind): boolean {
  return kind === 'liveCut' || kind === 'phoneCut' || kind === 'refresh' || kind === 'crash';
}

function awayMs(random: Random, kind: BlowKind, gentle: boolean): number {
  const most = gentle ? 3000 : 12_000;
  switch (kind) {
    case 'refresh':
      return 0;
    case 'crash':
      return random.int(200, 2000);
    case 'serverFreeze':
    case 'dialerFreeze':
    case 'busFreeze':
    case 'databaseFreeze':
      return gentle ? random.int(2000, 3500) : random.int(3000, 20_000);
    default:
      // Mostly as fast as a supervisor starts it again, now and then a real absence.
      return random.chance(0.6) ? random.int(0, 1500) : random.int(1500, most);
  }
}

function weighted(random: Random): BlowKind {
  const all = Object.values(weights).reduce((a, b) => a + b, 0);
  let left = random.next() * all;
  for (const kind of blowKinds) {
    left -= weights[kind];
    if (left < 0) return kind;
  }
  return 'serverKill';
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
