import { describe, expect, it } from 'vitest';
import { recoverMs } from '../../../server/calls/call-steps.ts';
import { anna, boris, callId, customerLeg, gone, outside, queue, Story, toBoris } from './call-world.ts';

const released = (missed = false) => ({ type: 'released', wrapUpMs: null, missed });

describe('a consultation', () => {
  it('holds the customer with music, and the agent hears it ring until the colleague picks up', () => {
    const story = new Story();
    const annas = story.talking();
    story.tell({ type: 'consult', agentId: anna, target: toBoris, note: '' });
    expect(story.state).toMatchObject({ phase: { held: true }, music: true, consult: { step: 'popping' } });
    expect(story.done).toContainEqual({ do: 'startRingback', legId: annas });
    story.tell({ type: 'cardShown', agentId: boris });
    expect(story.state.timers.consult).toBeGreaterThan(story.now + 20_000);
    const boriss = story.answered();
    expect(story.done).toContainEqual({ do: 'stopRingback', legId: annas });
    expect(story.together).toEqual([annas, boriss].sort());
    expect(story.state).toMatchObject({ music: true, consult: { step: 'private' }, agentId: anna });
  });

  it('becomes a conference and a conversation of two again', () => {
    const story = new Story();
    const { anna: annas, third } = story.consulting();
    story.tell({ type: 'conference', agentId: anna });
    expect(story.together).toEqual([annas, customerLeg, third].sort());
    expect(story.state).toMatchObject({ music: false, transfers: [{ conference: true, ended: null }] });
    story.tell({ type: 'hold', agentId: anna });
    expect(story.together).toEqual([annas, third].sort());
    story.tell({ type: 'resume', agentId: anna });
    story.tell({ type: 'cancelConsult', agentId: anna });
    expect(story.together).toEqual([annas, customerLeg].sort());
    expect(story.state.transfers).toMatchObject([{ ended: { how: 'cancelled' } }]);
    expect(story.toldTo(boris)).toEqual([{ type: 'connected' }, released()]);
  });

  it('that was a conference leaves the customer on hold when he was put there', () => {
    const story = new Story();
    const { third } = story.consulting();
    story.tell({ type: 'conference', agentId: anna });
    story.tell({ type: 'hold', agentId: anna });
    story.tell({ type: 'legEnded', legId: third, ...gone });
    expect(story.state).toMatchObject({ phase: { name: 'talking', held: true }, music: true, consult: null });
  });

  it('hands the customer over: the agent wraps up, the colleague has the call', () => {
    const story = new Story();
    const { anna: annas, third } = story.consulting();
    story.tell({ type: 'completeTransfer', agentId: anna, fallback: queue });
    expect(story.state).toMatchObject({
      phase: { name: 'talking', agentId: boris },
      agentId: boris,
      consult: null,
    });
    expect(story.together).toEqual([customerLeg, third].sort());
    expect(story.done).toContainEqual({ do: 'hangUp', legId: annas, reason: 'normal' });
    expect(story.toldTo(anna).at(-1)).toEqual({ type: 'released', wrapUpMs: 60_000, missed: false });
    expect(story.state.transfers).toMatchObject([{ kind: 'attended', ended: { how: 'completed' } }]);
  });

  it('handed over while it rings is a blind transfer', () => {
    const story = new Story();
    story.talking();
    story.tell({ type: 'consult', agentId: anna, target: toBoris, note: '' });
    story.tell({ type: 'cardShown', agentId: boris });
    story.tell({ type: 'completeTransfer', agentId: anna, fallback: queue });
    expect(story.state).toMatchObject({
      phase: { name: 'ringing', agentId: boris },
      consult: null,
      music: true,
    });
    expect(story.state.timers.ring).toBeGreaterThan(story.now + 20_000);
    const legId = story.answered();
    expect(story.together).toEqual([customerLeg, legId].sort());
  });

  it('ends, and the customer is back, when the colleague does not pick up', () => {
    const story = new Story();
    const annas = story.talking();
    story.tell({ type: 'consult', agentId: anna, target: toBoris, note: '' });
    story.tell({ type: 'cardShown', agentId: boris });
    story.tell({ type: 'legEnded', legId: story.lastRung(), cause: 19, sipCode: 480 });
    expect(story.together).toEqual([annas, customerLeg].sort());
    expect(story.state).toMatchObject({ consult: null, transfers: [{ ended: { how: 'refused' } }] });
    expect(story.toldTo(boris)).toEqual([released(true)]);
  });

  it('is what a mistaken hang-up ends; the customer comes back', () => {
    const story = new Story();
    const { anna: annas } = story.consulting();
    story.tell({ type: 'hangUp', agentId: anna });
    expect(story.state).toMatchObject({ phase: { name: 'talking', held: false }, consult: null });
    expect(story.together).toEqual([annas, customerLeg].sort());
  });

  it('in conference is ended for all by the agent’s hang-up', () => {
    const story = new Story();
    story.consulting();
    story.tell({ type: 'conference', agentId: anna });
    story.tell({ type: 'hangUp', agentId: anna });
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end).toMatchObject({ outcome: 'answered', hungUpBy: 'agent' });
    expect(story.toldTo(boris).at(-1)).toEqual(released());
  });

  it('is over for everybody when the held customer hangs up', () => {
    const story = new Story();
    const { anna: annas, third } = story.consulting();
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    for (const legId of [annas, third])
      expect(story.done).toContainEqual({ do: 'hangUp', legId, reason: 'normal' });
    expect(story.state).toMatchObject({ consult: null, transfers: [{ ended: { how: 'customerLeft' } }] });
    const news = [...story.done];
    expect(story.toldTo(boris).at(-1)).toEqual(released());
    story.done.push(...news);
    expect(story.toldTo(anna).at(-1)).toEqual({ type: 'released', wrapUpMs: 60_000, missed: false });
  });

  it('with a queue asks the router, and whom it finds is rung', () => {
    const story = new Story();
    story.talking();
    story.tell({ type: 'consult', agentId: anna, target: { kind: 'queue', queue }, note: '' });
    expect(story.state.consult).toMatchObject({ step: 'queued', agentId: null });
    story.tell({ type: 'assigned', agentId: boris, sipUser: 'agent-2', keptLegId: null });
    expect(story.state.consult).toMatchObject({ step: 'popping', agentId: boris });
    story.tell({ type: 'timer', name: 'consult' });
    const legId = story.answered();
    expect(story.together).toContain(legId);
    expect(story.state.agentId).toBe(anna);
  });

  it('with an outside number sends touch tones to it, and in conference to the customer', () => {
    const story = new Story();
    const { third } = story.consulting(outside);
    story.tell({ type: 'digits', agentId: anna, digits: '12#' });
    expect(story.done).toContainEqual({ do: 'sendDigits', legId: third, digits: '12#' });
    story.tell({ type: 'conference', agentId: anna });
    story.tell({ type: 'digits', agentId: anna, digits: '3' });
    expect(story.done).toContainEqual({ do: 'sendDigits', legId: customerLeg, digits: '3' });
  });
});

describe('a refresh in a consultation', () => {
  it('of the agent brings him back to the colleague, the customer still held', () => {
    const story = new Story();
    const { anna: annas, third } = story.consulting();
    story.tell({ type: 'legEnded', legId: annas, ...gone });
    story.tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: null });
    const back = story.answered();
    expect(story.together).toEqual([back, third].sort());
    expect(story.state).toMatchObject({ music: true, consult: { step: 'private' } });
  });

  it('of the agent lets customer and colleague go on in conference', () => {
    const story = new Story();
    const { anna: annas, third } = story.consulting();
    story.tell({ type: 'conference', agentId: anna });
    story.tell({ type: 'legEnded', legId: annas, ...gone });
    expect(story.together).toEqual([customerLeg, third].sort());
    expect(story.state.music).toBe(false);
  });

  it('of the colleague rings him back into it', () => {
    const story = new Story();
    const { anna: annas, third } = story.consulting();
    const ring = story.tell({ type: 'reattach', agentId: boris, sipUser: 'agent-2', keptLegId: null });
    expect(ring).toContainEqual(expect.objectContaining({ do: 'ringAgent', autoAnswer: true }));
    expect(ring).toContainEqual({ do: 'hangUp', legId: third, reason: 'normal' });
    story.tell({ type: 'legEnded', legId: third, ...gone });
    const back = story.answered();
    expect(story.together).toEqual([annas, back].sort());
  });

  it('from which the agent does not return makes the colleague the call’s agent', () => {
    const story = new Story();
    const { anna: annas, third } = story.consulting();
    story.tell({ type: 'legEnded', legId: annas, ...gone });
    story.after(recoverMs).tell({ type: 'timer', name: 'recover' });
    expect(story.state).toMatchObject({ phase: { name: 'talking', agentId: boris }, agentId: boris });
    expect(story.together).toEqual([customerLeg, third].sort());
    expect(story.toldTo(anna).at(-1)).toEqual(released(true));
  });

  it('from which neither returns sends the customer back to the queue', () => {
    const story = new Story();
    const { anna: annas } = story.consulting();
    story.tell({ type: 'reattach', agentId: boris, sipUser: 'agent-2', keptLegId: null });
    story.tell({ type: 'legEnded', legId: annas, ...gone });
    story.after(recoverMs).tell({ type: 'timer', name: 'recover' });
    expect(story.state).toMatchObject({ phase: { name: 'queued' }, consult: null, tried: [anna] });
  });
});

it('an answer of a leg that was given up connects nobody', () => {
  const story = new Story();
  story.talking();
  story.tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: null });
  const first = story.lastRung();
  story.tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: null });
  expect(story.lastRung()).not.toBe(first);
  expect(story.tell({ type: 'legAnswered', legId: first })).toEqual([
    { do: 'hangUp', legId: first, reason: 'normal' },
  ]);
  expect(story.state.phase.name).toBe('recovering');
  expect(story.lastRung()).toMatch(new RegExp(`^ag-1-${callId}-`));
});
