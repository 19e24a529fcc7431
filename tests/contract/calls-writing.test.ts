import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AgentId, CallId, E164, LegId } from '../../server/basics/ids.ts';
import { newCall } from '../../server/calls/call.ts';
import type { CallState, LegFacts, TransferFacts } from '../../server/calls/call-state.ts';
import { handOverContactId } from '../../server/calls/contacts.ts';
import { HistoryWriter } from '../../server/calls/history.ts';
import { readCall } from '../../server/calls/history-read.ts';
import { callDetailSchema } from '../../server/calls/schema.ts';
import { contactOf } from '../../server/campaigns/retry.ts';
import { makeContactSink } from '../../server/contact-rules/sink.ts';
import { silentLog } from '../setup/api.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const { db } = await openTestDatabase();
const begun = Date.parse('2026-11-10T10:00:00Z');
const given: { agentId: number; dispositionId: number }[] = [];
const writer = () =>
  new HistoryWriter({
    db,
    node: 'n1',
    log: silentLog,
    campaigns: {
      attemptsEnded: async () => {},
      resultGiven: async (_tx, { agentId, dispositionId }) => void given.push({ agentId, dispositionId }),
    },
    contacts: makeContactSink(contactOf),
  });
const history = writer();
afterAll(() => history.close());

const [anna, boris, darya] = [1, 2, 3] as AgentId[] as [AgentId, AgentId, AgentId];
const manualId = '0f000000-0000-4000-8000-000000000001' as CallId;

beforeAll(async () => {
  await db.query(
    `INSERT INTO users (login, name, role, password_hash)
     VALUES ('anna', 'Анна', 'agent', ''), ('boris', 'Борис', 'agent', ''), ('darya', 'Дарья', 'supervisor', '')`,
  );
  await db.query(`INSERT INTO queues (name, hotline_number) VALUES ('Первая', '1')`);
  await db.query(`INSERT INTO dispositions (key, name_ru, name_en) VALUES ('a', 'А', 'A'), ('b', 'Б', 'B')`);
});

function leg(role: LegFacts['role'], agentId: AgentId | null, answered: boolean, at = 0): LegFacts {
  const startedAt = begun + at;
  const ended = { at: begun + 60_000, cause: 16, sipCode: 200 };
  return {
    role,
    agentId,
    kept: false,
    startedAt,
    rang: true,
    answeredAt: answered ? startedAt : null,
    ended,
  };
}

const transfer = (change: Partial<TransferFacts>): TransferFacts => ({
  kind: 'attended',
  at: begun + 10_000,
  fromAgentId: anna,
  to: 'outside',
  toAgentId: null,
  toQueueId: null,
  toPhone: null,
  ended: { at: begun + 20_000, how: 'cancelled' },
  conference: false,
  ...change,
});

/** Anna talked, asked two numbers, handed over to Boris; Darya listened. */
function handedOver(id: string): CallState {
  return {
    ...newCall(id as CallId, 'hotline', begun),
    queue: { queueId: 1, name: '', ringMs: 1, wrapUpMs: 1, record: false },
    queuedAt: begun,
    connectedAt: begun,
    agentId: boris,
    legs: {
      [id]: leg('customer', null, true),
      [`ag-1-${id}-1`]: leg('agent', anna, true, 1000),
      [`out-${id}-2`]: leg('outside', null, false, 10_000),
      [`out-${id}-10`]: leg('outside', null, true, 10_000),
      [`ag-2-${id}-11`]: leg('agent', boris, true, 20_000),
      [`ag-3-${id}-12`]: leg('supervisor', darya, true, 20_000),
    } as CallState['legs'],
    transfers: [
      transfer({ toPhone: '+79160000001' as E164, ended: { at: begun + 15_000, how: 'refused' } }),
      transfer({ toPhone: '+79160000002' as E164, conference: true }),
      transfer({
        kind: 'blind',
        to: 'agent',
        toAgentId: boris,
        ended: { at: begun + 21_000, how: 'completed' },
      }),
    ],
    end: {
      at: begun + 60_000,
      outcome: 'answered',
      codes: { cause: 16, sipCode: 200 },
      hungUpBy: 'customer',
    },
  };
}

const result = (callId: string, agentId: AgentId, dispositionId: number, note = '') => ({
  kind: 'result' as const,
  result: { callId: callId as CallId, agentId, dispositionId, note, callbackAt: null },
});
const reserved = (id: string, phone: string) =>
  db.query(
    `INSERT INTO contacts (id, at, channel, purpose, phone) VALUES ($1, now(), 'call', 'service', $2)`,
    [id, phone],
  );
const contact = async (id: string) =>
  (await db.query('SELECT reached, released FROM contacts WHERE id = $1', [id])).rows[0];

it('a call that went through many hands is told whole', async () => {
  const call = handedOver('n1-1.1');
  await reserved(handOverContactId(call.callId, 0), '+79160000001');
  await reserved(handOverContactId(call.callId, 1), '+79160000002');
  history.changed({ ...call, end: null });
  // Anna is out of it and says how it went while Boris still talks.
  history.push(result('n1-1.1', anna, 1, 'hers'));
  await history.flush();
  history.push({ kind: 'ended', state: call });
  const act = {
    userId: darya,
    at: begun,
    act: 'listen',
    callId: call.callId,
    agentId: anna,
    detail: { a: 1 },
  };
  history.push({ kind: 'act', act });
  await history.flush();
  expect((await readCall(db, 'n1-1.1', { acts: false }))?.acts).toBeNull();
  const told = callDetailSchema.parse(await readCall(db, 'n1-1.1', { acts: true }));
  expect(told.legs.map((l) => [l.role, l.agentName, l.phone])).toEqual([
    ['customer', null, null],
    ['agent', 'Анна', null],
    ['outside', null, '+79160000002'],
    ['outside', null, '+79160000001'],
    ['agent', 'Борис', null],
    ['supervisor', 'Дарья', null],
  ]);
  expect(told.transfers.map((t) => [t.to, t.toPhone ?? t.toAgentName, t.howEnded, t.conference])).toEqual([
    ['outside', '+79160000001', 'refused', false],
    ['outside', '+79160000002', 'cancelled', true],
    ['agent', 'Борис', 'completed', false],
  ]);
  expect(told.acts).toMatchObject([{ userName: 'Дарья', act: 'listen', agentId: anna, detail: { a: 1 } }]);
  expect([told.dispositionId, told.note]).toEqual([1, 'hers']);
  expect(await contact(handOverContactId(call.callId, 0))).toEqual({ reached: false, released: false });
  expect(await contact(handOverContactId(call.callId, 1))).toEqual({ reached: true, released: false });
});

it("of several agents' results the last agent's counts, whenever it was given", async () => {
  given.length = 0;
  history.push(result('n1-1.1', boris, 2, 'his'));
  history.push(result('n1-1.1', anna, 1, 'hers, corrected'));
  history.push(result('n1-1.1', darya, 1, 'she only listened'));
  await history.flush();
  const told = await readCall(db, 'n1-1.1', { acts: false });
  expect([told?.dispositionId, told?.note]).toEqual([2, 'his']);
  expect(told?.results.map((r) => [r.agentName, r.note])).toEqual([
    ['Борис', 'his'],
    ['Анна', 'hers, corrected'],
  ]);
  expect(given).toEqual([{ agentId: boris, dispositionId: 2 }]);
});

it('what came of a call by hand is told to the contact rules', async () => {
  const facts = { ringMs: 1, wrapUpMs: 1, record: false, callerId: null, purpose: 'debt' };
  for (const [n, outcome] of ['answered', 'busy', 'notPlaced'].entries()) {
    const callId = manualId.replace(/1$/, String(n + 1)) as CallId;
    await reserved(callId, '+79160000009');
    history.push({
      kind: 'ended',
      state: {
        ...newCall(callId, 'manual', begun),
        manual: facts,
        agentId: anna,
        legs: { [callId as string as LegId]: leg('customer', null, n === 0) },
        end: { at: begun, outcome: outcome as 'busy', codes: { cause: 0, sipCode: 0 }, hungUpBy: 'system' },
      },
    });
  }
  await history.flush();
  expect(await contact(manualId)).toEqual({ reached: true, released: false });
  expect(await contact(manualId.replace(/1$/, '2'))).toEqual({ reached: false, released: false });
  expect(await contact(manualId.replace(/1$/, '3'))).toEqual({ reached: null, released: true });
});

it('acts cannot be changed or taken back', async () => {
  await db.query(`UPDATE user_acts SET act = 'nothing'`);
  await db.query('DELETE FROM user_acts');
  expect((await db.query('SELECT act FROM user_acts')).rows).toEqual([{ act: 'listen' }]);
});
