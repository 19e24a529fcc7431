import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ContactRequest,
  explainMayContact,
  reserveContacts,
  settleContacts,
} from '../../../server/contact-rules/reserve.ts';
import { type Db, openPool } from '../../../server/db/pool.ts';
import { openTestDatabase } from '../../setup/postgres.ts';
import { openHouse as house } from '../campaigns/records.ts';

let db: Db;
let url: string;
/** A Tuesday noon in Moscow. */
const now = Date.parse('2026-11-24T09:00:00Z');

beforeAll(async () => {
  ({ db, url } = await openTestDatabase());
});
beforeEach(async () => {
  await db.query('TRUNCATE contacts, do_not_call; DELETE FROM customers');
});

const request = (changes: Partial<ContactRequest> = {}): ContactRequest => ({
  id: randomUUID(),
  channel: 'call',
  purpose: 'debt',
  phone: '+79160000001',
  customerId: null,
  timeZone: 'Europe/Moscow',
  ...changes,
});
const reserve = (requests: ContactRequest[], most = requests.length) =>
  reserveContacts(db, requests, { now, house, most });

async function addCustomer(kind = 'person'): Promise<number> {
  const { rows } = await db.query(`INSERT INTO customers (kind, name) VALUES ($1, 'a debtor') RETURNING id`, [
    kind,
  ]);
  return rows[0].id;
}

describe('the reservation point', () => {
  it('grants what is allowed with its evidence, refuses the rest with rule and time', async () => {
    const [first, second] = await reserve([request(), request()]);
    expect(first).toMatchObject({
      allowed: true,
      evidence: { rules: expect.arrayContaining(['RU-230-FZ-calls 7(3)']) },
    });
    expect(second).toMatchObject({
      allowed: false,
      rule: 'limitReached',
      figure: { used: 1, max: 1, period: 'day' },
      allowedAt: Date.parse('2026-11-25T05:00:00Z'),
    });
  });

  it('reserves once for one id, however often it is asked', async () => {
    const same = request();
    for (let i = 0; i < 3; i++) expect((await reserve([same]))[0]).toMatchObject({ allowed: true });
    expect((await db.query('SELECT count(*) AS n FROM contacts')).rows[0].n).toBe(1);
  });

  it('counts a person across his numbers, and a number across its persons', async () => {
    const [a, b] = [await addCustomer(), await addCustomer()];
    await reserve([request({ customerId: a })]);
    expect((await reserve([request({ customerId: a, phone: '+79160000002' })]))[0]).toMatchObject({
      figure: { per: 'person' },
    });
    expect((await reserve([request({ customerId: b })]))[0]).toMatchObject({ figure: { per: 'phone' } });
  });

  it('knows that a company is no debtor by 230-FZ', async () => {
    const company = await addCustomer('company');
    await reserve([request({ customerId: company })]);
    expect((await reserve([request({ customerId: company })]))[0]).toMatchObject({ allowed: true });
  });

  it('refuses a number on the do-not-call list for good', async () => {
    await db.query(`INSERT INTO do_not_call (phone) VALUES ('+79160000001')`);
    expect((await reserve([request({ purpose: 'service' })]))[0]).toMatchObject({
      rule: 'doNotCall',
      allowedAt: null,
    });
  });

  it('stops looking when as many are granted as were wanted', async () => {
    const many = Array.from({ length: 5 }, (_, i) => request({ phone: `+7916000000${i}` }));
    const answers = await reserve(many, 2);
    expect(answers.map((a) => a?.allowed ?? null)).toEqual([true, true, null, null, null]);
    expect((await db.query('SELECT count(*) AS n FROM contacts')).rows[0].n).toBe(2);
  });

  it('what was released does not count; what was not reached leaves the law’s limit free', async () => {
    const [released, unanswered] = [request(), request()];
    await reserve([released]);
    await settleContacts(db, [{ id: released.id, as: 'released' }]);
    expect((await reserve([unanswered]))[0]).toMatchObject({ allowed: true });
    await settleContacts(db, [{ id: unanswered.id, as: 'notReached' }]);
    expect((await reserve([request()]))[0]).toMatchObject({ allowed: true });
  });

  it('explains without reserving', async () => {
    for (let i = 0; i < 2; i++) {
      expect(await explainMayContact(db, { ...request(), now, house })).toMatchObject({ allowed: true });
    }
  });

  it('never exceeds a limit, whatever the interleaving of 1,000 reservations from several processes', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => addCustomer()));
    const pools = Array.from({ length: 3 }, () => openPool(url, { max: 4, onError: () => {} }));
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * n); // the high bits: the low ones repeat
    };
    // Persons share numbers and have several: every request is tied to many others.
    const batches = Array.from({ length: 100 }, () =>
      Array.from({ length: 10 }, () =>
        request({
          customerId: people[random(6)]!,
          phone: `+7916000000${random(8)}`,
          channel: random(2) ? 'call' : 'robotCall',
        }),
      ),
    );
    await Promise.all(
      batches.map((batch, i) =>
        reserveContacts(pools[i % 3]!, batch, { now: now + random(3) * 3_600_000, house }),
      ),
    );
    await Promise.all(pools.map((pool) => pool.end()));
    const { rows } = await db.query(
      `SELECT max(n) AS most, sum(n) AS total FROM (
         SELECT count(*) AS n FROM contacts GROUP BY phone UNION ALL SELECT count(*) FROM contacts GROUP BY customer_id) c`,
    );
    expect(rows[0].most).toBe(1);
    expect(Number(rows[0].total)).toBeGreaterThan(4);
  });
});
