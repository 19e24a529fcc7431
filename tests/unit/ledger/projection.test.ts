import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCustomer, type LedgerRow, projectCall } from '../../../server/ledger/projection.ts';

/** A ledger as the exchange writes it, seconds since the call's start. */
const t0 = 1_795_383_906_000;
const row = (
  s: number,
  type: string,
  channelId: string,
  channel: string,
  more: Partial<LedgerRow> = {},
): LedgerRow => ({
  at: t0 + s * 1000,
  type,
  channelId,
  channel,
  exten: 's',
  caller: '',
  extra: null,
  ...more,
});
const customer = 'PJSIP/trunk-00000001';
const agentOf = (id: number) => `PJSIP/agent-${id}-0000000${id}`;
const bridge = (id: string) => ({ extra: { bridge_id: id, bridge_technology: 'simple_bridge' } });
const hung = (source: string, cause = 16) => ({ extra: { hangupcause: cause, hangupsource: source } });
const call = 'n1-1795383906.2';

/** A hotline call, taken by agent 1 on an on-demand leg. */
const hotline = [
  row(0, 'CHAN_START', call, customer, { exten: '78005553535', caller: '+79991100430' }),
  row(0.1, 'ANSWER', call, customer),
  row(1, 'CHAN_START', `ag-1-${call}-1`, agentOf(1)),
  row(3, 'ANSWER', `ag-1-${call}-1`, agentOf(1)),
  row(5, 'BRIDGE_ENTER', call, customer, bridge(`call-${call}`)),
  row(5.001, 'BRIDGE_ENTER', `ag-1-${call}-1`, agentOf(1), bridge(`call-${call}`)),
  row(9, 'BRIDGE_EXIT', call, customer, bridge(`call-${call}`)),
  row(9.001, 'HANGUP', call, customer, hung(customer)),
  row(9.002, 'BRIDGE_EXIT', `ag-1-${call}-1`, agentOf(1), bridge(`call-${call}`)),
  row(9.003, 'HANGUP', `ag-1-${call}-1`, agentOf(1), hung('')),
];

describe('the story of a call told by the ledger', () => {
  it('a hotline call: who waited how long and talked with whom', () => {
    const told = projectCall(call, hotline);
    expect(told).toMatchObject({
      direction: 'in',
      caller: '+79991100430',
      called: '78005553535',
      offeredAt: t0,
      answeredAt: t0 + 100,
      fallbackAt: null,
      connectedAt: t0 + 5001,
      end: { at: t0 + 9001, how: 'hangup', cause: 16, by: 'customer' },
      waitMs: 5001,
      talkMs: 4000,
    });
    expect(told?.aloneMs).toBe(1);
    expect(told?.legs.map((l) => [l.legId, l.role, l.agentId, l.kept])).toEqual([
      [call, 'customer', null, false],
      [`ag-1-${call}-1`, 'agent', 1, false],
    ]);
  });

  it('is the same whatever the order of the lines', () => {
    const told = projectCall(call, hotline);
    fc.assert(
      fc.property(fc.shuffledSubarray(hotline, { minLength: hotline.length }), (lines) => {
        expect({ ...projectCall(call, lines), legs: null }).toEqual({ ...told, legs: null });
      }),
    );
  });

  it('any part of a ledger gives a story whose times fit each other', () => {
    fc.assert(
      fc.property(fc.subarray(hotline), (lines) => {
        const told = projectCall(call, lines);
        if (told === null) return;
        const { talkMs, aloneMs, waitMs } = told;
        expect(talkMs ?? 0).toBeGreaterThanOrEqual(0);
        expect(aloneMs ?? 0).toBeGreaterThanOrEqual(0);
        expect(aloneMs ?? 0).toBeLessThanOrEqual(talkMs ?? 0);
        expect(waitMs ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('a campaign call on a kept-up leg, which was there before and is there after', () => {
    const id = '22bfbf19-9169-4195-a790-0c4d3393fb48';
    const keep = 'ag-1-keep-1795383648902-1';
    const told = projectCall(id, [
      row(0, 'CHAN_START', id, customer),
      row(0.1, 'BRIDGE_ENTER', keep, agentOf(1), bridge(`call-${id}`)),
      row(6, 'ANSWER', id, customer),
      row(6.01, 'BRIDGE_ENTER', id, customer, bridge(`call-${id}`)),
      // Joined again with the customer: out and in within a millisecond.
      row(6.0103, 'BRIDGE_EXIT', keep, agentOf(1), bridge(`call-${id}`)),
      row(6.0105, 'BRIDGE_ENTER', keep, agentOf(1), bridge(`call-${id}`)),
      row(10, 'BRIDGE_EXIT', id, customer, bridge(`call-${id}`)),
      row(10, 'HANGUP', id, customer, hung(customer)),
      row(10.1, 'BRIDGE_EXIT', keep, agentOf(1), bridge(`call-${id}`)),
    ]);
    expect(told).toMatchObject({ direction: 'out', connectedAt: t0 + 6010, waitMs: null });
    expect(told?.talkMs).toBeCloseTo(3990);
    expect(told?.legs[1]).toMatchObject({
      legId: keep,
      kept: true,
      agentId: 1,
      startedAt: t0 + 100,
      endedAt: t0 + 10_100,
    });
  });

  it('an attended transfer: hold is alone time, both agents talked, the outside party is a leg of its own', () => {
    const told = projectCall(call, [
      ...hotline.slice(0, 6),
      row(6, 'BRIDGE_EXIT', call, customer, bridge(`call-${call}`)),
      row(6.5, 'CHAN_START', `out-${call}-2`, 'PJSIP/trunk-00000009'),
      row(8, 'BRIDGE_ENTER', `out-${call}-2`, 'PJSIP/trunk-00000009', bridge(`call-${call}`)),
      row(12, 'BRIDGE_EXIT', `ag-1-${call}-1`, agentOf(1), bridge(`call-${call}`)),
      row(12, 'BRIDGE_ENTER', call, customer, bridge(`call-${call}`)),
      row(20, 'HANGUP', call, customer, hung(agentOf(1))),
    ]);
    expect(told?.talkMs).toBe(14_999);
    expect(told?.aloneMs).toBe(6000);
    expect(told?.end?.by).toBe('agent');
    expect(told?.legs.map((l) => [l.role, l.together.length])).toEqual([
      ['customer', 0],
      ['agent', 1],
      ['outside', 1],
    ]);
  });

  it('a supervisor who listens is in no bridge with the customer, nor is his snoop a leg', () => {
    const told = projectCall(call, [
      ...hotline,
      row(6, 'CHAN_START', `ag-9-${call}-2`, agentOf(9)),
      row(6.1, 'BRIDGE_ENTER', `ag-9-${call}-2`, agentOf(9), bridge(`watch-ag-9-${call}-2`)),
      row(6.2, 'CHAN_START', `snoop-listen-ag-9-${call}-2~ag-1-${call}-1`, `Snoop/ag-1-${call}-1-0001`),
      row(
        6.2,
        'BRIDGE_ENTER',
        `snoop-listen-ag-9-${call}-2~ag-1-${call}-1`,
        'Snoop/x',
        bridge(`watch-ag-9-${call}-2`),
      ),
    ]);
    expect(told?.legs.find((l) => l.agentId === 9)?.together).toEqual([]);
    expect(told?.legs).toHaveLength(3);
    expect(told?.talkMs).toBe(4000);
  });

  it('a call of the fallback queue, whose bridge and agent leg have names of the exchange', () => {
    const told = projectCall('c', [
      row(0, 'CHAN_START', 'c', customer, { exten: '78005553535', caller: '+79161234567' }),
      row(1, 'FALLBACK', 'c', customer),
      row(2, 'CHAN_START', 'a', agentOf(7)),
      row(5, 'BRIDGE_ENTER', 'a', agentOf(7), bridge('b3ae')),
      row(5.1, 'BRIDGE_ENTER', 'c', customer, bridge('b3ae')),
      row(9, 'HANGUP', 'c', customer, hung(agentOf(7))),
    ]);
    expect(told).toMatchObject({ fallbackAt: t0 + 1000, waitMs: 4100, end: { by: 'agent' } });
    expect(told?.talkMs).toBe(3900);
    expect(told?.legs[1]).toMatchObject({ legId: 'a', agentId: 7, role: 'agent' });
  });

  it('a caller who gave up talked with nobody and waited to the end', () => {
    const told = projectCall(
      call,
      hotline.filter((l) => l.channelId === call && !l.type.startsWith('BRIDGE')),
    );
    expect(told).toMatchObject({ connectedAt: null, talkMs: null, waitMs: 9001 });
  });

  it('a call that goes on has no end; one that the exchange took with it ends with the exchange', () => {
    const cut = hotline.slice(0, 6);
    expect(projectCall(call, cut)).toMatchObject({ end: null, talkMs: null, connectedAt: t0 + 5001 });
    expect(projectCall(call, cut, t0 + 7001)).toMatchObject({
      end: { at: t0 + 7001, how: 'exchangeDied' },
      talkMs: 2000,
    });
  });

  it('who was put together by the last line that a dying exchange wrote was connected', () => {
    expect(projectCall(call, hotline.slice(0, 6), t0 + 5001)).toMatchObject({
      connectedAt: t0 + 5001,
      talkMs: 0,
    });
  });

  it('agents, janitor, snoops and outside parties are no calls', () => {
    expect(isCustomer({ channelId: call, channel: customer })).toBe(true);
    expect(isCustomer({ channelId: 'ag-1-keep-1-1', channel: agentOf(1) })).toBe(false);
    expect(isCustomer({ channelId: `out-${call}-2`, channel: customer })).toBe(false);
    expect(isCustomer({ channelId: 'n1-1.0', channel: 'Local/s@janitor-00000000;1' })).toBe(false);
    expect(isCustomer({ channelId: 'snoop-listen-a~b', channel: 'Snoop/a-0001' })).toBe(false);
    expect(projectCall('a', [row(0, 'CHAN_START', 'a', agentOf(1))])).toBeNull();
    expect(projectCall(call, hotline.slice(1))).toBeNull();
  });
});
