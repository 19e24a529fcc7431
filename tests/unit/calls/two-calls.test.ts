import { expect, it } from 'vitest';
import type { LegId } from '../../../server/basics/ids.ts';
import { mediaOf } from '../../../server/calls/call-media.ts';
import { anna, customerLeg, gone, kept, Story } from './call-world.ts';

/** Anna's kept-up leg serves two calls; each call knows nothing of the other. */
function talkingOverKeptLeg(): Story {
  const story = new Story().queued();
  story.tell({ type: 'assigned', agentId: anna, sipUser: 'agent-1', keptLegId: kept });
  story.tell({ type: 'cardShown', agentId: anna });
  return story;
}

it('a call on hold has no claim on the kept-up leg, and takes it back whole when it is resumed', () => {
  const story = talkingOverKeptLeg();
  story.tell({ type: 'hold', agentId: anna });
  expect(story.together).toEqual([]);
  expect(story.tell({ type: 'resume', agentId: anna })).toContainEqual({
    do: 'join',
    legIds: [customerLeg, kept],
  });
});

it('a call on hold that ends does not touch the leg that talks in the other call', () => {
  const story = talkingOverKeptLeg();
  story.tell({ type: 'hold', agentId: anna });
  const effects = story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
  expect(effects.filter((e) => 'legId' in e && e.legId === kept)).toEqual([]);
});

it('a call on hold stays on hold when its agent comes back with a new leg', () => {
  const story = talkingOverKeptLeg();
  story.tell({ type: 'hold', agentId: anna });
  story.tell({ type: 'legEnded', legId: kept, ...gone });
  const fresh = 'ag-1-keep-9-2' as LegId;
  const effects = story.tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: fresh });
  expect(effects.map((e) => e.do)).not.toContain('join');
  expect(story.state).toMatchObject({ phase: { name: 'talking', legId: fresh, held: true }, music: true });
  story.tell({ type: 'resume', agentId: anna });
  expect([...mediaOf(story.state).bridge]).toEqual([customerLeg, fresh]);
});
