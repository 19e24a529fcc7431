import { describe, expect, it } from 'vitest';
import type { LegId } from '../../../server/basics/ids.ts';
import { abandonAfterMs } from '../../../server/calls/call-outbound.ts';
import { cardWaitMs, recoverMs } from '../../../server/calls/call-steps.ts';
import { anna, boris, callId, campaign, customerLeg, kept, queue, Story } from './call-world.ts';

const gone = { cause: 16, sipCode: 0 };

describe('a hotline call', () => {
  it('rings the phone only after the card is on the screen', () => {
    const story = new Story().queued();
    const effects = story.tell({ type: 'assigned', agentId: anna, sipUser: 'agent-1', keptLegId: null });
    expect(effects.map((e) => e.do)).toContain('pop');
    expect(effects.map((e) => e.do)).not.toContain('ringAgent');
    expect(story.tell({ type: 'cardShown', agentId: anna }).map((e) => e.do)).toContain('ringAgent');
  });

  it('rings all the same when the screen is too slow', () => {
    const story = new Story().queued();
    story.tell({ type: 'assigned', agentId: anna, sipUser: 'agent-1', keptLegId: null });
    expect(
      story
        .after(cardWaitMs)
        .tell({ type: 'timer', name: 'card' })
        .map((e) => e.do),
    ).toContain('ringAgent');
  });

  it('connects, records and ends as answered when the customer hangs up', () => {
    const story = new Story();
    const legId = story.talking();
    expect(story.done.filter((e) => e.do === 'join').at(-1)).toMatchObject({ legIds: [customerLeg, legId] });
    expect(story.saw('startRecording')).toBe(true);
    story.after(5000).tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end).toMatchObject({ outcome: 'answered', hungUpBy: 'customer' });
    expect(story.done).toContainEqual({ do: 'hangUp', legId, reason: 'normal' });
    expect(story.done.at(-1)?.do).toBe('finish');
  });

  it('keeps the agent waiting until the recording notice has been heard', () => {
    const story = new Story();
    story.tell({
      type: 'offered',
      phone: null,
      phoneRaw: 'anonymous',
      calledNumber: '1',
      queue: { queueId: 1, name: 'q', ringMs: 20_000, wrapUpMs: 1, record: true },
    });
    story.tell({ type: 'lookedUp', candidates: [] });
    story.tell({ type: 'assigned', agentId: anna, sipUser: 'agent-1', keptLegId: null });
    const ring = story.tell({ type: 'cardShown', agentId: anna }).find((e) => e.do === 'ringAgent');
    const legId = ring?.do === 'ringAgent' ? ring.legId : kept;
    expect(story.tell({ type: 'legAnswered', legId })).toEqual([{ do: 'clearTimer', name: 'ring' }]);
    story.tell({ type: 'playbackEnded', playbackId: `notice-${callId}`, failed: false });
    expect(story.state.phase.name).toBe('talking');
  });

  it('moves to the agent’s new kept-up leg when the first was lost while the notice played', () => {
    const story = new Story();
    story.tell({ type: 'offered', phone: null, phoneRaw: '', calledNumber: '1', queue });
    story.tell({ type: 'lookedUp', candidates: [] });
    story.tell({ type: 'assigned', agentId: anna, sipUser: 'agent-1', keptLegId: kept });
    story.tell({ type: 'cardShown', agentId: anna });
    const fresh = 'ag-1-keep-9-2' as LegId;
    story.tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: fresh });
    story.tell({ type: 'playbackEnded', playbackId: `notice-${callId}`, failed: false });
    expect(story.together).toEqual([fresh, customerLeg].sort());
  });

  it('goes back to the queue in its old place when the agent does not pick up', () => {
    const story = new Story();
    const legId = story.ringing();
    const queuedAt = story.state.queuedAt;
    story.after(20_000).tell({ type: 'legEnded', legId, cause: 19, sipCode: 480 });
    expect(story.state).toMatchObject({ phase: { name: 'queued' }, queuedAt, tried: [anna], agentId: null });
    expect(story.done).toContainEqual({
      do: 'tellAgent',
      agentId: anna,
      what: { type: 'released', wrapUpMs: null, missed: true },
    });
  });

  it('is abandoned when the customer hangs up while he waits, and frees the agent whose phone rings', () => {
    const story = new Story();
    const legId = story.ringing();
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end?.outcome).toBe('abandoned');
    expect(story.done).toContainEqual({ do: 'hangUp', legId, reason: 'normal' });
    expect(story.done).toContainEqual({
      do: 'tellAgent',
      agentId: anna,
      what: { type: 'released', wrapUpMs: null, missed: false },
    });
  });

  it('holds the customer with music when the agent refreshes, and brings the agent back', () => {
    const story = new Story();
    const old = story.talking();
    story.tell({ type: 'legEnded', legId: old, ...gone });
    expect(story.state.phase.name).toBe('recovering');
    expect(story.state.music).toBe(true);
    const ring = story
      .tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: null })
      .find((e) => e.do === 'ringAgent');
    expect(ring).toMatchObject({ autoAnswer: true });
    const legId = ring?.do === 'ringAgent' ? ring.legId : kept;
    expect(legId).not.toBe(old);
    story.tell({ type: 'legAnswered', legId });
    expect(story.state).toMatchObject({ phase: { name: 'talking', legId }, music: false });
    expect(story.state.timers).toEqual({});
  });

  it('brings the agent back even when the exchange still believes in his old leg', () => {
    const story = new Story();
    const old = story.talking();
    story.tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: null });
    expect(story.done).toContainEqual({ do: 'hangUp', legId: old, reason: 'normal' });
    story.tell({ type: 'legEnded', legId: old, ...gone });
    expect(story.state.phase.name).toBe('recovering');
  });

  it('is queued again for somebody else when the agent does not come back', () => {
    const story = new Story();
    const old = story.talking();
    story.tell({ type: 'legEnded', legId: old, ...gone });
    story.after(recoverMs).tell({ type: 'timer', name: 'recover' });
    expect(story.state).toMatchObject({ phase: { name: 'queued' }, tried: [anna], agentId: null });
  });

  it('puts the customer on hold with music and takes him back', () => {
    const story = new Story();
    const legId = story.talking();
    story.tell({ type: 'hold', agentId: anna });
    expect(story.state).toMatchObject({ phase: { name: 'talking', held: true }, music: true });
    const effects = story.tell({ type: 'resume', agentId: anna });
    expect(effects).toContainEqual({ do: 'join', legIds: [customerLeg, legId] });
    expect(story.state.music).toBe(false);
  });

  it('lets nobody but its own agent hang up', () => {
    const story = new Story();
    story.talking();
    expect(story.tell({ type: 'hangUp', agentId: boris })).toEqual([]);
    story.tell({ type: 'hangUp', agentId: anna });
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end).toMatchObject({ outcome: 'answered', hungUpBy: 'agent' });
  });

  it('ends although the exchange never confirms the hang-up', () => {
    const story = new Story();
    story.talking();
    story.tell({ type: 'hangUp', agentId: anna });
    story.after(5000).tell({ type: 'timer', name: 'ending' });
    expect(story.state.end?.outcome).toBe('answered');
  });

  it('frees an agent who was assigned just when the customer hung up', () => {
    const story = new Story().queued();
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.tell({ type: 'assigned', agentId: anna, sipUser: 'agent-1', keptLegId: null })).toEqual([
      { do: 'tellAgent', agentId: anna, what: { type: 'released', wrapUpMs: null, missed: false } },
    ]);
  });
});

describe('a campaign call', () => {
  it('has the agent in the bridge before the customer answers', () => {
    const story = new Story('campaign').dialling();
    const order = story.done.map((e) => e.do);
    expect(order.indexOf('join')).toBeLessThan(order.indexOf('dialCustomer'));
    story.after(3000).tell({ type: 'legAnswered', legId: customerLeg });
    expect(story.state.phase.name).toBe('talking');
  });

  it.each([
    [{ cause: 17, sipCode: 486 }, 'busy'],
    [{ cause: 19, sipCode: 480 }, 'noAnswer'],
    [{ cause: 20, sipCode: 480 }, 'unreachable'],
    [{ cause: 1, sipCode: 404 }, 'invalid'],
    [{ cause: 21, sipCode: 603 }, 'rejected'],
    [{ cause: 34, sipCode: 503 }, 'congestion'],
    [{ cause: 21, sipCode: 403 }, 'trunkFault'],
    [{ cause: 0, sipCode: 0 }, 'failed'],
  ])('that ends with %j is %s and keeps the agent free of wrap-up', (codes, outcome) => {
    const story = new Story('campaign').dialling();
    story.tell({ type: 'legRinging', legId: customerLeg });
    story.tell({ type: 'legEnded', legId: customerLeg, ...codes });
    expect(story.state.end).toMatchObject({ outcome, codes });
    expect(story.done).toContainEqual({ do: 'part', legId: kept });
    expect(story.done).toContainEqual({
      do: 'tellAgent',
      agentId: anna,
      what: { type: 'released', wrapUpMs: null, missed: false },
    });
  });

  it('that never rang is unreachable, where the same answer after a ring is no answer', () => {
    const story = new Story('campaign').dialling();
    story.tell({ type: 'legEnded', legId: customerLeg, cause: 19, sipCode: 480 });
    expect(story.state.end?.outcome).toBe('unreachable');
  });

  it('hangs up on a machine that talks on, and says so', () => {
    const story = new Story('campaign').dialling();
    story.tell({ type: 'legAnswered', legId: customerLeg });
    story.tell({ type: 'speechStarted', legId: customerLeg });
    story.after(3000).tell({ type: 'timer', name: 'listen' });
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end?.outcome).toBe('answeringMachine');
    expect(story.state.listening).toMatchObject({ verdict: 'machine' });
  });

  it('leaves a person who says a short word alone', () => {
    const story = new Story('campaign').dialling();
    story.tell({ type: 'legAnswered', legId: customerLeg });
    story.tell({ type: 'speechStarted', legId: customerLeg });
    story.after(600).tell({ type: 'speechEnded', legId: customerLeg, speechMs: 500 });
    story.after(700).tell({ type: 'timer', name: 'listen' });
    story.after(5000).tell({ type: 'speechStarted', legId: customerLeg });
    expect(story.state).toMatchObject({ phase: { name: 'talking' }, listening: { verdict: 'human' } });
  });

  it('apologises to a person whose agent is not there within two seconds and counts him as dropped', () => {
    const story = new Story('campaign').dialling();
    story.tell({ type: 'legEnded', legId: kept, ...gone });
    story.tell({ type: 'legAnswered', legId: customerLeg });
    expect(story.state.phase.name).toBe('recovering');
    story.after(abandonAfterMs).tell({ type: 'timer', name: 'recover' });
    expect(story.done.at(-1)).toMatchObject({ do: 'play', prompts: ['all-busy'] });
    story.tell({ type: 'playbackEnded', playbackId: `sorry-${callId}`, failed: false });
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end?.outcome).toBe('dropped');
  });

  it('plays its announcement and hangs up', () => {
    const story = new Story('campaign').dialling(
      { ...campaign, mode: 'announcement', announcement: 'announcement-service' },
      null,
    );
    story.tell({ type: 'legAnswered', legId: customerLeg });
    expect(story.saw('play')).toBe(true);
    story.tell({ type: 'playbackEnded', playbackId: `announcement-${callId}`, failed: false });
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end).toMatchObject({ outcome: 'answered', hungUpBy: 'system' });
  });

  it('that the exchange refuses to dial is not placed', () => {
    const story = new Story('campaign').dialling();
    story.tell({ type: 'orderFailed', order: 'dialCustomer', legId: customerLeg, kind: 'refused' });
    expect(story.state.end?.outcome).toBe('notPlaced');
  });
});
