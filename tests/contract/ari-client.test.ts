import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { AriClient, type AriOptions, requestFrame } from '../../server/asterisk/ari.ts';
import type { AriEvent } from '../../server/asterisk/ari-model.generated.ts';
import { ExchangeError } from '../../server/calls/exchange.ts';

/** A scripted ARI: answers what it is told to, breaks where a real one seldom does. */
let http: Server;
let sockets: WebSocket[];
let requests: { request_id: string; method: string; uri: string; message_body?: string }[];
/** Answers to requests after the first (the event filter); null: none. */
let reply: ((uri: string) => { status: number; body?: unknown }) | null;
let client: AriClient | undefined;
let events: AriEvent[];
let ups: string[];

beforeEach(async () => {
  sockets = [];
  requests = [];
  events = [];
  ups = [];
  reply = () => ({ status: 200, body: { ping: 'pong' } });
  http = createServer();
  new WebSocketServer({ server: http }).on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data) => {
      const request = JSON.parse(String(data));
      requests.push(request);
      const isFilter = request.uri.endsWith('/eventFilter');
      const answer = isFilter ? { status: 200, body: {} } : reply?.(request.uri);
      if (answer) answerWith(socket, request.request_id, answer.status, answer.body);
    });
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  client?.close();
  for (const socket of sockets) socket.terminate();
  await new Promise((done) => http.close(done));
});

function answerWith(socket: WebSocket, id: string, status: number, body?: unknown): void {
  const text = body === undefined ? {} : { message_body: JSON.stringify(body) };
  socket.send(JSON.stringify({ type: 'RESTResponse', request_id: id, status_code: status, ...text }));
}

async function connect(options: Partial<AriOptions> = {}): Promise<AriClient> {
  const { port } = http.address() as AddressInfo;
  const made = new AriClient({
    url: `http://127.0.0.1:${port}/ari`,
    user: 'u',
    password: 'p',
    app: 'dozvon',
    log: pino({ level: 'silent' }),
    wantedEvents: ['StasisStart'],
    onEvent: (event) => events.push(event),
    onUp: () => ups.push('up'),
    onDown: () => ups.push('down'),
    ...options,
  });
  client = made;
  await vi.waitFor(() => expect(made.health().up).toBe(true));
  return made;
}
const kindOf = (act: Promise<unknown>) =>
  act.then(
    () => 'accepted',
    (error: unknown) => (error instanceof ExchangeError ? error.kind : error),
  );

describe('the ARI client', () => {
  it('lets answers through the filter that it sets, or it would hear none', async () => {
    await connect();
    const filter = JSON.parse(requests[0]?.message_body ?? '{}');
    expect(filter.allowed).toContainEqual({ type: 'RESTResponse' });
    expect(filter.allowed).toContainEqual({ type: 'StasisStart' });
  });

  it('gives each answer to its own request, whatever the order', async () => {
    reply = null;
    const ari = await connect();
    const first = ari.ask('channels.get', { channelId: 'a' });
    const second = ari.ask('channels.get', { channelId: 'b' });
    await vi.waitFor(() => expect(requests).toHaveLength(3));
    for (const request of requests.slice(1).reverse()) {
      answerWith(sockets[0]!, request.request_id, 200, { id: request.uri.split('/')[1] });
    }
    expect([(await first).id, (await second).id]).toEqual(['a', 'b']);
  });

  it.each([
    [404, { message: 'Channel not found' }, 'gone'],
    [400, { message: 'Channel not found' }, 'gone'],
    [409, { message: 'Channel not in Stasis application' }, 'refused'],
    [500, { error: 'Allocation failed' }, 'refused'],
  ])('names an answer of %i with its kind', async (status, body, kind) => {
    reply = () => ({ status, body });
    expect(await kindOf((await connect()).order('channels.answer', { channelId: 'x' }))).toBe(kind);
  });

  it('gives up a request that nobody answers, and takes its late answer calmly', async () => {
    reply = null;
    const ari = await connect({ requestTimeoutMs: 100 });
    expect(await kindOf(ari.ask('asterisk.ping', {}))).toBe('timeout');
    answerWith(sockets[0]!, requests[1]!.request_id, 200, {});
    reply = () => ({ status: 200, body: { ping: 'pong' } });
    expect(await kindOf(ari.ask('asterisk.ping', {}))).toBe('accepted');
    expect(ari.health()).toMatchObject({ timeouts: 1, inFlight: 0 });
  });

  it('sends so many at once, lets so many wait and refuses the rest', async () => {
    reply = null;
    const ari = await connect({ inFlightLimit: 2, queueLimit: 3 });
    const acts = Array.from({ length: 6 }, () => kindOf(ari.ask('asterisk.ping', {})));
    expect(await acts[5]).toBe('overloaded');
    expect(ari.health()).toMatchObject({ inFlight: 2, queued: 3 });
    for (let answered = 1; answered <= 5; answered++) {
      await vi.waitFor(() => expect(requests.length).toBeGreaterThan(answered));
      answerWith(sockets[0]!, requests[answered]!.request_id, 200, {});
    }
    expect(await Promise.all(acts.slice(0, 5))).toEqual(Array(5).fill('accepted'));
  });

  it('refuses a line break in any value before it goes out', async () => {
    const ari = await connect();
    const evil = 'x\r\nX-Evil: 1';
    const originate = { endpoint: 'PJSIP/a', variables: { 'PJSIP_HEADER(add,X)': evil } };
    expect(await kindOf(ari.order('channels.answer', { channelId: evil }))).toBe('refused');
    expect(await kindOf(ari.order('channels.originate', { endpoint: 'PJSIP/a', callerId: evil }))).toBe(
      'refused',
    );
    expect(await kindOf(ari.order('channels.originate', originate))).toBe('refused');
    expect(requests).toHaveLength(1);
  });

  it('keeps a value inside its place in the address', () => {
    const { uri } = JSON.parse(requestFrame('1', 'channels.answer', { channelId: '../a?b=c&d/e' }));
    expect(uri).toBe('channels/..%2Fa%3Fb%3Dc%26d%2Fe/answer');
  });

  it('counts frames that are no messages, passes unknown events on, and survives a handler that throws', async () => {
    let throws = true;
    const ari = await connect({
      onEvent: (event) => {
        events.push(event);
        if (throws) throw new Error('handler');
      },
    });
    const socket = sockets[0]!;
    for (const frame of ['{', '[]', 'null', '17', '{"type":5}', '{"type":"NewInAsterisk99"}'])
      socket.send(frame);
    await vi.waitFor(() => expect(events).toHaveLength(1));
    throws = false;
    expect(ari.health()).toMatchObject({ up: true, malformedFrames: 5 });
    expect(await kindOf(ari.ask('asterisk.ping', {}))).toBe('accepted');
  });

  it('rejects what waits when the connection breaks, and connects again by itself', async () => {
    reply = null;
    const ari = await connect();
    const waiting = kindOf(ari.ask('asterisk.ping', {}));
    await vi.waitFor(() => expect(requests).toHaveLength(2));
    sockets[0]?.terminate();
    expect(await waiting).toBe('down');
    expect(await kindOf(ari.ask('asterisk.ping', {}))).toBe('down');
    reply = () => ({ status: 200, body: {} });
    await vi.waitFor(() => expect(ups).toEqual(['up', 'down', 'up']), { timeout: 3000 });
    expect(await kindOf(ari.ask('asterisk.ping', {}))).toBe('accepted');
  });

  it('drops a connection that is silent, pings and all', async () => {
    await connect({ silenceLimitMs: 400 });
    // Nothing is read from here on: no pong comes back.
    sockets[0]?.pause();
    await vi.waitFor(() => expect(ups).toEqual(['up', 'down', 'up']), { timeout: 4000 });
  });

  it('keeps a quiet connection whose other side answers pings', async () => {
    const ari = await connect({ silenceLimitMs: 400 });
    let pings = 0;
    sockets[0]?.on('ping', () => pings++);
    await vi.waitFor(() => expect(pings).toBeGreaterThan(3), { timeout: 4000 });
    expect(ari.health()).toMatchObject({ up: true, connects: 1 });
  });

  it('goes away and stays away when another client takes the application', async () => {
    const ari = await connect();
    sockets[0]?.send(JSON.stringify({ type: 'ApplicationReplaced' }));
    await vi.waitFor(() => expect(ups).toEqual(['up', 'down']));
    expect(ari.health()).toMatchObject({ up: false, replaced: true });
    await vi.waitFor(() => expect(sockets[0]?.readyState).toBe(3));
    expect(await kindOf(ari.ask('asterisk.ping', {}))).toBe('down');
  });
});
