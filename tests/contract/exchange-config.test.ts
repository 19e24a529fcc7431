import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import JsSIP from 'jssip';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { startPbx } from '../../scripts/stack/asterisk.ts';
import { ensureCertificate } from '../../scripts/stack/certificate.ts';
import { promptsDir, rootDir } from '../../scripts/stack/places.ts';
import { usualPopulation } from '../../scripts/stack/population.ts';
import { connectExchange } from '../../server/asterisk/exchange.ts';
import { type ExchangeBed, hotlineNumber, startExchangeBed } from './exchange-bed.ts';

/** The exchange's own configuration and the test exchange, seen from outside: no adapter of ours in between. */

interface Event {
  readonly type: string;
  readonly args?: string[];
  readonly digit?: string;
  readonly duration?: number;
  readonly cause?: number;
  readonly tech_cause?: number;
  readonly dialstatus?: string;
  readonly channel?: { id: string; caller: { name: string; number: string }; accountcode: string };
  readonly peer?: { id: string };
}

let bed: ExchangeBed;

vi.setConfig({ testTimeout: 40_000 });

async function ari(method: string, path: string, body?: unknown): Promise<unknown> {
  const { ASTERISK_ARI_URL: base, ASTERISK_ARI_USER: user, ASTERISK_ARI_PASSWORD: password } = bed.config;
  const response = await fetch(`${base}/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** Waits for a condition; gives what it gave. */
async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  withinMs = 15_000,
): Promise<Exclude<T, false | null | undefined>> {
  for (const end = Date.now() + withinMs; ; await sleep(50)) {
    const value = await probe();
    if (value) return value as Exclude<T, false | null | undefined>;
    if (Date.now() > end) throw new Error(`Not within ${withinMs} ms: ${what}`);
  }
}

/** A server of the Stasis application that only listens; `die` cuts its line. */
async function listen() {
  const { ASTERISK_ARI_URL: base, ASTERISK_ARI_USER: user, ASTERISK_ARI_PASSWORD: password } = bed.config;
  const socket = new WebSocket(`${base.replace('http', 'ws')}/events?app=dozvon&api_key=${user}:${password}`);
  const events: Event[] = [];
  socket.on('message', (data) => events.push(JSON.parse(String(data)) as Event));
  await new Promise((done, failed) => socket.once('open', done).once('error', failed));
  return {
    events,
    of: (channelId: string) => events.filter((e) => (e.channel?.id ?? e.peer?.id) === channelId),
    hotlineCall: (from: string) =>
      until(`a hotline call of ${from}`, () =>
        events.find((e) => e.type === 'StasisStart' && e.channel?.caller.number === from),
      ),
    die: () => socket.terminate(),
  };
}

async function dial(channelId: string, number: string): Promise<void> {
  await ari('POST', 'channels', {
    endpoint: `PJSIP/${number}@trunk`,
    app: 'dozvon',
    appArgs: 'customer',
    callerId: `+${hotlineNumber}`,
    timeout: 30,
    channelId,
  });
}

const ledger = async (): Promise<string[][]> =>
  parse(await readFile(join(bed.pbx.ledgerDir, 'Master.csv'), 'utf8'), { relax_column_count: true });

const yes = () => true;
const no = () => false;

const talking = async (): Promise<string> => bed.pbx.cli('core show channels concise');

/** Level of one frequency in µ-law speech of 8,000 samples a second, 0 to 1 (Goertzel's algorithm; G.711 expansion). */
function level(ulaw: Buffer, hz: number): number {
  const k = 2 * Math.cos((2 * Math.PI * hz) / 8000);
  let [a, b, energy] = [0, 0, 0];
  for (const byte of ulaw) {
    const u = ~byte & 0xff;
    const magnitude = ((((u & 0x0f) << 3) + 0x84) << ((u & 0x70) >> 4)) - 0x84;
    const sample = (u & 0x80 ? -magnitude : magnitude) / 32_768;
    energy += sample * sample;
    [a, b] = [sample + k * a - b, a];
  }
  return energy === 0 ? 0 : (2 * (a * a + b * b - k * a * b)) / (energy * ulaw.length);
}

beforeAll(async () => {
  bed = await startExchangeBed(21_000);
}, 60_000);
afterAll(() => bed?.stop());

test('both exchanges come up without a warning', async () => {
  for (const home of [join(bed.pbx.ledgerDir, '..'), join(bed.net.cdrFile, '../..')]) {
    const log = await readFile(join(home, 'log/messages.log'), 'utf8');
    // pjproject says this of Asterisk's own modules in every start.
    const bad = log
      .split('\n')
      .filter((line) => /WARNING|ERROR/.test(line) && !line.includes('PJSIP_SAFE_MODULE'));
    expect(bad).toEqual([]);
  }
});

describe('numbers of the test exchange, as the product sees them', () => {
  let server: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    server = await listen();
  });
  afterAll(() => server.die());

  const table: [name: string, number: string, cause: number, sipCode: number | undefined][] = [
    ['busy', '+79991010000', 17, 486],
    ['invalid', '+79991030000', 1, 404],
    ['rejects', '+79991040000', 21, 603],
    ['unreachable', '+79991050000', 19, 480],
    ['congestion', '+79991060000', 34, 503],
    ['hangs up early', '+79991090300', 16, undefined],
    ['number changed', '+79991150000', 22, 410],
    ['no response', '+79991160000', 18, 408],
    ['refused by the trunk', '+79991170000', 21, 403],
    ['no route', '+79991180000', 1, 404],
  ];
  test.concurrent.each(table)('%s', async (_, number, cause, sipCode) => {
    const id = `dial-${number}`;
    await dial(id, number);
    const end = await until('the end', () => server.of(id).find((e) => e.type === 'ChannelDestroyed'));
    expect([end.cause, end.tech_cause]).toEqual([cause, sipCode]);
    const row = await until('its CDR', async () =>
      (await bed.customers.cdr()).find((r) => r.to === number.slice(1)),
    );
    expect(row.from).toBe(`+${hotlineNumber}`);
    expect(row.answeredAt !== null).toBe(sipCode === undefined);
  });

  test.concurrent('rings, answers, talks its seconds, hangs up; the CDR agrees with the product', async () => {
    await dial('talks', '+79991000102');
    const end = await until('the end', () => server.of('talks').find((e) => e.type === 'ChannelDestroyed'));
    const dialled = server.of('talks').map((e) => e.dialstatus);
    expect(dialled).toContain('RINGING');
    expect(end.cause).toBe(16);
    const row = await until('its CDR', async () =>
      (await bed.customers.cdr()).find((r) => r.to === '79991000102'),
    );
    expect((row.answeredAt ?? 0) - row.startedAt).toBeGreaterThanOrEqual(900);
    expect(row.endedAt - (row.answeredAt ?? 0)).toBeGreaterThanOrEqual(1900);
  });

  test.concurrent('rings for ever', async () => {
    await dial('rings', '+79991020000');
    await until('ringing', () => server.of('rings').some((e) => e.dialstatus === 'RINGING'));
    await ari('DELETE', 'channels/rings');
    const row = await until('its CDR', async () =>
      (await bed.customers.cdr()).find((r) => r.to === '79991020000'),
    );
    expect(row.answeredAt).toBeNull();
  });

  test.concurrent('a machine greets for more than three seconds, a person says one short word; digits arrive', async () => {
    await Promise.all([
      dial('machine', '+79991070000'),
      dial('person', '+79991080000'),
      dial('digits', '+79991130042'),
    ]);
    for (const id of ['machine', 'person']) {
      await until('the answer', () => server.of(id).some((e) => e.type === 'StasisStart'));
      const value = encodeURIComponent('500,256');
      await ari('POST', `channels/${id}/variable?variable=TALK_DETECT(set)&value=${value}`);
    }
    const speech = (id: string) =>
      until('speech', () => server.of(id).find((e) => e.type === 'ChannelTalkingFinished'));
    expect((await speech('person')).duration).toBeLessThan(1500);
    expect((await speech('machine')).duration).toBeGreaterThan(1000);
    await until(
      'more than 3 s of speech',
      () =>
        server
          .of('machine')
          .reduce((ms, e) => ms + (e.type === 'ChannelTalkingFinished' ? (e.duration ?? 0) : 0), 0) > 3000,
    );
    await until('four digits', () => server.of('digits').filter((e) => e.digit).length === 4);
    expect(
      server
        .of('digits')
        .flatMap((e) => e.digit ?? [])
        .join(''),
    ).toBe('0042');
    for (const id of ['machine', 'person', 'digits']) await ari('DELETE', `channels/${id}`);
  });

  test.concurrent('the population behind other numbers is the same twice and another with another seed', async () => {
    const nobodyAnswers = { ...usualPopulation, human: 0, machine: 0, noAnswer: 0, rejects: 0 };
    const population = { ...nobodyAnswers, busy: 50, invalid: 30, unreachable: 10, congestion: 10 };
    const round = async (name: string) => {
      const numbers = Array.from({ length: 16 }, (_, i) => `+7916555${String(i * 37).padStart(4, '0')}`);
      await Promise.all(numbers.map((number) => dial(`${name}-${number}`, number)));
      const ends = numbers.map((number) =>
        until('the end', () => server.of(`${name}-${number}`).find((e) => e.type === 'ChannelDestroyed')),
      );
      return (await Promise.all(ends)).map((e) => e.tech_cause);
    };
    await bed.customers.setPopulation(population, { seed: 'first' });
    const first = await round('a');
    expect(await round('b')).toEqual(first);
    await bed.customers.setPopulation(population, { seed: 'second' });
    expect(await round('c')).not.toEqual(first);
    expect(first.filter((code) => code === 486).length).toBeGreaterThan(2);
  });
});

describe('customers of the test exchange, as they arrive', () => {
  test('number, name and dialled number come through; the call id is the account code', async () => {
    const server = await listen();
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a hostile caller calls himself
    const fromName = 'Пётр "Кот", ${EVIL} <sip:x@y>;';
    await bed.customers.call({ from: '+79161112233', fromName, to: `+${hotlineNumber}` });
    const { channel, args } = await server.hotlineCall('+79161112233');
    expect(args).toEqual(['hotline', `+${hotlineNumber}`]);
    expect(channel?.id).toMatch(/^n1-\d+\.\d+$/);
    expect(channel?.accountcode).toBe(channel?.id);
    await ari('DELETE', `channels/${channel?.id}`);
    const rows = await until('the ledger', async () => {
      const found = (await ledger()).filter((r) => r[2] === channel?.id);
      return found.some((r) => r[0] === 'LINKEDID_END') && found;
    });
    server.die();
    // One event a line, fourteen columns, whatever the caller calls himself.
    expect(rows.every((r) => r.length === 14)).toBe(true);
    expect(rows[0]?.[9]).toContain('Пётр');
    expect(rows[0]?.[1]).toMatch(/^\d{10}\.\d{6}$/);
  });

  test('a hidden caller has no number', async () => {
    const server = await listen();
    await bed.customers.call({ from: null, to: hotlineNumber });
    const { channel } = await server.hotlineCall('anonymous');
    await ari('DELETE', `channels/${channel?.id}`);
    server.die();
  });

  test('he hangs up while it rings and after the answer', async () => {
    const server = await listen();
    const { channelId } = await bed.customers.call({ from: '+79161112235', to: hotlineNumber, ringMs: 1000 });
    const row = await until('his CDR', async () =>
      (await bed.customers.cdr()).find((r) => r.channelId === channelId),
    );
    expect([row.from, row.to, row.answeredAt]).toEqual(['+79161112235', hotlineNumber, null]);
    const second = { from: '+79161112236', to: hotlineNumber, hangUpAfterMs: 1000 };
    await bed.customers.call(second);
    const { channel } = await server.hotlineCall(second.from);
    await ari('POST', `channels/${channel?.id}/answer`);
    const gone = await until('the end', () =>
      server.of(channel?.id ?? '').find((e) => e.type === 'ChannelHangupRequest'),
    );
    server.die();
    expect(gone.cause).toBe(16);
  });
});

describe('no server', () => {
  test('without agents the caller is told so', async () => {
    const { channelId } = await bed.customers.call({ from: '+79162220001', to: hotlineNumber });
    await until('the prompt', async () =>
      (await talking()).includes('!Playback!dozvon/no-agents&dozvon/goodbye!'),
    );
    await bed.customers.hangUp(channelId);
  });

  test('the last known agents answer; both voices are recorded; the ledger tells it', async () => {
    await bed.addAgentPhone('agent-77', '+79991121000');
    const adapter = bed.connect();
    await until('the adapter', () =>
      adapter.fallback.syncFallbackMember('agent-77', 'Анна', 'available').then(
        () => true,
        () => false,
      ),
    );
    await adapter.close();
    await until('no application', async () => ((await ari('GET', 'applications')) as unknown[]).length === 0);
    const before = await readdir(bed.pbx.recordingsDir);
    const { channelId } = await bed.customers.call({
      from: '+79162220002',
      to: hotlineNumber,
      behaviour: 'tone',
      parameter: '700',
    });
    await until('agent and customer together', async () =>
      /PJSIP\/agent-77.*!AppQueue!/.test(await talking()),
    );
    const files = await until('recordings', async () => {
      const fresh = (await readdir(bed.pbx.recordingsDir)).filter((name) => !before.includes(name)).sort();
      return fresh.length === 2 && fresh;
    });
    const read = (i: number) => readFile(join(bed.pbx.recordingsDir, files[i] ?? ''));
    await until('two seconds on disk', async () => (await read(0)).length > 24_000);
    await bed.customers.hangUp(channelId);
    const [agentFile, customerFile] = await Promise.all([read(0), read(1)]);
    expect(files.map((name) => name.replace(/^n1-\d+\.\d+\./, ''))).toEqual(['agent.ulaw', 'customer.ulaw']);
    expect(level(customerFile.subarray(-8000), 700)).toBeGreaterThan(0.8);
    expect(level(agentFile.subarray(-8000), 1000)).toBeGreaterThan(0.8);
    const callId = files[0]?.replace('.agent.ulaw', '');
    const rows = await until('the ledger', async () => {
      const found = (await ledger()).filter((r) => r[4] === callId);
      return found.some((r) => r[0] === 'CHAN_END' && r[5]?.startsWith('PJSIP/trunk')) && found;
    });
    const told = rows.map((r) => `${r[0]} ${r[5]?.split('-0')[0]}`);
    expect(told).toEqual(
      expect.arrayContaining(['FALLBACK PJSIP/trunk', 'ANSWER PJSIP/agent-77', 'BRIDGE_ENTER PJSIP/trunk']),
    );
  });

  test('a server that dies: a talk goes on, waiting callers move to the fallback queue, and so does one left alone', async () => {
    await bed.pbx.cli('dialplan set global BEAT_LIMIT_S 4');
    const server = await listen();
    const beat = Math.floor(Date.now() / 1000);
    await ari('POST', `asterisk/variable?variable=DOZVON_BEAT&value=${beat}`);
    await bed.customers.call({ from: '+79163330001', to: hotlineNumber });
    await bed.customers.call({ from: '+79163330002', to: hotlineNumber });
    const waiting = (await server.hotlineCall('+79163330001')).channel?.id ?? '';
    const talks = (await server.hotlineCall('+79163330002')).channel?.id ?? '';
    await ari('POST', `channels/${waiting}/answer`);
    await ari('POST', `channels/${waiting}/moh`);
    await ari('POST', `channels/${talks}/answer`);
    await ari('POST', 'channels', { endpoint: 'PJSIP/agent-77', app: 'dozvon', channelId: 'agent-leg' });
    await until('the agent', () => server.of('agent-leg').some((e) => e.type === 'StasisStart'));
    await ari('POST', 'bridges?type=mixing&bridgeId=call-1');
    await ari('POST', `bridges/call-1/addChannel?channel=${talks},agent-leg`);
    server.die();
    const fallback = async (id: string) => (await ledger()).some((r) => r[0] === 'FALLBACK' && r[2] === id);
    await until('the waiting caller in the fallback queue', () => fallback(waiting));
    // The same look of the janitor that moved him saw the talk, and left it alone.
    expect(await fallback(talks)).toBe(false);
    expect(await talking()).toMatch(/from-trunk.*!Stasis!/);
    await ari('DELETE', 'channels/agent-leg');
    await until('the caller who was left alone in the fallback queue', () => fallback(talks));
    await bed.pbx.cli('channel request hangup all');
    await bed.pbx.cli('dialplan set global DOZVON_BEAT ""');
  });
});

describe('softphones', () => {
  /** JsSIP itself, over WSS; resolves with 'registered' or the cause of the failure. */
  function register(wssPort: number, sipUser: string, password: string): Promise<string> {
    const url = `wss://127.0.0.1:${wssPort}/ws`;
    let socket: WebSocket | null = null;
    const line = {
      via_transport: 'WSS',
      url,
      sip_uri: 'sip:127.0.0.1;transport=ws',
      onconnect: () => {},
      ondisconnect: (_error: boolean) => {},
      ondata: (_data: string) => {},
      connect() {
        socket = new WebSocket(url, 'sip', { rejectUnauthorized: false });
        socket.on('open', () => line.onconnect());
        socket.on('message', (data) => line.ondata(String(data)));
        socket.on('error', () => line.ondisconnect(true));
      },
      disconnect: () => socket?.close(),
      send: (data: string) => {
        socket?.send(data);
        return true;
      },
      isConnected: () => socket?.readyState === WebSocket.OPEN,
      isConnecting: () => socket?.readyState === WebSocket.CONNECTING,
    };
    const phone = new JsSIP.UA({
      sockets: [line as never],
      uri: `sip:${sipUser}@127.0.0.1`,
      password,
      register_expires: 120,
    });
    return new Promise<string>((done) => {
      phone.on('registered', () => done('registered'));
      phone.on('registrationFailed', ({ cause }) => done(cause ?? 'failed'));
      phone.start();
    }).finally(() => phone.stop());
  }

  test('credentials and places in the fallback queue outlive a restart; withdrawn credentials are refused', async () => {
    const home = await mkdtemp(join(tmpdir(), 'dozvon-restart-'));
    const ports = { http: 21_041, wss: 21_042, ami: 21_043, sip: 21_044, rtpStart: 26_000, rtpEnd: 26_099 };
    const start = async () =>
      startPbx({
        root: rootDir,
        home,
        promptsDir,
        mediaAddress: '127.0.0.1',
        ports,
        secrets: { ariUser: 'dozvon', ariPassword: 'secret1', amiUser: 'dozvon', amiPassword: 'secret2' },
        trunk: { host: '127.0.0.1', port: 21_049 },
        tls: await ensureCertificate(home),
        node: 'n2',
        hotlineNumbers: [],
      });
    const adapterOf = () =>
      connectExchange({
        config: {
          ...bed.config,
          ASTERISK_ARI_URL: `http://127.0.0.1:${ports.http}/ari`,
          ASTERISK_ARI_PASSWORD: 'secret1',
          ASTERISK_AMI_PORT: ports.ami,
          ASTERISK_AMI_PASSWORD: 'secret2',
        },
        log: pino({ level: 'silent' }),
      });
    const credentials = { sipUser: 'agent-5', password: 'x'.repeat(24) };
    const enter = () => register(ports.wss, credentials.sipUser, credentials.password);
    let pbx = await start();
    let adapter = adapterOf();
    try {
      expect(await enter()).not.toBe('registered');
      const issue = () => adapter.phones.issue(credentials);
      await until('credentials', () => issue().then(yes, no));
      const takePlace = () => adapter.fallback.syncFallbackMember('agent-5', 'Анна', 'paused');
      await until('a place in the queue', () => takePlace().then(yes, no));
      expect(await enter()).toBe('registered');
      await adapter.close();
      await pbx.stop();
      pbx = await start();
      expect(await enter()).toBe('registered');
      expect(await pbx.cli('queue show hotline')).toMatch(/Анна.*paused/i);
      adapter = adapterOf();
      await until('withdrawal', () => adapter.phones.withdraw(credentials.sipUser).then(yes, no));
      expect(await enter()).not.toBe('registered');
    } finally {
      await adapter.close();
      await pbx.stop();
      await rm(home, { recursive: true, force: true });
    }
  });
});
