import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { withLock } from './lock.ts';
import { dozvonDir, repo } from './places.ts';
import { CommandError, runCommand } from './processes.ts';
import { type Progress, StepError } from './steps.ts';

const outDir = `${repo}/agent-ui/dist`;
const stampFile = `${outDir}/.built-from`;

/** What the pages are made of: their own sources, the shapes they share with the server, the packages. */
function sourceStamp(): string {
  const files = globSync(
    [
      'agent-ui/src/**/*',
      'agent-ui/public/**/*',
      'agent-ui/*.{ts,html,json}',
      'server/**/schema.ts',
      'server/{basics,calls}/*.ts',
      'package-lock.json',
    ],
    { cwd: repo },
  ).sort();
  const hash = createHash('sha256').update('production\0');
  for (const file of files) {
    const path = `${repo}/${file}`;
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** Builds the pages when their sources changed since the last build; the old build serves until the new one is whole. */
export async function ensureUi(progress: Progress, signal?: AbortSignal): Promise<void> {
  await withLock(
    `${dozvonDir}/ui.lock`,
    (pid) => progress(`process ${pid} is building: waiting`),
    async () => {
      const stamp = sourceStamp();
      if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
      const half = `${dozvonDir}/ui.half`;
      await rm(half, { recursive: true, force: true });
      await mkdir(half, { recursive: true });
      progress('building');
      try {
        await runCommand(
          process.execPath,
          [
            `${repo}/node_modules/vite/bin/vite.js`,
            'build',
            'agent-ui',
            '--outDir',
            half,
            '--emptyOutDir',
            '--logLevel',
            'warn',
          ],
          // Under vitest NODE_ENV says "test", and React would come in its slow development form.
          { cwd: repo, env: { ...process.env, NODE_ENV: 'production' }, ...(signal && { signal }) },
        );
      } catch (error) {
        await rm(half, { recursive: true, force: true });
        if (!(error instanceof CommandError)) throw error;
        throw new StepError(
          `The pages could not be built.\n${error.message}`,
          'Mend the named file and start again.',
        );
      }
      await writeFile(`${half}/.built-from`, stamp);
      await rm(`${outDir}.old`, { recursive: true, force: true });
      if (existsSync(outDir)) await rename(outDir, `${outDir}.old`);
      await rename(half, outDir);
      await rm(`${outDir}.old`, { recursive: true, force: true });
    },
  );
}
