import { parseArgs } from 'node:util';
import { type Bench, runBench } from './bench/harness.ts';

/** `npm run bench`: lists the benches; `npm run bench -- NAME`: runs one. A new bench is a file in bench/ and a line here. */
const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  answer: () => import('./bench/answer.ts'),
  calls: () => import('./bench/calls.ts'),
  overload: () => import('./bench/overload.ts'),
  concurrent: () => import('./bench/concurrent.ts'),
  pop: () => import('./bench/pop.ts'),
  soak: () => import('./bench/soak.ts'),
};

const usage = `npm run bench -- NAME [--quick] [--profile FOLDER] [--minutes N] [--rate N]

--quick: shorter, to see that it works; its figures are rough.
--profile: server and dialer write CPU profiles into FOLDER (slower: no figures to quote).
--minutes, --rate: soak only, how long and how many calls a second.`;

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        profile: { type: 'string' },
        minutes: { type: 'string' },
        rate: { type: 'string' },
      },
    });
  } catch (error) {
    fail(`${(error as Error).message}\n\n${usage}`);
  }
}

const { positionals, values } = readArguments();
const [name] = positionals;
if (name === undefined) {
  for (const [each, load] of Object.entries(benches)) {
    console.log(`${each.padEnd(12)} ${(await load()).bench.title}`);
  }
  console.log(`\n${usage}`);
  process.exit(0);
}
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (load === undefined) fail(`There is no bench "${name}". There are: ${Object.keys(benches).join(', ')}.`);
const number = (value: string | undefined, option: string): number | null => {
  if (value === undefined) return null;
  if (Number(value) > 0) return Number(value);
  fail(`--${option} is a number above zero.\n\n${usage}`);
};
const { bench } = await load();
process.exit(
  await runBench(name, bench, {
    quick: values.quick ?? false,
    profileDir: values.profile ?? null,
    minutes: number(values.minutes, 'minutes'),
    rate: number(values.rate, 'rate'),
  }),
);
