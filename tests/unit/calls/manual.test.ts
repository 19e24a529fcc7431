import { expect, it } from 'vitest';
import type { E164, LegId } from '../../../server/basics/ids.ts';
import { abandonAfterMs } from '../../../server/calls/call-outbound.ts';
import { anna, campaign, customerLeg, gone, kept, manual, Story } from './call-world.ts';

const released = (wrapUpMs: number | null) => ({ type: 'released', wrapUpMs, missed: false });

function dialled(keptLegId: LegId | null = null, facts = manual): Story {
  const story = new Story('manual');
  story.tell({
    type: 'placedManually',
    phone: '+79161234567' as E164,
    manual: facts,
    agentId: anna,
    sipUser: 'agent-1',
    keptLegId,
    customer: null,
  });
  return story;
}

it('a call by hand rings the agent’s own phone first, and dials once it is up', () => {
  const story = dialled();
  expect(story.state.phase.name).toBe('preparing');
  expect(story.done.map((e) => e.do)).toContain('pop');
  expect(story.saw('dialCustomer')).toBe(false);
  const legId = story.answered();
  expect(story.done.map((e) => e.do).slice(-4)).toEqual(
    expect.arrayContaining(['startRingback', 'dialCustomer']),
  );
  expect(story.together).toEqual([legId]);
  story.tell({ type: 'legAnswered', legId: customerLeg });
  expect(story.done).toContainEqual({ do: 'stopRingback', legId });
  expect(story.together).toEqual([legId, customerLeg].sort());
  expect([story.saw('watchSpeech'), story.saw('startRecording')]).toEqual([false, false]);
  story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
  expect(story.toldTo(anna).at(-1)).toEqual(released(manual.wrapUpMs));
});

it('a call by hand over a kept-up leg dials at once and is recorded when the house says so', () => {
  const story = dialled(kept, { ...manual, record: true });
  const order = story.done.map((e) => e.do);
  expect(order.indexOf('join')).toBeLessThan(order.indexOf('dialCustomer'));
  story.tell({ type: 'legAnswered', legId: customerLeg });
  expect(story.saw('startRecording')).toBe(true);
});

it('a call by hand that is not answered needs no wrap-up', () => {
  const story = dialled(kept);
  story.tell({ type: 'legEnded', legId: customerLeg, cause: 17, sipCode: 486 });
  expect(story.state.end?.outcome).toBe('busy');
  expect(story.done).toContainEqual({ do: 'stopRingback', legId: kept });
  expect(story.done).toContainEqual({ do: 'part', legId: kept });
  expect(story.toldTo(anna)).toEqual([released(null)]);
});

it('a call by hand whose agent’s phone does not come up is not placed', () => {
  const story = dialled();
  story.tell({ type: 'legEnded', legId: story.lastRung(), cause: 20, sipCode: 480 });
  expect(story.state.end).toMatchObject({ outcome: 'notPlaced', hungUpBy: 'system' });
  expect(story.toldTo(anna)).toEqual([released(null)]);
});

it('a call by hand is given up by its agent’s hang-up', () => {
  const story = dialled();
  story.answered();
  story.tell({ type: 'hangUp', agentId: anna });
  story.tell({ type: 'legEnded', legId: customerLeg, cause: 0, sipCode: 487 });
  expect(story.state.end).toMatchObject({ outcome: 'cancelled', hungUpBy: 'agent' });
});

it('an agent who refreshes while he dials is rung again and hears it ring again', () => {
  const story = dialled();
  const old = story.answered();
  story.tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: null });
  expect(story.done).toContainEqual({ do: 'hangUp', legId: old, reason: 'normal' });
  const back = story.answered();
  expect(story.done.at(-1)).toEqual({ do: 'startRingback', legId: back });
  story.tell({ type: 'legAnswered', legId: customerLeg });
  expect(story.together).toEqual([back, customerLeg].sort());
});

it('a customer who answers while the agent’s phone comes back waits two seconds for him', () => {
  const story = dialled();
  story.answered();
  story.tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: null });
  story.tell({ type: 'legAnswered', legId: customerLeg });
  expect(story.state.timers.recover).toBe(story.now + abandonAfterMs);
  const back = story.answered();
  expect(story.together).toEqual([back, customerLeg].sort());
});

it('who dials from a preview hears it ring, who waits for progressive calls does not', () => {
  expect(new Story('campaign').dialling({ ...campaign, mode: 'preview' }).saw('startRingback')).toBe(true);
  expect(new Story('campaign').dialling().saw('startRingback')).toBe(false);
});

it('a campaign that is not to be recorded is not', () => {
  const story = new Story('campaign').dialling({ ...campaign, record: false });
  story.tell({ type: 'legAnswered', legId: customerLeg });
  expect(story.saw('startRecording')).toBe(false);
});
