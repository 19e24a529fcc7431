import { describe, expect, it } from 'vitest';
import type { AgentId, LegId } from '../../../server/basics/ids.ts';
import type { TransferTarget } from '../../../server/calls/call-state.ts';
import { wantedMs } from '../../../server/calls/call-steps.ts';
import { outsideRingMs } from '../../../server/calls/call-transfer.ts';
import {
  anna,
  boris,
  campaign,
  customerLeg,
  gone,
  kept,
  outside,
  queue,
  Story,
  secondQueue,
  toBoris,
} from './call-world.ts';

const wrapUp = (wrapUpMs: number | null, missed = false) => ({ type: 'released', wrapUpMs, missed });
const to = (target: TransferTarget, note = '') =>
  ({ type: 'transfer', agentId: anna, target, note, fallback: secondQueue }) as const;

describe('a blind transfer to a colleague', () => {
  it('shows him the card, then rings him, while the customer hears music and the agent wraps up', () => {
    const story = new Story();
    const annas = story.talking();
    story.tell(to(toBoris, 'хочет перерасчёт'));
    expect(story.state).toMatchObject({ phase: { name: 'popping' }, agentId: boris, music: true });
    expect(story.state.notes).toMatchObject([{ agentId: anna, text: 'хочет перерасчёт' }]);
    expect(story.done).toContainEqual({ do: 'hangUp', legId: annas, reason: 'normal' });
    expect(story.toldTo(anna).at(-1)).toEqual(wrapUp(60_000));
    story.tell({ type: 'cardShown', agentId: boris });
    const legId = story.answered();
    expect(story.together).toEqual([legId, customerLeg].sort());
    expect(story.state.transfers).toMatchObject([
      { to: 'agent', toAgentId: boris, ended: { how: 'completed' } },
    ]);
  });

  it('comes back to the one who transferred, for a minute to him alone, when the colleague does not pick up', () => {
    const story = new Story();
    story.talking();
    story.tell(to(toBoris));
    story.tell({ type: 'cardShown', agentId: boris });
    story.tell({ type: 'legEnded', legId: story.lastRung(), cause: 19, sipCode: 480 });
    expect(story.state).toMatchObject({
      phase: { name: 'queued' },
      wanted: { agentId: anna, until: story.now + wantedMs },
      transfers: [{ ended: { how: 'returned' } }],
    });
    expect(story.toldTo(boris)).toEqual([wrapUp(null, true)]);
    story.after(wantedMs).tell({ type: 'timer', name: 'wanted' });
    expect(story.state.wanted).toBeNull();
    expect(story.saw('route')).toBe(true);
  });

  it('of a campaign call parts the kept-up leg, never hangs it up, and gives the call a queue', () => {
    const story = new Story('campaign').dialling();
    story.tell({ type: 'legAnswered', legId: customerLeg });
    story.tell(to(toBoris));
    expect(story.done).toContainEqual({ do: 'part', legId: kept });
    expect(story.done).not.toContainEqual({ do: 'hangUp', legId: kept, reason: 'normal' });
    expect(story.state.legs[kept]?.ended).not.toBeNull();
    expect(story.state.queue).toEqual(secondQueue);
    expect(story.toldTo(anna).at(-1)).toEqual(wrapUp(campaign.wrapUpMs));
  });

  it('who is on another call waits for him for a minute, then for anybody', () => {
    const story = new Story();
    story.talking();
    story.tell(to({ kind: 'busyAgent', agentId: boris, name: 'Борис' }));
    expect(story.state).toMatchObject({ phase: { name: 'queued' }, wanted: { agentId: boris } });
    story.after(wantedMs).tell({ type: 'timer', name: 'wanted' });
    expect(story.state).toMatchObject({ phase: { name: 'queued' }, wanted: null });
    const vera = 3 as AgentId;
    story.tell({ type: 'assigned', agentId: vera, sipUser: 'agent-3', keptLegId: null });
    story.tell({ type: 'cardShown', agentId: vera });
    story.answered();
    expect(story.state.transfers).toMatchObject([{ ended: { how: 'returned' } }]);
  });

  it('of somebody else’s call, or of one that is not talked, frees the colleague and does nothing', () => {
    const story = new Story().queued();
    const was = story.state;
    story.tell(to(toBoris));
    expect(story.state).toEqual(was);
    expect(story.toldTo(boris)).toEqual([wrapUp(null)]);
  });

  it('to himself does nothing', () => {
    const story = new Story();
    story.talking();
    const was = story.state;
    expect(story.tell(to({ ...toBoris, agentId: anna }))).toEqual([]);
    expect(story.state).toEqual(was);
  });

  it('rings his phone although his kept-up leg was lost while the card came', () => {
    const story = new Story();
    story.talking();
    const lost = 'ag-2-keep-0-1' as LegId;
    story.tell(to({ ...toBoris, keptLegId: lost }));
    story.tell({ type: 'legEnded', legId: lost, ...gone });
    story.tell({ type: 'cardShown', agentId: boris });
    expect(story.state.phase).toMatchObject({ name: 'ringing', legId: story.lastRung() });
    expect(story.lastRung()).not.toBe(lost);
  });
});

it('a transfer to a queue keeps the customer’s place in time and asks everybody of that queue', () => {
  const story = new Story();
  story.talking();
  const { queuedAt } = story.state;
  story.after(5000).tell(to({ kind: 'queue', queue: secondQueue }));
  expect(story.state).toMatchObject({ phase: { name: 'queued' }, queue: secondQueue, queuedAt, tried: [] });
  expect(story.saw('route')).toBe(true);
});

describe('a transfer to an outside number', () => {
  it('plays music until it is answered, then leaves the two alone and unrecorded', () => {
    const story = new Story();
    story.talking();
    story.tell(to(outside));
    expect(story.state).toMatchObject({
      phase: { name: 'transferring', by: anna },
      agentId: null,
      music: true,
    });
    const legId = story.answered();
    expect(story.state).toMatchObject({ phase: { name: 'away', by: anna }, music: false });
    expect(story.together).toEqual([customerLeg, legId].sort());
    expect(story.state.recording?.stoppedAt).toBe(story.now);
    expect(story.saw('stopRecording')).toBe(true);
    expect(story.state.transfers).toMatchObject([{ ended: { how: 'completed' } }]);
  });

  it.each([
    ['busy', (s: Story) => s.tell({ type: 'legEnded', legId: s.lastRung(), cause: 17, sipCode: 486 })],
    ['not answered', (s: Story) => s.after(outsideRingMs).tell({ type: 'timer', name: 'dial' })],
    [
      'not to be dialled',
      (s: Story) =>
        s.tell({ type: 'orderFailed', order: 'dialOutside', legId: s.lastRung(), kind: 'refused' }),
    ],
  ] as const)('that is %s brings the customer back to his agent', (_why, fails) => {
    const story = new Story();
    story.talking();
    story.tell(to(outside));
    fails(story);
    expect(story.state).toMatchObject({
      phase: { name: 'queued' },
      queue,
      wanted: { agentId: anna },
      transfers: [{ ended: { how: 'returned' } }],
    });
  });

  it('ends with either of the two', () => {
    const story = new Story();
    story.talking();
    story.tell(to(outside));
    const legId = story.answered();
    story.tell({ type: 'legEnded', legId, ...gone });
    expect(story.done).toContainEqual({ do: 'hangUp', legId: customerLeg, reason: 'normal' });
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end).toMatchObject({ outcome: 'answered', hungUpBy: 'system' });

    const other = new Story();
    other.talking();
    other.tell(to(outside));
    other.answered();
    other.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(other.state.end).toMatchObject({ outcome: 'answered', hungUpBy: 'customer' });
    expect(other.done).toContainEqual({ do: 'hangUp', legId: other.lastRung(), reason: 'normal' });
  });

  it('lets the one who transferred say how it went, and nobody else', () => {
    const story = new Story();
    story.talking();
    story.tell(to(outside));
    const result = { type: 'result', dispositionId: 3, note: '', callbackAt: null } as const;
    story.tell({ ...result, agentId: boris });
    expect(story.state.result).toBeNull();
    story.tell({ ...result, agentId: anna });
    expect(story.state.result).toMatchObject({ dispositionId: 3 });
  });
});
