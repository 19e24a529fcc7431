import { beforeAll, expect, it } from 'vitest';
import type { E164 } from '../../../server/basics/ids.ts';
import { permitByHand, releaseByHand } from '../../../server/contact-rules/by-hand.ts';
import { readHouse } from '../../../server/contact-rules/rules.ts';
import { testConfig } from '../../setup/api.ts';
import { openTestDatabase } from '../../setup/postgres.ts';

const { db } = await openTestDatabase();
// 09:30 in Moscow, 16:30 in Vladivostok, 08:30 in Kaliningrad.
const now = Date.parse('2026-11-10T06:30:00Z');
const rules = { now, house: readHouse(testConfig()), companyTimeZone: 'Europe/Moscow' };
const ids = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const service = (n: number, phone: string, customerId: number | null = null) => ({
  id: ids(n),
  phone: phone as E164,
  purpose: 'service' as const,
  customerId,
});

beforeAll(async () => {
  await db.query(
    `INSERT INTO customers (kind, name, time_zone) VALUES ('person', 'Иванов', 'Europe/Kaliningrad'), ('person', 'Петров', 'Asia/Vladivostok')`,
  );
  await db.query(
    `INSERT INTO customer_phones (customer_id, phone) VALUES (1, '+79160000001'), (2, '+79160000002'), (2, '+79160000001')`,
  );
  await db.query(`INSERT INTO do_not_call (phone) VALUES ('+79160000003')`);
});

it('whoever alone has the number is the customer, and his clock counts', async () => {
  expect(await permitByHand(db, service(1, '+79160000002'), rules)).toEqual({
    ok: true,
    value: { customer: { id: 2, name: 'Петров' } },
  });
});

it('a customer named by his card is asked after by his own clock', async () => {
  expect(await permitByHand(db, service(2, '+79160000001', 1), rules)).toEqual({
    ok: false,
    reason: 'outsideHours',
    detail: '2026-11-10T07:00:00.000Z',
  });
  expect(await permitByHand(db, service(3, '+79160000001', 99), rules)).toEqual({
    ok: false,
    reason: 'unknownCustomer',
  });
});

it('a blocked number is refused without an hour, a strange one is judged by our own clock', async () => {
  expect(await permitByHand(db, service(4, '+79160000003'), rules)).toEqual({
    ok: false,
    reason: 'doNotCall',
  });
  expect(await permitByHand(db, service(5, '+79160000005'), rules)).toEqual({
    ok: true,
    value: { customer: null },
  });
});

it('what came to nothing counts for nothing', async () => {
  await releaseByHand(db, ids(5));
  const { rows } = await db.query('SELECT released FROM contacts WHERE id = $1', [ids(5)]);
  expect(rows).toEqual([{ released: true }]);
});
