import { readFileSync, rmSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { type PartName, partNames } from './part.ts';
import { endProcess, isAlive, type ProcessId } from './processes.ts';

/** `home`/state.json: what runs, so that `npm stop`, `npm run call` and the next start know. Holds no secret. */
export interface StackState {
  /** The process that started the parts and stops them when it is asked to end. */
  readonly owner: ProcessId;
  readonly url: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly parts: readonly (ProcessId & { readonly name: PartName })[];
}

const fileOf = (home: string) => `${home}/state.json`;

export function readState(home: string): StackState | null {
  try {
    return JSON.parse(readFileSync(fileOf(home), 'utf8')) as StackState;
  } catch {
    return null;
  }
}

export async function writeState(home: string, state: StackState): Promise<void> {
  const file = fileOf(home);
  await writeFile(`${file}.new`, JSON.stringify(state, null, 2));
  await rename(`${file}.new`, file);
}

export function forgetState(home: string): void {
  rmSync(fileOf(home), { force: true });
}

/** What lives of a stack whose owner is gone, in the order in which to end it. */
export function leftovers(state: StackState): StackState['parts'] {
  return [...state.parts]
    .sort((a, b) => partNames.indexOf(b.name) - partNames.indexOf(a.name))
    .filter((part) => isAlive(part));
}

/** Ends them: asked first, then SIGKILL. Only those whose number and start time are the recorded ones. */
export async function endLeftovers(state: StackState): Promise<PartName[]> {
  const ended: PartName[] = [];
  for (const part of leftovers(state)) {
    // To PostgreSQL SIGTERM means "when the last client has left", SIGINT "now, in order".
    await endProcess(part, part.name === 'postgres' ? 'SIGINT' : 'SIGTERM', 8000);
    ended.push(part.name);
  }
  return ended;
}
