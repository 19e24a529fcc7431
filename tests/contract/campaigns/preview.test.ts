import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  claimPreview,
  preparePreviewCall,
  releasePreviews,
  skipPreview,
} from '../../../server/campaigns/preview.ts';
import type { Db } from '../../../server/db/pool.ts';
import { openTestDatabase } from '../../setup/postgres.ts';
import { addAgent, addCampaign, addLeads, openHouse, readLead } from './records.ts';

let db: Db;
let anna: number;
let boris: number;
const now = Date.parse('2026-11-24T09:00:00Z');
const house = openHouse;

beforeAll(async () => {
  ({ db } = await openTestDatabase());
  anna = await addAgent(db, 'anna');
  boris = await addAgent(db, 'boris');
});
beforeEach(async () => {
  await db.query('TRUNCATE contacts, do_not_call; DELETE FROM campaigns');
});

const campaign = (changes = {}) => addCampaign(db, { mode: 'preview', agentIds: [anna, boris], ...changes });
const claim = (agentId: number, at = now) => claimPreview(db, { agentId, now: at, house });
const dial = (agentId: number, leadId: number) =>
  preparePreviewCall(db, { agentId, leadId, now, house, node: 'n1' });

describe('a preview', () => {
  it('gives each agent another lead, and the same one again until he has done with it', async () => {
    const [first, second] = await addLeads(db, await campaign(), 2);
    expect(await claim(anna)).toMatchObject({
      leadId: first,
      scriptText: 'Good day',
      campaignName: 'a campaign',
    });
    expect(await claim(boris)).toMatchObject({ leadId: second });
    expect(await claim(anna)).toMatchObject({ leadId: first });
  });

  it('gives no lead twice to many who ask at once', async () => {
    const agents = await Promise.all(Array.from({ length: 8 }, (_, i) => addAgent(db, `crowd ${i}`)));
    await addLeads(db, await campaign({ agentIds: agents }), 8);
    const given = await Promise.all(agents.map((id) => claim(id)));
    expect(new Set(given.map((p) => p?.leadId)).size).toBe(8);
  });

  it('puts the agent’s own callbacks first, leaves others’ to them, and shares them out when they are late', async () => {
    const [, own, others] = await addLeads(db, await campaign(), 3, { dueAt: now - 60_000 });
    await db.query('UPDATE leads SET owner_id = $2 WHERE id = $1', [own, anna]);
    await db.query('UPDATE leads SET owner_id = $2, due_at = $3 WHERE id = $1', [
      others,
      boris,
      new Date(now - 120_000),
    ]);
    expect(await claim(anna)).toMatchObject({ leadId: own });
    await skipPreview(db, { agentId: anna, leadId: own!, reason: 'lunch', now });
    const next = await claim(anna);
    expect(next?.leadId).not.toBe(others);
    await skipPreview(db, { agentId: anna, leadId: next!.leadId, reason: 'lunch', now });
    expect(await claim(anna)).toBeNull();
    expect(await claim(anna, now + 15 * 60_000)).toMatchObject({ leadId: others });
  });

  it('passes over whom the rules forbid, with the reason kept, and is never dialled without their leave', async () => {
    const id = await campaign();
    const sleeping = await addLeads(db, id, 30, { timeZone: 'Pacific/Honolulu' });
    const [awake] = await addLeads(db, id, 1, { from: 100 });
    const day = { hours: { fromMinute: 540, toMinute: 1260 }, attemptsPerDay: 5 };
    expect(await claimPreview(db, { agentId: anna, now, house: day })).toMatchObject({ leadId: awake });
    expect(await readLead(db, sleeping[0]!)).toMatchObject({
      state: 'waiting',
      last_refusal: 'outsideHours',
    });
    await db.query(`INSERT INTO do_not_call (phone) VALUES ('+79160000100')`);
    expect(await dial(anna, awake!)).toMatchObject({ ok: false, reason: 'doNotCall' });
    expect(await readLead(db, awake!)).toMatchObject({ state: 'done', last_refusal: 'doNotCall' });
  });

  it('becomes one call with its attempt and reserved contact, once', async () => {
    const [leadId] = await addLeads(db, await campaign(), 1);
    await claim(anna);
    expect(await dial(boris, leadId!)).toEqual({ ok: false, reason: 'notYours' });
    const [one, two] = await Promise.all([dial(anna, leadId!), dial(anna, leadId!)]);
    const placed = [one, two].filter((r) => r.ok);
    expect(placed).toHaveLength(1);
    const { rows } = await db.query(
      'SELECT a.id, a.agent_id, c.id AS contact FROM attempts a JOIN contacts c ON c.id = a.id',
    );
    expect(placed[0]).toMatchObject({
      ok: true,
      value: { attemptId: rows[0].id, agentId: anna, mode: 'preview' },
    });
    expect(rows).toHaveLength(1);
  });

  it('goes back when the agent skips it, with his reason, or leaves', async () => {
    const [leadId] = await addLeads(db, await campaign(), 1);
    await claim(anna);
    expect(await skipPreview(db, { agentId: boris, leadId: leadId!, reason: 'x', now })).toBe(false);
    expect(await skipPreview(db, { agentId: anna, leadId: leadId!, reason: 'too early', now })).toBe(true);
    const lead = await readLead(db, leadId!);
    expect(lead).toMatchObject({ state: 'waiting', due_at: new Date(now + 3_600_000) });
    expect(lead.data._skips).toMatchObject([{ agentId: anna, reason: 'too early' }]);
    await claim(anna, now + 3_600_000);
    await releasePreviews(db, anna);
    expect(await claim(boris, now + 3_600_000)).toMatchObject({ leadId });
  });
});
