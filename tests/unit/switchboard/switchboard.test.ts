import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallId } from '../../../server/basics/ids.ts';
import { ExchangeError } from '../../../server/calls/exchange.ts';
import { anna, boris, darya, hotline, neverPicksUp, picksUp, secondQueue, vera, World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const both = { customer: ['anna'], anna: ['customer'] };
const ok = { ok: true };

/** Each story is told twice: as it is, and with the switchboard killed where it hurts. */
const ways = [
  ['', async () => {}],
  [', over a restart of the switchboard', () => world.restart()],
] as const;

describe.each(ways)('a hotline call%s', (_name, gap) => {
  it('goes on, and ends for both', async () => {
    const callId = await world.talk();
    await gap();
    await world.hear(callId, both);
    world.hangsUp(callId);
    await world.allOver();
    expect(world.activity(anna)).toBe('wrapUp');
    expect(world.ended.map((call) => call.end?.outcome)).toEqual(['answered']);
  });

  it('is handed to a free colleague, with the note', async () => {
    const callId = await world.talk();
    await world.ready(boris);
    const target = { kind: 'agent' as const, agentId: boris };
    expect(await world.says(anna, { type: 'call.transfer', callId, target, note: 'asks for Boris' })).toEqual(
      ok,
    );
    await gap();
    await world.hear(callId, { customer: ['boris'], boris: ['customer'] });
    expect(world.popped.at(-1)).toEqual([boris, callId]);
    expect(world.call(callId).notes.map((n) => n.text)).toEqual(['asks for Boris']);
    expect(world.activity(anna)).toBe('wrapUp');
    world.hangsUp(callId);
    await world.allOver();
    expect(world.ended[0]?.transfers).toMatchObject([{ to: 'agent', ended: { how: 'completed' } }]);
  });

  it('is handed to a queue', async () => {
    const callId = await world.talk();
    const target = { kind: 'queue' as const, queueId: secondQueue };
    expect(await world.says(anna, { type: 'call.transfer', callId, target, note: '' })).toEqual(ok);
    await world.hear(callId, {});
    await gap();
    await world.ready(vera);
    await world.hear(callId, { customer: ['vera'], vera: ['customer'] });
    world.hangsUp(callId);
    await world.allOver();
  });

  it('is handed to a number outside, and goes on without us', async () => {
    const callId = await world.talk();
    const target = { kind: 'outside' as const, phone: picksUp };
    expect(await world.says(anna, { type: 'call.transfer', callId, target, note: '' })).toEqual(ok);
    await world.hear(callId, { customer: ['outside'], outside: ['customer'] });
    await gap();
    await world.hear(callId, { customer: ['outside'], outside: ['customer'] });
    expect(world.twin.legNow(callId)?.recording).toBe('off');
    world.hangsUp(callId);
    await world.allOver();
  });

  it('comes back from a consultation that is called off', async () => {
    const callId = await world.talk();
    await world.ready(boris);
    const target = { kind: 'agent' as const, agentId: boris };
    expect(await world.says(anna, { type: 'call.consult', callId, target, note: '' })).toEqual(ok);
    await world.hear(callId, { anna: ['boris'], boris: ['anna'] });
    await gap();
    await world.hear(callId, { anna: ['boris'], boris: ['anna'] });
    expect(await world.says(anna, { type: 'call.cancelConsult', callId })).toEqual(ok);
    await world.hear(callId, both);
    expect(world.activity(boris)).toBe('ready');
    world.hangsUp(callId);
    await world.allOver();
  });

  it('is handed over after a consultation', async () => {
    const callId = await world.talk();
    await world.ready(boris);
    const target = { kind: 'agent' as const, agentId: boris };
    await world.says(anna, { type: 'call.consult', callId, target, note: '' });
    await world.hear(callId, { anna: ['boris'], boris: ['anna'] });
    await gap();
    expect(await world.says(anna, { type: 'call.completeTransfer', callId })).toEqual(ok);
    await world.hear(callId, { customer: ['boris'], boris: ['customer'] });
    expect(world.activity(anna)).toBe('wrapUp');
    world.hangsUp(callId);
    await world.allOver();
    expect(world.ended[0]?.agentId).toBe(boris);
  });

  it('becomes a conference, and two go on when one leaves', async () => {
    const callId = await world.talk();
    const target = { kind: 'queue' as const, queueId: secondQueue };
    await world.ready(vera);
    expect(await world.says(anna, { type: 'call.consult', callId, target, note: '' })).toEqual(ok);
    await world.hear(callId, { anna: ['vera'], vera: ['anna'] });
    expect(await world.says(anna, { type: 'call.conference', callId })).toEqual(ok);
    await gap();
    await world.hear(callId, {
      customer: ['anna', 'vera'],
      anna: ['customer', 'vera'],
      vera: ['anna', 'customer'],
    });
    expect(await world.says(anna, { type: 'call.completeTransfer', callId })).toEqual(ok);
    await world.hear(callId, { customer: ['vera'], vera: ['customer'] });
    world.hangsUp(callId);
    await world.allOver();
  });

  it('waits for a busy colleague, who takes it, goes back, and takes it again', async () => {
    const first = await world.talk();
    await world.ready(boris);
    const second = world.twin.customerCalls({ from: '79990000002', to: '78005550002' });
    await world.hear(second, { customer: ['boris'], boris: ['customer'] });
    const target = { kind: 'agent' as const, agentId: boris };
    expect(await world.says(anna, { type: 'call.transfer', callId: first, target, note: '' })).toEqual(ok);
    await gap();
    expect(world.call(first)).toMatchObject({ phase: { name: 'queued' }, wanted: { agentId: boris } });
    expect(await world.says(boris, { type: 'call.takeWaiting', callId: first })).toEqual(ok);
    await world.hear(first, { customer: ['boris'], boris: ['customer'] });
    await world.hear(second, {});
    await gap();
    expect(await world.says(boris, { type: 'call.swap' })).toEqual(ok);
    await world.hear(second, { customer: ['boris'], boris: ['customer'] });
    await world.hear(first, {});
    expect(await world.says(boris, { type: 'call.swap' })).toEqual(ok);
    await world.hear(first, { customer: ['boris'], boris: ['customer'] });
    world.hangsUp(first);
    await vi.waitFor(() => expect(world.activity(boris)).toBe('hold'));
    expect(await world.says(boris, { type: 'call.resume', callId: second })).toEqual(ok);
    await world.hear(second, { customer: ['boris'], boris: ['customer'] });
    world.hangsUp(second);
    await world.allOver();
  });

  it('is listened to, whispered into, joined and taken over, and each act is on record', async () => {
    const callId = await world.talk();
    const watch = (mode: 'listen' | 'whisper' | 'barge') =>
      world.says(darya, { type: 'supervise.watch', callId, mode });
    expect(await watch('listen')).toEqual(ok);
    await world.hear(callId, { ...both, darya: ['anna', 'customer'] });
    await gap();
    expect(await watch('whisper')).toEqual(ok);
    await world.hear(callId, {
      customer: ['anna'],
      anna: ['customer', 'darya'],
      darya: ['anna', 'customer'],
    });
    await gap();
    expect(await watch('barge')).toEqual(ok);
    await world.hear(callId, {
      customer: ['anna', 'darya'],
      anna: ['customer', 'darya'],
      darya: ['anna', 'customer'],
    });
    await gap();
    expect(await world.says(darya, { type: 'supervise.takeOver', callId })).toEqual(ok);
    await world.hear(callId, { customer: ['darya'], darya: ['customer'] });
    expect(world.popped.at(-1)).toEqual([darya, callId]);
    expect(world.activity(anna)).toBe('wrapUp');
    world.hangsUp(callId);
    await world.allOver();
    expect(world.acts.map((a) => [a.act, a.agentId])).toEqual([
      ['listen', anna],
      ['whisper', anna],
      ['barge', anna],
      ['takeOver', anna],
    ]);
  });
});

describe.each(ways)('a call by hand%s', (_name, gap) => {
  it('is rung once the phone of who dials is up, from a pause as well', async () => {
    await world.ready();
    await world.says(anna, { type: 'agent.pause', reason: 'paperwork' });
    const dial = {
      type: 'call.dial' as const,
      phone: picksUp,
      customerId: null,
      purpose: 'service' as const,
    };
    expect(await world.says(anna, dial)).toEqual(ok);
    await gap();
    const callId = world.board.desk.living()[0]?.callId as CallId;
    await world.hear(callId, both);
    await world.says(anna, { type: 'call.hangUp', callId });
    await world.allOver();
    expect(world.activity(anna)).toBe('wrapUp');
    expect(world.ended[0]).toMatchObject({ direction: 'manual', end: { outcome: 'answered' } });
  });
});

describe('a call by hand', () => {
  const dial = { type: 'call.dial' as const, phone: picksUp, customerId: null, purpose: 'debt' as const };

  it('is refused by rule with the hour at which it may be', async () => {
    await world.ready(anna);
    world.permit = () => ({ ok: false, reason: 'outsideHours', detail: '2026-11-23T05:00:00.000Z' });
    expect(await world.says(anna, dial)).toEqual({
      ok: false,
      reason: 'outsideHours',
      detail: '2026-11-23T05:00:00.000Z',
    });
    expect([world.activity(anna), world.twin.legIds()]).toEqual(['ready', []]);
  });

  it('gives the contact back when a customer was quicker', async () => {
    await world.ready(anna);
    const dialled = world.says(anna, dial);
    world.board.presence.reserve(anna, 'other' as CallId);
    expect(await dialled).toEqual({ ok: false, reason: 'onACall' });
    expect(world.settled).toEqual(['00000000-0000-4000-8000-000000000001']);
  });

  it('is refused to somebody without a phone or on a call', async () => {
    const callId = await world.talk();
    expect(await world.says(anna, dial)).toEqual({ ok: false, reason: 'onACall' });
    world.twin.removeAgentPhone('agent-2');
    expect(await world.says(boris, dial)).toEqual({ ok: false, reason: 'phoneOffline' });
    world.hangsUp(callId);
    await world.allOver();
  });
});

describe('a hand-over', () => {
  it('is refused where nobody could take it', async () => {
    const callId = await world.talk();
    const to = (
      target: { kind: 'agent'; agentId: number } | { kind: 'queue'; queueId: number },
      consult = false,
    ) => world.says(anna, { type: consult ? 'call.consult' : 'call.transfer', callId, target, note: '' });
    expect(await to({ kind: 'agent', agentId: anna })).toEqual({ ok: false, reason: 'notToYourself' });
    expect(await to({ kind: 'agent', agentId: boris })).toEqual({ ok: false, reason: 'agentAway' });
    expect(await to({ kind: 'queue', queueId: 9 })).toEqual({ ok: false, reason: 'noSuchQueue' });
    expect(await to({ kind: 'queue', queueId: secondQueue }, true)).toEqual({
      ok: false,
      reason: 'nobodyInQueue',
    });
    await world.ready(boris);
    const second = world.twin.customerCalls({ from: null, to: '78005550002' });
    await world.hear(second, { customer: ['boris'], boris: ['customer'] });
    expect(await to({ kind: 'agent', agentId: boris }, true)).toEqual({ ok: false, reason: 'agentBusy' });
    expect(await world.says(boris, { type: 'call.hold', callId })).toEqual({
      ok: false,
      reason: 'notYourCall',
    });
    world.hangsUp(callId);
    world.hangsUp(second);
    await world.allOver();
  });

  it('to a number that nobody answers comes back to who made it', async () => {
    const callId = await world.talk();
    const target = { kind: 'outside' as const, phone: neverPicksUp };
    expect(await world.says(anna, { type: 'call.consult', callId, target, note: '' })).toEqual(ok);
    await vi.waitFor(() => expect(world.call(callId).consult?.step).toBe('ringing'));
    await world.hear(callId, both);
    world.hangsUp(callId);
    await world.allOver();
    expect(world.ended[0]?.transfers[0]?.ended?.how).toBe('refused');
  });
});

describe('supervision', () => {
  it('is refused to agents, and that too is on record', async () => {
    const callId = await world.talk();
    const answer = await world.says(boris, { type: 'supervise.watch', callId, mode: 'listen' });
    expect(answer).toEqual({ ok: false, reason: 'notAllowed' });
    expect(world.acts).toMatchObject([
      { userId: boris, act: 'listen', callId, detail: { refused: 'notAllowed' } },
    ]);
    world.hangsUp(callId);
    await world.allOver();
  });

  it('ends a call and changes an agent’s state', async () => {
    const callId = await world.talk();
    expect(await world.says(darya, { type: 'supervise.end', callId })).toEqual(ok);
    await world.allOver();
    const set = { type: 'supervise.setState' as const, agentId: anna, state: 'paused' as const };
    expect(await world.says(darya, { ...set, reason: null })).toEqual({ ok: false, reason: 'reasonNeeded' });
    expect(await world.says(darya, { ...set, reason: 'training' })).toEqual(ok);
    await world.says(anna, { type: 'wrapUp.finish', callId });
    expect(world.activity(anna)).toBe('paused');
    expect(world.setBy.get(anna)).toBe('darya');
    await world.says(anna, { type: 'agent.ready' });
    expect(world.setBy.get(anna)).toBe(null);
  });
});

describe('results', () => {
  it('are taken from each agent who was on the call, and from nobody else', async () => {
    const callId = await world.talk();
    await world.ready(boris);
    const target = { kind: 'agent' as const, agentId: boris };
    await world.says(anna, { type: 'call.transfer', callId, target, note: '' });
    await world.hear(callId, { customer: ['boris'], boris: ['customer'] });
    const result = { type: 'call.result' as const, callId, note: '', callbackAt: null, finish: false };
    expect(await world.says(anna, { ...result, dispositionId: 1 })).toEqual(ok);
    expect(await world.says(boris, { ...result, dispositionId: 2 })).toEqual(ok);
    expect(await world.says(vera, { ...result, dispositionId: 3 })).toEqual({
      ok: false,
      reason: 'notYourCall',
    });
    expect(world.results.map((r) => [r.agentId, r.dispositionId])).toEqual([
      [anna, 1],
      [boris, 2],
    ]);
    world.hangsUp(callId);
    await world.allOver();
  });
});

describe('what hangs in the air', () => {
  it('is put right after a restart, and counted', async () => {
    const callId = await world.talk();
    world.twin.addStrayLeg('out-gone-1', 'outside');
    world.twin.addStrayLeg('ag-2-gone-1', 'agent');
    world.twin.loseLeg(callId);
    await world.restart();
    await world.allOver();
    expect(world.board.reconciler.orphans()).toMatchObject({ calls: 1, legs: 2 });
  });

  it('a caller whom nobody knows is served', async () => {
    await world.ready(anna);
    const callId = world.twin.customerCalls({ from: null, to: hotline });
    // Killed before it heard of him.
    await world.restart();
    await world.ready(anna);
    await world.hear(callId, both);
    world.hangsUp(callId);
    await world.allOver();
  });
});

describe('a campaign call that the exchange has no room for', () => {
  it('was not placed, and its agent is free at once', async () => {
    await world.ready(anna);
    const attemptId = '0a000000-0000-4000-8000-000000000001';
    world.refuseToDial(new ExchangeError('overloaded', 'too many calls'));
    const facts = {
      campaignId: 1,
      campaignName: '',
      leadId: 1,
      customerId: null,
      leadName: '',
      scriptText: '',
    };
    const how = { mode: 'announcement' as const, announcement: 'hello', wrapUpMs: 1, ringMs: 20_000 };
    const order = {
      ...facts,
      ...how,
      attemptId,
      phone: picksUp,
      callerId: null,
      agentId: null,
      record: true,
    };
    expect(world.board.placing.placeCall(order)).toBe(true);
    await vi.waitFor(() => expect(world.ended.map((call) => call.end?.outcome)).toEqual(['notPlaced']));
    await world.allOver();
  });
});
