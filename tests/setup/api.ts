import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestHandler, Router } from 'express';
import { pino } from 'pino';
import { afterAll } from 'vitest';
import { type Config, readConfig } from '../../server/config.ts';
import type { Db } from '../../server/db/pool.ts';
import { type Health, makeApp } from '../../server/http/app.ts';
import { makeSessions } from '../../server/http/session.ts';

export const silentLog = pino({ level: 'silent' });

/** Settings that are enough for the HTTP side; nothing stands behind the exchange's addresses. */
export function testConfig(overrides: Record<string, string> = {}): Config {
  return readConfig({
    DATABASE_URL: 'postgres://unused',
    REDIS_URL: 'redis://unused',
    SESSION_SECRET: 'a secret for tests only, long enough to pass',
    ASTERISK_ARI_URL: 'http://127.0.0.1:1/ari',
    ASTERISK_ARI_USER: 'test',
    ASTERISK_ARI_PASSWORD: 'test',
    ASTERISK_AMI_USER: 'test',
    ASTERISK_AMI_PASSWORD: 'test',
    ASTERISK_RECORDINGS_DIR: '/nowhere',
    ASTERISK_LEDGER_DIR: '/nowhere',
    RECORDINGS_KEY: 'ab'.repeat(32),
    DEMO: '1',
    ...overrides,
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came
  readonly body: any;
}

/** A browser as far as HTTP goes: keeps its cookie, sends our header with every request. */
export class Visitor {
  cookie = '';
  readonly base: string;
  constructor(base: string) {
    this.base = base;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        'X-Dozvon': '1',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(this.cookie ? { Cookie: this.cookie } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
    if (cookie) this.cookie = cookie;
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? JSON.parse(text) : text,
    };
  }

  get = (path: string) => this.send('GET', path);
  post = (path: string, body?: unknown) => this.send('POST', path, body);
}

/** The app on a free port, closed after the file's last test. */
export async function startApi(options: {
  db: Db;
  config?: Config;
  features: Router[];
  uiDir?: string;
  health?: () => Promise<Health>;
}): Promise<{ visitor(): Visitor; sessions: RequestHandler; base: string }> {
  const config = options.config ?? testConfig();
  const sessions = makeSessions({ config, db: options.db, onError: () => {} });
  const app = makeApp({
    config,
    log: silentLog,
    sessions,
    health: options.health ?? (async () => ({ ok: true, parts: {} })),
    features: options.features,
    uiDir: options.uiDir ?? '/nowhere',
  });
  const server: Server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { visitor: () => new Visitor(base), sessions, base };
}
