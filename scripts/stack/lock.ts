import { readFileSync, rmSync } from 'node:fs';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { identify, isAlive, type ProcessId, waitUntil } from './processes.ts';

function holderOf(file: string): ProcessId | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessId;
  } catch {
    return null;
  }
}

/** Makes the lock file, or tells who holds it. A lock whose holder is dead is nobody's. */
async function take(file: string): Promise<ProcessId | null> {
  const own = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(own, JSON.stringify(identify(process.pid)));
  try {
    for (;;) {
      try {
        // A link appears whole or not at all: nobody ever reads half a lock.
        await link(own, file);
        return null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = holderOf(file);
        if (holder && isAlive(holder)) return holder;
        rmSync(file, { force: true });
      }
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Runs `work` while no other process of this machine does; waits for a living holder, telling `onWait` once. */
export async function withLock<T>(
  file: string,
  onWait: (pid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  let told = false;
  const taken = await waitUntil(
    async () => {
      const holder = await take(file);
      if (holder && !told) onWait(holder.pid);
      told = true;
      return holder === null;
    },
    30 * 60_000,
    250,
  );
  if (!taken) throw new Error(`${file} is held for half an hour already.`);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
