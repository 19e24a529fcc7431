import { describe, expect, it } from 'vitest';
import { demoHotlineNumber, demoSignIns, seedDemo } from '../../scripts/seed.ts';
import { parsePhone } from '../../server/basics/phone.ts';
import { makeCardReader } from '../../server/customers/card.ts';
import { cardSchema } from '../../server/customers/schema.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const { db, url } = await openTestDatabase();
const said: string[] = [];
await seedDemo(url, (line) => said.push(line));

async function figures(): Promise<Record<string, number>> {
  const { rows } = await db.query(`
    SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM customers) AS customers,
           (SELECT count(*) FROM customer_phones) AS phones, (SELECT count(*) FROM calls) AS calls,
           (SELECT count(*) FROM timeline) AS timeline, (SELECT count(*) FROM leads) AS leads,
           (SELECT count(*) FROM queue_agents) AS agents, (SELECT count(*) FROM audit) AS audit`);
  return rows[0];
}

describe('the demo company', () => {
  it('has its users, customers, hotline and campaign', async () => {
    expect(await figures()).toMatchObject({
      users: demoSignIns.length,
      customers: 200,
      leads: 40,
      agents: 4,
    });
    const { rows } = await db.query('SELECT hotline_number FROM queues');
    expect(rows).toEqual([{ hotline_number: demoHotlineNumber }]);
  });

  it('is not seeded twice, not even by two at once', async () => {
    const before = await figures();
    await Promise.all([seedDemo(url, () => {}), seedDemo(url, () => {})]);
    expect(await figures()).toEqual(before);
  });

  it('has numbers that our own parser takes, one of them shared', async () => {
    const { rows } = await db.query<{ phone: string; n: number }>(
      'SELECT phone, count(*) AS n FROM customer_phones GROUP BY phone',
    );
    for (const { phone } of rows)
      expect(parsePhone(phone, { country: 'RU' })).toMatchObject({ ok: true, phone });
    expect(rows.some((row) => row.n > 1)).toBe(true);
  });

  it('has companies with valid taxpayer numbers', async () => {
    const weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    const { rows } = await db.query<{ inn: string }>(`SELECT inn FROM customers WHERE kind = 'company'`);
    expect(rows).toHaveLength(60);
    for (const { inn } of rows) {
      const sum = weights.reduce((all, weight, i) => all + weight * Number(inn[i]), 0);
      expect(Number(inn[9])).toBe((sum % 11) % 10);
    }
  });

  it('keeps books that add up: what is paid on invoices are the payments', async () => {
    const { rows } = await db.query(`
      SELECT (SELECT sum(paid_kopecks) FROM invoices) = (SELECT sum(amount_kopecks) FROM payments) AS even,
             (SELECT count(*) FROM payments WHERE invoice_id IS NULL) AS loose,
             (SELECT count(DISTINCT customer_id) FROM invoices WHERE paid_kopecks < amount_kopecks AND due_on < current_date) AS late`);
    expect(rows[0]).toMatchObject({ even: true, loose: 0 });
    expect(rows[0].late).toBeGreaterThan(30);
  });

  it('has nothing that happens in the future or today', async () => {
    const { rows } = await db.query(`
      SELECT (SELECT count(*) FROM timeline WHERE at > now()) AS future,
             (SELECT count(*) FROM calls WHERE ended_at >= date_trunc('day', now(), 'UTC')) AS today`);
    expect(rows[0]).toEqual({ future: 0, today: 0 });
  });

  it('shows every customer on a card of the agreed shape', async () => {
    const readCard = makeCardReader({
      db,
      companyTimeZone: 'Europe/Moscow',
      explainMayCall: async () => ({ allowed: true, rule: null, allowedAt: null }),
    });
    const { rows } = await db.query<{ id: number }>('SELECT id FROM customers');
    for (const { id } of rows) {
      const card = cardSchema.parse(await readCard(id, Date.now()));
      expect(card.timeline.length).toBeGreaterThan(5);
    }
  });
});
