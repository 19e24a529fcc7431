import { mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { dozvonDir } from '../stack/places.ts';
import { portsFor } from '../stack/ports.ts';
import { type Stack, type StackOptions, startStack } from '../stack/stack.ts';
import { StepError, terminalReporter } from '../stack/steps.ts';
import { machineShape } from './cpu.ts';

/** One bench: starts what it needs by itself, measures, says what came out. */
export interface Bench {
  /** One line for the list. */
  readonly title: string;
  run(run: BenchRun): Promise<Report>;
}

export interface BenchRun {
  readonly quick: boolean;
  /** How long and how many calls a second were asked for; null: the bench knows. Only for those that say so. */
  readonly minutes: number | null;
  readonly rate: number | null;
  /** Whole sentences on what is going on. */
  say(line: string): void;
  /** A Dozvon of the bench's own: fresh home, own ports. Stopped when the bench is over, however it ends. */
  startStack(options?: Partial<StackOptions>): Promise<Stack>;
  /** Ended after the bench, the latest first. */
  atEnd(act: () => Promise<unknown>): void;
}

export interface Report {
  /** For people: rows of cells, the first row is the head. */
  readonly tables: readonly (readonly (readonly (string | number)[])[])[];
  /** Sentences below the tables. */
  readonly notes: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
  readonly aims: Readonly<Record<string, Aim>>;
}

export interface Aim {
  readonly is: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly met: boolean;
}

export function atLeast(is: number, limit: number): Aim {
  return { is, atLeast: limit, met: is >= limit };
}

export function atMost(is: number, limit: number): Aim {
  return { is, atMost: limit, met: is <= limit };
}

/** Away from `npm start` (8443 …) and the tests (below 25,000). */
const portBase = 25_000;

/** Runs a bench, prints its tables and, as the last line, its figures as one JSON object. Returns the exit code: 1 when it broke or an aim was missed. */
export async function runBench(
  name: string,
  bench: Bench,
  options: { quick: boolean; profileDir: string | null; minutes: number | null; rate: number | null },
): Promise<number> {
  const reporter = terminalReporter();
  const profileDir = options.profileDir === null ? null : resolve(options.profileDir);
  if (profileDir !== null) mkdirSync(profileDir, { recursive: true });
  const endings: (() => Promise<unknown>)[] = [];
  const ending = new AbortController();
  let ended: Promise<void> | null = null;
  const end = () => {
    ended ??= (async () => {
      for (const act of endings.reverse()) await act().catch((error) => reporter.line(String(error)));
    })();
    return ended;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      ending.abort();
      void end().then(() => process.exit(130));
    });
  }
  try {
    reporter.line(`${name}: ${bench.title}`);
    reporter.line(`${machineShape()}; load before: ${loadavg()[0]?.toFixed(2)}`);
    const { tables, notes, figures, aims } = await bench.run({
      quick: options.quick,
      minutes: options.minutes,
      rate: options.rate,
      say: reporter.line,
      async startStack(wanted = {}) {
        const profiling =
          profileDir === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDir}` };
        const stack = await startStack({
          home: `${dozvonDir}/bench`,
          ports: portsFor(portBase),
          demo: false,
          seed: 'none',
          fresh: true,
          mediaAddress: '127.0.0.1',
          signal: ending.signal,
          reporter,
          ...wanted,
          env: { HOUSE_HOURS: '00:00-24:00', LOG_LEVEL: 'warn', ...profiling, ...wanted.env },
        });
        endings.push(() => stack.stop());
        return stack;
      },
      atEnd: (act) => void endings.push(act),
    });
    for (const table of tables) reporter.line(`\n${layOut(table)}`);
    reporter.line('');
    for (const note of notes) reporter.line(note);
    for (const [aim, { is, atLeast: min, atMost: max, met }] of Object.entries(aims)) {
      reporter.line(
        `${met ? '✓' : '✗'} ${aim}: ${is} (aim ${min === undefined ? `<= ${max}` : `>= ${min}`})`,
      );
    }
    const met = Object.values(aims).every((aim) => aim.met);
    await end();
    console.log(JSON.stringify({ name, figures, aims, met }));
    return met ? 0 : 1;
  } catch (error) {
    await end();
    if (error instanceof StepError) console.error(`\n${error.message}\n\n${error.advice}`);
    else console.error(error);
    return 1;
  }
}

export function layOut(table: readonly (readonly (string | number)[])[]): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => String(row[column] ?? '').length)),
  );
  return table
    .map((row) =>
      row
        .map((cell, i) =>
          i === 0 ? String(cell).padEnd(widths[i] ?? 0) : String(cell).padStart(widths[i] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
