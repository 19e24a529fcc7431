import { createHash } from 'node:crypto';
import { type Population, populationGlobals } from '../stack/population.ts';

/** What a number of the test exchange's population does (docs/test-exchange.md), computed as its dialplan does. Pure. */
export interface Person {
  readonly answers: boolean;
  /** From his answer until he hangs up by himself; null when he does not answer. */
  readonly talkMs: number | null;
}

/** `phone` with plus; `seed` and `population` as given to TestExchange.setPopulation. */
export function personOf(phone: string, seed: string, population: Population): Person {
  const { POP_TABLE, POP_TALK } = populationGlobals(population);
  const md5 = createHash('md5')
    .update(`${seed}${phone.replace('+', '')}`)
    .digest('hex');
  const digits = `${md5.replace(/\D/g, '')}000000`;
  const kind = POP_TABLE[Number(digits.slice(0, 2))];
  if (kind === 'm') return { answers: true, talkMs: 60_000 };
  if (kind !== 'h') return { answers: false, talkMs: null };
  const at = Number(digits.slice(4, 6)) * 5;
  return { answers: true, talkMs: Number(POP_TALK.slice(at, at + 5)) * 1000 };
}
