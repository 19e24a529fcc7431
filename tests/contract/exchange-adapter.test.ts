import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectExchange, type ExchangeConnection } from '../../server/asterisk/exchange.ts';
import type { AgentId, CallId, E164, LegId } from '../../server/basics/ids.ts';
import { Heard, legOf, newCallId } from './exchange.suite.ts';
import { type ExchangeBed, hotlineNumber, startExchangeBed } from './exchange-bed.ts';
import { registerPhone } from './sip-phone.ts';

/** What the real exchange alone can show: softphones, the fallback queue, broken connections, its own death. */
let bed: ExchangeBed;
let connection: ExchangeConnection;
let heard: Heard;
let cable: Cable;

/** A cable to ARI and AMI that can be cut. */
interface Cable {
  readonly ariPort: number;
  readonly amiPort: number;
  cut(): void;
  mend(): void;
  close(): void;
}

async function layCable(ariPort: number, amiPort: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  let whole = true;
  const lay = async (port: number): Promise<Server> => {
    const server = createServer((near) => {
      if (!whole) return void near.destroy();
      const far = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on('error', () => {});
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return server;
  };
  const servers = [await lay(ariPort), await lay(amiPort)] as const;
  const portOf = (server: Server) => (server.address() as { port: number }).port;
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    ariPort: portOf(servers[0]),
    amiPort: portOf(servers[1]),
    cut,
    mend: () => {
      whole = true;
    },
    close: () => {
      cut();
      for (const server of servers) server.close();
    },
  };
}

beforeAll(async () => {
  bed = await startExchangeBed(22_840);
  cable = await layCable(bed.ports.ari, bed.ports.ami);
  connection = connectExchange({
    config: {
      ...bed.config,
      ASTERISK_ARI_URL: `http://127.0.0.1:${cable.ariPort}/ari`,
      ASTERISK_AMI_PORT: cable.amiPort,
    },
    log: pino({ level: 'silent' }),
  });
  heard = new Heard(connection.exchange);
  await heard.first('exchangeUp');
  await vi.waitFor(() => expect(connection.health().ami.up).toBe(true));
}, 90_000);
afterAll(async () => {
  connection?.close();
  cable?.close();
  await bed?.stop();
});

const count = (type: string) => heard.all().filter((e) => e.type === type).length;
const phoneNews = (sipUser: string) =>
  heard.all().flatMap((e) => ('sipUser' in e && e.sipUser === sipUser ? [e.type] : []));

describe('softphones', { timeout: 20_000 }, () => {
  const register = (user: string, password: string, expiresS = 60) =>
    registerPhone({ port: bed.ports.sip, user, password, expiresS });

  it('register with the credentials issued, and with no others', async () => {
    await connection.phones.issue({ sipUser: 'agent-1', password: 'first' });
    expect(await register('agent-1', 'guess')).toEqual({ status: 401 });
    expect(await register('agent-1', 'first')).toEqual({ status: 200 });
    await heard.first('phoneOnline', (e) => e.sipUser === 'agent-1');
    expect((await connection.exchange.survey()).onlinePhones).toEqual(['agent-1']);
  });

  it('stay online when a refreshed browser registers anew and its old contact goes', async () => {
    expect(await register('agent-1', 'first')).toEqual({ status: 200 });
    await vi.waitFor(() => expect(phoneNews('agent-1')).toEqual(['phoneOnline', 'phoneOnline']));
    expect((await connection.exchange.survey()).onlinePhones).toEqual(['agent-1']);
    expect(phoneNews('agent-1')).not.toContain('phoneOffline');
  });

  it('know a new password at once and forget the old', async () => {
    await connection.phones.issue({ sipUser: 'agent-1', password: 'second' });
    expect(await register('agent-1', 'first')).toEqual({ status: 401 });
    expect(await register('agent-1', 'second')).toEqual({ status: 200 });
  });

  it('are offline and unknown when withdrawn, also twice', async () => {
    await connection.phones.withdraw('agent-1');
    await heard.first('phoneOffline', (e) => e.sipUser === 'agent-1');
    expect(await register('agent-1', 'second')).toEqual({ status: 404 });
    await connection.phones.withdraw('agent-1');
  });

  it('have plain names only', async () => {
    const bad = { sipUser: 'a&PJSIP/b', password: 'x' };
    await expect(connection.phones.issue(bad)).rejects.toMatchObject({ kind: 'refused' });
    const member = connection.fallback.syncFallbackMember('a,b', 'X', 'available');
    await expect(member).rejects.toMatchObject({ kind: 'refused' });
  });
});

describe("an agent's place in the fallback queue", () => {
  it('becomes what is asked, however often', async () => {
    const sync = connection.fallback.syncFallbackMember;
    const shown = () => bed.pbx.cli('queue show hotline');
    await sync('agent-5', 'Анна "Я"; |', 'available');
    expect(await shown()).toMatch(/PJSIP\/agent-5(?!.*paused)/);
    await sync('agent-5', 'Анна', 'paused');
    await sync('agent-5', 'Анна', 'paused');
    expect(await shown()).toMatch(/PJSIP\/agent-5.*paused/);
    await sync('agent-5', 'Анна', 'absent');
    await sync('agent-5', 'Анна', 'absent');
    expect(await shown()).not.toContain('agent-5');
  });
});

describe('a broken connection', { timeout: 30_000 }, () => {
  it('is told, orders are refused meanwhile, calls live on, and their ends are heard afterwards', async () => {
    const { exchange } = connection;
    await bed.addAgentPhone('agent-901', '79991120700');
    const callId = newCallId();
    await exchange.dialCustomer({ callId, phone: '+79991140000' as E164, callerId: null, ringMs: 5000 });
    await heard.answered(callId);
    const agentLeg = `ag-7-${randomUUID()}-1` as LegId;
    const order = { callId, agentId: 7 as AgentId, sipUser: 'agent-901', callerId: null, callerName: null };
    await exchange.ringAgent({ ...order, legId: agentLeg, ringMs: 5000, autoAnswer: true });
    await heard.answered(agentLeg);
    await exchange.join(callId, [legOf(callId), agentLeg]);
    const { channelId } = await bed.customers.call({
      from: '+79161112233',
      to: hotlineNumber,
      behaviour: 'silent',
    });
    const { callId: hotlineCall } = await heard.first('callOffered');

    const ups = count('exchangeUp');
    cable.cut();
    await heard.first('exchangeDown');
    await expect(exchange.hangUp(legOf(callId), 'normal')).rejects.toMatchObject({ kind: 'down' });
    await expect(exchange.survey()).rejects.toMatchObject({ kind: 'down' });
    cable.mend();
    await vi.waitFor(() => expect(count('exchangeUp')).toBe(ups + 1), { timeout: 10_000 });

    const survey = await exchange.survey();
    const known = survey.legs.filter((leg) => leg.role !== 'other').map((leg) => leg.legId);
    expect(new Set(known)).toEqual(new Set([legOf(callId), agentLeg, legOf(hotlineCall as CallId)]));
    expect(new Set(survey.bridges.find((b) => b.callId === callId)?.legIds)).toEqual(
      new Set([legOf(callId), agentLeg]),
    );
    // The adapter's own memory of bridges went with the connection: the order of joining must still be taken.
    await exchange.join(callId, [legOf(callId), agentLeg]);
    await bed.customers.hangUp(channelId);
    await heard.ended(hotlineCall);
    await exchange.hangUp(agentLeg, 'normal');
    await heard.ended(agentLeg);
    await exchange.hangUp(legOf(callId), 'normal');
    await heard.ended(callId);
    await exchange.closeBridge(callId);
  });
});

describe('the death of the exchange', { timeout: 40_000 }, () => {
  it('is told, and a new life is found by itself, with credentials that outlived it', async () => {
    await connection.phones.issue({ sipUser: 'agent-55', password: 'kept' });
    // Asterisk writes its database about once a second; what was issued in the last moment before a crash is lost with it.
    const database = join(bed.pbx.recordingsDir, '../lib/astdb.sqlite3');
    await vi.waitFor(
      async () => {
        expect((await readFile(database)).includes('endpoint/agent-55')).toBe(true);
        expect(existsSync(`${database}-journal`)).toBe(false);
      },
      { timeout: 5000 },
    );
    const [ups, downs] = [count('exchangeUp'), count('exchangeDown')];
    bed.pbx.kill('SIGKILL');
    await vi.waitFor(() => expect(count('exchangeDown')).toBe(downs + 1), { timeout: 5000 });
    await bed.pbx.exited;
    await bed.restartPbx();
    await vi.waitFor(() => expect(count('exchangeUp')).toBe(ups + 1), { timeout: 10_000 });
    const { legs, bridges } = await connection.exchange.survey();
    expect([legs.filter((leg) => leg.role !== 'other'), bridges]).toEqual([[], []]);
    const phone = { port: bed.ports.sip, user: 'agent-55', password: 'kept', expiresS: 60 };
    expect(await registerPhone(phone)).toEqual({ status: 200 });
    await heard.first('phoneOnline', (e) => e.sipUser === 'agent-55');
  });
});

describe('two switchboards at one exchange', { timeout: 20_000 }, () => {
  it('do not fight: the first goes and stays away', async () => {
    const second = bed.connect();
    try {
      await new Heard(second.exchange).first('exchangeUp');
      await vi.waitFor(() =>
        expect(connection.health()).toMatchObject({ up: false, ari: { replaced: true } }),
      );
      expect(second.health().up).toBe(true);
    } finally {
      second.close();
    }
  });
});
