import { parseArgs } from 'node:util';
import { layOut } from './bench/harness.ts';
import { callSteps } from './chaos/plan.ts';
import { runChaos } from './chaos/run.ts';
import { dozvonDir } from './stack/places.ts';
import { StepError, terminalReporter } from './stack/steps.ts';

/**
 * `npm run chaos -- --minutes N --seed S [--kills K]`: strikes a whole Dozvon at work and says what its users lost by it. Ends with 1
 * when a promise was broken. Last line: the figures as JSON.
 */
const usage = `npm run chaos -- --minutes N --seed S [--kills K] [--agents 3|4] [--port-base 26000]

Ends after N minutes (10) or K blows, whichever comes first. One seed, one order of blows.`;

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function readOrder() {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({
      options: { minutes: text, seed: text, kills: text, agents: text, 'port-base': text },
    }).values;
  } catch (error) {
    fail(`${(error as Error).message}\n\n${usage}`);
  }
}

const order = readOrder();
const number = (name: keyof typeof order, usual: number): number => {
  const value = Number(order[name] ?? usual);
  if (!Number.isFinite(value) || value <= 0) fail(`--${name} is a number above zero.\n\n${usage}`);
  return value;
};
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
const seed = number('seed', 1);
const portBase = number('port-base', 26_000);
const reporter = terminalReporter();
try {
  const { table, totals, broken, failures } = await runChaos({
    minutes: number('minutes', 10),
    kills: order.kills === undefined ? null : number('kills', 1),
    seed,
    steps: callSteps,
    gentle: false,
    home: `${dozvonDir}/chaos-${portBase}`,
    portBase,
    agents: number('agents', 4) === 3 ? 3 : 4,
    callerGapMs: 6000,
    robotLines: 2,
    reporter,
    signal: ending.signal,
  });
  console.log(`\n${layOut(table)}\n`);
  for (const [name, value] of Object.entries(totals)) console.log(`${name.padEnd(20)} ${value ?? '-'}`);
  for (const line of failures) console.log(line);
  for (const promise of broken) console.log(`✗ ${promise}`);
  if (broken.length === 0) console.log('✓ every promise was kept');
  console.log(JSON.stringify({ name: 'chaos', seed, ...totals, kept: broken.length === 0 }));
  process.exitCode = broken.length === 0 ? 0 : 1;
} catch (error) {
  if (error instanceof StepError) console.error(`\n${error.message}\n\n${error.advice}`);
  else console.error(error);
  process.exitCode = 1;
}
