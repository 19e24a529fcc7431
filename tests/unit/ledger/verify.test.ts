import { expect, it } from 'vitest';
import type { ProjectedCall, ProjectedLeg } from '../../../server/ledger/projection.ts';
import { rebuild } from '../../../server/ledger/rebuild.ts';
import { type HistoryCall, verify } from '../../../server/ledger/verify.ts';

const leg = (o: Partial<ProjectedLeg>): ProjectedLeg => ({
  legId: 'ag-1-a-1',
  role: 'agent',
  agentId: 1,
  kept: false,
  startedAt: 1500,
  answeredAt: 1800,
  endedAt: 9000,
  cause: 16,
  together: [{ from: 2000, to: 9000 }],
  ...o,
});
const customer = leg({ legId: 'a', role: 'customer', agentId: null, together: [] });
const told: ProjectedCall = {
  callId: 'a',
  direction: 'in',
  caller: '+79161234567',
  called: '78005553535',
  offeredAt: 1000,
  answeredAt: 1100,
  fallbackAt: null,
  connectedAt: 2000,
  end: { at: 9000, how: 'hangup', cause: 16, by: 'customer' },
  waitMs: 1000,
  talkMs: 7000,
  aloneMs: 0,
  legs: [customer, leg({})],
};
const fields: HistoryCall['fields'] = {
  queued_at: 1050,
  answered_at: 2100,
  connected_at: 2100,
  ended_at: 9100,
  wait_ms: 1050,
  talk_ms: 7000,
  agent_id: 1,
  outcome: 'answered',
  cause: 16,
  hung_up_by: 'customer',
  fallback: false,
};
const row: HistoryCall = {
  callId: 'a',
  direction: 'hotline',
  phone: '+79161234567',
  offeredAt: 1100,
  fields,
  fallback: false,
  rows: 1,
  legs: [
    { legId: 'a', role: 'customer', agentId: null, answered: true },
    { legId: 'ag-1-a-1', role: 'agent', agentId: 1, answered: true },
  ],
  transfers: [],
};
const what = (ledger: ProjectedCall[], history: HistoryCall[]) => verify(ledger, history).map((d) => d.what);
const withFields = (more: Partial<HistoryCall['fields']>) => ({ ...row, fields: { ...fields, ...more } });

it('a call told alike by both is no difference', () => {
  expect(verify([told], [row])).toEqual([]);
  expect(rebuild(told, row, false)).toBeNull();
});

it('finds what is lost, doubled, invented, late, longer and answered by one side only', () => {
  expect(what([told], [])).toEqual(['lost']);
  expect(what([told], [{ ...row, rows: 2 }])).toEqual(['doubled']);
  expect(what([], [row])).toEqual(['notInLedger']);
  expect(what([told], [withFields({ ended_at: 10_500 })])).toEqual(['end']);
  expect(what([told], [{ ...row, offeredAt: 2500 }])).toEqual(['start']);
  expect(what([told], [withFields({ talk_ms: 5000 })])).toEqual(['talk']);
  expect(what([{ ...told, answeredAt: null }], [row])).toEqual(['answer']);
  expect(what([told], [{ ...withFields({ outcome: 'busy' }), direction: 'campaign' }])).toEqual(['answer']);
});

it('finds who was with the customer and is not in history, and who is in history only', () => {
  const second = leg({ legId: 'ag-2-a-2', agentId: 2, together: [{ from: 5000, to: 8000 }] });
  expect(what([{ ...told, legs: [...told.legs, second] }], [row])).toEqual(['leg']);
  const ghost = { legId: 'ag-3-a-3', role: 'agent', agentId: 3, answered: true } as const;
  expect(what([told], [{ ...row, legs: [...row.legs, ghost] }])).toEqual(['leg']);
  expect(what([told], [withFields({ agent_id: 3 })])).toEqual(['agent']);
});

it('a transfer that history calls completed must have brought the two together', () => {
  const transfer = { toKind: 'agent', toAgentId: 2, endedAt: 5000, how: 'completed' } as const;
  const given = { ...row, transfers: [transfer] };
  expect(what([told], [given])).toEqual(['transfer']);
  const second = leg({ legId: 'ag-2-a-2', agentId: 2, together: [{ from: 5000, to: 9000 }] });
  const both = {
    ...given,
    legs: [...row.legs, { legId: 'ag-2-a-2', role: 'agent', agentId: 2, answered: true } as const],
  };
  expect(what([{ ...told, legs: [...told.legs, second] }], [both])).toEqual([]);
  expect(what([told], [{ ...row, transfers: [{ ...transfer, how: 'refused' }] }])).toEqual([]);
});

it('a call that goes on, one that never reached the exchange, and the end of a dead exchange are no differences', () => {
  expect(verify([{ ...told, end: null }], [])).toEqual([]);
  expect(verify([], [{ ...withFields({ outcome: 'notPlaced' }), direction: 'campaign' }])).toEqual([]);
  const died = { ...told, end: { at: 5000, how: 'exchangeDied', cause: 0, by: 'system' } as const };
  expect(verify([died], [row])).toEqual([]);
});

it("an agent's own call rings his phone first: it begins earlier in history, or ends there before it reached the exchange", () => {
  const manual = { ...row, direction: 'manual' } as const;
  expect(verify([{ ...told, direction: 'out', offeredAt: 6000 }], [manual])).toEqual([]);
  expect(
    verify([], [{ ...withFields({ outcome: 'noAnswer', answered_at: null }), direction: 'manual' }]),
  ).toEqual([]);
});

it('a talk that a dying server wrote off is given back, with what else hangs on it', () => {
  const lost = withFields({
    outcome: 'abandoned',
    connected_at: null,
    answered_at: null,
    talk_ms: null,
    agent_id: null,
  });
  expect(rebuild(told, lost, false)).toMatchObject({
    do: 'repair',
    fields: { outcome: 'answered', connected_at: 2000, talk_ms: 7100, agent_id: 1 },
    before: { outcome: 'abandoned', talk_ms: null },
  });
});

it('what people and rules decided stays: a machine is not made a conversation', () => {
  const machine = withFields({ outcome: 'answeringMachine', connected_at: null, talk_ms: null });
  expect(rebuild(told, machine, false)).toBeNull();
});

it("a robot's call needs no agent to be answered; another that nobody took was dropped", () => {
  const alone = { ...told, direction: 'out', connectedAt: null, talkMs: null, legs: [customer] } as const;
  expect(rebuild(alone, null, true)).toMatchObject({ fields: { outcome: 'answered', talk_ms: 7900 } });
  expect(rebuild(alone, null, false)).toMatchObject({ fields: { outcome: 'dropped', talk_ms: null } });
  const busy = { ...alone, answeredAt: null, end: { ...told.end!, cause: 17 } };
  expect(rebuild(busy, null, false)).toMatchObject({ fields: { outcome: 'busy' } });
});

it('gives a call that was handed on and lost to the agent who talked last', () => {
  const alone = { ...row, fields: { ...fields, agent_id: null } };
  expect(rebuild(told, alone, false)).toMatchObject({ do: 'repair', fields: { agent_id: 1 } });
});

it('counts a customer who was joined to a dead leg as dropped, not as talked to', () => {
  const heardNobody = {
    ...told,
    direction: 'out' as const,
    connectedAt: null,
    talkMs: null,
    legs: [customer],
  };
  const outbound = { ...row, direction: 'campaign' as const, legs: row.legs.slice(0, 1) };
  expect(rebuild(heardNobody, outbound, false)).toMatchObject({
    do: 'repair',
    fields: { connected_at: null, talk_ms: null, outcome: 'dropped' },
  });
});

it('counts a customer who picked up while no server was there as dropped, not as a failed call', () => {
  const pickedUp = { ...told, direction: 'out' as const, connectedAt: null, talkMs: null, legs: [customer] };
  const failed = {
    ...row,
    direction: 'campaign' as const,
    legs: row.legs.slice(0, 1),
    fields: {
      ...fields,
      answered_at: null,
      connected_at: null,
      talk_ms: null,
      queued_at: null,
      wait_ms: null,
      outcome: 'failed' as const,
    },
  };
  expect(rebuild(pickedUp, failed, false)).toMatchObject({
    do: 'repair',
    fields: { answered_at: 1100, outcome: 'dropped' },
  });
});
