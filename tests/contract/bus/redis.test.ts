import { Redis } from 'ioredis';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectRedisBus } from '../../../server/bus/redis.ts';
import type { Bus } from '../../../server/bus/schema.ts';
import { busSuite, placeCall } from './bus.suite.ts';
import { startValkey, type Valkey } from './valkey.ts';

const log = pino({ level: 'silent' });
let valkey: Valkey;

beforeAll(async () => {
  valkey = await startValkey();
});
afterAll(() => valkey.kill());

/** A bus that is up. */
async function open(): Promise<Bus> {
  const bus = connectRedisBus({ url: valkey.url, log });
  await new Promise<void>((resolve) => bus.onUpDown((up) => up && resolve()));
  return bus;
}

describe('the bus over Redis', () => {
  busSuite(open);

  it('gives what a killed switchboard had read, but not finished, to the next one', async () => {
    const dialer = await open();
    const killed = await open();
    const call = placeCall();
    let read = false;
    await killed.onPlaceCalls('crash', () => {
      read = true;
      return new Promise(() => {});
    });
    await dialer.sendPlaceCalls('crash', [call]);
    await vi.waitFor(() => expect(read).toBe(true));
    // Its process is gone: nothing of it is awaited or closed in order.
    void killed.close();
    const next = await open();
    const taken: string[] = [];
    await next.onPlaceCalls('crash', async (calls) => void taken.push(...calls.map((c) => c.attemptId)));
    await vi.waitFor(() => expect(taken).toEqual([call.attemptId]));
    await Promise.all([dialer.close(), next.close()]);
  });

  it('does not hand over a call that is too old, and clears it away', async () => {
    const raw = new Redis(valkey.url);
    const old = { at: Date.now() - 31_000, calls: [placeCall()] };
    await raw.xadd('dozvon:place-calls:late', '*', 'json', JSON.stringify(old));
    const [dialer, switchboard] = [await open(), await open()];
    const fresh = placeCall();
    const taken: string[] = [];
    await switchboard.onPlaceCalls(
      'late',
      async (calls) => void taken.push(...calls.map((c) => c.attemptId)),
    );
    await dialer.sendPlaceCalls('late', [fresh]);
    await vi.waitFor(() => expect(taken).toEqual([fresh.attemptId]));
    await vi.waitFor(async () => expect(await raw.xlen('dozvon:place-calls:late')).toBe(0));
    raw.disconnect();
    await Promise.all([dialer.close(), switchboard.close()]);
  });

  it('leaves out messages of another shape and goes on', async () => {
    const raw = new Redis(valkey.url);
    for (const json of [
      '{',
      '{"at":"x"}',
      JSON.stringify({ at: Date.now(), calls: [{ attemptId: 'no' }, placeCall()] }),
    ]) {
      await raw.xadd('dozvon:place-calls:hostile', '*', 'json', json);
    }
    const switchboard = await open();
    let taken = 0;
    await switchboard.onPlaceCalls('hostile', async (calls) => {
      taken += calls.length;
    });
    await vi.waitFor(() => expect(taken).toBe(1));
    raw.disconnect();
    await switchboard.close();
  });

  it('outlives the death of Redis: says so, refuses at once, comes back and hears again', async () => {
    const [dialer, switchboard] = [await open(), await open()];
    const told: boolean[] = [];
    dialer.onUpDown((up) => told.push(up));
    const taken: string[] = [];
    const changed: number[] = [];
    await switchboard.onPlaceCalls('n1', async (calls) => void taken.push(...calls.map((c) => c.attemptId)));
    await switchboard.onCampaignChanged((id) => void changed.push(id));
    await valkey.kill();
    await vi.waitFor(() => expect(told.at(-1)).toBe(false));
    await expect(dialer.sendPlaceCalls('n1', [placeCall()])).rejects.toThrow();
    await valkey.start();
    await vi.waitFor(() => expect(told.at(-1)).toBe(true), { timeout: 10_000 });
    const call = placeCall();
    await dialer.sendPlaceCalls('n1', [call]);
    await vi.waitFor(() => expect(taken).toEqual([call.attemptId]), { timeout: 10_000 });
    await vi.waitFor(
      async () => {
        await dialer.publishCampaignChanged(5);
        expect(changed).toContain(5);
      },
      { timeout: 10_000 },
    );
    await Promise.all([dialer.close(), switchboard.close()]);
  }, 30_000);
});
