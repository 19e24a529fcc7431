import { randomUUID } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import type { Bus, PlaceCall, SwitchboardStatus } from '../../../server/bus/schema.ts';

export function placeCall(changes: Partial<PlaceCall> = {}): PlaceCall {
  return {
    attemptId: randomUUID(),
    campaignId: 1,
    leadId: 1,
    customerId: null,
    phone: '+79160000001',
    callerId: null,
    ringMs: 25_000,
    mode: 'progressive',
    agentId: 1,
    announcement: null,
    wrapUpMs: 60_000,
    scriptText: '',
    campaignName: 'a campaign',
    leadName: 'a lead',
    record: true,
    ...changes,
  };
}

const status = (node: string, at: number): SwitchboardStatus => ({
  node,
  at,
  exchangeUp: true,
  agents: [{ agentId: 7, state: 'ready', since: at, legUp: true, campaignIds: [1] }],
  lines: { 1: 3 },
});

/** What every bus keeps. `open` gives one more process' bus on the same hub. */
export function busSuite(open: () => Promise<Bus>): void {
  const buses: Bus[] = [];
  const make = async () => {
    const bus = await open();
    buses.push(bus);
    return bus;
  };
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
  });

  it('hands place-calls over to their node once, in order, though they were sent before anybody listened', async () => {
    const node = randomUUID().slice(0, 8);
    const [dialer, switchboard] = [await make(), await make()];
    const sent = Array.from({ length: 120 }, () => placeCall());
    await dialer.sendPlaceCalls(node, sent.slice(0, 100));
    const taken: string[] = [];
    await switchboard.onPlaceCalls(node, async (calls) => void taken.push(...calls.map((c) => c.attemptId)));
    await dialer.sendPlaceCalls(node, sent.slice(100));
    await vi.waitFor(() => expect(taken).toHaveLength(120));
    expect(taken).toEqual(sent.map((c) => c.attemptId));
  });

  it('hands calls over again when they were not taken, and says so', async () => {
    const node = randomUUID().slice(0, 8);
    const [dialer, switchboard] = [await make(), await make()];
    const call = placeCall();
    const tries: boolean[] = [];
    await switchboard.onPlaceCalls(node, async (calls, again) => {
      expect(calls).toEqual([call]);
      if (tries.push(again) < 2) throw new Error('not yet');
    });
    await dialer.sendPlaceCalls(node, [call]);
    await vi.waitFor(() => expect(tries).toEqual([false, true]), { timeout: 5000 });
  });

  it('keeps the latest status of each node and tells it as it comes', async () => {
    const [switchboard, dialer] = [await make(), await make()];
    const heard: number[] = [];
    const node = randomUUID().slice(0, 8);
    await dialer.onStatus((s) => void (s.node === node && heard.push(s.at)));
    // A subscription takes a moment to reach the hub: repeat until it is heard.
    await vi.waitFor(async () => {
      await switchboard.publishStatus(status(node, 1));
      await switchboard.publishStatus(status(node, 2));
      expect(heard).toContain(2);
    });
    expect((await dialer.readStatus()).filter((s) => s.node === node)).toEqual([status(node, 2)]);
  });

  it('tells the others that a campaign changed', async () => {
    const [web, dialer] = [await make(), await make()];
    const heard: number[] = [];
    await dialer.onCampaignChanged((id) => void heard.push(id));
    await vi.waitFor(async () => {
      await web.publishCampaignChanged(42);
      expect(heard).toContain(42);
    });
  });

  it('gives a lease to one holder at a time, who may renew it and give it back', async () => {
    const [a, b] = [await make(), await make()];
    const name = randomUUID();
    expect(await a.leaseHolder(name)).toBeNull();
    expect(await a.takeLease(name, 'a', 60_000)).toBe(true);
    expect(await b.takeLease(name, 'b', 60_000)).toBe(false);
    expect(await a.takeLease(name, 'a', 60_000)).toBe(true);
    expect(await b.leaseHolder(name)).toBe('a');
    await b.dropLease(name, 'b');
    expect(await b.takeLease(name, 'b', 60_000)).toBe(false);
    await a.dropLease(name, 'a');
    expect(await b.takeLease(name, 'b', 60_000)).toBe(true);
  });

  it('lets a lease go that is not renewed', async () => {
    const [a, b] = [await make(), await make()];
    const name = randomUUID();
    await a.takeLease(name, 'a', 30);
    await vi.waitFor(async () => expect(await b.takeLease(name, 'b', 60_000)).toBe(true));
  });

  it('says that it is up', async () => {
    const bus = await make();
    const told: boolean[] = [];
    bus.onUpDown((up) => told.push(up));
    await vi.waitFor(() => expect(told.at(-1)).toBe(true));
  });
}
