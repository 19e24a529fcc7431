import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CallId, LegId } from '../../../server/basics/ids.ts';
import { secondLookMs, surveyEveryMs } from '../../../server/calls/reconcile.ts';
import { anna, boris, World } from './world.ts';

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
});
afterEach(() => {
  world.close();
  vi.useRealTimers();
});

const talking = async (): Promise<CallId> => {
  await vi.advanceTimersByTimeAsync(10);
  await world.ready(anna);
  const callId = world.twin.customerCalls({ from: '79990000001', to: '78005550001' });
  await vi.advanceTimersByTimeAsync(500);
  expect(world.twin.hears(callId)).toHaveLength(1);
  return callId;
};
const found = () => world.board.reconciler.orphans();
/** Until the next survey has looked once, and then once more. */
const oneLook = () => vi.advanceTimersByTimeAsync(surveyEveryMs);
const secondLook = () => vi.advanceTimersByTimeAsync(secondLookMs + 100);

it('at rest nothing is found astray, look after look', async () => {
  await talking();
  for (let i = 0; i < 5; i++) await oneLook();
  expect(Object.values(found()).every((n) => n === 0)).toBe(true);
});

it('what hangs in the air is left alone at the first look and put right at the second', async () => {
  const callId = await talking();
  world.twin.addStrayLeg('ag-2-nothing-1', 'agent');
  world.twin.addStrayBridge('gone');
  world.board.presence.post(boris, { type: 'ready' });
  world.board.presence.post(boris, { type: 'reserved', callId });
  await oneLook();
  expect([world.twin.legIds().includes('ag-2-nothing-1' as LegId), world.activity(boris)]).toEqual([
    true,
    'ringing',
  ]);
  await secondLook();
  expect(found()).toMatchObject({ legs: 1, bridges: 1, agents: 1, calls: 0 });
  expect(world.twin.bridgeIds()).toEqual([callId]);
  expect(world.activity(boris)).toBe('ready');
  expect(world.twin.hears(callId)).toHaveLength(1);
});

it('a call whose end was never told ends, and its agent is free to write', async () => {
  const callId = await talking();
  world.twin.loseLeg(callId);
  await oneLook();
  expect(world.activity(anna)).toBe('talking');
  await secondLook();
  expect(world.activity(anna)).toBe('wrapUp');
  expect(world.ended.map((call) => call.callId)).toEqual([callId]);
  expect(found().calls).toBe(1);
});

it('a leg that lost its place in the bridge gets it back', async () => {
  const callId = await talking();
  await world.twin.part(callId, callId as string as LegId);
  expect(world.twin.hears(callId)).toEqual([]);
  await oneLook();
  await secondLook();
  expect(world.twin.hears(callId)).toHaveLength(1);
  expect(found().places).toBe(1);
});

it('what clears up by itself is forgotten', async () => {
  const callId = await talking();
  world.twin.addStrayBridge('passing');
  await oneLook();
  await world.twin.closeBridge('passing' as CallId);
  await secondLook();
  world.twin.addStrayBridge('passing');
  await vi.advanceTimersByTimeAsync(surveyEveryMs - secondLookMs);
  expect(found().bridges).toBe(0);
  expect(world.twin.hears(callId)).toHaveLength(1);
});
