import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { demoHotlineNumber } from '../seed.ts';
import { TestExchange } from '../stack/test-exchange.ts';
import { median, quantile, short } from './figures.ts';
import { atLeast, atMost, type Bench } from './harness.ts';
import { AgentDesk } from './pop/desk.ts';

/** Between calls: the last one's history is written and the page has drawn what it must. */
const breathMs = 250;
const pingsPerCall = 3;

interface Popped {
  readonly callId: string;
  readonly invitedAt: number;
  readonly popReceived: number;
  readonly cardCommitted: number;
  readonly ringStarted: number;
}

/**
 * Is the card there before the phone rings, and how long after the INVITE, beside the shortest way that anything could go
 * from the server into this page.
 */
export const bench: Bench = {
  title:
    '200 hotline calls to one browser: card before the ring, INVITE to card against a bare round trip with a query',

  async run({ quick, say, startStack, atEnd }) {
    const calls = quick ? 30 : 200;
    const stack = await startStack({ seed: 'demo', demo: true });
    const { env, files, url } = stack;
    const db = new pg.Pool({ connectionString: env.DATABASE_URL, max: 1 });
    db.on('error', () => {});
    atEnd(() => db.end());
    const network = new TestExchange(
      '127.0.0.1',
      Number(env.TEST_EXCHANGE_AMI_PORT),
      env.TEST_EXCHANGE_AMI_USER ?? '',
      env.TEST_EXCHANGE_AMI_PASSWORD ?? '',
      files.testCdrFile,
    );
    atEnd(() => network.close());
    // One customer behind the number: the desk shows a card, not a choice.
    const { rows: customers } = await db.query<{ phone: string }>(
      `SELECT phone FROM customer_phones GROUP BY phone HAVING count(*) = 1 ORDER BY min(customer_id)`,
    );
    const desk = await AgentDesk.open(url, 'anna', 'demo');
    atEnd(() => desk.close());

    const pings: number[] = [];
    const popped = new Map<string, Omit<Popped, 'invitedAt'>>();
    // The page's code gets quick only after some drawings, as it does in an agent's first minutes.
    const warmUp = quick ? 10 : 30;
    let before = await desk.lastCall();
    say(`\n${calls} calls, one after another; the customer hangs up while it rings`);
    for (let i = 0; i < warmUp + calls; i++) {
      await sleep(breathMs);
      const { phone } = customers[i % customers.length]!;
      const { channelId } = await network.call({ from: phone, to: demoHotlineNumber, behaviour: 'none' });
      const callId = await desk.untilRinging(before);
      before = callId;
      const offsetMs = await desk.clockOffsetMs();
      const { popReceived, cardCommitted, ringStarted } = await desk.times(callId);
      await network.hangUp(channelId);
      await desk.untilReady();
      if (i < warmUp) continue;
      const at = (moment: number | undefined) => (moment ?? Number.NaN) + offsetMs;
      popped.set(channelId, {
        callId,
        popReceived: at(popReceived),
        cardCommitted: at(cardCommitted),
        ringStarted: at(ringStarted),
      });
      for (let n = 0; n < pingsPerCall; n++) {
        await sleep(breathMs / 5);
        pings.push(await desk.ping());
      }
    }

    const invites = await readInvites(network, popped.size, (id) => popped.has(id));
    const all = [...popped].map(
      ([id, moments]): Popped => ({ ...moments, invitedAt: invites.get(id) ?? Number.NaN }),
    );
    const steps = await readServerSteps(
      db,
      all.map((p) => p.callId),
    );
    const beforeRing = all.filter((p) => p.cardCommitted < p.ringStarted).length;
    const toCard = all.map((p) => p.cardCommitted - p.invitedAt);
    const draw = all.map((p) => p.cardCommitted - p.popReceived);
    const ahead = all.map((p) => p.ringStarted - p.cardCommitted);
    const between = (from: (p: Popped) => number, to: (p: Popped) => number) =>
      all.map((p) => to(p) - from(p));
    const offered = ({ callId }: Popped) => steps.get(callId)?.offered ?? Number.NaN;
    const lookedUp = ({ callId }: Popped) => steps.get(callId)?.lookedUp ?? Number.NaN;
    const row = (name: string, values: readonly number[]) => [
      name,
      ...[0, 0.5, 0.95, 1].map((share) => quantile(values, share).toFixed(1)),
    ];
    const ratio = short(median(toCard) / median(pings));
    const ratio95 = short(quantile(toCard, 0.95) / quantile(pings, 0.95));
    return {
      tables: [
        [
          ['ms', 'least', 'median', 'p95', 'most'],
          row('bare round trip + indexed query', pings),
          row('INVITE to card in the document', toCard),
          row(
            '  INVITE to the server',
            between((p) => p.invitedAt, offered),
          ),
          row('  caller looked up', between(offered, lookedUp)),
          row(
            '  card read and sent',
            between(lookedUp, (p) => p.popReceived),
          ),
          row('  drawing the card', draw),
          row('card to ring', ahead),
        ],
      ],
      notes: [
        `${beforeRing} of ${all.length} cards were in the document before the softphone rang.`,
        'INVITE: when the test exchange made the customer’s channel, just before it sends the INVITE (its call record, to 1 ms).',
        'The page’s clock is set to the system’s at each call.',
      ],
      figures: {
        calls: all.length,
        cardBeforeRing: beforeRing / all.length,
        inviteToCardMs: short(median(toCard)),
        inviteToCardP95Ms: short(quantile(toCard, 0.95)),
        pingMs: short(median(pings)),
        pingP95Ms: short(quantile(pings, 0.95)),
        ratioMedian: ratio,
        ratioP95: ratio95,
      },
      aims: { cardBeforeRing: atLeast(beforeRing / all.length, 1), ratioMedian: atMost(ratio, 3) },
    };
  },
};

/** When each customer's channel was made, by channel id; the test exchange writes a call within a second of its end. */
async function readInvites(
  network: TestExchange,
  wanted: number,
  isWanted: (channelId: string) => boolean,
): Promise<Map<string, number>> {
  for (const limit = Date.now() + 10_000; ; await sleep(200)) {
    const found = (await network.cdr()).filter((row) => isWanted(row.channelId));
    if (found.length >= wanted || Date.now() > limit) {
      return new Map(found.map((row) => [row.channelId, row.startedAt]));
    }
  }
}

/** When the server was offered each call and knew the caller (epoch ms), from the history's events. */
async function readServerSteps(db: pg.Pool, callIds: readonly string[]) {
  const at = (type: string) => `(extract(epoch FROM min(at) FILTER (WHERE type = '${type}')) * 1000)::float8`;
  const { rows } = await db.query<{ callId: string; offered: number; lookedUp: number }>(
    `SELECT call_id AS "callId", ${at('offered')} AS offered, ${at('lookedUp')} AS "lookedUp"
       FROM call_events WHERE call_id = ANY ($1) GROUP BY call_id`,
    [callIds],
  );
  return new Map(rows.map((row) => [row.callId, row]));
}
