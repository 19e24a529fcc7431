import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseCelLine } from '../../server/asterisk/cel.ts';
import type { Stack } from '../stack/stack.ts';
import { LightAgent, prepareCampaign } from './answer/agents.ts';
import { BareBridging } from './answer/bare.ts';
import { measureCpu, untilQuiet } from './cpu.ts';
import { quantile, short } from './figures.ts';
import { atMost, type Bench } from './harness.ts';

const agents = 8;
const talkMs = 700;
const quietCores = 0.3;
/**
 * Some twenty seconds. The agents' phones have fixed contacts, which AMI does not list: at the server's first survey, half a minute
 * after its start, they count as gone.
 */
const calls = 80;

/**
 * How long after the customer's answer his agent's kept-up leg is with him, beside the least that anything could do: one
 * addChannel at the news of the answer. Both are read from the exchange's own ledger, to the microsecond.
 */
export const bench: Bench = {
  title:
    'customer’s answer to bridged agent (kept-up leg) through the whole product against a bare addChannel',

  async run({ quick, say, startStack, atEnd }) {
    const waitMs = quick ? 2000 : 60_000;
    const stack = await startStack({
      parts: ['postgres', 'valkey', 'testExchange', 'pbx', 'server', 'dialer'],
    });
    const { server, dialer, pbx, testExchange } = stack.parts;
    await dialer?.stop();
    await server?.stop();

    const bare: number[] = [];
    const bareRound = async () => {
      await untilQuiet(quietCores, waitMs);
      const loop = new BareBridging(stack);
      const cpu = measureCpu({ exchange: pbx!.pid!, network: testExchange!.pid! });
      const ids = await loop.calls({ agents, calls: Math.round(calls / 2), talkMs });
      loop.close();
      const used = cpu();
      const waits = await waitsOf(stack, (id) => ids.includes(id));
      bare.push(...waits);
      say(
        `  bare: ${tell(waits)}, ${short(ids.length / used.seconds)} calls/s, ${others(used.foreignCores)}`,
      );
    };

    say(`\n${agents} agents, their legs up; talks of ${talkMs / 1000} s; bare, product, bare`);
    await bareRound();
    const logins = await prepareCampaign(stack, { agents, calls });
    await server?.start();
    const phones = await Promise.all(
      logins.map((login, i) => LightAgent.open(stack, login, `7999270000${i}`, talkMs)),
    );
    atEnd(async () => {
      for (const phone of phones) phone.close();
    });
    await untilQuiet(quietCores, waitMs);
    await dialer?.start();
    const cpu = measureCpu({ exchange: pbx!.pid!, network: testExchange!.pid!, server: server!.pid! });
    const isCustomer = (id: string) => /^[0-9a-f]{8}-/.test(id);
    let product: number[] = [];
    // The last few of a list come much later: a call that the exchange did not take is tried again after minutes.
    for (let grewAt = Date.now(); product.length < calls && Date.now() - grewAt < 20_000; await sleep(1000)) {
      const now = await waitsOf(stack, isCustomer);
      if (now.length > product.length) grewAt = Date.now();
      product = now;
    }
    if (product.length < calls / 2)
      throw new Error(`Only ${product.length} of ${calls} calls of the campaign were bridged.`);
    const used = cpu();
    await dialer?.stop();
    say(
      `  product: ${tell(product)}, ${short(product.length / used.seconds)} calls/s, ${others(used.foreignCores)}`,
    );
    for (const phone of phones) phone.close();
    await server?.stop();
    await bareRound();

    const row = (name: string, values: readonly number[]) => [
      name,
      ...[0, 0.5, 0.95, 0.99, 1].map((share) => quantile(values, share).toFixed(2)),
    ];
    const ratioAt = (share: number) => short(quantile(product, share) / quantile(bare, share));
    return {
      tables: [
        [
          ['ms from answer to bridge', 'least', 'median', 'p95', 'p99', 'most'],
          row('bare addChannel', bare),
          row('product', product),
        ],
      ],
      notes: [
        `${bare.length} bare calls, ${product.length} of the product. Answer: when the exchange has the 200 OK (CEL ANSWER); bridged: CEL BRIDGE_ENTER of the customer's leg.`,
        'The product’s part in it is StasisStart to addChannel: event over the socket, the call’s decision, the order over the socket.',
      ],
      figures: {
        bareMedianMs: short(quantile(bare, 0.5)),
        bareP99Ms: short(quantile(bare, 0.99)),
        medianMs: short(quantile(product, 0.5)),
        p95Ms: short(quantile(product, 0.95)),
        p99Ms: short(quantile(product, 0.99)),
        ratioMedian: ratioAt(0.5),
        ratioP95: ratioAt(0.95),
        ratioP99: ratioAt(0.99),
      },
      aims: { ratioMedian: atMost(ratioAt(0.5), 2) },
    };
  },
};

/** Milliseconds from answer to bridge of each channel whose id fits, read from the exchange's ledger. */
async function waitsOf(stack: Stack, fits: (channelId: string) => boolean): Promise<number[]> {
  const text = await readFile(`${stack.files.ledgerDir}/Master.csv`, 'utf8');
  const answered = new Map<string, number>();
  const waits = new Map<string, number>();
  for (const line of text.split('\n')) {
    const event = parseCelLine(line);
    if (event === null || !fits(event.channelId)) continue;
    const { type, channelId, atSeconds } = event;
    if (type === 'ANSWER') answered.set(channelId, atSeconds);
    const from = answered.get(channelId);
    if (type === 'BRIDGE_ENTER' && from !== undefined && !waits.has(channelId))
      waits.set(channelId, (atSeconds - from) * 1000);
  }
  return [...waits.values()];
}

function tell(waits: readonly number[]): string {
  return `median ${quantile(waits, 0.5).toFixed(2)} ms, p99 ${quantile(waits, 0.99).toFixed(2)} ms of ${waits.length}`;
}

function others(cores: number): string {
  return `others used ${cores.toFixed(2)} cores`;
}
