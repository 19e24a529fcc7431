import { expect, test } from 'vitest';
import {
  boardFigures,
  boardLists,
  rowAfter,
  serviceLevel,
} from '../../../agent-ui/src/supervisor/figures.ts';
import type { AgentView, CallView, Entity, QueueView } from '../../../server/live/schema.ts';

const agent = (agentId: number, name: string, state: AgentView['state']): AgentView => ({
  kind: 'agent',
  agentId,
  name,
  role: 'agent',
  state,
  since: '2026-11-22T10:00:00.000Z',
  pauseReason: null,
  callId: null,
  asideCallId: null,
  phoneOnline: true,
  legUp: false,
  campaignIds: [],
});

const queue = (queueId: number, change: Partial<QueueView>): QueueView => ({
  kind: 'queue',
  queueId,
  name: `Q${queueId}`,
  waiting: 0,
  oldestSince: null,
  offered: 0,
  answered: 0,
  answeredInTime: 0,
  abandoned: 0,
  ...change,
});

const call = (callId: string, offeredAt: string): CallView => ({
  kind: 'call',
  callId,
  direction: 'hotline',
  phase: 'queued',
  phone: null,
  customerId: null,
  customerName: null,
  queueId: 1,
  campaignId: null,
  leadId: null,
  agentId: null,
  offeredAt,
  since: offeredAt,
  outcome: null,
  consult: null,
  recording: 'off',
  notes: [],
  watchers: [],
});

const board = (...list: Entity[]) =>
  boardLists(Object.fromEntries(list.map((entity, index) => [String(index), entity])));

test('agents stand in the order of their names whatever their state', () => {
  const lists = board(agent(3, 'Вера', 'ready'), agent(1, 'Борис', 'talking'), agent(2, 'Анна', 'offline'));
  expect(lists.agents.map((one) => one.name)).toEqual(['Анна', 'Борис', 'Вера']);
});

test('a new call is the last row', () => {
  const lists = board(call('b', '2026-11-22T10:05:00.000Z'), call('a', '2026-11-22T10:01:00.000Z'));
  expect(lists.calls.map((one) => one.callId)).toEqual(['a', 'b']);
});

test('figures of several queues are summed and the longest wait is the oldest of all', () => {
  const figures = boardFigures(
    board(
      queue(1, {
        waiting: 2,
        oldestSince: '2026-11-22T10:01:00.000Z',
        answered: 6,
        answeredInTime: 5,
        abandoned: 2,
      }),
      queue(2, {
        waiting: 1,
        oldestSince: '2026-11-22T10:00:30.000Z',
        answered: 2,
        answeredInTime: 1,
        abandoned: 0,
      }),
      agent(1, 'Анна', 'ready'),
      agent(2, 'Борис', 'ready'),
    ),
  );
  expect(figures.waiting).toBe(3);
  expect(figures.oldestSince).toBe('2026-11-22T10:00:30.000Z');
  expect(figures.serviceLevel).toBeCloseTo(6 / 10);
  expect(figures.agentsByState.ready).toBe(2);
  expect(figures.agentsByState.paused).toBe(0);
});

test('before the first call there is no service level rather than 0 or 100 per cent', () => {
  expect(serviceLevel({ answered: 0, answeredInTime: 0, abandoned: 0 })).toBeNull();
  expect(serviceLevel({ answered: 0, answeredInTime: 0, abandoned: 1 })).toBe(0);
});

test('a supervisor stands among the agents only while he is on a call, and is never counted', () => {
  const supervisor = { ...agent(9, 'Дарья', 'talking'), role: 'supervisor' as const };
  const idle = { ...agent(8, 'Елена', 'ready'), role: 'supervisor' as const };
  const lists = board({ ...supervisor, callId: 'a' }, idle, agent(1, 'Анна', 'ready'));
  expect(lists.agents.map((one) => one.name)).toEqual(['Анна', 'Дарья']);
  expect(boardFigures(lists).agentsByState).toMatchObject({ ready: 1, talking: 0 });
});

test('arrow keys go through the calls, begin at the near end and stop at the far one', () => {
  const calls = [{ callId: 'a' }, { callId: 'b' }];
  expect(rowAfter(calls, null, 1)).toBe('a');
  expect(rowAfter(calls, null, -1)).toBe('b');
  expect(rowAfter(calls, 'a', 1)).toBe('b');
  expect(rowAfter(calls, 'b', 1)).toBe('b');
  expect(rowAfter(calls, 'gone', 1)).toBe('a');
  expect(rowAfter([], null, 1)).toBe(null);
});
