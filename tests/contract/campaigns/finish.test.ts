import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../server/calls/outcome.ts';
import { applyDisposition, finishAttempts } from '../../../server/campaigns/finish.ts';
import type { Db } from '../../../server/db/pool.ts';
import { openTestDatabase } from '../../setup/postgres.ts';
import { addAgent, addCampaign, addDisposition, addLeads, readLead } from './records.ts';

let db: Db;
let agentId: number;
const now = Date.parse('2026-11-24T09:00:00Z');
const dispositions: Record<string, number> = {};

beforeAll(async () => {
  ({ db } = await openTestDatabase());
  agentId = await addAgent(db, 'anna');
  dispositions.sale = await addDisposition(db, 'sale', { success: true });
  dispositions.later = await addDisposition(db, 'later', { retry: true });
  dispositions.never = await addDisposition(db, 'never', { doNotCall: true });
});
beforeEach(async () => {
  await db.query('TRUNCATE contacts, do_not_call; DELETE FROM campaigns');
});

/** A lead in work with its attempt and contact, as the dialer makes them. */
async function dialled(leadId: number, campaignId: number): Promise<string> {
  const attemptId = randomUUID();
  await db.query(
    `INSERT INTO attempts (id, lead_id, campaign_id, phone, permitted, planned_at) SELECT $1, id, $3, phone, '{}', $4 FROM leads WHERE id = $2`,
    [attemptId, leadId, campaignId, new Date(now)],
  );
  await db.query(`UPDATE leads SET state = 'claimed', claimed_by = $2 WHERE id = $1`, [leadId, attemptId]);
  await db.query(
    `INSERT INTO contacts (id, at, channel, purpose, phone) SELECT $1, $3, 'call', 'service', phone FROM leads WHERE id = $2`,
    [attemptId, leadId, new Date(now)],
  );
  return attemptId;
}
async function oneDialled() {
  const campaignId = await addCampaign(db);
  const [leadId] = await addLeads(db, campaignId, 1);
  return { campaignId, leadId: leadId!, attemptId: await dialled(leadId!, campaignId) };
}
const ended = (attemptId: string, outcome: Outcome, at = now) => ({
  attemptId,
  outcome,
  sipCode: 486,
  cause: 17,
  endedAt: at,
});
const contact = async (id: string) =>
  (await db.query('SELECT reached, released FROM contacts WHERE id = $1', [id])).rows[0];

describe('the end of an attempt', () => {
  it('goes into attempt, lead and contact, and the lead waits by rule', async () => {
    const { leadId, attemptId, campaignId } = await oneDialled();
    expect(await finishAttempts(db, [ended(attemptId, 'busy')])).toEqual([campaignId]);
    expect(await readLead(db, leadId)).toMatchObject({
      state: 'waiting',
      due_at: new Date(now + 20 * 60_000),
      attempts: 1,
      last_outcome: 'busy',
      outcome_counts: { busy: 1 },
      claimed_by: null,
    });
    const { rows } = await db.query('SELECT state, outcome, sip_code, cause FROM attempts');
    expect(rows).toEqual([{ state: 'ended', outcome: 'busy', sip_code: 486, cause: 17 }]);
    expect(await contact(attemptId)).toEqual({ reached: false, released: false });
  });

  it('told twice changes nothing the second time', async () => {
    const { leadId, attemptId } = await oneDialled();
    await finishAttempts(db, [ended(attemptId, 'busy'), ended(attemptId, 'busy')]);
    expect(await finishAttempts(db, [ended(attemptId, 'noAnswer', now + 1000)])).toEqual([]);
    expect(await readLead(db, leadId)).toMatchObject({ attempts: 1, last_outcome: 'busy' });
  });

  it('of a whole batch is taken in at once, each by its own outcome', async () => {
    const campaignId = await addCampaign(db);
    const leads = await addLeads(db, campaignId, 3);
    const ids = await Promise.all(leads.map((id) => dialled(id, campaignId)));
    const outcomes: Outcome[] = ['answered', 'congestion', 'invalid'];
    await finishAttempts(
      db,
      ids.map((id, i) => ended(id, outcomes[i]!)),
    );
    expect(await Promise.all(leads.map(async (id) => (await readLead(db, id)).state))).toEqual([
      'done',
      'waiting',
      'done',
    ]);
    expect(await contact(ids[0]!)).toMatchObject({ reached: true });
    expect(await contact(ids[1]!)).toMatchObject({ released: true });
  });

  it('a call given up as never placed that turns up after all is believed', async () => {
    const { leadId, attemptId } = await oneDialled();
    await finishAttempts(db, [ended(attemptId, 'notPlaced')]);
    expect(await readLead(db, leadId)).toMatchObject({ attempts: 0, state: 'waiting' });
    await finishAttempts(db, [ended(attemptId, 'answered', now + 1000)]);
    expect(await readLead(db, leadId)).toMatchObject({ attempts: 1, last_outcome: 'answered' });
    expect(await contact(attemptId)).toEqual({ reached: true, released: false });
  });

  it('of a call that belongs to no campaign is passed over', async () => {
    expect(await finishAttempts(db, [ended(randomUUID(), 'answered')])).toEqual([]);
  });
});

describe('the agent’s result', () => {
  const result = (attemptId: string, key: string, callbackAt: number | null = null) =>
    applyDisposition(db, { attemptId, dispositionId: dispositions[key]!, callbackAt, agentId, now });

  it('success ends the lead', async () => {
    const { leadId, attemptId } = await oneDialled();
    await finishAttempts(db, [ended(attemptId, 'answered')]);
    await result(attemptId, 'sale');
    expect(await readLead(db, leadId)).toMatchObject({ state: 'done', succeeded: true });
  });

  it.each(['before', 'after'])(
    'a callback given %s the call’s end is the agent’s own, at its time',
    async (when) => {
      const { leadId, attemptId } = await oneDialled();
      const at = now + 86_400_000;
      if (when === 'before') await result(attemptId, 'later', at);
      await finishAttempts(db, [ended(attemptId, 'answered')]);
      if (when === 'after') await result(attemptId, 'later', at);
      expect(await readLead(db, leadId)).toMatchObject({
        state: 'waiting',
        due_at: new Date(at),
        owner_id: agentId,
        attempts: 1,
      });
    },
  );

  it('“later” without a time waits for a day and is anybody’s', async () => {
    const { leadId, attemptId } = await oneDialled();
    await finishAttempts(db, [ended(attemptId, 'answered')]);
    await result(attemptId, 'later');
    expect(await readLead(db, leadId)).toMatchObject({
      state: 'waiting',
      due_at: new Date(now + 86_400_000),
      owner_id: null,
    });
  });

  it('“do not call” ends the lead and blocks the number', async () => {
    const { leadId, attemptId } = await oneDialled();
    await finishAttempts(db, [ended(attemptId, 'answered')]);
    await result(attemptId, 'never', now + 1000);
    expect(await readLead(db, leadId)).toMatchObject({ state: 'done' });
    expect((await db.query('SELECT phone FROM do_not_call')).rows).toEqual([{ phone: '+79160000001' }]);
  });

  it('can be corrected', async () => {
    const { leadId, attemptId } = await oneDialled();
    await finishAttempts(db, [ended(attemptId, 'answered')]);
    await result(attemptId, 'sale');
    await result(attemptId, 'later', now + 1000);
    expect(await readLead(db, leadId)).toMatchObject({ state: 'waiting', succeeded: false });
  });

  it('of a call without a lead does nothing', async () => {
    expect(await result(randomUUID(), 'sale')).toBeNull();
  });
});
