import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Dialer } from '../../../dialer/tick.ts';
import { memoryBus } from '../../../server/bus/memory.ts';
import type { Bus } from '../../../server/bus/schema.ts';
import type { House } from '../../../server/contact-rules/rules.ts';
import type { Db } from '../../../server/db/pool.ts';
import { openTestDatabase } from '../../setup/postgres.ts';
import { addAgent, addCampaign, addLeads, openHouse, readLead } from '../campaigns/records.ts';
import { FakeSwitchboard } from './fake-switchboard.ts';

let db: Db;
let bus: Bus;
let switchboard: FakeSwitchboard;
let dialer: Dialer;
let agents: number[];
let now: number;
const minute = 60_000;

const makeDialer = (changes: { bus?: Bus; house?: House; callsPerSecond?: number } = {}) =>
  new Dialer({
    db,
    bus,
    log: pino({ level: 'silent' }),
    house: openHouse,
    callsPerSecond: 100,
    now: () => now,
    ...changes,
  });

beforeAll(async () => {
  ({ db } = await openTestDatabase());
  agents = [];
  for (const name of ['anna', 'boris', 'vera', 'gleb']) agents.push(await addAgent(db, name));
});
beforeEach(async () => {
  await db.query('TRUNCATE contacts, do_not_call, live_calls, call_events; DELETE FROM campaigns');
  now = Date.parse('2026-11-24T09:00:00Z');
  bus = memoryBus();
  switchboard = new FakeSwitchboard(db, bus, () => now);
  await switchboard.listen();
  dialer = makeDialer();
});
afterEach(async () => {
  // What the switchboard still writes would stand in the way of the next test's clean start.
  await vi.waitFor(() => expect(switchboard.busy).toBe(0), 5000);
  await bus.close();
});

/** A second passes, the switchboard says how it stands, the dialer looks once, and the switchboard has dealt with it. */
async function second(who = dialer, ms = 1000) {
  now += ms;
  who.heard(switchboard.status());
  const before = switchboard.dialled.length;
  const result = await who.tick();
  await vi.waitFor(() => {
    expect(switchboard.dialled.length).toBe(before + result.launched);
    expect(switchboard.busy).toBe(0);
  });
  return result;
}
const ready = (...ids: number[]) => {
  for (const id of ids) switchboard.agents.set(id, 'ready');
};
const campaignRow = async (id: number) =>
  (await db.query('SELECT state, not_dialling FROM campaigns WHERE id = $1', [id])).rows[0];
const phones = () => switchboard.dialled.map((call) => call.phone);

describe('a progressive campaign', () => {
  it('gives each free agent one call, and the next when he is free again, until the list is done', async () => {
    const id = await addCampaign(db, { agentIds: agents });
    await addLeads(db, id, 5);
    ready(agents[0]!, agents[1]!);
    switchboard.outcome = () => null;
    await second();
    expect(switchboard.dialled.map((c) => [c.phone, c.agentId, c.scriptText])).toEqual([
      ['+79160000001', agents[0], 'Good day'],
      ['+79160000002', agents[1], 'Good day'],
    ]);
    await second();
    expect(switchboard.dialled).toHaveLength(2);
    await switchboard.end([{ call: switchboard.calls()[0]!, outcome: 'answered' }]);
    switchboard.outcome = () => 'answered';
    await second();
    expect(switchboard.dialled[2]).toMatchObject({ phone: '+79160000003', agentId: agents[0] });
    await switchboard.end([{ call: switchboard.calls()[0]!, outcome: 'answered' }]);
    for (let i = 0; i < 3; i++) await second();
    expect(await campaignRow(id)).toEqual({ state: 'finished', not_dialling: null });
    expect(new Set(phones()).size).toBe(5);
    expect(phones()).toHaveLength(5);
  });

  it('retries by rule: list, attempt, end, next time', async () => {
    const id = await addCampaign(db, { agentIds: agents });
    const [leadId] = await addLeads(db, id, 1);
    ready(agents[0]!);
    switchboard.outcome = () => 'busy';
    for (let times = 1; times <= 4; times++) {
      await second();
      expect(switchboard.dialled).toHaveLength(times);
      await second(dialer, 19 * minute);
      expect(switchboard.dialled).toHaveLength(times);
      now += minute;
    }
    expect(await readLead(db, leadId!)).toMatchObject({
      state: 'done',
      attempts: 4,
      outcome_counts: { busy: 4 },
    });
  });

  it('keeps callbacks for their owner, and gives late ones to the group', async () => {
    const id = await addCampaign(db, { agentIds: agents });
    const [first] = await addLeads(db, id, 2);
    await db.query('UPDATE leads SET owner_id = $2, due_at = $3 WHERE id = $1', [
      first,
      agents[1],
      new Date(now),
    ]);
    switchboard.outcome = () => null;
    ready(agents[0]!);
    await second();
    expect(phones()).toEqual(['+79160000002']);
    ready(agents[1]!, agents[2]!);
    await second();
    expect(switchboard.dialled[1]).toMatchObject({ phone: '+79160000001', agentId: agents[1] });
    const [third] = await addLeads(db, id, 1, { from: 9 });
    await db.query('UPDATE leads SET owner_id = $2, due_at = $3 WHERE id = $1', [
      third,
      agents[3],
      new Date(now),
    ]);
    await second();
    expect(switchboard.dialled).toHaveLength(2);
    await second(dialer, 15 * minute);
    expect(switchboard.dialled[2]).toMatchObject({ phone: '+79160000009', agentId: agents[2] });
  });

  it('uses an agent of two campaigns once, and fairly', async () => {
    const [one, two] = [
      await addCampaign(db, { agentIds: agents }),
      await addCampaign(db, { agentIds: agents }),
    ];
    await addLeads(db, one, 10);
    await addLeads(db, two, 10, { from: 100 });
    ready(...agents);
    switchboard.outcome = () => null;
    await second();
    expect(switchboard.dialled.map((c) => c.agentId).sort()).toEqual(agents);
    expect(switchboard.dialled.filter((c) => c.campaignId === one)).toHaveLength(2);
  });

  it('passes over whom the rules forbid within the same tick, and says when they are due', async () => {
    const house = { hours: { fromMinute: 9 * 60, toMinute: 21 * 60 }, attemptsPerDay: 5 };
    const id = await addCampaign(db, { agentIds: agents });
    const asleep = await addLeads(db, id, 300, { timeZone: 'America/New_York' });
    await addLeads(db, id, 2, { from: 500 });
    ready(agents[0]!, agents[1]!);
    dialer = makeDialer({ house });
    await second();
    expect(phones()).toEqual(['+79160000500', '+79160000501']);
    expect(await readLead(db, asleep[0]!)).toMatchObject({
      state: 'waiting',
      last_refusal: 'outsideHours',
      due_at: new Date('2026-11-24T14:00:00Z'),
    });
    await second();
    expect(await campaignRow(id)).toMatchObject({ not_dialling: 'outsideHours' });
    await db.query(`INSERT INTO do_not_call SELECT phone FROM leads`);
    now = Date.parse('2026-11-24T14:00:00Z');
    for (let i = 0; i < 3; i++) await second();
    expect(switchboard.dialled).toHaveLength(2);
    expect(await campaignRow(id)).toMatchObject({ state: 'finished' });
  });
});

describe('an announcement', () => {
  it('fills its lines within the calls a second, and no further', async () => {
    const id = await addCampaign(db, { mode: 'announcement', lineLimit: 8 });
    await addLeads(db, id, 30);
    switchboard.outcome = () => null;
    dialer = makeDialer({ callsPerSecond: 10 });
    await second();
    expect(switchboard.dialled).toHaveLength(5);
    expect(switchboard.dialled[0]).toMatchObject({ agentId: null, announcement: 'hello', scriptText: '' });
    await second();
    await second();
    expect(switchboard.dialled).toHaveLength(8);
    expect(await campaignRow(id)).toMatchObject({ not_dialling: null });
  });
});

describe('a campaign that does not dial', () => {
  it.each<[string, () => void | Promise<void>]>([
    ['noAgents', () => {}],
    ['agentsPaused', () => void switchboard.agents.set(agents[0]!, 'paused')],
    ['agentsBusy', () => void switchboard.agents.set(agents[0]!, 'wrapUp')],
    [
      'exchangeDown',
      () => {
        ready(agents[0]!);
        switchboard.exchangeUp = false;
      },
    ],
    [
      'notDueYet',
      async () => void (await db.query(`UPDATE leads SET due_at = $1`, [new Date(now + 3_600_000)])),
    ],
    ['noLeads', async () => void (await db.query('DELETE FROM leads'))],
  ])('says %s', async (key, arrange) => {
    const id = await addCampaign(db, { agentIds: agents });
    await addLeads(db, id, 1);
    await arrange();
    await second();
    expect(await campaignRow(id)).toEqual({ state: 'running', not_dialling: key });
    expect(switchboard.dialled).toEqual([]);
  });

  it('launches nothing on a status older than three seconds', async () => {
    const id = await addCampaign(db, { agentIds: agents });
    await addLeads(db, id, 1);
    ready(agents[0]!);
    dialer.heard(switchboard.status());
    now += 3001;
    expect(await dialer.tick()).toMatchObject({ launched: 0 });
    expect(await campaignRow(id)).toMatchObject({ not_dialling: 'exchangeDown' });
  });

  it('leaves paused and preview campaigns alone', async () => {
    const paused = await addCampaign(db, { agentIds: agents, state: 'paused' });
    const preview = await addCampaign(db, { agentIds: agents, mode: 'preview' });
    await addLeads(db, paused, 1);
    await addLeads(db, preview, 1);
    ready(...agents);
    expect(await second()).toMatchObject({ launched: 0 });
  });
});

describe('exactly once', () => {
  it('calls that could not be handed over are sent again, and nothing new is launched meanwhile', async () => {
    const id = await addCampaign(db, { mode: 'announcement', lineLimit: 2 });
    await addLeads(db, id, 4);
    let down = true;
    const flaky: Bus = {
      ...bus,
      sendPlaceCalls: (node, calls) =>
        down ? Promise.reject(new Error('down')) : bus.sendPlaceCalls(node, calls),
    };
    dialer = makeDialer({ bus: flaky });
    now += 1000;
    dialer.heard(switchboard.status());
    await dialer.tick();
    now += 1000;
    dialer.heard(switchboard.status());
    expect(await dialer.tick()).toMatchObject({ launched: 0 });
    expect(switchboard.dialled).toEqual([]);
    down = false;
    await dialer.tick();
    await vi.waitFor(() => expect(phones()).toEqual(['+79160000001', '+79160000002']));
  });

  it('an attempt whose call was never sent is given up after a minute, its contact released, and dialled once', async () => {
    const id = await addCampaign(db, { agentIds: agents });
    const [leadId] = await addLeads(db, id, 1);
    ready(agents[0]!);
    const dead = makeDialer({ bus: { ...bus, sendPlaceCalls: () => new Promise(() => {}) } });
    now += 1000;
    dead.heard(switchboard.status());
    void dead.tick();
    await vi.waitFor(async () => expect(await readLead(db, leadId!)).toMatchObject({ state: 'claimed' }));
    dialer = makeDialer();
    await second();
    await second(dialer, 50_000);
    expect(await readLead(db, leadId!)).toMatchObject({ state: 'claimed' });
    await second(dialer, 10_000);
    expect(await readLead(db, leadId!)).toMatchObject({
      state: 'waiting',
      last_outcome: 'notPlaced',
      attempts: 0,
    });
    expect((await db.query('SELECT released FROM contacts')).rows).toEqual([{ released: true }]);
    await second(dialer, minute);
    await second();
    expect(phones()).toEqual(['+79160000001']);
    expect(await campaignRow(id)).toMatchObject({ state: 'finished' });
  });

  it('an attempt whose call lives is left alone however long it lasts', async () => {
    const id = await addCampaign(db, { agentIds: agents });
    const [leadId] = await addLeads(db, id, 1);
    ready(agents[0]!);
    switchboard.outcome = () => null;
    await second();
    await second(dialer, 60 * minute);
    expect(await readLead(db, leadId!)).toMatchObject({ state: 'claimed' });
  });

  it('two dialers that both believe to lead dial nobody twice', async () => {
    const id = await addCampaign(db, { mode: 'announcement', lineLimit: 1000 });
    await addLeads(db, id, 200);
    const other = makeDialer();
    for (let i = 0; i < 6; i++) {
      now += 1000;
      for (const each of [dialer, other]) each.heard(switchboard.status());
      await Promise.all([dialer.tick(), other.tick()]);
    }
    await vi.waitFor(() => expect(switchboard.dialled.length).toBeGreaterThanOrEqual(200));
    expect(new Set(phones()).size).toBe(phones().length);
  });
});
