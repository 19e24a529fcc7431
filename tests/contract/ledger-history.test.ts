import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LedgerReader, startLedgerReader } from '../../server/asterisk/ledger-reader.ts';
import { callerToPhone } from '../../server/basics/phone.ts';
import type { CampaignSink } from '../../server/calls/history.ts';
import { finishAttempts } from '../../server/campaigns/finish.ts';
import { compareHistory } from '../../server/ledger/compare.ts';
import { rebuildCalls, settleHistory } from '../../server/ledger/jobs.ts';
import { openTestDatabase } from '../setup/postgres.ts';

/** History is completed from what the exchange wrote on its disk. */

const log = pino({ level: 'silent' });
const { db } = await openTestDatabase();
let dir: string;
let reader: LedgerReader;
/** A minute ago: the switchboard has had its time. */
let t0: number;
let living: Set<string>;
const since = new Date(0);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dozvon-settle-'));
  await db.query(`TRUNCATE ledger, ledger_offsets, ledger_settled, calls, call_events, live_calls, queues, users, campaigns,
    customers, attempts, contacts RESTART IDENTITY CASCADE`);
  await db.query(`INSERT INTO queues (name, hotline_number) VALUES ('Hotline', '78005553535')`);
  await db.query(
    `INSERT INTO users (login, name, role, password_hash) SELECT 'agent' || n, 'Agent ' || n, 'agent', '-' FROM generate_series(1, 3) n`,
  );
  await db.query(`INSERT INTO customers (kind, name) VALUES ('person', 'Somebody')`);
  await db.query(`INSERT INTO customer_phones (customer_id, phone) VALUES (1, '+79161234567')`);
  reader = startLedgerReader({ db, node: 'n1', dir, log });
  t0 = Date.now() - 60_000;
  living = new Set();
});
afterEach(async () => {
  await reader.close();
  await rm(dir, { recursive: true });
});

const attemptsEnded: CampaignSink['attemptsEnded'] = async (tx, ended) => {
  await finishAttempts(
    tx,
    ended.map(({ codes, ...end }) => ({ ...end, ...codes })),
  );
};
const ports = {
  db,
  node: 'n1',
  log,
  now: () => Date.now(),
  isLiving: (id: string) => living.has(id),
  parseCaller: callerToPhone,
  findCustomer: async (phone: string) => (phone === '+79161234567' ? [{ id: 1 }] : []),
  attemptsEnded,
};

const trunk = (n: number) => `PJSIP/trunk-0000000${n}`;
const phone = (n: number) => `PJSIP/agent-${n}-0000000${n}`;

/** Writes lines as the exchange does: seconds since t0, type, channel id, channel, call, and what the type needs. */
async function write(
  ...lines: [
    s: number,
    type: string,
    id: string,
    channel: string,
    call: string,
    more?: Record<string, unknown>,
  ][]
): Promise<void> {
  const text = lines.map(([s, type, id, channel, call, more = {}]) => {
    const { exten = 's', caller = '', ...extra } = more;
    const json = Object.keys(extra).length > 0 ? JSON.stringify(extra) : '';
    const at = ((t0 + s * 1000) / 1000).toFixed(6);
    const columns = [type, at, id, id, call, channel, 'from-trunk', exten, caller, '', '', '', json, ''];
    return `${columns.map((c) => `"${String(c).replaceAll('"', '""')}"`).join(',')}\n`;
  });
  await appendFile(join(dir, 'Master.csv'), text.join(''));
  await reader.catchUp();
}

/** A caller who talks with agent 1 from second 5 to second 20, by the server's bridge or the fallback queue's. */
const talk = (id: string, o: { fallback?: boolean; bridge?: string } = {}) =>
  write(
    [0, 'CHAN_START', id, trunk(1), '', { exten: '78005553535', caller: '+79161234567' }],
    ...(o.fallback ? ([[1, 'FALLBACK', id, trunk(1), id]] as Parameters<typeof write>) : []),
    [1, 'ANSWER', id, trunk(1), id],
    [2, 'CHAN_START', `ag-1-${id}-1`, phone(1), ''],
    [4, 'ANSWER', `ag-1-${id}-1`, phone(1), id],
    [5, 'BRIDGE_ENTER', id, trunk(1), id, { bridge_id: o.bridge ?? `call-${id}` }],
    [5, 'BRIDGE_ENTER', `ag-1-${id}-1`, phone(1), id, { bridge_id: o.bridge ?? `call-${id}` }],
    [20, 'BRIDGE_EXIT', id, trunk(1), id, { bridge_id: o.bridge ?? `call-${id}` }],
    [20, 'HANGUP', id, trunk(1), id, { hangupcause: 16, hangupsource: trunk(1) }],
    [20, 'HANGUP', `ag-1-${id}-1`, phone(1), id, { hangupcause: 16, hangupsource: '' }],
  );

async function historyRow(id: string, fields: Record<string, unknown> = {}): Promise<void> {
  const at = (s: number) => new Date(t0 + s * 1000);
  const row: Record<string, unknown> = {
    id,
    node: 'n1',
    direction: 'hotline',
    phone: '+79161234567',
    queue_id: 1,
    agent_id: 1,
    offered_at: at(0),
    queued_at: at(0.5),
    answered_at: at(5),
    connected_at: at(5),
    ended_at: at(20),
    wait_ms: 4500,
    talk_ms: 15_000,
    outcome: 'answered',
    ...fields,
  };
  const keys = Object.keys(row);
  await db.query(
    `INSERT INTO calls (${keys.join(', ')}) VALUES (${keys.map((_, i) => `$${i + 1}`).join(', ')})`,
    Object.values(row),
  );
  await db.query(
    `INSERT INTO call_legs (id, call_id, role, agent_id, started_at, answered_at) VALUES ($1, $1, 'customer', NULL, $2, $2),
     ('ag-1-' || $1 || '-1', $1, 'agent', 1, $2, $2)`,
    [id, at(0)],
  );
}
const calls = async () => (await db.query('SELECT * FROM calls ORDER BY offered_at, id')).rows;
const differences = async () =>
  (await compareHistory(db, 'n1', since)).differences.map((d) => `${d.what} ${d.callId}`);

const settle = () => settleHistory(ports);

describe('history from the ledger', () => {
  it('a call that nobody wrote is there, once, with its legs, its customer and his timeline', async () => {
    await talk('n1-1795383906.2');
    expect(await differences()).toEqual(['lost n1-1795383906.2']);
    expect([await settle(), await settle()]).toEqual([1, 0]);
    expect(await calls()).toMatchObject([
      {
        id: 'n1-1795383906.2',
        direction: 'hotline',
        customer_id: 1,
        queue_id: 1,
        agent_id: 1,
        outcome: 'answered',
        talk_ms: 15_000,
        wait_ms: 5000,
        hung_up_by: 'customer',
        fallback: true,
        called_number: '78005553535',
      },
    ]);
    const { rows } = await db.query('SELECT id, role FROM call_legs ORDER BY role DESC');
    expect(rows.map((r) => r.role)).toEqual(['customer', 'agent']);
    expect((await db.query('SELECT count(*)::int AS n FROM timeline')).rows[0].n).toBe(1);
    expect((await db.query(`SELECT type FROM call_events`)).rows).toEqual([{ type: 'rebuilt' }]);
    expect(await differences()).toEqual([]);
  });

  it('what the fallback queue served replaces what a dying server believed', async () => {
    await talk('n1-1795383906.2', { fallback: true, bridge: 'b3ae536e' });
    await historyRow('n1-1795383906.2', {
      outcome: 'abandoned',
      connected_at: null,
      talk_ms: null,
      agent_id: null,
    });
    expect(await settle()).toBe(1);
    expect(await calls()).toMatchObject([
      { outcome: 'answered', fallback: true, agent_id: 1, wait_ms: 4000 },
    ]);
    expect((await db.query('SELECT count(*)::int AS n FROM recordings')).rows[0].n).toBe(1);
    expect([await settle(), await differences()]).toEqual([0, []]);
  });

  it('a talk that ended while no server was there gets its true end, and the change stands in its story', async () => {
    await talk('n1-1795383906.2');
    await historyRow('n1-1795383906.2', { ended_at: new Date(t0 + 55_000), talk_ms: 50_000, note: 'kept' });
    expect(await differences()).toEqual(['end n1-1795383906.2', 'talk n1-1795383906.2']);
    expect(await settle()).toBe(1);
    expect(await calls()).toMatchObject([
      { talk_ms: 15_000, outcome: 'answered', note: 'kept', fallback: false },
    ]);
    const { rows } = await db.query(`SELECT data FROM call_events WHERE type = 'rebuilt'`);
    expect(rows[0].data).toMatchObject({ before: { talk_ms: 50_000 }, after: { talk_ms: 15_000 } });
    expect(await differences()).toEqual([]);
  });

  it('a call that the switchboard still has in its hands is left to it, and later ones wait their turn', async () => {
    t0 = Date.now() - 25_000;
    living.add('n1-1795383906.2');
    await talk('n1-1795383906.2');
    await talk('n1-1795383906.4');
    expect(await settle()).toBe(0);
    await historyRow('n1-1795383906.2');
    living.clear();
    expect(await settle()).toBe(1);
    expect((await calls()).map((c) => [c.id, c.fallback])).toEqual([
      ['n1-1795383906.2', false],
      ['n1-1795383906.4', true],
    ]);
  });

  it("a campaign's call that died with its server ends its attempt and frees its lead", async () => {
    const id = '22bfbf19-9169-4195-a790-0c4d3393fb48';
    await db.query(
      `INSERT INTO campaigns (name, mode, purpose, state) VALUES ('C', 'progressive', 'service', 'running')`,
    );
    await db.query(
      `INSERT INTO leads (campaign_id, customer_id, name, phone, state, claimed_by) VALUES (1, 1, 'L', '+79161234567', 'claimed', $1)`,
      [id],
    );
    await db.query(
      `INSERT INTO attempts (id, lead_id, campaign_id, phone, permitted, planned_at) SELECT $1, id, 1, phone, '{}', now() FROM leads`,
      [id],
    );
    await write(
      [0, 'CHAN_START', id, trunk(2), ''],
      [0, 'BRIDGE_ENTER', 'ag-2-keep-1-1', phone(2), '', { bridge_id: `call-${id}` }],
      [6, 'ANSWER', id, trunk(2), id],
      [6, 'BRIDGE_ENTER', id, trunk(2), id, { bridge_id: `call-${id}` }],
      [16, 'HANGUP', id, trunk(2), id, { hangupcause: 16, hangupsource: trunk(2) }],
    );
    expect(await settle()).toBe(1);
    expect(await calls()).toMatchObject([
      {
        id,
        direction: 'campaign',
        agent_id: 2,
        campaign_id: 1,
        customer_id: 1,
        outcome: 'answered',
        talk_ms: 10_000,
      },
    ]);
    expect((await db.query('SELECT state, outcome FROM attempts')).rows).toEqual([
      { state: 'ended', outcome: 'answered' },
    ]);
    expect((await db.query('SELECT state FROM leads')).rows[0].state).not.toBe('claimed');
    expect(await differences()).toEqual([]);
  });

  it('whom we rang and who picked up while no server was there counts as dropped, in history and in its campaign', async () => {
    const id = '0981bf19-9169-4195-a790-0c4d3393fb48';
    await db.query(
      `INSERT INTO campaigns (name, mode, purpose, state) VALUES ('C', 'progressive', 'service', 'running')`,
    );
    await db.query(
      `INSERT INTO leads (campaign_id, name, phone, state) VALUES (1, 'L', '+79161234567', 'waiting')`,
    );
    await db.query(
      `INSERT INTO attempts (id, lead_id, campaign_id, phone, permitted, planned_at, state, outcome)
       SELECT $1, id, 1, phone, '{}', now(), 'ended', 'failed' FROM leads`,
      [id],
    );
    await write(
      [0, 'CHAN_START', id, trunk(2), ''],
      [6, 'ANSWER', id, trunk(2), id],
      [9, 'HANGUP', id, trunk(2), id, { hangupcause: 16, hangupsource: '' }],
    );
    await historyRow(id, {
      direction: 'campaign',
      queue_id: null,
      agent_id: null,
      campaign_id: 1,
      attempt_id: id,
      queued_at: null,
      answered_at: null,
      connected_at: null,
      ended_at: new Date(t0 + 9000),
      wait_ms: null,
      talk_ms: null,
      outcome: 'failed',
    });
    await db.query(`DELETE FROM call_legs WHERE role = 'agent'`);
    expect(await settle()).toBe(1);
    expect(await calls()).toMatchObject([{ id, outcome: 'dropped', answered_at: new Date(t0 + 6000) }]);
    expect((await db.query('SELECT outcome FROM attempts')).rows).toEqual([{ outcome: 'dropped' }]);
    expect(await differences()).toEqual([]);
  });

  it('a call is his who talked last, not his whose phone had only begun to ring when the customer left', async () => {
    const id = 'n1-1795383906.2';
    await talk(id);
    await historyRow(id, { agent_id: 2 });
    expect(await settle()).toBe(1);
    expect(await calls()).toMatchObject([{ id, agent_id: 1 }]);
    expect([await settle(), await differences()]).toEqual([0, []]);
  });

  it('calls that the exchange took with it are there once it runs again', async () => {
    const id = 'n1-1795383906.2';
    await write(
      [0, 'CHAN_START', id, trunk(1), '', { exten: '78005553535', caller: '+79990000001' }],
      [1, 'ANSWER', id, trunk(1), id],
      [9, 'ANSWER', 'n1-1795383906.9', 'Local/x;1', ''],
    );
    expect([await settle(), await differences()]).toEqual([0, []]);
    await write([30, 'CHAN_START', 'n1-1795383936.0', 'Local/s@janitor-00000000;1', '']);
    expect(await settle()).toBe(1);
    expect(await calls()).toMatchObject([{ id, outcome: 'abandoned', ended_at: new Date(t0 + 9000) }]);
    expect([await settle(), await differences()]).toEqual([0, []]);
  });

  it('kept-up legs, supervisors, transfers and the janitor raise no false alarm', async () => {
    const id = 'n1-1795383906.2';
    await write([0, 'CHAN_START', 'n1-1795383900.0', 'Local/s@janitor-00000000;1', '']);
    await talk(id);
    await write(
      [7, 'CHAN_START', `ag-3-${id}-2`, phone(3), ''],
      [8, 'ANSWER', `ag-3-${id}-2`, phone(3), id],
      [8, 'BRIDGE_ENTER', `ag-3-${id}-2`, phone(3), id, { bridge_id: `watch-ag-3-${id}-2` }],
      [8, 'CHAN_START', `snoop-listen-ag-3-${id}-2~ag-1-${id}-1`, 'Snoop/ag-1-0001', id],
      [9, 'CHAN_START', `out-${id}-3`, trunk(3), ''],
      [10, 'ANSWER', `out-${id}-3`, trunk(3), id],
      [10, 'BRIDGE_ENTER', `out-${id}-3`, trunk(3), id, { bridge_id: `call-${id}` }],
      [19, 'HANGUP', `out-${id}-3`, trunk(3), id, { hangupcause: 16 }],
      [20, 'HANGUP', `ag-3-${id}-2`, phone(3), id, { hangupcause: 16 }],
      [20, 'HANGUP', `snoop-listen-ag-3-${id}-2~ag-1-${id}-1`, 'Snoop/ag-1-0001', id, { hangupcause: 16 }],
    );
    await historyRow(id);
    await db.query(
      `INSERT INTO call_legs (id, call_id, role, agent_id, started_at, answered_at)
       VALUES ($1, $3, 'supervisor', 3, now(), now()), ($2, $3, 'outside', NULL, now(), now())`,
      [`ag-3-${id}-2`, `out-${id}-3`, id],
    );
    await db.query(
      `INSERT INTO call_transfers (call_id, seq, at, kind, from_agent_id, to_kind, to_phone, ended_at, how_ended)
       VALUES ($1, 1, now(), 'attended', 1, 'outside', '+79990000009', $2, 'completed')`,
      [id, new Date(t0 + 12_000)],
    );
    expect([await settle(), await differences()]).toEqual([0, []]);
  });

  it('rebuilding says what it would do and does it only when told to', async () => {
    await talk('n1-1795383906.2');
    const ids = ['n1-1795383906.2'];
    expect(await rebuildCalls(ports, ids, since, false)).toMatchObject([{ what: { do: 'write' } }]);
    expect(await calls()).toEqual([]);
    expect(await rebuildCalls(ports, ids, since, true)).toHaveLength(1);
    expect(await rebuildCalls(ports, ids, since, true)).toEqual([]);
  });

  it("the telephone network's own records are compared call for call", async () => {
    await talk('n1-1795383906.2');
    await settle();
    const cdr = {
      from: '+79161234567',
      to: '78005553535',
      startedAt: t0,
      answeredAt: t0 + 1000,
      endedAt: t0 + 20_000,
    };
    const against = async (network: (typeof cdr)[]) =>
      (await compareHistory(db, 'n1', since, network)).differences.map((d) => d.detail);
    expect(await against([cdr])).toEqual([]);
    expect(await against([])).toEqual(['in the ledger, unknown to the network']);
    expect(await against([{ ...cdr, endedAt: t0 + 25_000 }])).toEqual(['ended 5000 ms apart']);
    expect(await against([cdr, { ...cdr, from: '+79990000002' }])).toHaveLength(1);
  });
});
