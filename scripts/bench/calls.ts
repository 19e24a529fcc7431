import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../stack/stack.ts';
import { BareLoop } from './calls/bare.ts';
import { Chain, promptMs } from './calls/chain.ts';
import { climb, cpuPerCall, quietCores, type Step } from './calls/ladder.ts';
import { untilQuiet } from './cpu.ts';
import { short, spread } from './figures.ts';
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
    const server = stack.parts.server!;

    // The server hears every channel of the exchange: it must not be there while the bare loop runs.
    const withBareLoop = async (work: (loop: BareLoop) => Promise<Step[]>) => {
      await server.stop();
      const loop = new BareLoop(stack);
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
    const bareSteps = await withBareLoop((loop) =>
      climb({ from: 160, step: rested((rate) => loop.step(rate, seconds)), halvings, say }),
    );
    say(`\nWhole chain: a prompt of ${promptMs} ms is played; ${seconds} s a step`);
    const chainSteps = await climb({
      from: 100,
      step: rested((rate) => chain.step(rate, seconds)),
      halvings,
      say,
    });
    const bareRate = bareSteps.at(-1)!.wanted;
    const chainRate = chainSteps.at(-1)!.wanted;

    // CPU a call at one rate for both, where neither is near its limit, several times for the spread.
    const common = Math.round(chainRate * 0.75);
    say(`\nBoth at ${common}/s, ${repeats} times`);
    const chainAgain = await again((rate) => chain.step(rate, seconds), common);
    const bareAgain = await withBareLoop((loop) => again((rate) => loop.step(rate, seconds), common));

    const over = (steps: Step[], ...parts: Parameters<typeof cpuPerCall>[1][]) =>
      steps.map((step) => cpuPerCall(step, ...parts));
    const row = (name: string, ...parts: Parameters<typeof cpuPerCall>[1][]) => [
      name,
      spread(over(bareAgain, ...parts)),
      spread(over(chainAgain, ...parts)),
    ];
    const ours = short(over(chainAgain, 'server', 'dialer').sort((a, b) => a - b)[Math.floor(repeats / 2)]!);
    const exchanges = short(over(chainAgain, 'exchange').sort((a, b) => a - b)[Math.floor(repeats / 2)]!);
    const ratio = short(chainRate / bareRate);
    return {
      tables: [
        [
          ['highest clean rate', 'bare', 'chain'],
          ['calls a second', bareRate, chainRate],
          [
            'answer median, ms',
            short(bareSteps.at(-1)!.answerMs.median),
            short(chainSteps.at(-1)!.answerMs.median),
          ],
          ['answer p95, ms', short(bareSteps.at(-1)!.answerMs.p95), short(chainSteps.at(-1)!.answerMs.p95)],
        ],
        [
          [`CPU ms a call at ${common}/s`, 'bare', 'chain'],
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
        `Clean: no failed call, each in history and ledger once, at most 3 % of the rate missed, p95 of dial to answer <= 200 ms, no backlog left.`,
        `The chain plays ${promptMs} ms of sound and listens for machines, the bare loop hangs up at once: that is the chain’s burden.`,
      ],
      figures: {
        bareRate,
        chainRate,
        rateRatio: ratio,
        ourCpuMs: ours,
        exchangeCpuMs: exchanges,
        cpuRatio: short(ours / exchanges),
        bareExchangeCpuMs: short(over(bareAgain, 'exchange')[0]!),
      },
      aims: { rateRatio: atLeast(ratio, 0.6), cpuRatio: atMost(short(ours / exchanges), 1) },
    };
  },
};

/** No channel on either exchange: calls that an overload has left behind are hung up after a while. */
async function untilEmpty(stack: Stack): Promise<void> {
  const exchanges = ['pbx', 'testExchange'] as const;
  for (let waited = 0; waited < 60; waited++) {
    const counts = await Promise.all(exchanges.map((name) => stack.cli(name, 'core show channels count')));
    // The product keeps one channel of its own up: the watch over callers whose server is gone.
    if (counts.every((text) => Number(/(\d+) active channels?/.exec(text)?.[1] ?? 0) <= 2)) return;
    if (waited === 5)
      await Promise.all(exchanges.map((name) => stack.cli(name, 'channel request hangup all')));
    await sleep(1000);
  }
}
