import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defaultHome } from './stack/places.ts';
import { ensureSecrets } from './stack/secrets.ts';
import { readState } from './stack/state.ts';
import {
  behaviours,
  type CdrRow,
  type CustomerCall,
  isBehaviour,
  TestExchange,
} from './stack/test-exchange.ts';

const usage = `npm run call -- --from +79161234567 --to 78005553535 [--behaviour speak] [--parameter 700]
                [--ring-s 60] [--talk-s 30] [--name "Иван Петров"]

A customer of the running demo's telephone network rings. --from hidden: without a number.
Behaviours once answered: ${behaviours.join(', ')} (docs/test-exchange.md); --parameter: Hz of a tone, digits of dtmf.
--ring-s: gives up when nobody answers so long; --talk-s: hangs up so long after the answer.`;

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

/** The order as the command line says it; ends the program with a plain word when it is none. */
function readOrder(): CustomerCall {
  let values: Record<string, string | boolean | undefined>;
  try {
    const text = { type: 'string' } as const;
    values = parseArgs({
      options: {
        from: text,
        to: text,
        behaviour: text,
        parameter: text,
        'ring-s': text,
        'talk-s': text,
        name: text,
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    fail(`${(error as Error).message}\n\n${usage}`);
  }
  const given = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  const seconds = (name: string): number | undefined => {
    const value = given(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,4}(\.\d{1,3})?$/.test(value)) fail(`--${name} is a number of seconds.`);
    return Number(value) * 1000;
  };
  const from = given('from');
  const to = given('to');
  if (values.help === true || from === undefined || to === undefined) fail(usage);
  if (from !== 'hidden' && !/^\+\d{5,15}$/.test(from))
    fail('--from is a number such as +79161234567, or hidden.');
  if (!/^\+?\d{3,15}$/.test(to)) fail('--to is a number such as 78005553535.');
  const behaviour = given('behaviour') ?? 'speak';
  if (!isBehaviour(behaviour)) fail(`--behaviour is one of: ${behaviours.join(', ')}.`);
  const parameter = given('parameter');
  if (parameter !== undefined && !/^[\d*#]{1,20}$/.test(parameter)) fail('--parameter holds digits only.');
  const fromName = given('name');
  const ringMs = seconds('ring-s');
  const hangUpAfterMs = seconds('talk-s');
  return {
    from: from === 'hidden' ? null : from,
    to,
    behaviour,
    ...(parameter !== undefined && { parameter }),
    ...(fromName !== undefined && { fromName }),
    ...(ringMs !== undefined && { ringMs }),
    ...(hangUpAfterMs !== undefined && { hangUpAfterMs }),
  };
}

function tell(row: CdrRow): string {
  const s = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  if (row.answeredAt === null)
    return `${row.disposition.toLowerCase()} after ${s(row.endedAt - row.startedAt)}`;
  const waited = s(row.answeredAt - row.startedAt);
  return `answered after ${waited}, ended ${s(row.endedAt - row.answeredAt)} later (cause ${row.cause ?? 'unknown'})`;
}

const order = readOrder();
const state = readState(defaultHome);
const port = state?.ports.testAmi;
if (!state?.parts.some((part) => part.name === 'testExchange') || port === undefined) {
  fail('No demo is running here (npm start), or it runs without its test exchange.');
}
const { testExchangeAmiPassword } = await ensureSecrets(defaultHome);
const network = new TestExchange(
  '127.0.0.1',
  port,
  'dozvon',
  testExchangeAmiPassword,
  `${defaultHome}/test-exchange/cdr/Master.csv`,
);
const { channelId } = await network.call(order).catch((error: Error) => fail(error.message));
console.log('It rings. Ctrl-C hangs up.');
process.once('SIGINT', () => void network.hangUp(channelId).catch(() => {}));
for (;;) {
  const row = (await network.cdr()).find((r) => r.channelId === channelId);
  if (row) {
    console.log(tell(row));
    break;
  }
  await sleep(300);
}
await network.close();
