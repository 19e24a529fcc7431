import type { Stack } from '../stack/stack.ts';
import { BareLoop } from './calls/bare.ts';
import { writeBeep } from './calls/beep.ts';
import { Chain } from './calls/chain.ts';
import { climb, cpuPerCall, quietCores, type Step } from './calls/ladder.ts';
import { promptMs } from './calls/list.ts';
import { untilQuiet } from './cpu.ts';
import { median, short, spread } from './figures.ts';
import { atLeast, atMost, type Bench } from './harness.ts';

/**
 * How many calls a second the whole chain carries, beside the least that could be done on the same exchange, and what our
 * part of a call costs beside the exchange's.
 */
export const bench: Bench = {
  title:
    'announcement campaign through the whole chain against a bare ARI loop; our CPU a call against the exchange’s',

  async run({ quick, say, startStack, atEnd }) {
    const seconds = quick ? 5 : 12;
    const halvings = quick ? 0 : 2;
    const repeats = quick ? 1 : 3;
    const stack = await startStack({ parts: ['postgres', 'valkey', 'testExchange', 'pbx', 'server'] });
    const chain = new Chain(stack);
    atEnd(() => chain.close());
    await chain.prepare(200_000);

    const place = {
      bare: loopPlacer(stack, false),
      same: loopPlacer(stack, true),
      chain: chainPlacer(stack, chain),
    };
    const climbWith = async (placer: Placer, from: number) => {
      const step = async (rate: number) => {
        await untilQuiet(quietCores);
        return placer.step(rate, seconds);
      };
      try {
        return await climb({ from, step, afresh: placer.begin, halvings, say });
      } finally {
        await placer.end();
      }
    };
    say(`\nBare loop: originate, answer, hang up; ${seconds} s a step`);
    const bareSteps = await climbWith(place.bare, 250);
    say(`\nBare loop that also plays ${promptMs} ms and listens for speech, as the chain does`);
    const sameSteps = await climbWith(place.same, 200);
    say(`\nWhole chain: ${promptMs} ms are played`);
    const chainSteps = await climbWith(place.chain, 200);
    const [bareBest, sameBest, chainBest] = [bareSteps.at(-1)!, sameSteps.at(-1)!, chainSteps.at(-1)!];

    // CPU a call at one rate for all, where none is near its limit, several times for the spread.
    const common = Math.round(chainBest.wanted * 0.75);
    say(`\nAll at ${common}/s in turn, ${repeats} times`);
    const again: Record<keyof typeof place, Step[]> = { bare: [], same: [], chain: [] };
    for (let i = 0; i < repeats; i++) {
      for (const name of ['bare', 'same', 'chain'] as const) {
        await place[name].begin();
        await untilQuiet(quietCores);
        again[name].push(await place[name].step(common, seconds));
        await place[name].end();
      }
    }

    const over = (steps: Step[], ...parts: Part[]) => steps.map((step) => cpuPerCall(step, ...parts));
    const row = (name: string, ...parts: Part[]) => [
      name,
      ...[again.bare, again.same, again.chain].map((steps) => spread(over(steps, ...parts))),
    ];
    const ours = short(median(over(again.chain, 'server', 'dialer')));
    const exchanges = short(median(over(again.chain, 'exchange')));
    const ratio = short(chainBest.wanted / bareBest.wanted);
    const best = [bareBest, sameBest, chainBest];
    return {
      tables: [
        [
          ['highest clean rate', 'bare', 'bare, same work', 'chain'],
          ['calls a second', ...best.map((step) => step.wanted)],
          ['answer median, ms', ...best.map((step) => short(step.answerMs.median))],
          ['answer p95, ms', ...best.map((step) => short(step.answerMs.p95))],
        ],
        [
          [`CPU ms a call at ${common}/s`, 'bare', 'bare, same work', 'chain'],
          row('exchange', 'exchange'),
          row('server', 'server'),
          row('dialer', 'dialer'),
          row('PostgreSQL', 'database'),
          row('Valkey', 'bus'),
          row('test exchange', 'network'),
          row('bench itself', 'bench'),
        ],
      ],
      notes: [
        'Clean: no failed call, each in history and ledger once, at most 3 % of the rate missed, p95 of dial to answer <= 200 ms, no backlog left.',
        `The chain plays ${promptMs} ms of sound and listens for machines; the bare loop hangs up at once. "Same work" is the bare loop with both.`,
      ],
      figures: {
        bareRate: bareBest.wanted,
        sameWorkRate: sameBest.wanted,
        chainRate: chainBest.wanted,
        rateRatio: ratio,
        sameWorkRatio: short(chainBest.wanted / sameBest.wanted),
        ourCpuMs: ours,
        exchangeCpuMs: exchanges,
        cpuRatio: short(ours / exchanges),
      },
      aims: { rateRatio: atLeast(ratio, 0.6), cpuRatio: atMost(short(ours / exchanges), 1) },
    };
  },
};

type Part = keyof Step['cpu']['of'];

/** Something that places calls at a rate; between `begin` and `end` it has the exchange to itself. */
interface Placer {
  begin(): Promise<void>;
  step(rate: number, seconds: number): Promise<Step>;
  end(): Promise<void>;
}

/**
 * Both exchanges as new. What an overload leaves behind in them (dead channels, threads, half a gigabyte and more) would slow
 * all that is measured after it: the same loop reached 416 a second on new exchanges and 313 on used ones.
 */
async function renewExchanges(stack: Stack): Promise<void> {
  const { pbx, testExchange } = stack.parts;
  await pbx?.stop();
  await testExchange?.stop();
  await testExchange?.start();
  await pbx?.start();
  await writeBeep(stack);
}

/** The server hears every channel of the exchange: it is not there while a bare loop runs. */
function loopPlacer(stack: Stack, sameWork: boolean): Placer {
  let loop: BareLoop | null = null;
  const end = async () => {
    loop?.close();
    loop = null;
  };
  return {
    async begin() {
      await end();
      await stack.parts.server?.stop();
      await renewExchanges(stack);
      loop = new BareLoop(stack, { sameWork });
    },
    step: (rate, seconds) => loop!.step(rate, seconds),
    end,
  };
}

function chainPlacer(stack: Stack, chain: Chain): Placer {
  return {
    async begin() {
      await stack.parts.server?.stop();
      await renewExchanges(stack);
      await stack.parts.server?.start();
    },
    step: (rate, seconds) => chain.step(rate, seconds),
    end: async () => {},
  };
}
