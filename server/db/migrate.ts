import { runner } from 'node-pg-migrate';

/** Brings the database to the newest schema; an advisory lock keeps two starters apart. */
export async function migrate(databaseUrl: string, log: (line: string) => void = () => {}): Promise<void> {
  await runner({
    databaseUrl,
    dir: new URL('./migrations', import.meta.url).pathname,
    migrationsTable: 'migrations',
    direction: 'up',
    checkOrder: true,
    log,
  });
}
