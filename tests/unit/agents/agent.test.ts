import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AgentEffect,
  type AgentEvent,
  type AgentState,
  callOf,
  callsOf,
  decideAgent,
  isFree,
  maxWrapUpExtensions,
  newAgent,
  wrapUpExtensionMs,
} from '../../../server/agents/agent.ts';
import type { AgentId, CallId, LegId } from '../../../server/basics/ids.ts';

const callA = 'n1-1.1' as CallId;
const callB = 'n1-1.2' as CallId;

function world(...events: AgentEvent[]) {
  let now = 1000;
  let state: AgentState = newAgent(1 as AgentId, 'Анна', now);
  let effects: AgentEffect[] = [];
  const tell = (event: AgentEvent, afterMs = 0) => {
    now += afterMs;
    const decided = decideAgent(state, event, now);
    state = decided.state;
    effects = [...decided.effects];
    return effects;
  };
  for (const event of events) tell(event);
  return {
    tell,
    get state() {
      return state;
    },
    get leg(): LegId {
      return state.keptLeg.status === 'none' ? ('' as LegId) : state.keptLeg.legId;
    },
  };
}

const atHisDesk: AgentEvent[] = [{ type: 'pageOpened' }, { type: 'phoneOnline' }, { type: 'ready' }];

describe('an agent', () => {
  it('is free only with a page, a phone and the will', () => {
    expect(isFree(world({ type: 'ready' }, { type: 'pageOpened' }).state)).toBe(false);
    expect(isFree(world({ type: 'ready' }, { type: 'phoneOnline' }).state)).toBe(false);
    expect(isFree(world(...atHisDesk).state)).toBe(true);
    expect(isFree(world(...atHisDesk, { type: 'pause', reason: 'lunch' }).state)).toBe(false);
  });

  it('asks the router to look as soon as he becomes free', () => {
    const anna = world({ type: 'pageOpened' }, { type: 'ready' });
    expect(anna.tell({ type: 'phoneOnline' })).toContainEqual({ do: 'route' });
  });

  it('gets neither a call nor a kept-up leg while the fallback queue has his phone, and both as soon as it lets him go', () => {
    const anna = world(...atHisDesk, { type: 'phoneTaken' });
    expect(isFree(anna.state)).toBe(false);
    expect(anna.tell({ type: 'campaigns', campaignIds: [1] })).toEqual([]);
    expect(anna.tell({ type: 'timer' }, 60_000)).toEqual([]);
    const effects = anna.tell({ type: 'phoneGivenBack' });
    expect(effects).toContainEqual({ do: 'ringKeptLeg', legId: anna.leg });
    expect(effects).toContainEqual({ do: 'route' });
  });

  it('goes from ring to talk to wrap-up to ready', () => {
    const anna = world(...atHisDesk, { type: 'reserved', callId: callA });
    expect(anna.state.activity.name).toBe('ringing');
    anna.tell({ type: 'connected', callId: callA });
    anna.tell({ type: 'released', callId: callA, wrapUpMs: 60_000, missed: false });
    expect(anna.state.activity.name).toBe('wrapUp');
    anna.tell({ type: 'timer' }, 59_000);
    expect(anna.state.activity.name).toBe('wrapUp');
    anna.tell({ type: 'timer' }, 1000);
    expect(anna.state.activity.name).toBe('ready');
  });

  it('takes the break that he asked for during the call after its wrap-up', () => {
    const anna = world(
      ...atHisDesk,
      { type: 'reserved', callId: callA },
      { type: 'connected', callId: callA },
    );
    anna.tell({ type: 'pause', reason: 'lunch' });
    expect(anna.state.activity.name).toBe('talking');
    anna.tell({ type: 'released', callId: callA, wrapUpMs: 1000, missed: false });
    anna.tell({ type: 'finishWrapUp', callId: callA });
    expect(anna.state.activity).toMatchObject({ name: 'paused', reason: 'lunch' });
  });

  it('is paused after a call that he did not pick up', () => {
    const anna = world(...atHisDesk, { type: 'reserved', callId: callA });
    anna.tell({ type: 'released', callId: callA, wrapUpMs: null, missed: true });
    expect(anna.state.activity).toMatchObject({ name: 'paused', reason: 'technical' });
  });

  it('is not moved by news of another call', () => {
    const anna = world(
      ...atHisDesk,
      { type: 'reserved', callId: callA },
      { type: 'connected', callId: callA },
    );
    anna.tell({ type: 'released', callId: callB, wrapUpMs: null, missed: false });
    expect(anna.state.activity).toMatchObject({ name: 'talking', callId: callA });
  });

  it('keeps a leg up while a campaign counts on him, and lets it go afterwards', () => {
    const anna = world(...atHisDesk);
    expect(anna.tell({ type: 'campaigns', campaignIds: [1] })[0]?.do).toBe('ringKeptLeg');
    anna.tell({ type: 'legUp', legId: anna.leg });
    expect(anna.state.keptLeg.status).toBe('up');
    expect(anna.tell({ type: 'campaigns', campaignIds: [] })[0]?.do).toBe('hangUpLeg');
    expect(anna.state.keptLeg.status).toBe('none');
  });

  it('gets a new leg when his browser no longer has the old one, and his call moves onto it', () => {
    const anna = world(...atHisDesk, { type: 'campaigns', campaignIds: [1] });
    anna.tell({ type: 'legUp', legId: anna.leg });
    const old = anna.leg;
    anna.tell({ type: 'reserved', callId: callA });
    anna.tell({ type: 'connected', callId: callA });
    const effects = anna.tell({ type: 'phoneReport', legIds: [] });
    expect(effects.map((e) => e.do)).toEqual(['hangUpLeg', 'ringKeptLeg']);
    expect(anna.leg).not.toBe(old);
    expect(anna.tell({ type: 'legUp', legId: anna.leg })).toContainEqual({
      do: 'reattach',
      callId: callA,
      keptLegId: anna.leg,
    });
  });

  it('is rung again on demand after a refresh in a hotline call', () => {
    const anna = world(
      ...atHisDesk,
      { type: 'reserved', callId: callA },
      { type: 'connected', callId: callA },
    );
    expect(anna.tell({ type: 'phoneReport', legIds: [`ag-1-${callA}-1`] })).toEqual([]);
    expect(anna.tell({ type: 'phoneReport', legIds: [] })).toContainEqual({
      do: 'reattach',
      callId: callA,
      keptLegId: null,
    });
  });

  it('counts as gone when no page of his is open for long, but not in the middle of a call', () => {
    const anna = world(
      ...atHisDesk,
      { type: 'reserved', callId: callA },
      { type: 'connected', callId: callA },
    );
    anna.tell({ type: 'pageClosed' });
    anna.tell({ type: 'absent' });
    expect(anna.state.activity.name).toBe('talking');
    anna.tell({ type: 'released', callId: callA, wrapUpMs: null, missed: false });
    expect(anna.state.activity.name).toBe('offline');
  });
});

const inTalk: AgentEvent[] = [
  ...atHisDesk,
  { type: 'reserved', callId: callA },
  { type: 'connected', callId: callA },
];

describe('an agent with a second call', () => {
  const second = () => {
    const anna = world(...inTalk);
    anna.tell({ type: 'held', callId: callA });
    anna.tell({ type: 'takeSecond', callId: callB });
    return anna;
  };

  it('has the first one aside while the second rings and is talked', () => {
    const anna = second();
    expect(anna.state).toMatchObject({ aside: callA, activity: { name: 'ringing', callId: callB } });
    anna.tell({ type: 'connected', callId: callB });
    expect(callsOf(anna.state)).toEqual([callB, callA]);
  });

  it('takes no third one, and none that waits for him while his phone rings', () => {
    const anna = second();
    anna.tell({ type: 'takeSecond', callId: 'n1-1.3' as CallId });
    expect(callsOf(anna.state)).toEqual([callB, callA]);
  });

  it('goes from one to the other and back', () => {
    const anna = second();
    anna.tell({ type: 'connected', callId: callB });
    anna.tell({ type: 'swap' });
    expect(anna.state).toMatchObject({ aside: callB, activity: { name: 'talking', callId: callA } });
    anna.tell({ type: 'swap' });
    expect(anna.state).toMatchObject({ aside: callA, activity: { name: 'talking', callId: callB } });
  });

  it('is with the first one again, on hold, when the second ends or is not picked up', () => {
    for (const missed of [false, true]) {
      const anna = second();
      anna.tell({ type: 'released', callId: callB, wrapUpMs: 60_000, missed });
      expect(anna.state).toMatchObject({ aside: null, activity: { name: 'hold', callId: callA } });
    }
  });

  it('goes on with the second one when the customer of the first hangs up', () => {
    const anna = second();
    anna.tell({ type: 'connected', callId: callB });
    anna.tell({ type: 'released', callId: callA, wrapUpMs: 60_000, missed: false });
    expect(anna.state).toMatchObject({ aside: null, activity: { name: 'talking', callId: callB } });
  });

  it('gets both back after a refresh', () => {
    const anna = second();
    anna.tell({ type: 'connected', callId: callB });
    expect(anna.tell({ type: 'phoneReport', legIds: [`ag-1-${callB}-1`] })).toEqual([
      { do: 'reattach', callId: callA, keptLegId: null },
    ]);
  });
});

describe('an agent by his own act', () => {
  it('dials from a pause and is back in it afterwards', () => {
    const anna = world(...atHisDesk, { type: 'pause', reason: 'paperwork' });
    anna.tell({ type: 'reserved', callId: callA });
    expect(anna.state.activity.name).toBe('paused');
    anna.tell({ type: 'reserved', callId: callA, own: true });
    expect(anna.state.activity.name).toBe('ringing');
    anna.tell({ type: 'released', callId: callA, wrapUpMs: null, missed: false });
    expect(anna.state.activity).toMatchObject({ name: 'paused', reason: 'paperwork' });
  });

  it('listens in while he is signed off, and is signed off afterwards', () => {
    const chief = world({ type: 'pageOpened' }, { type: 'phoneOnline' });
    chief.tell({ type: 'reserved', callId: callA, own: true });
    chief.tell({ type: 'connected', callId: callA });
    chief.tell({ type: 'released', callId: callA, wrapUpMs: null, missed: false });
    expect(chief.state.activity.name).toBe('offline');
  });

  it('asks for more time for the result three times', () => {
    const anna = world(...inTalk);
    anna.tell({ type: 'released', callId: callA, wrapUpMs: 1000, missed: false });
    const { endsAt } = anna.state.activity as { endsAt: number };
    for (let i = 0; i < maxWrapUpExtensions + 2; i++) anna.tell({ type: 'extendWrapUp', callId: callA });
    expect(anna.state.activity).toMatchObject({ endsAt: endsAt + maxWrapUpExtensions * wrapUpExtensionMs });
    anna.tell({ type: 'timer' }, 1000);
    expect(anna.state.activity.name).toBe('wrapUp');
  });
});

it('a supervisor is no member of the fallback queue', () => {
  const state = newAgent(9 as AgentId, 'Ольга', 0, 'supervisor');
  const ready = decideAgent(state, { type: 'ready' }, 1);
  expect(ready.effects).not.toContainEqual(expect.objectContaining({ do: 'fallbackMember' }));
});

it('a kept-up leg that rang in a page that is gone is not waited for: his call is rung on demand', () => {
  const anna = world(...inTalk, { type: 'campaigns', campaignIds: [1] });
  expect(anna.state.keptLeg.status).toBe('ringing');
  expect(anna.tell({ type: 'phoneReport', legIds: [anna.leg] })).toEqual([]);
  expect(anna.tell({ type: 'phoneReport', legIds: [] })).toContainEqual({
    do: 'reattach',
    callId: callA,
    keptLegId: null,
  });
});

describe('whatever happens to an agent', () => {
  const call = fc.constantFrom(callA, callB);
  const leg = fc.constantFrom('ag-1-keep-1000-1' as LegId, 'ag-1-keep-1000-2' as LegId, 'x' as LegId);
  const event: fc.Arbitrary<AgentEvent> = fc.oneof(
    fc.record({
      type: fc.constantFrom(
        'pageOpened' as const,
        'pageClosed' as const,
        'absent' as const,
        'phoneOnline' as const,
        'phoneOffline' as const,
        'phoneTaken' as const,
        'phoneGivenBack' as const,
        'ready' as const,
        'signOff' as const,
        'timer' as const,
        'exchangeDown' as const,
        'swap' as const,
      ),
    }),
    fc.record({ type: fc.constant('pause' as const), reason: fc.constant('lunch' as const) }),
    fc.record({
      type: fc.constantFrom(
        'reserved' as const,
        'connected' as const,
        'held' as const,
        'resumed' as const,
        'finishWrapUp' as const,
        'takeSecond' as const,
        'extendWrapUp' as const,
      ),
      callId: call,
    }),
    fc.record({ type: fc.constant('reserved' as const), callId: call, own: fc.constant(true as const) }),
    fc.record({
      type: fc.constant('released' as const),
      callId: call,
      wrapUpMs: fc.constantFrom(null, 1000),
      missed: fc.boolean(),
    }),
    fc.record({ type: fc.constantFrom('legUp' as const, 'legGone' as const), legId: leg }),
    fc.record({ type: fc.constant('phoneReport' as const), legIds: fc.array(leg, { maxLength: 2 }) }),
    fc.record({ type: fc.constant('campaigns' as const), campaignIds: fc.constantFrom([], [1]) }),
  );

  it('the release of his calls always frees him, and he is never free with a call', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const anna = world();
        for (const e of events) {
          anna.tell(e, 10);
          const calls = callsOf(anna.state);
          if (isFree(anna.state)) expect(calls).toEqual([]);
          expect(new Set(calls).size).toBe(calls.length);
          if (anna.state.aside !== null) expect(callOf(anna.state)).not.toBeNull();
        }
        for (const callId of callsOf(anna.state))
          anna.tell({ type: 'released', callId, wrapUpMs: null, missed: false });
        expect(callsOf(anna.state)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('he never has two kept-up legs', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const anna = world();
        const rung = new Set<string>();
        for (const e of events) {
          if (e.type === 'legGone') rung.delete(e.legId);
          if (e.type === 'exchangeDown') rung.clear();
          const was = anna.state.keptLeg;
          const effects = anna.tell(e, 10);
          // A leg that was never picked up is given up by the exchange itself after its ring time.
          if (was.status === 'ringing' && anna.state.keptLeg.status === 'ringing' && was.legId !== anna.leg)
            rung.delete(was.legId);
          for (const effect of effects) {
            if (effect.do === 'hangUpLeg') rung.delete(effect.legId);
            if (effect.do === 'ringKeptLeg') rung.add(effect.legId);
          }
          expect(rung.size).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
