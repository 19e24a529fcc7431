import { type Db, openPool } from '../../server/db/pool.ts';
import { defaultHome } from './places.ts';
import { databaseUrl } from './postgres.ts';
import { ensureSecrets } from './secrets.ts';
import { readState } from './state.ts';

/** The database that scripts about history look into: DATABASE_URL, or what `npm start` runs; and the node whose calls they mean. */
export async function openHistory(): Promise<{ db: Db; node: string }> {
  const db = openPool(process.env.DATABASE_URL || (await ownDatabase()), { max: 3, onError: () => {} });
  return { db, node: process.env.ASTERISK_NODE || 'n1' };
}

export function readSince(text: string | undefined): Date {
  const since = new Date(text ?? 0);
  if (Number.isNaN(since.getTime())) fail('--since is no time; write it like 2026-11-22T00:00:00Z.');
  return since;
}

async function ownDatabase(): Promise<string> {
  const port = readState(defaultHome)?.ports.postgres;
  if (port === undefined)
    fail('Nothing runs here: start it with "npm start", or name a database in DATABASE_URL.');
  return databaseUrl(port, (await ensureSecrets(defaultHome)).postgresPassword);
}

function fail(words: string): never {
  console.error(words);
  process.exit(2);
}
