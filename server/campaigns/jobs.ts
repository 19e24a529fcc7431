import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import type { Log } from '../basics/log.ts';
import type { Bus } from '../bus/schema.ts';
import type { Config } from '../config.ts';
import type { Db } from '../db/pool.ts';
import { failImport, importLockClass, runImport } from './import.ts';

/** Imports run one after another in the background of a server process; what they are at stands in the database. */
export interface LeadImports {
  /** Where an upload is written; rename it to `fileOf(importId)` before `enqueue`. */
  readonly directory: string;
  fileOf(importId: number): string;
  /** Rejects when the bus is down. */
  enqueue(importId: number): Promise<void>;
  close(): Promise<void>;
}

const QUEUE = 'lead-imports';
const SWEEP_MS = 60_000;
/** An upload that nobody finished is rubbish after so long. */
const RUBBISH_MS = 86_400_000;

export async function startLeadImports({
  db,
  bus,
  log,
  config,
  directory = join(tmpdir(), 'dozvon-imports'),
}: {
  db: Db;
  bus: Bus;
  log: Log;
  config: Pick<Config, 'REDIS_URL' | 'COMPANY_COUNTRY' | 'COMPANY_TIME_ZONE'>;
  directory?: string;
}): Promise<LeadImports> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const fileOf = (importId: number) => join(directory, `${importId}.list`);
  const quiet = (error: Error) => log.debug({ err: error }, 'import queue connection error');

  const queue = new Queue<{ importId: number }>(QUEUE, {
    // Refuse while the bus is down, rather than promise an import that may never begin.
    connection: { url: config.REDIS_URL, enableOfflineQueue: false, maxRetriesPerRequest: 1 },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: 100 },
  });
  queue.on('error', quiet);
  const worker = new Worker<{ importId: number }>(
    QUEUE,
    async ({ data: { importId } }) => {
      const file = fileOf(importId);
      try {
        const campaignId = await runImport({
          db,
          importId,
          file,
          country: config.COMPANY_COUNTRY,
          timeZone: config.COMPANY_TIME_ZONE,
          now: Date.now,
        });
        if (campaignId !== null) {
          // The dialer's claims read the list by index; without fresh figures the planner may not know.
          await db.query('ANALYZE leads');
          await bus.publishCampaignChanged(campaignId).catch(() => {});
        }
      } finally {
        await rm(file, { force: true });
      }
    },
    {
      connection: { url: config.REDIS_URL, maxRetriesPerRequest: null },
      concurrency: 1,
      // A process died over it: a list that kills its reader is not tried again.
      maxStalledCount: 0,
    },
  );
  worker.on('error', quiet);
  worker.on('failed', (job, error) =>
    log.error({ err: error, importId: job?.data.importId }, 'import failed'),
  );

  /** Imports whose process died, and files that nobody will read. */
  const sweep = async () => {
    const { rows } = await db.query<{ id: number }>(
      `SELECT id FROM lead_imports WHERE state = 'running' AND created_at < now() - interval '10 s' AND NOT EXISTS (
         SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid::bigint = lead_imports.id AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
      [importLockClass],
    );
    for (const { id } of rows) {
      const state = await (await queue.getJob(jobIdOf(id)))?.getState();
      if (state !== 'waiting' && state !== 'delayed' && state !== 'prioritized')
        await failImport(db, id, 'interrupted');
    }
    for (const name of await readdir(directory)) {
      const { mtimeMs } = await stat(join(directory, name));
      if (Date.now() - mtimeMs > RUBBISH_MS) await rm(join(directory, name), { force: true });
    }
  };
  const sweeping = setInterval(() => void trySweep(), SWEEP_MS);
  const trySweep = () =>
    sweep().catch((error: unknown) => log.warn({ err: error }, 'sweep of imports failed'));
  void queue.waitUntilReady().then(trySweep, quiet);

  return {
    directory,
    fileOf,
    async enqueue(importId) {
      await queue.add('import', { importId }, { jobId: jobIdOf(importId) });
    },
    async close() {
      clearInterval(sweeping);
      await Promise.all([worker.close(), queue.close()]);
    },
  };
}

const jobIdOf = (importId: number) => `import-${importId}`;
