import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { makePart, type Part } from '../../stack/part.ts';
import { repo } from '../../stack/places.ts';
import type { Stack } from '../../stack/stack.ts';
import { measureCpu } from '../cpu.ts';
import { median, quantile } from '../figures.ts';
import { type Step, troubleOf } from './ladder.ts';
import { loadNumber, openLimit, prompt } from './list.ts';

/** History is written within 100 ms of a call's end, the ledger is read five times a second. */
const drainLimitMs = 2000;

/** An announcement campaign through the whole product: list, dialer, bus, switchboard, exchange, history, ledger. */
export class Chain {
  private readonly stack: Stack;
  private readonly db: pg.Pool;
  private campaignId = 0;
  private listed = 0;

  constructor(stack: Stack) {
    this.stack = stack;
    this.db = new pg.Pool({ connectionString: stack.env.DATABASE_URL, max: 1 });
    this.db.on('error', () => {});
  }

  close(): Promise<void> {
    return this.db.end();
  }

  /** A campaign with `numbers` strangers to call. */
  async prepare(numbers: number): Promise<void> {
    const { rows } = await this.db.query<{ id: number }>(
      `INSERT INTO campaigns (name, mode, purpose, state, announcement, caller_id, line_limit)
       VALUES ('bench', 'announcement', 'service', 'draft', $1, '+78005553535', $2) RETURNING id`,
      [prompt, openLimit],
    );
    this.campaignId = rows[0]!.id;
    await this.db.query(
      `INSERT INTO leads (campaign_id, name, phone) SELECT $1, 'Абонент ' || n, phone FROM unnest($2::text[]) WITH ORDINALITY AS l (phone, n)`,
      [this.campaignId, Array.from({ length: numbers }, (_, n) => loadNumber(n))],
    );
    await this.db.query('VACUUM (ANALYZE) leads');
    this.listed = numbers;
  }

  /** Runs the campaign at `rate` calls a second for some seconds, pauses it, waits for the last history row, checks every call. */
  async step(rate: number, seconds: number): Promise<Step> {
    const dialer = this.dialer(rate);
    const { rows } = await this.db.query<{ at: Date }>('SELECT now() AS at');
    const begunAt = rows[0]!.at;
    await dialer.start();
    try {
      await this.setState('running');
      await this.untilCalling(begunAt);
      // The first second or two: the dialer takes its lease, both programmes get warm.
      await sleep(2000);
      const from = await this.seen(begunAt);
      const { server, pbx, testExchange, postgres, valkey } = this.stack.parts;
      const cpu = measureCpu({
        exchange: pbx!.pid!,
        network: testExchange!.pid!,
        database: postgres!.pid!,
        bus: valkey!.pid!,
        server: server!.pid!,
        dialer: dialer.pid!,
      });
      await sleep(seconds * 1000);
      const used = cpu();
      const to = await this.seen(begunAt);
      await this.setState('paused');
      const drainMs = await this.drained(begunAt);
      const result = await this.check(begunAt, from.at, to.at);
      const reached = (result.placed * 1000) / (to.at.getTime() - from.at.getTime());
      return {
        wanted: rate,
        reached,
        calls: result.placed,
        answerMs: { median: median(result.answerMs), p95: quantile(result.answerMs, 0.95) },
        trouble: troubleOf({ ...result, wanted: rate, reached, drainMs, drainLimitMs }),
        cpu: used,
      };
    } finally {
      await this.setState('paused');
      await dialer.stop();
    }
  }

  /** The product's dialer with its limit of calls a second set to what this step wants. */
  private dialer(rate: number): Part {
    return makePart({
      name: 'dialer',
      command: [process.execPath, [`${repo}/dialer/main.ts`]],
      env: {
        ...process.env,
        NODE_ENV: 'production',
        ...this.stack.env,
        DIALER_CALLS_PER_SECOND: String(rate),
      },
      cwd: repo,
      logFile: `${this.stack.home}/log/dialer.log`,
      stopSignal: 'SIGTERM',
      stopMs: 8000,
      readyMs: 10_000,
      isReady: async () => true,
    });
  }

  private async setState(state: 'running' | 'paused'): Promise<void> {
    await this.db.query('UPDATE campaigns SET state = $2 WHERE id = $1', [this.campaignId, state]);
  }

  private async untilCalling(since: Date): Promise<void> {
    for (const limit = Date.now() + 20_000; ; await sleep(100)) {
      const { rows } = await this.db.query('SELECT FROM calls WHERE offered_at >= $1 LIMIT 1', [since]);
      if (rows.length > 0) return;
      if (Date.now() > limit)
        throw new Error(`The dialer placed no call within 20 s; see ${this.stack.home}/log.`);
    }
  }

  private async seen(since: Date): Promise<{ at: Date; left: number }> {
    const { rows } = await this.db.query<{ at: Date; used: number }>(
      'SELECT clock_timestamp() AS at, count(*) AS used FROM attempts WHERE planned_at >= $1',
      [since],
    );
    const { at, used } = rows[0]!;
    return { at, left: this.listed - used };
  }

  /** Milliseconds until every attempt of this step is in history and its end in the ledger; at most ten seconds. */
  private async drained(since: Date): Promise<number> {
    // What the dialer had in hand when it was told to pause is placed for another half a second.
    const begun = performance.now();
    let lastPlaced = begun;
    let before = -1;
    for (;;) {
      const { rows } = await this.db.query<{ open: number; placed: number; told: number }>(
        `SELECT (SELECT count(*) FROM attempts WHERE state = 'planned') AS open,
                (SELECT count(*) FROM attempts WHERE planned_at >= $1) AS placed,
                (SELECT count(*) FROM ledger WHERE at >= $1 AND type = 'HANGUP' AND call_id = channel_id) AS told`,
        [since],
      );
      const { open, placed, told } = rows[0]!;
      if (placed !== before) lastPlaced = performance.now();
      before = placed;
      if (open === 0 && told >= placed) return performance.now() - lastPlaced;
      if (performance.now() - begun > 10_000) return performance.now() - lastPlaced;
      await sleep(100);
    }
  }

  /** Each attempt of the step answered, in history once, with both its events and its end in the ledger. */
  private async check(since: Date, from: Date, to: Date) {
    const { rows } = await this.db.query<{ failed: number; placed: number; answerMs: number[] }>(
      `WITH step AS (SELECT a.id, a.planned_at, c.id AS call_id, c.outcome, c.offered_at, c.answered_at
                       FROM attempts a LEFT JOIN calls c ON c.attempt_id = a.id WHERE a.planned_at >= $1)
       SELECT count(*) FILTER (WHERE outcome IS DISTINCT FROM 'answered')
                + abs(count(*) - (SELECT count(*) FROM attempts WHERE planned_at >= $1))
                + abs(count(*) - (SELECT count(*) FROM ledger WHERE at >= $1 AND type = 'HANGUP' AND call_id = channel_id)) AS failed,
              count(*) FILTER (WHERE offered_at >= $2 AND offered_at < $3) AS placed,
              coalesce(array_agg((extract(epoch FROM answered_at - offered_at) * 1000)::float8)
                         FILTER (WHERE offered_at >= $2 AND offered_at < $3), '{}') AS "answerMs"
         FROM step`,
      [since, from, to],
    );
    return rows[0]!;
  }
}
