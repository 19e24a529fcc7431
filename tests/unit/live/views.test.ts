import { expect, it } from 'vitest';
import { newAgent } from '../../../server/agents/agent.ts';
import type { AgentId, CallId, EpochMs, LegId } from '../../../server/basics/ids.ts';
import { newCall } from '../../../server/calls/call.ts';
import type { CallState, WatchMode } from '../../../server/calls/call-state.ts';
import {
  agentView,
  callView,
  type SupervisionShown,
  waitingView,
  wrapUpView,
} from '../../../server/live/views.ts';

const now: EpochMs = Date.parse('2026-11-10T10:00:00Z');
const anna = 1 as AgentId;
const darya = 5 as AgentId;
const queue = { queueId: 1, name: 'Первая', ringMs: 1, wrapUpMs: 1, record: true };
const callWith = (change: Partial<CallState>): CallState => ({
  ...newCall('n1-1.1' as CallId, 'hotline', now),
  agentId: anna,
  phase: { name: 'talking', since: now, agentId: anna, legId: 'a' as LegId, held: false },
  ...change,
});
const watched = (mode: WatchMode, up = true) =>
  callWith({ watchers: { x: { supervisorId: darya, name: 'Дарья', sipUser: 's', mode, up, since: now } } });
const seenBy = (call: CallState, userId: number, supervision: SupervisionShown) =>
  callView(call, { userId, supervision }).watchers.map((w) => w.mode);

it('an agent sees the supervisors on his call as the house has decided; the board and they themselves always', () => {
  const modes = ['listen', 'whisper', 'barge'] as const;
  const shown = (supervision: SupervisionShown, userId: number) =>
    modes.flatMap((mode) => seenBy(watched(mode), userId, supervision));
  expect(shown('always', anna)).toEqual(['listen', 'whisper', 'barge']);
  expect(shown('barge', anna)).toEqual(['barge']);
  expect(shown('never', anna)).toEqual([]);
  expect(shown('never', darya)).toEqual(['listen', 'whisper', 'barge']);
  expect(callView(watched('listen'), 'board').watchers).toHaveLength(1);
});

it('a supervisor whose phone is not up yet is seen by himself alone', () => {
  const coming = watched('barge', false);
  expect(seenBy(coming, darya, 'never')).toEqual(['barge']);
  expect(seenBy(coming, anna, 'always')).toEqual([]);
  expect(callView(coming, 'board').watchers).toEqual([]);
});

it('a recording is on, silent since a moment, or off', () => {
  const recording = { heard: '', spoken: '', startedAt: now, stoppedAt: null, pauses: [] };
  const view = (change: Partial<NonNullable<CallState['recording']>>) => {
    const { recording: is, recordingPausedAt } = callView(
      callWith({ recording: { ...recording, ...change } }),
      'board',
    );
    return [is, recordingPausedAt];
  };
  expect(view({})).toEqual(['on', null]);
  expect(view({ pauses: [{ from: now, to: null, agentId: anna }] })).toEqual([
    'paused',
    '2026-11-10T10:00:00.000Z',
  ]);
  expect(view({ pauses: [{ from: now, to: now + 1, agentId: anna }] })).toEqual(['on', null]);
  expect(view({ stoppedAt: now })).toEqual(['off', null]);
});

it('whoever is asked has a name: a colleague, a queue, a number', () => {
  const base = {
    agentId: null,
    sipUser: null,
    keptLegId: null,
    legId: null,
    since: now,
    step: 'popping',
  } as const;
  const named = (target: NonNullable<CallState['consult']>['target']) => {
    const { consult } = callView(callWith({ consult: { ...base, target } }), 'board');
    return [consult?.to, consult?.name, consult?.step];
  };
  expect(named({ kind: 'queue', queue })).toEqual(['queue', 'Первая', 'ringing']);
  expect(named({ kind: 'busyAgent', agentId: anna, name: 'Анна' })).toEqual(['agent', 'Анна', 'ringing']);
  expect(named({ kind: 'outside', phone: '+79160000001' as never, callerId: null })).toEqual([
    'outside',
    '+79160000001',
    'ringing',
  ]);
});

it('a call waits for one agent only while it is queued for him', () => {
  const wanted = { agentId: anna, until: now + 60_000 };
  const queued = callWith({ wanted, phase: { name: 'queued', since: now } });
  expect(waitingView(queued)).toMatchObject({ agentId: anna, view: { until: '2026-11-10T10:01:00.000Z' } });
  expect(waitingView(callWith({ wanted }))).toBeNull();
  expect(waitingView({ ...queued, wanted: null })).toBeNull();
});

it('a wrap-up says whether there is more time to be had', () => {
  const agent = (extended: number) => ({
    ...newAgent(anna, 'Анна', now),
    activity: { name: 'wrapUp' as const, since: now, callId: 'n1-1.1' as CallId, endsAt: now, extended },
  });
  expect(wrapUpView(agent(0), undefined, true)).toMatchObject({ extendable: true, resultSaved: true });
  expect(wrapUpView(agent(3), undefined, false)).toMatchObject({ extendable: false, resultSaved: false });
  expect(wrapUpView(newAgent(anna, 'Анна', now), undefined, false)).toBeNull();
});

it('an agent shows who put him into his state', () => {
  expect(agentView(newAgent(anna, 'Анна', now), 'Дарья').setBy).toBe('Дарья');
});
