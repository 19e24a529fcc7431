import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureChromium } from './stack/chromium.ts';
import { withLock } from './stack/lock.ts';
import { dozvonDir, promptsDir, repo, rootDir } from './stack/places.ts';
import { makePrompts } from './stack/prompts.ts';
import { StepError, terminalReporter } from './stack/steps.ts';
import { ensureSystemParts } from './stack/system-parts.ts';
import { ensureUi } from './stack/ui.ts';

/**
 * `npm test`: installs what is missing, then runs every check, also after one has failed. `npm test -- unit lint` runs
 * those only. Whatever is no vitest run counts as one test. Last line: N passed, N failed, N skipped.
 */
interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Longer than any check takes on two slow cores: one that hangs must not keep the others from being run. */
const checkLimitMs = 20 * 60_000;
const results = `${dozvonDir}/test-results`;
const bin = (path: string) => `${repo}/node_modules/${path}`;
const reporter = terminalReporter();
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());

/** Runs a Node program with its output on this terminal; true when it ended well. */
function node(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: repo, stdio: ['ignore', 'inherit', 'inherit'] });
    const end = () => child.kill('SIGTERM');
    const late = setTimeout(() => {
      console.log(`No end after ${checkLimitMs / 60_000} minutes: stopped.`);
      end();
      void sleep(15_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'));
    }, checkLimitMs);
    ending.signal.addEventListener('abort', end);
    child.on('error', (error) => console.log(error.message));
    child.on('close', (code) => {
      clearTimeout(late);
      ending.signal.removeEventListener('abort', end);
      resolve(code === 0);
    });
  });
}

const single = (args: readonly string[]) => async (): Promise<Tally> =>
  (await node(args)) ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };

const vitest = (project: string) => async (): Promise<Tally> => {
  const file = `${results}/${project}.json`;
  rmSync(file, { force: true });
  const well = await node([
    bin('vitest/vitest.mjs'),
    'run',
    `--project=${project}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    const told = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
    const count = (name: string) => told[name] ?? 0;
    tally = {
      passed: count('numPassedTests'),
      failed: count('numFailedTests'),
      skipped: count('numPendingTests') + count('numTodoTests'),
    };
  } catch {
    // no result file: the run itself broke, which counts as a failure below
  }
  // A file that cannot be loaded, an error outside of any test, or no test at all: a failure without a failed test.
  return !well && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
};

// Biome colours whatever it prints unless told not to.
const plain = process.stdout.isTTY ? [] : ['--colors=off'];

const checks: Readonly<Record<string, () => Promise<Tally>>> = {
  lint: single([
    bin('@biomejs/biome/bin/biome'),
    'ci',
    '--diagnostic-level=warn',
    '--error-on-warnings',
    ...plain,
    '.',
  ]),
  types: single([bin('typescript/bin/tsc'), '-p', '.', '--noEmit']),
  'types-ui': single([bin('typescript/bin/tsc'), '-p', 'agent-ui', '--noEmit']),
  architecture: single([
    bin('dependency-cruiser/bin/dependency-cruiser.mjs'),
    'server',
    'dialer',
    'scripts',
    'agent-ui/src',
    '--config',
    '.dependency-cruiser.cjs',
    '--no-progress',
  ]),
  'dead-code': single([bin('knip/bin/knip.js'), '--no-progress', '--no-config-hints']),
  unit: vitest('unit'),
  contract: vitest('contract'),
  e2e: vitest('e2e'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(`No check is called ${unknown.join(', ')}. There are: ${Object.keys(checks).join(', ')}.`);
  process.exit(1);
}
const chosen = Object.entries(checks).filter(([name]) => asked.length === 0 || asked.includes(name));
const total = { passed: 0, failed: 0, skipped: 0 };
mkdirSync(results, { recursive: true });

try {
  if (chosen.some(([name]) => name === 'contract' || name === 'e2e')) {
    const { signal } = ending;
    await reporter.step('System parts: Asterisk, Valkey, voices', (progress) =>
      ensureSystemParts(progress, signal),
    );
    await reporter.step('Prompts', (progress) =>
      withLock(
        `${dozvonDir}/prompts.lock`,
        (pid) => progress(`process ${pid} is speaking them: waiting`),
        () => makePrompts({ root: rootDir, promptsDir, log: progress }),
      ),
    );
    if (chosen.some(([name]) => name === 'e2e')) {
      await reporter.step('Chromium', (progress) => ensureChromium(progress, signal));
      await reporter.step('Pages', (progress) => ensureUi(progress, signal));
    }
  }
} catch (error) {
  // What needs these parts will fail and say so; the other checks still tell something.
  console.log(error instanceof StepError ? `\n${error.message}\n\n${error.advice}\n` : error);
  total.failed += 1;
}

const lines: string[] = [];
for (const [name, run] of chosen) {
  if (ending.signal.aborted) break;
  console.log(`\n── ${name}`);
  const begunAt = performance.now();
  const tally = await run();
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += tally[key];
  const seconds = ((performance.now() - begunAt) / 1000).toFixed(1);
  lines.push(
    `${tally.failed > 0 ? '✗' : '✓'} ${name.padEnd(14)}${String(tally.passed).padStart(5)} passed ${String(tally.failed).padStart(3)} failed ${seconds.padStart(7)} s`,
  );
}
if (ending.signal.aborted) total.failed += 1;
console.log(`\n${lines.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);
