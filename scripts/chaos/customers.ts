import type pg from 'pg';
import { makeRandom, type Random } from '../seed/random.ts';
import { type Population, usualPopulation } from '../stack/population.ts';
import type { CustomerCall, TestExchange } from '../stack/test-exchange.ts';

/** A customer who rings the hotline, with everything he will do of his own will. */
export interface Caller {
  readonly channelId: string;
  /** Nobody else has this number in this run. */
  readonly phone: string;
  readonly placedAt: number;
  readonly ringMs: number;
  readonly hangUpAfterMs: number;
  /** Rang while no server was there. */
  readonly noServer: boolean;
}

/** Frequency of the callers' voices. */
export const voiceHz = 1000;
export const hotline = '78005553535';
export const populationSeed = 'chaos';
/** Mostly people, who talk shortly: the dialer shall have agents in talks, not in ringing tones. */
export const population: Population = {
  ...usualPopulation,
  human: 70,
  machine: 4,
  noAnswer: 8,
  busy: 8,
  invalid: 4,
  rejects: 3,
  unreachable: 2,
  congestion: 1,
  ringMedianS: 2,
  talkMedianS: 12,
};

const callerPhone = (n: number) => `+7916${String(1_000_000 + n)}`;
const leadPhone = (n: number) => `+7926${String(1_000_000 + n)}`;
const robotPhone = (n: number) => `+79992${String(100_000 + n)}`;
/** More than an hour's worth of each. */
const mostCallers = 4000;
const mostLeads = 4000;
const mostRobotLeads = 8000;

/** Fills in customers for the callers' numbers, a progressive campaign and a robot's; returns the campaigns' ids. */
export async function seedLoad(
  db: pg.Pool,
  o: { campaignAgents: readonly number[]; hotlineAgents: readonly number[]; robotLines: number },
): Promise<{ campaignIds: readonly number[] }> {
  await db.query(
    `WITH c AS (INSERT INTO customers (kind, name, time_zone)
       SELECT 'person', 'Абонент ' || n, 'Europe/Moscow' FROM generate_series(1, $1::integer) n RETURNING id, name)
     INSERT INTO customer_phones (customer_id, phone, kind, raw)
     SELECT id, p, 'mobile', p FROM c, LATERAL (SELECT '+7916' || (1000000 + substr(name, 9)::integer)) AS x (p)`,
    [mostCallers],
  );
  await db.query('DELETE FROM queue_agents WHERE user_id <> ALL ($1)', [o.hotlineAgents]);
  await db.query('UPDATE queues SET ring_ms = 12000');
  const addCampaign = async (mode: string, phones: string[], agents: readonly number[], lines: number) => {
    const { rows } = await db.query<{ id: number }>(
      `INSERT INTO campaigns (name, mode, purpose, state, announcement, caller_id, line_limit, ring_timeout_ms)
       VALUES ($1, $2, 'service', 'paused', $3, $4, $5, 15000) RETURNING id`,
      [`Хаос ${mode}`, mode, mode === 'announcement' ? 'recording-notice' : null, `+${hotline}`, lines],
    );
    const id = rows[0]?.id ?? 0;
    await db.query('INSERT INTO campaign_agents SELECT $1, unnest($2::integer[])', [id, agents]);
    await db.query(`INSERT INTO leads (campaign_id, name, phone) SELECT $1, 'Лид', unnest($2::text[])`, [
      id,
      phones,
    ]);
    return id;
  };
  const campaign = await addCampaign(
    'progressive',
    Array.from({ length: mostLeads }, (_, n) => leadPhone(n)),
    o.campaignAgents,
    30,
  );
  const robot =
    o.robotLines === 0
      ? []
      : [
          await addCampaign(
            'announcement',
            Array.from({ length: mostRobotLeads }, (_, n) => robotPhone(n)),
            [],
            o.robotLines,
          ),
        ];
  await db.query('ANALYZE leads, customers, customer_phones');
  return { campaignIds: [campaign, ...robot] };
}

/** Starts or pauses campaigns past the pages: the dialer and the board look each second. */
export async function setCampaigns(
  db: pg.Pool,
  campaignIds: readonly number[],
  state: 'running' | 'paused',
): Promise<void> {
  await db.query('UPDATE campaigns SET state = $2 WHERE id = ANY ($1)', [campaignIds, state]);
}

/** Rings the hotline again and again, at random times. */
export class Callers {
  readonly placed: Caller[] = [];
  private readonly network: TestExchange;
  private readonly random: Random;
  private readonly meanGapMs: number;
  private timer: NodeJS.Timeout | null = null;

  constructor(network: TestExchange, seed: number, meanGapMs: number) {
    this.network = network;
    this.random = makeRandom(seed);
    this.meanGapMs = meanGapMs;
  }

  start(): void {
    // Exponential gaps: arrivals know nothing of each other.
    const gapMs = -Math.log(1 - this.random.next()) * this.meanGapMs;
    this.timer = setTimeout(() => {
      void this.ring(false);
      this.start();
    }, gapMs);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** One customer more; he rings even when nobody can hear it. */
  async ring(noServer: boolean): Promise<Caller | null> {
    const phone = callerPhone(this.placed.length + 1);
    // One of six has no patience; the others leave time for waiting and a talk.
    const impatient = this.random.chance(1 / 6) && !noServer;
    const hangUpAfterMs = impatient ? this.random.int(1500, 6000) : this.random.int(25_000, 70_000);
    const ringMs = 40_000;
    const order: CustomerCall = {
      from: phone,
      to: hotline,
      behaviour: 'tone',
      parameter: String(voiceHz),
      ringMs,
      hangUpAfterMs,
    };
    const placedAt = Date.now();
    // Its number is taken even if the order fails: one number, one try.
    const caller = { phone, placedAt, ringMs, hangUpAfterMs, noServer };
    const index = this.placed.push({ ...caller, channelId: '' }) - 1;
    try {
      const { channelId } = await this.network.call(order);
      const placed = { ...caller, channelId };
      this.placed[index] = placed;
      return placed;
    } catch {
      return null;
    }
  }
}
