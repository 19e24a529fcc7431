import { expect } from 'vitest';
import { callOf } from '../../../server/agents/agent.ts';
import type { LegId } from '../../../server/basics/ids.ts';
import { isOn } from '../../../server/calls/call-draft.ts';
import type { TimerName } from '../../../server/calls/call-events.ts';
import { legsInUse, mediaOf } from '../../../server/calls/call-media.ts';
import { callId, customerLeg } from './call-world.ts';
import type { SwitchboardModel } from './switchboard-model.ts';

/** What must be true once all news is in. */
export function checkRest(w: SwitchboardModel): void {
  const { call } = w;
  const media = mediaOf(call);
  for (const agent of w.agents.values()) {
    expect([agent.agentId, isOn(call, agent.agentId)]).toEqual([agent.agentId, callOf(agent) === callId]);
    expect(agent.aside).toBeNull();
  }
  // The exchange does what the call wants.
  const inBridge = [...(w.bridge ?? [])].sort();
  expect(inBridge).toEqual([...media.bridge].sort());
  const customer = w.legs.get(customerLeg);
  expect(customer?.music ?? false).toBe(call.music && customer !== undefined);
  expect(call.music).toBe(media.music);
  for (const [legId, leg] of w.legs) {
    expect([legId, leg.ringback]).toEqual([legId, legId === media.ringback]);
    const watch = media.watches.get(legId);
    expect([legId, leg.watches]).toEqual([legId, watch ? `${watch.targetLegId} ${watch.mode}` : null]);
    const used = legsInUse(call).has(legId);
    // Nobody's leg is one that his page has not got any more.
    if (used && leg.up) expect([legId, leg.real]).toEqual([legId, true]);
    if (leg.kept) continue;
    const known = legId === customerLeg ? call.end === null : used;
    expect([legId, known]).toEqual([legId, true]);
  }
  // A customer who has been talked to hears people or music, never nothing, never both.
  const people = inBridge.filter((legId) => legId !== customerLeg && call.legs[legId]?.role !== 'supervisor');
  // Nor does a supervisor sit in a room by himself.
  if (inBridge.length > 0) expect(people.length).toBeGreaterThan(0);
  const waits = ['announcing', 'ending', 'ended', 'recognising'].includes(call.phase.name);
  if (call.connectedAt !== null && !waits) expect(call.music).not.toBe(inBridge.includes(customerLeg));
  checkTalk(w, inBridge);

  const silent = call.recording?.pauses.some((p) => p.to === null) ?? false;
  if (silent) expect(call.phase.name).toBe('talking');
  expect(w.muted).toBe(silent);
  expect(w.recording).toBe(
    customer !== undefined && call.recording !== null && call.recording.stoppedAt === null,
  );
  const open = call.transfers.filter((t) => t.ended === null);
  expect(open.length).toBeLessThanOrEqual(1);
  const underWay = ['queued', 'popping', 'ringing', 'transferring', 'ending'].includes(call.phase.name);
  if (open.length > 0) expect(call.consult !== null || underWay).toBe(true);
  if (call.consult !== null) {
    expect(['talking', 'recovering']).toContain(call.phase.name);
    expect(open.length).toBe(1);
  }
  checkLife(w);
}

/** Who hears whom in a talk, said once more and without the machine's own words for it. */
function checkTalk(w: SwitchboardModel, inBridge: readonly LegId[]): void {
  const { phase, consult, watchers } = w.call;
  for (const [legId, { mode }] of Object.entries(watchers))
    if (mode !== 'barge') expect(inBridge).not.toContain(legId);
  if (phase.name !== 'talking') return;
  expect(w.legs.get(phase.legId)?.up).toBe(true);
  const asked = consult?.legId ?? customerLeg;
  const there = w.legs.get(asked)?.up === true;
  const all = [customerLeg, phase.legId, asked];
  switch (consult?.step) {
    case undefined:
      expect(all.map((l) => inBridge.includes(l))).toEqual(all.map(() => !phase.held));
      break;
    case 'private':
      expect(all.map((l) => inBridge.includes(l))).toEqual([false, there, there]);
      break;
    case 'conference':
      expect(all.map((l) => inBridge.includes(l))).toEqual([!phase.held, !phase.held || there, there]);
      break;
    default:
      expect(all.map((l) => inBridge.includes(l))).toEqual([false, false, false]);
  }
}

/** A call has an owner, a place in a queue or a timer that ends it. */
function checkLife(w: SwitchboardModel): void {
  const { call } = w;
  const { phase, timers } = call;
  expect(w.finished).toBe(call.end === null ? 0 : 1);
  const timerOf: Partial<Record<typeof phase.name, TimerName>> = {
    popping: 'card',
    recovering: 'recover',
    ending: 'ending',
    dialling: 'dial',
    preparing: 'dial',
    transferring: 'dial',
    announcing: 'play',
  };
  const name = timerOf[phase.name];
  if (name !== undefined) expect(Object.keys(timers)).toContain(name);
  if (phase.name === 'ringing' && call.legs[phase.legId]?.answeredAt === null)
    expect(Object.keys(timers)).toContain('ring');
  switch (phase.name) {
    case 'talking':
    case 'recovering':
    case 'popping':
    case 'ringing':
    case 'preparing':
      expect(call.agentId).toBe(phase.agentId);
      break;
    case 'queued':
      expect(call.agentId).toBeNull();
      expect(call.queue).not.toBeNull();
      break;
    case 'away':
      expect(call.agentId).toBeNull();
      expect(w.legs.get(phase.legId)?.up).toBe(true);
      break;
    case 'ended':
      expect(timers).toEqual({});
      expect(w.bridge).toBeNull();
      expect([call.consult, call.watchers, call.wanted]).toEqual([null, {}, null]);
      break;
    default:
      break;
  }
  if (phase.name !== 'ended' && phase.name !== 'preparing')
    expect(w.legs.has(customerLeg) || phase.name === 'ending').toBe(true);
}
