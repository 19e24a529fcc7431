import { describe, expect, it } from 'vitest';
import type { WatchMode } from '../../../server/calls/call-state.ts';
import { longestSilenceMs } from '../../../server/calls/call-talk.ts';
import { anna, boris, chief, customerLeg, gone, outside, queue, Story, toBoris } from './call-world.ts';

const who = { supervisorId: chief, name: 'Ольга', sipUser: 'agent-9' };
const released = { type: 'released', wrapUpMs: null, missed: false };
const watch = (mode: WatchMode) => ({ type: 'watch', ...who, mode }) as const;
const takeOver = { type: 'takeOver', ...who } as const;

function watching(mode: WatchMode) {
  const story = new Story();
  const agent = story.talking();
  story.tell(watch(mode));
  return { story, agent, chiefs: story.answered() };
}

describe('a supervisor', () => {
  it('who listens or whispers is never in the bridge', () => {
    const { story, agent, chiefs } = watching('listen');
    expect(story.done).toContainEqual({ do: 'watchLeg', legId: chiefs, targetLegId: agent, mode: 'listen' });
    story.tell(watch('whisper'));
    expect(story.done).toContainEqual({ do: 'watchLeg', legId: chiefs, targetLegId: agent, mode: 'whisper' });
    expect(story.together).toEqual([agent, customerLeg].sort());
    expect(story.toldTo(chief)).toEqual([{ type: 'connected' }]);
  });

  it('joins the talk and steps back to listening', () => {
    const { story, agent, chiefs } = watching('listen');
    const joins = story.tell(watch('barge'));
    expect(joins.map((e) => e.do)).toEqual(['unwatchLeg', 'join']);
    expect(story.together).toEqual([agent, chiefs, customerLeg].sort());
    expect(story.tell(watch('listen')).map((e) => e.do)).toEqual(['part', 'watchLeg']);
  });

  it('follows the call to the agent’s new leg and to his successor', () => {
    const { story, agent, chiefs } = watching('listen');
    story.tell({ type: 'legEnded', legId: agent, ...gone });
    story.tell({ type: 'reattach', agentId: anna, sipUser: 'agent-1', keptLegId: null });
    const back = story.answered();
    expect(story.done).toContainEqual({ do: 'watchLeg', legId: chiefs, targetLegId: back, mode: 'listen' });
    story.tell({ type: 'transfer', agentId: anna, target: toBoris, note: '', fallback: queue });
    story.tell({ type: 'cardShown', agentId: boris });
    const boriss = story.answered();
    expect(story.done).toContainEqual({ do: 'watchLeg', legId: chiefs, targetLegId: boriss, mode: 'listen' });
  });

  it.each([
    ['unwatches', { type: 'unwatch', supervisorId: chief }],
    ['hangs up', { type: 'hangUp', agentId: chief }],
  ] as const)('who %s is out, and the talk goes on', (_how, event) => {
    const { story, agent, chiefs } = watching('barge');
    story.tell(event);
    expect(story.state.watchers).toEqual({});
    expect(story.done).toContainEqual({ do: 'hangUp', legId: chiefs, reason: 'normal' });
    expect(story.together).toEqual([agent, customerLeg].sort());
    expect(story.toldTo(chief).at(-1)).toEqual(released);
  });

  it('never keeps a call alive and is never left behind', () => {
    const { story, chiefs } = watching('barge');
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end).not.toBeNull();
    expect(story.done).toContainEqual({ do: 'hangUp', legId: chiefs, reason: 'normal' });
    expect(story.toldTo(chief).at(-1)).toEqual(released);
  });

  it('whose page is refreshed is rung back', () => {
    const { story, agent, chiefs } = watching('whisper');
    story.tell({ type: 'reattach', agentId: chief, sipUser: 'agent-9', keptLegId: null });
    expect(story.done).toContainEqual({ do: 'hangUp', legId: chiefs, reason: 'normal' });
    const back = story.answered();
    expect(story.done).toContainEqual({ do: 'watchLeg', legId: back, targetLegId: agent, mode: 'whisper' });
  });

  it('who listens takes the call over at once', () => {
    const { story, agent, chiefs } = watching('listen');
    story.tell(takeOver);
    expect(story.state).toMatchObject({ phase: { name: 'talking', agentId: chief }, watchers: {} });
    expect(story.together).toEqual([chiefs, customerLeg].sort());
    expect(story.done).toContainEqual({ do: 'hangUp', legId: agent, reason: 'normal' });
    expect(story.done).toContainEqual({ do: 'pop', agentId: chief });
    expect(story.toldTo(anna).at(-1)).toEqual({ type: 'released', wrapUpMs: 60_000, missed: false });
  });

  it('who takes a call over from afar leaves it to its agent until his own phone is up', () => {
    const story = new Story();
    const agent = story.talking();
    story.tell(takeOver);
    expect(story.together).toEqual([agent, customerLeg].sort());
    const chiefs = story.answered();
    expect(story.together).toEqual([chiefs, customerLeg].sort());
  });

  it('takes a caller out of the queue', () => {
    const story = new Story().queued();
    story.tell(takeOver);
    story.answered();
    expect(story.state).toMatchObject({ phase: { name: 'talking', agentId: chief }, music: false });
  });

  it('brings back a customer who was handed to an outside number', () => {
    const story = new Story();
    story.talking();
    story.tell({ type: 'transfer', agentId: anna, target: outside, note: '', fallback: queue });
    const away = story.answered();
    story.tell(takeOver);
    const chiefs = story.answered();
    expect(story.together).toEqual([chiefs, customerLeg].sort());
    expect(story.done).toContainEqual({ do: 'hangUp', legId: away, reason: 'normal' });
  });

  it.each(['talking', 'dialling', 'queued'] as const)('ends a call that is %s', (at) => {
    const story = new Story(at === 'dialling' ? 'campaign' : 'hotline');
    story[at]();
    story.tell({ type: 'endBySupervisor', supervisorId: chief });
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    const outcome = at === 'talking' ? 'answered' : 'cancelled';
    expect(story.state.end).toMatchObject({ outcome, hungUpBy: 'system' });
  });

  it('ends a call that rings at the second agent, who has nothing to wrap up', () => {
    const story = new Story();
    story.talking();
    story.tell({ type: 'transfer', agentId: anna, target: toBoris, note: '', fallback: queue });
    story.tell({ type: 'cardShown', agentId: boris });
    story.tell({ type: 'endBySupervisor', supervisorId: chief });
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    expect(story.state.end?.outcome).toBe('answered');
    expect(story.toldTo(boris)).toEqual([released]);
  });

  it('is refused by a call that is over', () => {
    const story = new Story().queued();
    story.tell({ type: 'legEnded', legId: customerLeg, ...gone });
    story.tell(watch('listen'));
    expect(story.toldTo(chief)).toEqual([released]);
  });
});

describe('a recording', () => {
  it('is silenced and goes on, and says when', () => {
    const story = new Story();
    story.talking();
    story.tell({ type: 'pauseRecording', agentId: anna });
    expect(story.done).toContainEqual({ do: 'muteRecording', legId: customerLeg, muted: true });
    const from = story.now;
    story.after(7000).tell({ type: 'resumeRecording', agentId: anna });
    expect(story.done).toContainEqual({ do: 'muteRecording', legId: customerLeg, muted: false });
    expect(story.state.recording?.pauses).toEqual([{ from, to: from + 7000, agentId: anna }]);
    expect(story.state.timers).toEqual({});
  });

  it('is silenced by nobody but the call’s agent', () => {
    const story = new Story();
    story.talking();
    expect(story.tell({ type: 'pauseRecording', agentId: boris })).toEqual([]);
  });

  it.each([
    ['after three minutes', (s: Story) => s.after(longestSilenceMs).tell({ type: 'timer', name: 'silence' })],
    [
      'when the agent’s leg is lost',
      (s: Story) => s.tell({ type: 'legEnded', legId: s.lastRung(), ...gone }),
    ],
    [
      'when the call goes to somebody else',
      (s: Story) => s.tell({ type: 'transfer', agentId: anna, target: toBoris, note: '', fallback: queue }),
    ],
    ['at the end', (s: Story) => s.tell({ type: 'legEnded', legId: customerLeg, ...gone })],
  ] as const)('goes on by itself %s', (_when, happens) => {
    const story = new Story();
    story.talking();
    story.tell({ type: 'pauseRecording', agentId: anna });
    happens(story);
    expect(story.state.recording?.pauses.at(-1)?.to).toBe(story.now);
    expect(story.state.timers.silence).toBeUndefined();
  });
});
