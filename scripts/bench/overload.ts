import pg from 'pg';
import { Chain } from './calls/chain.ts';
import { promptMs } from './calls/list.ts';
import { median, quantile, short } from './figures.ts';
import { atLeast, type Bench } from './harness.ts';

/** What an exchange carries when more is asked of it than it can take: admission must keep it near its best rate. */
export const bench: Bench = {
  title: 'an announcement campaign that asks for far more calls than the exchange can take',

  async run({ quick, say, startStack, atEnd }) {
    const seconds = quick ? 6 : 15;
    const stack = await startStack({
      parts: ['postgres', 'valkey', 'testExchange', 'pbx', 'server'],
      env: { EXCHANGE_CALLS_PER_SECOND: '1000', EXCHANGE_CALLS: '5000' },
    });
    const chain = new Chain(stack);
    atEnd(() => chain.close());
    const db = new pg.Pool({ connectionString: stack.env.DATABASE_URL, max: 1 });
    atEnd(() => db.end());
    await chain.prepare(200_000);
    // The bench of calls keeps a lost exchange from the worst with a limit of lines; here nothing but admission does.
    await db.query('UPDATE campaigns SET line_limit = 5000');
    const told: { asked: number; rate: number; p95: number; failed: number }[] = [];
    for (const asked of quick ? [100, 400] : [100, 200, 300, 450, 600]) {
      const begun = new Date();
      await chain.step(asked, seconds);
      const { rows } = await db.query<{ answered: number; failed: number; spanS: number; ms: number[] }>(
        `SELECT count(*) FILTER (WHERE outcome = 'answered')::integer AS answered,
                extract(epoch FROM max(answered_at) - min(offered_at))::float8 AS "spanS",
                count(*) FILTER (WHERE outcome NOT IN ('answered', 'notPlaced'))::integer AS failed,
                coalesce(array_agg((extract(epoch FROM answered_at - offered_at) * 1000)::float8)
                           FILTER (WHERE answered_at IS NOT NULL), '{}') AS ms
           FROM calls WHERE offered_at >= $1`,
        [begun],
      );
      const { answered, failed, spanS, ms } = rows[0]!;
      const rate = answered / Math.max(1, spanS);
      const p95 = ms.length === 0 ? Number.NaN : quantile(ms, 0.95);
      told.push({ asked, rate, p95, failed });
      say(
        `  ${asked}/s asked: ${short(rate)}/s answered, median ${short(median(ms))} ms, p95 ${short(p95)} ms, ${failed} failed`,
      );
    }
    const best = Math.max(...told.map((t) => t.rate));
    const kept = short(told.at(-1)!.rate / best);
    return {
      tables: [
        [
          ['asked a second', 'answered a second', 'p95 dial to answer, ms', 'failed'],
          ...told.map((t) => [t.asked, short(t.rate), short(t.p95), t.failed]),
        ],
      ],
      notes: [
        `The chain plays ${promptMs} ms. Refused calls are not failed ones: nobody was dialled and their leads wait again.`,
      ],
      figures: { bestRate: short(best), rateKept: kept, failedAtWorst: told.at(-1)!.failed },
      aims: { rateKept: atLeast(kept, 0.8) },
    };
  },
};
