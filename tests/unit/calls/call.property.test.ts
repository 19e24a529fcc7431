import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentId, E164, LegId } from '../../../server/basics/ids.ts';
import { decide, newCall } from '../../../server/calls/call.ts';
import type { CallEvent, Effect } from '../../../server/calls/call-events.ts';
import type { CallState } from '../../../server/calls/call-state.ts';
import { callId, campaign, customerLeg, queue } from './call-world.ts';

const legs = [
  customerLeg,
  'ag-1-keep-0-1',
  `ag-1-${callId}-1`,
  `ag-1-${callId}-2`,
  `ag-2-${callId}-3`,
  'stranger',
] as LegId[];
const legId = fc.constantFrom(...legs);
const agentId = fc.constantFrom(1 as AgentId, 2 as AgentId);
const keptLegId = fc.constantFrom(null, 'ag-1-keep-0-1' as LegId);
const codes = { cause: fc.constantFrom(0, 16, 17, 19), sipCode: fc.constantFrom(0, 486, 480) };

const event: fc.Arbitrary<CallEvent> = fc.oneof(
  fc.record({
    type: fc.constant('lookedUp' as const),
    candidates: fc.constant([{ id: 1, name: 'x', account: null }]),
  }),
  fc.record({ type: fc.constantFrom('legRinging' as const, 'legAnswered' as const), legId }),
  fc.record({ type: fc.constant('legEnded' as const), legId, ...codes }),
  fc.record({ type: fc.constant('assigned' as const), agentId, sipUser: fc.constant('agent-1'), keptLegId }),
  fc.record({ type: fc.constant('cardShown' as const), agentId }),
  fc.record({
    type: fc.constant('playbackEnded' as const),
    failed: fc.boolean(),
    playbackId: fc.constantFrom(`notice-${callId}`, `sorry-${callId}`, `announcement-${callId}`),
  }),
  fc.record({ type: fc.constantFrom('hangUp' as const, 'hold' as const, 'resume' as const), agentId }),
  fc.record({ type: fc.constant('reattach' as const), agentId, sipUser: fc.constant('agent-1'), keptLegId }),
  fc.record({
    type: fc.constant('timer' as const),
    name: fc.constantFrom(
      'card' as const,
      'ring' as const,
      'recover' as const,
      'listen' as const,
      'dial' as const,
      'play' as const,
      'ending' as const,
    ),
  }),
  fc.record({ type: fc.constant('speechStarted' as const), legId: fc.constant(customerLeg) }),
  fc.record({
    type: fc.constant('speechEnded' as const),
    legId: fc.constant(customerLeg),
    speechMs: fc.nat(5000),
  }),
  fc.record({
    type: fc.constant('orderFailed' as const),
    order: fc.constantFrom('ringAgent', 'dialCustomer', 'play', 'join'),
    legId,
    kind: fc.constantFrom('gone', 'refused', 'timeout'),
  }),
);

const beginnings: CallEvent[] = [
  { type: 'offered', phone: '+79161234567' as E164, phoneRaw: '', calledNumber: '1', queue },
  {
    type: 'placed',
    phone: '+79161234567' as E164,
    campaign,
    agent: { agentId: 1 as AgentId, legId: 'ag-1-keep-0-1' as LegId },
    customer: null,
  },
  {
    type: 'placed',
    phone: '+79161234567' as E164,
    campaign: { ...campaign, mode: 'announcement', announcement: 'a' },
    agent: null,
    customer: null,
  },
];

/** Plays any events in any order, twice and late ones included, and returns all states and effects. */
function play(first: CallEvent, events: readonly { event: CallEvent; waitMs: number }[]) {
  let now = 1_000_000;
  let state: CallState = newCall(callId, first.type === 'offered' ? 'hotline' : 'campaign', now);
  const effects: Effect[] = [];
  const step = (e: CallEvent) => {
    const decision = decide(state, e, now);
    state = decision.state;
    effects.push(...decision.effects);
  };
  step(first);
  for (const { event: e, waitMs } of events) {
    now += waitMs;
    step(e);
  }
  return { state, effects, now };
}

const anyStory = [
  fc.constantFrom(...beginnings),
  fc.array(fc.record({ event, waitMs: fc.nat(40_000) }), { maxLength: 60 }),
] as const;

it('whatever happens, a call is finished at most once, and for good once the customer is gone', () => {
  fc.assert(
    fc.property(...anyStory, (first, events) => {
      const { state, effects, now } = play(first, events);
      expect(effects.filter((e) => e.do === 'finish').length).toBe(state.end === null ? 0 : 1);
      const after = decide(state, { type: 'legEnded', legId: customerLeg, cause: 16, sipCode: 0 }, now);
      expect(after.state.end).not.toBeNull();
    }),
    { numRuns: 2000 },
  );
});

it('whatever happens, every agent who was taken is given back once by the end', () => {
  fc.assert(
    fc.property(...anyStory, (first, events) => {
      const held = new Set<AgentId>(
        first.type === 'placed' && first.agent !== null ? [first.agent.agentId] : [],
      );
      // The router takes only a free agent.
      const possible = events.filter(({ event: e }) => e.type !== 'assigned' || e.agentId === 2);
      const heard = (effects: readonly Effect[]) => {
        for (const e of effects)
          if (e.do === 'tellAgent' && e.what.type === 'released') expect(held.delete(e.agentId)).toBe(true);
      };
      let now = 1_000_000;
      let state: CallState = newCall(callId, first.type === 'offered' ? 'hotline' : 'campaign', now);
      const step = (e: CallEvent) => {
        // Who is not with the call and believes that he is gets released, too; but here nobody is mistaken.
        if (e.type === 'reattach' && !held.has(e.agentId)) return;
        if (e.type === 'assigned') {
          if (held.has(e.agentId)) return;
          held.add(e.agentId);
        }
        const decision = decide(state, e, now);
        state = decision.state;
        heard(decision.effects);
      };
      step(first);
      for (const { event: e, waitMs } of possible) {
        now += waitMs;
        step(e);
      }
      step({ type: 'legEnded', legId: customerLeg, cause: 16, sipCode: 0 });
      expect([...held]).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

it('whatever happens, a talk has one agent, whose leg is up, and timers run only while somebody waits for them', () => {
  fc.assert(
    fc.property(...anyStory, (first, events) => {
      const { state } = play(first, events);
      if (state.phase.name === 'talking') {
        expect(state.agentId).toBe(state.phase.agentId);
        const leg = state.legs[state.phase.legId];
        expect(leg?.ended).toBeNull();
        expect(leg?.answeredAt).not.toBeNull();
      }
      if (state.phase.name === 'queued') expect(state.agentId).toBeNull();
      if (state.phase.name === 'recovering') expect(state.timers.recover).toBeDefined();
      if (state.phase.name === 'ending') expect(state.timers.ending).toBeDefined();
      if (state.phase.name === 'ended') expect(state.timers).toEqual({});
    }),
    { numRuns: 2000 },
  );
});
