import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/stack/chromium.ts';
import { portsFor } from '../../scripts/stack/ports.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { TestExchange } from '../../scripts/stack/test-exchange.ts';
import { writeToneWav } from './tone.ts';

/** The frequency that a test agent's microphone sends, where a test gives him none of his own. */
export const agentHz = 700;

/** A whole Dozvon on ports of its own, a telephone network, a database to look into and browsers with softphones. */
export class World {
  readonly stack: Stack;
  readonly network: TestExchange;
  readonly db: pg.Pool;
  private readonly scratch: string;
  private readonly browsers: Browser[] = [];

  private constructor(stack: Stack, scratch: string) {
    this.stack = stack;
    this.scratch = scratch;
    const { env, files } = stack;
    this.network = new TestExchange(
      '127.0.0.1',
      Number(env.TEST_EXCHANGE_AMI_PORT),
      env.TEST_EXCHANGE_AMI_USER ?? '',
      env.TEST_EXCHANGE_AMI_PASSWORD ?? '',
      files.testCdrFile,
    );
    this.db = new pg.Pool({ connectionString: env.DATABASE_URL, max: 3 });
    this.db.on('error', () => {});
  }

  /** `slot` keeps the ports of test files apart. Customers may be called at any hour, so that tests pass at night. */
  static async open(slot: number, env: Record<string, string> = {}): Promise<World> {
    const scratch = await mkdtemp(join(tmpdir(), 'dozvon-e2e-'));
    const stack = await startStack({
      home: new URL(`../../.dozvon/e2e-${slot}`, import.meta.url).pathname,
      ports: portsFor(22_000 + slot * 100),
      demo: true,
      seed: 'demo',
      fresh: true,
      throwAway: true,
      mediaAddress: '127.0.0.1',
      env: { HOUSE_HOURS: '00:00-24:00', LOG_LEVEL: 'debug', ...env },
    });
    return new World(stack, scratch);
  }

  async close(): Promise<void> {
    for (const browser of this.browsers) await browser.close();
    await this.db.end();
    await this.network.close();
    await this.stack.stop();
    await rm(this.scratch, { recursive: true, force: true });
  }

  /** A browser of its own, as on a computer of its own, signed in; `hz`: the tone that its microphone sends. */
  async signIn(login: string, hz = agentHz): Promise<Page> {
    const microphone = join(this.scratch, `microphone-${hz}.wav`);
    await writeToneWav(microphone, hz);
    const { executablePath, env, args } = await findChromium();
    const browser = await chromium.launch({
      executablePath,
      env: { ...process.env, ...env } as Record<string, string>,
      args: [
        ...args,
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${microphone}`,
        '--autoplay-policy=no-user-gesture-required',
        '--allow-loopback-in-peer-connection',
      ],
    });
    this.browsers.push(browser);
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width: 1280, height: 720 },
      permissions: ['microphone'],
      locale: 'ru-RU',
      timezoneId: 'Europe/Moscow',
    });
    // The microphone sends a tone, which noise suppression would take for noise.
    await context.addInitScript(() => localStorage.setItem('dozvon.microphone', 'plain'));
    const page = await context.newPage();
    await page.goto(this.stack.url);
    await page.getByLabel('Логин').fill(login);
    await page.getByLabel('Пароль').fill('demo');
    await page.getByRole('button', { name: 'Войти', exact: true }).click();
    await page.getByTestId('connection-bar').waitFor();
    return page;
  }

  /** An agent at his desk: signed in, phone registered, ready. */
  async agent(login: string, hz = agentHz): Promise<Page> {
    const page = await this.signIn(login, hz);
    await until(
      async () => (await page.getByTestId('phone-status').getAttribute('data-status')) === 'online',
      'the phone registers',
    );
    await page.getByTestId('ready').click();
    await until(
      async () => (await page.getByTestId('agent-state').getAttribute('data-state')) === 'ready',
      'the agent is ready',
    );
    return page;
  }

  /** A customer rings the hotline; his card comes up and the agent answers. */
  async talk(
    agent: Page,
    customer: { name: string; phone: string },
    behaviour: 'tone' | 'echo' = 'tone',
  ): Promise<{ channelId: string }> {
    const placed = await this.network.call({ from: customer.phone, to: '78005553535', behaviour });
    await until(
      async () => (await agent.getByTestId('card-name').textContent())?.includes(customer.name),
      'the card',
    );
    await agent.getByTestId('answer').click();
    return placed;
  }

  /** Kills the server with -9 and waits until it is gone. */
  async killServer(): Promise<void> {
    const { server } = this.stack.parts;
    if (server === undefined) throw new Error('this stack has no server of its own');
    server.kill('SIGKILL');
    await until(async () => server.process === null, 'the server’s death');
  }

  async userId(login: string): Promise<number> {
    const { rows } = await this.db.query<{ id: number }>('SELECT id FROM users WHERE login = $1', [login]);
    return rows[0]?.id ?? 0;
  }

  /** A customer of the demo company with a number that is his alone. */
  async customer(nth = 0): Promise<{ id: number; name: string; phone: string }> {
    const { rows } = await this.db.query<{ id: number; name: string; phone: string }>(
      `SELECT DISTINCT ON (c.id) c.id, c.name, p.phone FROM customers c JOIN customer_phones p ON p.customer_id = c.id
        WHERE NOT EXISTS (SELECT FROM customer_phones o WHERE o.phone = p.phone AND o.customer_id <> c.id)
        ORDER BY c.id, p.id OFFSET $1 LIMIT 1`,
      [nth],
    );
    if (rows[0] === undefined) throw new Error('the demo company has no such customer');
    return rows[0];
  }
}

/** Waits for a condition, never for a time; says in words what did not come. */
export async function until<T>(
  look: () => Promise<T>,
  what: string,
  withinMs = 15_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen) return seen as NonNullable<T>;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      throw new Error(`Waited ${withinMs} ms in vain: ${what}${last ? ` (${last})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the agent's browser hears now. */
export async function heard(page: Page): Promise<{ peakHz: number; peakDb: number; levelDb: number } | null> {
  return page.evaluate(() => (window as unknown as { __dozvon: { audio(): never } }).__dozvon.audio());
}

/** When the moments of a call came in this page, epoch ms. */
export async function times(page: Page, callId: string) {
  return page.evaluate(
    (id) =>
      (window as unknown as { __dozvon: { times(callId: string): Record<string, number> } }).__dozvon.times(
        id,
      ),
    callId,
  );
}

/** Hears a steady tone of `hz` (± 15 Hz). */
export async function hearsTone(page: Page, hz: number, withinMs = 10_000): Promise<void> {
  await until(
    async () => {
      const sound = await heard(page);
      return sound !== null && Math.abs(sound.peakHz - hz) < 15 && sound.peakDb > -55;
    },
    `a tone of ${hz} Hz in the agent's ear`,
    withinMs,
  );
}

/** Quieter than this, or so far below the loudest of the tones, is not heard. */
const heardDb = -60;
const belowLoudestDb = 25;

/** Hears each of these tones at once, and none of the others. */
export async function hearsTones(
  page: Page,
  tones: readonly number[],
  others: readonly number[],
  withinMs = 10_000,
): Promise<void> {
  let last: number[] | null = null;
  await until(
    async () => {
      last = await page.evaluate(
        (all) =>
          (window as unknown as { __dozvon: { levels(hz: number[]): number[] | null } }).__dozvon.levels(all),
        [...tones, ...others],
      );
      const levels = last ?? [...tones, ...others].map(() => -200);
      const loudest = Math.max(...levels);
      const isHeard = (db: number): boolean => db > heardDb && db > loudest - belowLoudestDb;
      return levels.every((db, i) => isHeard(db) === i < tones.length);
    },
    `tones of ${tones.join(', ') || 'nobody'} and not of ${others.join(', ')} Hz`,
    withinMs,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; levels ${(last ?? []).map(Math.round).join(', ')}`);
  });
}
