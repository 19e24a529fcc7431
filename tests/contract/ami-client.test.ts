import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AmiClient, type AmiMessage, type AmiOptions, parseMessage } from '../../server/asterisk/ami.ts';
import { ExchangeError } from '../../server/calls/exchange.ts';

/** A scripted AMI. */
let server: Server;
let sockets: Socket[];
let actions: AmiMessage[];
let received: string;
/** Answers every action after sign-in; null: none. */
let reply: ((action: AmiMessage) => string) | null;
let client: AmiClient | undefined;
let events: AmiMessage[];
let ups: string[];

const text = (fields: Record<string, string>) =>
  `${Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}`)
    .join('\r\n')}\r\n\r\n`;
const success = (action: AmiMessage) => text({ Response: 'Success', ActionID: action.ActionID ?? '' });

beforeEach(async () => {
  sockets = [];
  actions = [];
  received = '';
  events = [];
  ups = [];
  reply = success;
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write('Asterisk Call Manager/11.0.0\r\n');
    let buffer = '';
    socket.on('data', (data) => {
      received += String(data);
      buffer += String(data);
      for (let end = buffer.indexOf('\r\n\r\n'); end >= 0; end = buffer.indexOf('\r\n\r\n')) {
        const action = parseMessage(buffer.slice(0, end));
        buffer = buffer.slice(end + 4);
        if (action.Action === 'Login') {
          socket.write(success(action) + text({ Event: 'FullyBooted', Status: 'Fully Booted' }));
        } else if (action.Action === 'Ping') socket.write(success(action));
        else {
          actions.push(action);
          if (reply) socket.write(reply(action));
        }
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  client?.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
});

async function connect(options: Partial<AmiOptions> = {}): Promise<AmiClient> {
  const made = new AmiClient({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    user: 'u',
    password: 'p',
    log: pino({ level: 'silent' }),
    wantedEvents: ['ContactStatus'],
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

describe('the AMI client', () => {
  it('gives each answer to its own action, whatever the order and however it is cut', async () => {
    reply = null;
    const ami = await connect();
    const [first, second] = [ami.act('A', {}), ami.act('B', {})];
    await vi.waitFor(() => expect(actions).toHaveLength(2));
    const answers = actions
      .toReversed()
      .map((a) => text({ Response: 'Success', ActionID: a.ActionID ?? '', Message: `${a.Action} Привет` }));
    // Byte by byte: a message, a line and a letter may each be cut anywhere.
    for (const byte of Buffer.from(answers.join(''))) sockets[0]?.write(Buffer.of(byte));
    expect([(await first).Message, (await second).Message]).toEqual(['A Привет', 'B Привет']);
  });

  it('collects a list, and takes "none found" for an empty one', async () => {
    reply = ({ ActionID: id = '', Action }) =>
      Action === 'Empty'
        ? text({ Response: 'Error', ActionID: id, Message: 'No Contacts found' })
        : text({ Response: 'Success', ActionID: id, EventList: 'start' }) +
          text({ Event: 'Item', ActionID: id, Name: '1' }) +
          text({ Event: 'Item', ActionID: id, Name: '2' }) +
          text({ Event: 'Done', ActionID: id, EventList: 'Complete' });
    const ami = await connect();
    expect((await ami.list('Full', {})).map((item) => item.Name)).toEqual(['1', '2']);
    expect(await ami.list('Empty', {})).toEqual([]);
  });

  it('refuses a line break in a value or a key before it goes out', async () => {
    const ami = await connect();
    expect(await kindOf(ami.act('X', { Name: 'a\r\nAction: Command' }))).toBe('refused');
    expect(await kindOf(ami.act('X', { 'a\nb': 'c' }))).toBe('refused');
    expect(received).not.toContain('Command');
  });

  it.each([
    ['No such channel', 'gone'],
    ['Permission denied', 'refused'],
  ])('names the error "%s"', async (message, kind) => {
    reply = ({ ActionID: id = '' }) => text({ Response: 'Error', ActionID: id, Message: message });
    expect(await kindOf((await connect()).act('X', {}))).toBe(kind);
  });

  it('gives up an action that nobody answers', async () => {
    reply = null;
    const ami = await connect({ actionTimeoutMs: 100 });
    expect(await kindOf(ami.act('X', {}))).toBe('timeout');
    expect(ami.health()).toMatchObject({ inFlight: 0, timeouts: 1 });
  });

  it('refuses actions beyond its limit', async () => {
    reply = null;
    const ami = await connect({ inFlightLimit: 1 });
    const first = kindOf(ami.act('X', {}));
    expect(await kindOf(ami.act('Y', {}))).toBe('overloaded');
    sockets[0]?.destroy();
    expect(await first).toBe('down');
  });

  it('tells wanted events only', async () => {
    await connect();
    sockets[0]?.write(text({ Event: 'PeerStatus' }) + text({ Event: 'ContactStatus', AOR: 'agent-1' }));
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(events[0]?.AOR).toBe('agent-1');
  });

  it('rejects actions at once while it is away, comes back by itself, and forgets half a message of the old connection', async () => {
    const ami = await connect();
    sockets[0]?.write('Event: ContactStatus\r\nAOR: half');
    sockets[0]?.end();
    await vi.waitFor(() => expect(ups).toContain('down'));
    expect(await kindOf(ami.act('X', {}))).toBe('down');
    await vi.waitFor(() => expect(ups).toEqual(['up', 'down', 'up']), { timeout: 3000 });
    expect(await kindOf(ami.act('X', {}))).toBe('accepted');
    expect(events).toEqual([]);
  });

  it('drops a connection that has no end of a message', async () => {
    await connect();
    sockets[0]?.write('x'.repeat(1_100_000));
    await vi.waitFor(() => expect(ups).toEqual(['up', 'down', 'up']), { timeout: 3000 });
  });

  it('drops a connection that answers no ping', async () => {
    await connect({ pingEveryMs: 100, actionTimeoutMs: 200 });
    sockets[0]?.pause();
    await vi.waitFor(() => expect(ups).toEqual(['up', 'down', 'up']), { timeout: 4000 });
  });
});
