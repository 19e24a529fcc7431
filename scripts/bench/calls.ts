import { setTimeout as sleep } from 'node:timers/promises';
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
    await writeBeep(stack);
    await chain.prepare(200_000);
    const server = stack.parts.server!;

    // The server hears every channel of the exchange: it must not be there while the bare loop runs.
    const withLoop = async (sameWork: boolean, work: (loop: BareLoop) => Promise<Step[]>) => {
      await server.stop();
      const loop = new BareLoop(stack, { sameWork });
      try {
        return await work(loop);
      } finally {
        loop.close();
        await server.start();
      }
    };
    const rested = (step: (rate: number) => Promise<Step>) => async (rate: number) => {
      await untilEmpty(stack);
      await untilQuiet(quietCores);
      return step(rate);
    };
    const again = async (step: (rate: number) => Promise<Step>, rate: number) => {
      const steps: Step[] = [];
      while (steps.length < repeats) steps.push(await rested(step)(rate));
      return steps;
    };

    say(`\nBare loop: originate, answer, hang up; ${seconds} s a step`);
    const bareSteps = await withLoop(false, (loop) =>
      climb({ from: 250, step: rested((rate) => loop.step(rate, seconds)), halvings, say }),
    );
    say(`\nBare loop that also plays ${promptMs} ms and listens for speech, as the chain does`);
    const sameSteps = await withLoop(true, (loop) =>
      climb({ from: 200, step: rested((rate) => loop.step(rate, seconds)), halvings, say }),
    );
    say(`\nWhole chain: ${promptMs} ms are played`);
    const chainSteps = await climb({
      from: 160,
      step: rested((rate) => chain.step(rate, seconds)),
      halvings,
      say,
    });
    const [bareBest, sameBest, chainBest] = [bareSteps.at(-1)!, sameSteps.at(-1)!, chainSteps.at(-1)!];

    // CPU a call at one rate for all, where none is near its limit, several times for the spread.
    const common = Math.round(chainBest.wanted * 0.75);
    say(`\nAll at ${common}/s, ${repeats} times`);
    const chainAgain = await again((rate) => chain.step(rate, seconds), common);
    const bareAgain = await withLoop(false, (loop) => again((rate) => loop.step(rate, seconds), common));
    const sameAgain = await withLoop(true, (loop) => again((rate) => loop.step(rate, seconds), common));

    const over = (steps: Step[], ...parts: Part[]) => steps.map((step) => cpuPerCall(step, ...parts));
    const row = (name: string, ...parts: Part[]) => [
      name,
      ...[bareAgain, sameAgain, chainAgain].map((steps) => spread(over(steps, ...parts))),
    ];
    const ours = short(median(over(chainAgain, 'server', 'dialer')));
    const exchanges = short(median(over(chainAgain, 'exchange')));
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

/**
 * No call on either exchange, or at least no fewer for a while: what an overload has left behind is hung up, and Asterisk
 * may keep a few dead channels ("Surrogate") for good.
 */
async function untilEmpty(stack: Stack): Promise<void> {
  let before = Number.POSITIVE_INFINITY;
  for (let same = 0; same < 3; ) {
    const counts = await Promise.all(
      (['pbx', 'testExchange'] as const).map(async (exchange) => {
        const text = await stack.cli(exchange, 'core show channels count');
        const channels = Number(/(\d+) active channels?/.exec(text)?.[1] ?? 0);
        if (same === 1 && channels > 0) await stack.cli(exchange, 'channel request hangup all');
        return channels;
      }),
    );
    const now = counts.reduce((a, b) => a + b, 0);
    if (now === 0) return;
    same = now < before ? 0 : same + 1;
    before = now;
    await sleep(1000);
  }
}
