import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newAgent } from '../../../server/agents/agent.ts';
import type { AgentId, CallId, LegId } from '../../../server/basics/ids.ts';
import { newCall } from '../../../server/calls/call.ts';
import type { CallState } from '../../../server/calls/call-state.ts';
import { Live } from '../../../server/live/live.ts';
import type { Delta, Entity, Pop, Snapshot, Topic } from '../../../server/live/schema.ts';
import { silentLog } from '../../setup/api.ts';

const anna = 1 as AgentId;
const boris = 2 as AgentId;
const darya = 5 as AgentId;
const now = 1_000_000;

/** A signed-in page: what each topic shows, as deltas make it. */
class Page {
  readonly shown = new Map<Topic, Record<string, Entity>>();
  readonly socket: Socket;
  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('delta', ({ topic, put, del }: Delta) => {
      const entities = this.shown.get(topic);
      if (entities === undefined) return;
      Object.assign(entities, put);
      for (const key of del) delete entities[key];
    });
  }
  async open(topic: Topic): Promise<boolean> {
    const answer: { ok: boolean; snapshot?: Snapshot } = await this.socket.emitWithAck('subscribe', topic);
    if (answer.snapshot) this.shown.set(topic, answer.snapshot.entities);
    return answer.ok;
  }
  keys(topic: Topic): string[] {
    return Object.keys(this.shown.get(topic) ?? {}).sort();
  }
  see(topic: Topic, keys: string[]): Promise<void> {
    return vi.waitFor(() => expect(this.keys(topic)).toEqual(keys));
  }
}

const server = () => createServer();
let http: ReturnType<typeof server>;
let live: Live;
let pages: Page[];

beforeEach(async () => {
  http = server();
  pages = [];
  live = new Live({
    http,
    log: silentLog,
    now: () => now,
    indexedQuery: async () => null,
    supervision: 'barge',
    // Who it is and in which session stands in the request: signing in is another test's matter.
    sessions: ((request: IncomingMessage, _response: unknown, next: () => void) => {
      const { user, session } = request.headers;
      const id = Number(user);
      const signedIn = { id, login: '', name: '', role: id === darya ? 'supervisor' : 'agent' };
      Object.assign(request, { session: { user: signedIn }, sessionID: session });
      next();
    }) as never,
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
});
afterEach(async () => {
  for (const { socket } of pages) socket.disconnect();
  await live.close();
  http.close();
});

async function page(userId: number, session = 'first'): Promise<Page> {
  const { port } = http.address() as AddressInfo;
  const socket = io(`http://127.0.0.1:${port}`, {
    path: '/live',
    transports: ['websocket'],
    reconnection: false,
    extraHeaders: { user: String(userId), session },
  });
  const made = new Page(socket);
  pages.push(made);
  await new Promise<void>((done, failed) => {
    socket.once('connect', done);
    socket.once('connect_error', failed);
  });
  return made;
}

const call = (change: Partial<CallState> = {}): CallState => ({
  ...newCall('n1-1.1' as CallId, 'hotline', now),
  agentId: anna,
  phase: { name: 'talking', since: now, agentId: anna, legId: 'a' as LegId, held: false },
  ...change,
});
const consult = {
  target: { kind: 'agent', agentId: boris, name: 'Борис', sipUser: 'agent-2', keptLegId: null },
  agentId: boris,
  sipUser: 'agent-2',
  keptLegId: null,
  legId: null,
  step: 'private',
  since: now,
} as const;

it('a call is on the screen of everybody who is on it, and goes when he is out of it', async () => {
  const [hers, his] = [await page(anna), await page(boris)];
  await hers.open('me');
  await his.open('me');
  live.callChanged(call());
  await hers.see('me', ['call:n1-1.1']);
  live.callChanged(call({ consult }));
  await his.see('me', ['call:n1-1.1']);
  live.callChanged(call({ agentId: boris }));
  await hers.see('me', []);
  expect(his.keys('me')).toEqual(['call:n1-1.1']);
  live.callChanged(
    call({
      agentId: boris,
      end: { at: now, outcome: 'answered', codes: { cause: 0, sipCode: 0 }, hungUpBy: 'customer' },
    }),
  );
  await his.see('me', []);
});

it('a call that waits for one agent is on his screen until it waits for all', async () => {
  const his = await page(boris);
  await his.open('me');
  const queued = { agentId: null, phase: { name: 'queued', since: now } } as const;
  live.callChanged(call({ ...queued, wanted: { agentId: boris, until: now + 60_000 } }));
  await his.see('me', ['waiting:n1-1.1']);
  live.callChanged(call({ ...queued, wanted: null }));
  await his.see('me', []);
});

it('everybody sees the team, the board is for supervisors', async () => {
  const [hers, supervisors] = [await page(anna), await page(darya)];
  expect([await hers.open('team'), await hers.open('board'), await supervisors.open('board')]).toEqual([
    true,
    false,
    true,
  ]);
  live.agentChanged(newAgent(boris, 'Борис', now), 'Дарья');
  live.callChanged(call());
  live.show('part:bus', { kind: 'part', name: 'bus', up: true, since: '' });
  await hers.see('team', ['agent:2']);
  await supervisors.see('board', ['agent:2', 'call:n1-1.1', 'part:bus']);
  expect(hers.shown.get('team')?.['agent:2']).toMatchObject({ setBy: 'Дарья' });
});

it('the card comes to a colleague who is asked, with what was written for him', async () => {
  const his = await page(boris);
  const popped = new Promise<Pop>((done) => {
    his.socket.on('pop', (pop: Pop, shown: () => void) => {
      shown();
      done(pop);
    });
  });
  await live.pop(boris, call({ consult, notes: [{ agentId: anna, at: now, text: 'read this' }] }), null);
  expect((await popped).call).toMatchObject({ agentId: anna, notes: [{ text: 'read this' }] });
});

it('a card that took so long that he is on another call by now does not cover that one', async () => {
  const his = await page(boris);
  let pops = 0;
  his.socket.on('pop', (_pop: Pop, shown: () => void) => {
    pops++;
    shown();
  });
  const since = now;
  const onCall = (callId: string) => ({
    ...newAgent(boris, 'Борис', now),
    activity: { name: 'ringing' as const, since, callId: callId as CallId },
  });
  let agent = onCall('n1-1.2');
  live.start({ presence: { get: () => agent } } as never, {} as never);
  await expect(live.pop(boris, call(), null)).rejects.toThrow('not his any more');
  agent = onCall('n1-1.1');
  await live.pop(boris, call(), null);
  expect(pops).toBe(1);
});

it('who signs out is cut off there and nowhere else; who may not be here any more is cut off everywhere', async () => {
  const [here, there, other] = [await page(anna, 'one'), await page(anna, 'two'), await page(boris, 'one')];
  live.cut(anna, 'one');
  await vi.waitFor(() => expect(here.socket.connected).toBe(false));
  expect([there.socket.connected, other.socket.connected]).toEqual([true, true]);
  live.cut(anna, null);
  await vi.waitFor(() => expect(there.socket.connected).toBe(false));
  expect(other.socket.connected).toBe(true);
});
