import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ExchangeConnection } from '../../server/asterisk/exchange.ts';
import type { AgentId, CallId, E164, LegId } from '../../server/basics/ids.ts';
import { Heard, legOf, newCallId } from './exchange.suite.ts';
import { type ExchangeBed, startExchangeBed } from './exchange-bed.ts';
import { share } from './tones.ts';

/** The customer sounds at 1000 Hz, two agents' phones at 700 and 450 Hz, so that each file says whose voice it holds. */
const customerHz = 1000;
const agentHz = { 'agent-901': 700, 'agent-902': 450 } as const;
type Phone = keyof typeof agentHz;

let bed: ExchangeBed;
let connection: ExchangeConnection;
let heard: Heard;

beforeAll(async () => {
  bed = await startExchangeBed(22_740);
  connection = bed.connect();
  heard = new Heard(connection.exchange);
  await heard.first('exchangeUp');
  for (const [phone, hz] of Object.entries(agentHz)) {
    await bed.addAgentPhone(phone, `7999112${String(hz).padStart(4, '0')}`);
  }
}, 90_000);
afterAll(async () => {
  connection?.close();
  await bed?.stop();
});

const dial = async () => {
  const callId = newCallId();
  const phone = `+7999112${customerHz}` as E164;
  await connection.exchange.dialCustomer({ callId, phone, callerId: null, ringMs: 5000 });
  await heard.answered(callId);
  return callId;
};
const ring = async (callId: CallId | null, sipUser: Phone) => {
  const legId = `ag-7-${randomUUID()}-1` as LegId;
  const caller = { callerId: null, callerName: null };
  const order = { legId, callId, agentId: 7 as AgentId, sipUser, ...caller, ringMs: 5000, autoAnswer: true };
  await connection.exchange.ringAgent(order);
  await heard.answered(legId);
  return legId;
};
const filesOf = (callId: CallId) => ({ heard: `${callId}.customer.ulaw`, spoken: `${callId}.agent.ulaw` });
const read = (file: string) => readFile(join(bed.pbx.recordingsDir, file)).catch(() => Buffer.alloc(0));

/** Asterisk writes 32 KB at a time, so the newest half second on disk is up to 4.1 s old. */
const written = { timeout: 10_000, interval: 100 };

/** Waits until the newest half second of the customer's file is his voice and that of the agent's file this agent's. */
async function bothVoices(callId: CallId, agent: number): Promise<void> {
  const { heard: customer, spoken } = filesOf(callId);
  await vi.waitFor(async () => {
    const [a, b] = [(await read(customer)).subarray(-4000), (await read(spoken)).subarray(-4000)];
    expect(a.length).toBe(4000);
    expect(share(a, customerHz)).toBeGreaterThan(0.9);
    expect(share(b, agent)).toBeGreaterThan(0.9);
  }, written);
}

/** Both files have the same length to a tenth of a second: played together they keep step. */
async function inStep(callId: CallId): Promise<void> {
  const { heard: customer, spoken } = filesOf(callId);
  await vi.waitFor(async () => {
    const [a, b] = [(await read(customer)).length, (await read(spoken)).length];
    expect(a).toBeGreaterThan(8000);
    expect(Math.abs(a - b)).toBeLessThan(800);
  });
}

async function hangUp(...legIds: string[]): Promise<void> {
  for (const legId of legIds) await connection.exchange.hangUp(legId as LegId, 'normal');
  for (const legId of legIds) await heard.ended(legId);
}

describe.concurrent('a recording holds each voice in its own file', { timeout: 40_000 }, () => {
  it('when it starts before the agent joins', async () => {
    const { exchange } = connection;
    const callId = await dial();
    await exchange.join(callId, [legOf(callId)]);
    await exchange.startRecording(legOf(callId), filesOf(callId));
    const agent = await ring(callId, 'agent-901');
    await exchange.join(callId, [agent]);
    await bothVoices(callId, 700);
    await hangUp(callId, agent);
    await inStep(callId);
  });

  it('when it starts while both talk', async () => {
    const { exchange } = connection;
    const callId = await dial();
    const agent = await ring(callId, 'agent-901');
    await exchange.join(callId, [legOf(callId), agent]);
    await exchange.startRecording(legOf(callId), filesOf(callId));
    await bothVoices(callId, 700);
    await hangUp(callId, agent);
    await inStep(callId);
  });

  it('when the agent was joined first and the customer later', async () => {
    const { exchange } = connection;
    const agent = await ring(null, 'agent-901');
    const callId = await dial();
    await exchange.join(callId, [agent]);
    await exchange.join(callId, [legOf(callId)]);
    await exchange.startRecording(legOf(callId), filesOf(callId));
    await bothVoices(callId, 700);
    await hangUp(callId, agent);
    await inStep(callId);
  });

  // What is lost without Recorder's care is lost by chance, one time in two: eight of a kind at once leave one chance in 256.
  it("when the agent's leg is lost and a new one takes its place", async () => {
    const { exchange } = connection;
    await Promise.all(
      Array.from({ length: 16 }, async (_, i) => {
        const callId = await dial();
        // What listens for machines must not spoil it either.
        if (i % 2 === 0) await exchange.watchSpeech(legOf(callId));
        const first = await ring(callId, 'agent-901');
        await exchange.join(callId, [legOf(callId), first]);
        await exchange.startRecording(legOf(callId), filesOf(callId));
        await bothVoices(callId, 700);
        await hangUp(first);
        await exchange.startMusic(legOf(callId));
        const second = await ring(callId, 'agent-902');
        await exchange.stopMusic(legOf(callId));
        await exchange.join(callId, [legOf(callId), second]);
        await bothVoices(callId, 450);
        await hangUp(callId, second);
        await inStep(callId);
      }),
    );
  });

  it('when the customer is put on hold with music and taken back', async () => {
    const { exchange } = connection;
    const callId = await dial();
    const agent = await ring(callId, 'agent-901');
    await exchange.join(callId, [legOf(callId), agent]);
    await exchange.startRecording(legOf(callId), filesOf(callId));
    await bothVoices(callId, 700);
    await exchange.part(callId, legOf(callId));
    await exchange.startMusic(legOf(callId));
    await vi.waitFor(
      async () => expect(share((await read(filesOf(callId).spoken)).subarray(-4000), 700)).toBeLessThan(0.5),
      written,
    );
    await exchange.stopMusic(legOf(callId));
    await exchange.join(callId, [legOf(callId)]);
    await bothVoices(callId, 700);
    await hangUp(callId, agent);
    await inStep(callId);
  });

  it('of each call that a kept-up leg goes through, and of that call only', async () => {
    const { exchange } = connection;
    const kept = await ring(null, 'agent-901');
    for (let i = 0; i < 2; i++) {
      const callId = await dial();
      await exchange.join(callId, [legOf(callId), kept]);
      await exchange.startRecording(legOf(callId), filesOf(callId));
      await bothVoices(callId, 700);
      await hangUp(callId);
      const length = (await read(filesOf(callId).spoken)).length;
      await inStep(callId);
      await exchange.closeBridge(callId);
      expect((await read(filesOf(callId).spoken)).length - length).toBeLessThan(1600);
    }
    await hangUp(kept);
  });

  it('until it is stopped, and the call goes on', async () => {
    const { exchange } = connection;
    const callId = await dial();
    const agent = await ring(callId, 'agent-901');
    await exchange.join(callId, [legOf(callId), agent]);
    await exchange.startRecording(legOf(callId), filesOf(callId));
    await bothVoices(callId, 700);
    await exchange.stopRecording(legOf(callId));
    await inStep(callId);
    const { legs } = await exchange.survey();
    expect(legs.filter((leg) => leg.callId === callId && leg.up)).toHaveLength(2);
    await hangUp(callId, agent);
  });

  it('and is refused a name that leads out of its folder', async () => {
    const { exchange } = connection;
    const callId = await dial();
    for (const bad of ['../x.ulaw', '/tmp/x.ulaw', 'a)t(b', 'a,b', '']) {
      const files = { heard: bad, spoken: 'ok.ulaw' };
      await expect(exchange.startRecording(legOf(callId), files)).rejects.toMatchObject({ kind: 'refused' });
    }
    await hangUp(callId);
  });
});

// By itself: it closes the connection that the others share.
describe('a recording goes on in the same files', { timeout: 40_000 }, () => {
  it('when a server that came back is told again what it records', async () => {
    const calls = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const callId = await dial();
        const agent = await ring(callId, 'agent-901');
        await connection.exchange.join(callId, [legOf(callId), agent]);
        await connection.exchange.startRecording(legOf(callId), filesOf(callId));
        await bothVoices(callId, 700);
        return { callId, agent, before: (await read(filesOf(callId).spoken)).length };
      }),
    );
    connection.close();
    connection = bed.connect();
    heard = new Heard(connection.exchange);
    await heard.first('exchangeUp');
    await vi.waitFor(() => expect(connection.health().ami.up).toBe(true));
    await Promise.all(
      calls.map(async ({ callId, agent, before }) => {
        await connection.exchange.startRecording(legOf(callId), filesOf(callId));
        const second = await ring(callId, 'agent-902');
        await connection.exchange.join(callId, [legOf(callId), second]);
        await connection.exchange.part(callId, agent);
        await bothVoices(callId, 450);
        expect((await read(filesOf(callId).spoken)).length).toBeGreaterThan(before);
        await hangUp(callId, agent, second);
      }),
    );
  });
});
