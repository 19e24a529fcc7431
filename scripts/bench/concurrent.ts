import { mkdir } from 'node:fs/promises';
import { portsFor } from '../stack/ports.ts';
import { FarEnds } from './concurrent/far-ends.ts';
import { shortLimit, Talks, type Way } from './concurrent/talks.ts';
import { measureCpu, untilQuiet } from './cpu.ts';
import { median, short } from './figures.ts';
import { atLeast, type Bench } from './harness.ts';

/** The bench's own; two ranges of voice ports, for the exchange alone. */
const portBase = 25_000;
const quietCores = 0.3;
/** Others may keep so much busy before a step is done again. */
const foreignLimitCores = 0.2;
const triesPerStep = 3;
/** Lost or late packets of a thousand from which a talk suffers. */
const lossLimit = 0.001;

const unrecorded: Way = { name: 'not recorded' };
const product: Way = {
  name: 'two files, S r t (the product)',
  options: 'Sr({}.a.ulaw)t({}.b.ulaw)',
  voices: ['.a.ulaw', '.b.ulaw'],
};
const others: readonly Way[] = [
  { name: 'voice through the bridge, unrecorded', proxied: true },
  { name: 'two files, r t without S', options: 'r({}.a.ulaw)t({}.b.ulaw)' },
  { name: 'one file, both voices mixed', file: '.a.ulaw', options: '' },
  { name: 'one file, stereo (D)', file: '.a.raw', options: 'D' },
  { name: 'ARI snoop and record, mixed', snoop: true },
  { name: 'ARI bridge record, mixed', bridge: true },
];

interface Step {
  readonly talks: number;
  /** Share of packets that were lost or came too late. */
  readonly loss: number;
  /** Of the exchange's CPU, % of a core a talk. */
  readonly cpuPercent: number;
  readonly trouble: string | null;
}

/**
 * How many recorded conversations one exchange carries before anybody misses a word, beside the same exchange that records
 * nothing; and what each way to record costs.
 */
export const bench: Bench = {
  title:
    'recorded conversations at once before a packet is lost, against the same exchange without recording',

  async run({ quick, say, startStack, atEnd }) {
    const seconds = quick ? 4 : 10;
    const waitMs = quick ? 2000 : 60_000;
    const ports = portsFor(portBase);
    const ends = await FarEnds.open(ports.testSip);
    atEnd(() => ends.close());
    const stack = await startStack({ parts: ['pbx'], ports: { ...ports, rtpEnd: ports.testRtpEnd } });
    await ends.found;
    // ARI's own recordings go there, and it does not make the folder.
    await mkdir(`${stack.files.recordingsDir}/../spool/recording`, { recursive: true });
    const talks = new Talks(stack);
    atEnd(async () => talks.close());

    const step = async (wanted: number, way: Way): Promise<Step> => {
      for (let tries = 1; ; tries++) {
        await talks.raiseTo(wanted, way);
        const cpu = measureCpu({ exchange: stack.parts.pbx!.pid! });
        const { legs, sent, lost, late } = await ends.listen(seconds);
        const used = cpu();
        const loss = (lost + late) / sent;
        const cpuPercent = (used.of.exchange / used.seconds / wanted) * 100;
        const trouble =
          legs !== 2 * wanted
            ? `${legs} legs instead of ${2 * wanted}`
            : loss > lossLimit
              ? `${(loss * 100).toFixed(2)} % of packets lost or late`
              : null;
        const foreign = used.foreignCores > 0.05 ? `, others used ${used.foreignCores.toFixed(2)} cores` : '';
        say(`  ${wanted} talks: ${cpuPercent.toFixed(2)} % of a core each${foreign}: ${trouble ?? 'clean'}`);
        if (trouble === null || used.foreignCores <= foreignLimitCores || tries === triesPerStep)
          return { talks: wanted, loss, cpuPercent, trouble };
        await untilQuiet(Number.POSITIVE_INFINITY, waitMs);
      }
    };

    /** Up by a quarter until packets are lost, then once into the gap. */
    const most = async (way: Way): Promise<{ best: Step; shortFiles: number }> => {
      say(`\n${way.name}`);
      await untilQuiet(quietCores, waitMs);
      const clean: Step[] = [];
      let high = quick ? 40 : 80;
      for (; ; high = Math.round(high * 1.25)) {
        const done = await step(high, way);
        if (done.trouble !== null) break;
        clean.push(done);
      }
      let shortFiles = await talks.endAll();
      const low = clean.at(-1)?.talks ?? 0;
      if (!quick && low > 0) {
        await untilQuiet(quietCores, waitMs);
        const between = await step(Math.round((low + high) / 2), way);
        if (between.trouble === null) clean.push(between);
        shortFiles += await talks.endAll();
      }
      const best = clean.at(-1);
      if (best === undefined) throw new Error(`Not even ${high} talks were clean: ${way.name}.`);
      return { best, shortFiles };
    };

    const bareFirst = await most(unrecorded);
    const recorded = await most(product);
    const bareAgain = await most(unrecorded);
    const bare = Math.max(bareFirst.best.talks, bareAgain.best.talks);
    const share = short(recorded.best.talks / bare);

    // What each way costs, at one number that all carry, in turn.
    const common = Math.round(recorded.best.talks / 2);
    say(`\nAll ways with ${common} talks, in turn`);
    const costs = new Map<string, number[]>();
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      for (const way of [unrecorded, product, ...others]) {
        say(way.name);
        await untilQuiet(quietCores, waitMs);
        const { cpuPercent } = await step(common, way);
        costs.set(way.name, [...(costs.get(way.name) ?? []), cpuPercent]);
        await talks.endAll();
      }
    }
    const cost = (way: Way) => median(costs.get(way.name) ?? []);

    return {
      tables: [
        [
          ['conversations at once before loss', 'most', '% of a core each'],
          ['not recorded', bareFirst.best.talks, bareFirst.best.cpuPercent.toFixed(2)],
          ['recorded', recorded.best.talks, recorded.best.cpuPercent.toFixed(2)],
          ['not recorded, again', bareAgain.best.talks, bareAgain.best.cpuPercent.toFixed(2)],
        ],
        [
          [`exchange at ${common} talks`, '% of a core each', 'more than not recorded'],
          ...[unrecorded, product, ...others].map((way) => [
            way.name,
            cost(way).toFixed(2),
            (cost(way) - cost(unrecorded)).toFixed(2),
          ]),
        ],
      ],
      notes: [
        `Two SIP phones a talk, µ-law, both speak without a pause. Clean: at most ${lossLimit * 1000} of a thousand packets lost, or later than 60 ms, in ${seconds} s. The phones run on the same cores.`,
        `Recordings that lack more than ${shortLimit * 100} % of their talk: ${recorded.shortFiles}.`,
      ],
      figures: {
        bareTalks: bare,
        recordedTalks: recorded.best.talks,
        share,
        shortFiles: recorded.shortFiles,
        bareCpuPercent: short(cost(unrecorded)),
        recordedCpuPercent: short(cost(product)),
      },
      aims: { share: atLeast(share, 0.5) },
    };
  },
};
