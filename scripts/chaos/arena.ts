import pg from 'pg';
import type { Browser } from 'playwright-core';
import { makeRandom } from '../seed/random.ts';
import { portsFor } from '../stack/ports.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import type { Reporter } from '../stack/steps.ts';
import { TestExchange } from '../stack/test-exchange.ts';
import { Callers, population, populationSeed, seedLoad, setCampaigns } from './customers.ts';
import { Desk, openBrowser } from './desk.ts';
import { ExchangeWatch } from './exchange-watch.ts';
import { Observer } from './observer.ts';
import { Parts } from './parts.ts';
import { Robot } from './robot.ts';

export interface ArenaOptions {
  readonly seed: number;
  readonly home: string;
  readonly portBase: number;
  /** Two work the hotline, ringing on demand, the third a campaign with his leg kept up; the fourth does both. */
  readonly agents: 3 | 4;
  /** Mean time between callers. */
  readonly callerGapMs: number;
  /** Lines of the campaign that plays an announcement to everybody; 0: there is none. */
  readonly robotLines: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** A whole Dozvon at work: load, agents in browsers, and everything that strikes and watches it. */
export class Arena {
  readonly startedAt = Date.now();
  readonly stack: Stack;
  readonly db: pg.Pool;
  readonly network: TestExchange;
  readonly parts: Parts;
  readonly watch: ExchangeWatch;
  readonly observer: Observer;
  readonly robots: Robot[] = [];
  readonly callers: Callers;
  readonly say: (line: string) => void;
  /** The supervisor's page. */
  board: Desk | null = null;
  private browser: Browser | null = null;
  private campaignIds: readonly number[] = [];

  private constructor(stack: Stack, o: ArenaOptions) {
    const { env, files } = stack;
    this.stack = stack;
    this.say = o.reporter.line;
    this.db = new pg.Pool({ connectionString: env.DATABASE_URL, max: 2, connectionTimeoutMillis: 3000 });
    this.db.on('error', () => {});
    this.network = new TestExchange(
      '127.0.0.1',
      Number(env.TEST_EXCHANGE_AMI_PORT),
      env.TEST_EXCHANGE_AMI_USER ?? '',
      env.TEST_EXCHANGE_AMI_PASSWORD ?? '',
      files.testCdrFile,
    );
    this.parts = new Parts(stack, this.say);
    this.watch = new ExchangeWatch(stack);
    this.observer = new Observer(stack.url);
    this.callers = new Callers(this.network, o.seed + 1, o.callerGapMs);
  }

  static async open(o: ArenaOptions): Promise<Arena> {
    const ports = portsFor(o.portBase);
    // Agents reach pages and SIP door through cables of their own: same ports, an address of 127/8 for each.
    const cables = { pages: o.portBase + 40, sip: o.portBase + 41 };
    const stack = await startStack({
      home: o.home,
      ports,
      demo: true,
      seed: 'demo',
      fresh: true,
      mediaAddress: '127.0.0.1',
      reporter: o.reporter,
      ...(o.signal && { signal: o.signal }),
      env: {
        HOUSE_HOURS: '00:00-24:00',
        HOUSE_ATTEMPTS_PER_DAY: '100',
        LOG_LEVEL: 'debug',
        ASTERISK_WSS_URL: `wss://HOST:${cables.sip}/ws`,
      },
    });
    const arena = new Arena(stack, o);
    try {
      await arena.furnish(o, cables, { pages: ports.https, sip: ports.wss });
    } catch (error) {
      await arena.close();
      throw error;
    }
    return arena;
  }

  /** The load begins; the agents work from here on. */
  async begin(): Promise<void> {
    for (const robot of this.robots) robot.start();
    await setCampaigns(this.db, this.campaignIds, 'running');
    this.callers.start();
  }

  /** No new calls; those that are there go on. */
  async end(): Promise<void> {
    this.callers.stop();
    await setCampaigns(this.db, this.campaignIds, 'paused');
  }

  async close(): Promise<void> {
    this.callers.stop();
    this.watch.stop();
    this.observer.close();
    await this.parts.stop();
    await Promise.all(this.robots.map((robot) => robot.stop()));
    for (const desk of [...this.robots.map((r) => r.desk), this.board]) await desk?.close();
    await this.browser?.close();
    await this.network.close();
    await this.db.end();
    await this.stack.stop();
  }

  private async furnish(
    o: ArenaOptions,
    ports: { pages: number; sip: number },
    targets: { pages: number; sip: number },
  ): Promise<void> {
    const { rows } = await this.db.query<{ login: string; id: number }>('SELECT login, id FROM users');
    const idOf = (login: string) => rows.find((r) => r.login === login)?.id ?? 0;
    const hotline = ['anna', 'boris', 'gleb'];
    const campaign = ['vera', 'gleb'];
    const seeded = await seedLoad(this.db, {
      hotlineAgents: hotline.map(idOf),
      campaignAgents: campaign.map(idOf),
      robotLines: o.robotLines,
    });
    this.campaignIds = seeded.campaignIds;
    await this.network.setPopulation(population, { seed: populationSeed });
    await this.observer.open('admin', 'demo');
    this.browser = await openBrowser();
    const logins = ['anna', 'boris', 'vera', 'gleb'].slice(0, o.agents);
    const open = (login: string, nth: number, path: string) =>
      Desk.open(this.browser as Browser, {
        login,
        userId: idOf(login),
        host: `127.0.0.${21 + nth}`,
        ports,
        targets,
        path,
      });
    for (const [nth, login] of logins.entries()) {
      this.say(`${login} sits down`);
      this.robots.push(new Robot(await open(login, nth, '/'), makeRandom(o.seed * 1000 + nth)));
    }
    this.board = await open('darya', 9, '/board');
  }
}
