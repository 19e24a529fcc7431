import { pathToFileURL } from 'node:url';
import type pg from 'pg';
import { migrate } from '../server/db/migrate.ts';
import { openPool, transaction } from '../server/db/pool.ts';
import { demoSignIns } from '../server/users/demo-sign-ins.ts';
import { hashPassword } from '../server/users/password.ts';
import { campaignName, campaignScript, strangers } from './seed/campaign.ts';
import { type Customer, makeCustomers } from './seed/customers.ts';
import { type Company, dayMs, type History, isoDay, makeHistory } from './seed/history.ts';
import { makePersonName } from './seed/people.ts';
import { makeRandom, type Random } from './seed/random.ts';

export { demoSignIns };

/** The number that the demo's customers ring, as the trunk sends it. */
export const demoHotlineNumber = '78005553535';

const dispositions = [
  { key: 'success', name_ru: 'Вопрос решён', name_en: 'Solved', final: true, success: true },
  { key: 'callback', name_ru: 'Перезвонить', name_en: 'Call back', retry: true, needs_callback_at: true },
  { key: 'promise', name_ru: 'Обещал оплатить', name_en: 'Promised to pay', final: true, success: true },
  { key: 'refusal', name_ru: 'Отказ', name_en: 'Refused', final: true },
  { key: 'paid', name_ru: 'Уже оплатил', name_en: 'Has paid', final: true, success: true },
  { key: 'wrongParty', name_ru: 'Не тот человек', name_en: 'Wrong person', retry: true },
  { key: 'dispute', name_ru: 'Не согласен с начислением', name_en: 'Disputes the bill', final: true },
  { key: 'complaint', name_ru: 'Жалоба', name_en: 'Complaint', final: true },
  { key: 'doNotCall', name_ru: 'Просит не звонить', name_en: 'Do not call', final: true, do_not_call: true },
];

/**
 * Fills an empty, migrated database with the demo company: users, 200 customers with half a year of history, a hotline and
 * a campaign. A database that has users is left as it is. Everything but the time of day it is told is always the same.
 */
export async function seedDemo(
  databaseUrl: string,
  log: (line: string) => void,
  now = Date.now(),
): Promise<void> {
  const db = openPool(databaseUrl, { max: 1, onError: (error) => log(`database: ${error.message}`) });
  try {
    // Hashing is slow on purpose and needs no database.
    const users = await Promise.all(
      demoSignIns.map(async ({ password, ...user }) => ({
        ...user,
        password_hash: await hashPassword(password),
      })),
    );
    await transaction(db, { userId: null, source: 'seed' }, async (tx) => {
      // Two starters at once: the second waits here and then finds users.
      await tx.query('LOCK TABLE users IN EXCLUSIVE MODE');
      if ((await tx.query('SELECT FROM users LIMIT 1')).rows.length > 0) {
        log('There are users already; nothing is seeded.');
        return;
      }
      log(await seed(tx, users, now));
    });
    await db.query('ANALYZE');
  } finally {
    await db.end();
  }
}

async function seed(tx: pg.PoolClient, users: readonly object[], now: number): Promise<string> {
  const random = makeRandom(20_260_401);
  const userRows = await insert<{ id: number; role: string }>(tx, 'users', users, 'id, role, login');
  const agentIds = userRows.filter((u) => u.role === 'agent').map((u) => u.id);
  const [queue] = await insert<{ id: number }>(
    tx,
    'queues',
    [
      {
        name: 'Горячая линия',
        hotline_number: demoHotlineNumber,
        answer_within_ms: 20_000,
        ring_ms: 20_000,
        wrap_up_ms: 60_000,
        record: true,
      },
    ],
    'id',
  );
  await insert(
    tx,
    'queue_agents',
    agentIds.map((id) => ({ queue_id: queue!.id, user_id: id })),
  );
  const flags = {
    final: false,
    contact: true,
    success: false,
    retry: false,
    do_not_call: false,
    needs_callback_at: false,
  };
  const dispositionRows = await insert<{ id: number; key: string }>(
    tx,
    'dispositions',
    dispositions.map((d, i) => ({ ...flags, ...d, hotkey: i + 1, sort: i + 1 })),
    'id, key',
  );

  const company: Company = {
    agentIds,
    queueId: queue!.id,
    hotlineNumber: demoHotlineNumber,
    dispositionIds: Object.fromEntries(dispositionRows.map((d) => [d.key, d.id])),
    todayMs: Math.floor(now / dayMs) * dayMs,
  };
  const customers = await seedCustomers(tx, makeCustomers(random), company);
  const history: History = {
    invoices: [],
    payments: [],
    open_matters: [],
    calls: [],
    call_legs: [],
    timeline: [],
  };
  for (const customer of customers) makeHistory(random, customer, company, history);
  await seedHistory(tx, history);
  await tx.query(`INSERT INTO do_not_call (phone, reason) SELECT unnest($1::text[]), 'Просил не звонить'`, [
    [17, 58, 133].map((n) => customers[n]!.phones.at(-1)),
  ]);
  await seedCampaign(tx, random, customers, agentIds);
  return `${customers.length} customers, ${history.calls.length} calls, ${history.invoices.length} invoices, ${users.length} users.`;
}

async function seedCustomers(
  tx: pg.PoolClient,
  customers: Customer[],
  company: Company,
): Promise<Customer[]> {
  const rows = await insert<{ id: number; account: string }>(
    tx,
    'customers',
    customers.map((c, n) => ({
      kind: c.kind,
      name: c.name,
      inn: c.inn,
      account: c.account,
      segment: c.segment,
      address: c.address,
      time_zone: c.timeZone,
      responsible_id: c.segment === 'Домашний' ? null : company.agentIds[n % company.agentIds.length],
      since: isoDay(company.todayMs - c.sinceDaysAgo * dayMs),
      created_at: new Date(company.todayMs - c.sinceDaysAgo * dayMs).toISOString(),
    })),
    'id, account',
  );
  const idOf = new Map(rows.map((row) => [row.account, row.id]));
  for (const customer of customers) customer.id = idOf.get(customer.account)!;
  await insert(
    tx,
    'customer_phones',
    customers.flatMap((c) =>
      c.phones.map((phone) => ({ customer_id: c.id, phone, kind: 'mobile', raw: phone })),
    ),
  );
  return customers;
}

async function seedHistory(tx: pg.PoolClient, history: History): Promise<void> {
  const invoices = await insert<{ id: number; number: string }>(
    tx,
    'invoices',
    history.invoices,
    'id, number',
  );
  const invoiceIds = new Map(invoices.map((row) => [row.number, row.id]));
  await insert(
    tx,
    'payments',
    history.payments.map(({ number, ...payment }) => ({
      ...payment,
      invoice_id: invoiceIds.get(String(number)),
    })),
  );
  await insert(tx, 'open_matters', history.open_matters);
  await insert(tx, 'calls', history.calls);
  await insert(tx, 'call_legs', history.call_legs);
  const byTime = history.timeline.toSorted((a, b) => a.at.localeCompare(b.at));
  await insert(
    tx,
    'timeline',
    byTime.map((row) => ({ user_id: null, amount_kopecks: null, call_id: null, ...row })),
  );
}

/** Ready to be started: twelve customers and numbers of every other behaviour, well mixed. */
async function seedCampaign(
  tx: pg.PoolClient,
  random: Random,
  customers: readonly Customer[],
  agentIds: readonly number[],
): Promise<void> {
  const { rows } = await tx.query<{ id: number }>(
    `INSERT INTO campaigns (name, mode, purpose, script_text, caller_id) VALUES ($1, 'progressive', 'service', $2, $3) RETURNING id`,
    [campaignName, campaignScript, `+${demoHotlineNumber}`],
  );
  const campaignId = rows[0]!.id;
  await insert(
    tx,
    'campaign_agents',
    agentIds.map((id) => ({ campaign_id: campaignId, user_id: id })),
  );
  const known = customers.filter((c) => c.kind === 'person' && c.timeZone === 'Europe/Moscow').slice(20, 32);
  const leads = [
    ...known.map((c) => ({ customer_id: c.id, name: c.name, phone: c.phones[0] })),
    ...strangers.map((phone) => ({ customer_id: null, name: makePersonName(random), phone })),
  ].map((lead) => ({ lead, place: random.next() }));
  leads.sort((a, b) => a.place - b.place);
  await insert(
    tx,
    'leads',
    leads.map(({ lead }) => ({
      ...lead,
      campaign_id: campaignId,
      time_zone: 'Europe/Moscow',
      data: {},
      state: 'waiting',
      due_at: new Date().toISOString(),
      attempts: 0,
      outcome_counts: {},
      succeeded: false,
    })),
  );
}

/** One statement for any number of rows; all rows have the first row's keys, named as the columns. */
async function insert<T = never>(
  tx: pg.PoolClient,
  table: string,
  rows: readonly object[],
  returning?: string,
): Promise<T[]> {
  const first = rows[0];
  if (!first) return [];
  const columns = Object.keys(first).join(', ');
  const result = await tx.query(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)
     ${returning ? `RETURNING ${returning}` : ''}`,
    [JSON.stringify(rows)],
  );
  return result.rows;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { DATABASE_URL: url } = process.env;
  if (!url) throw new Error('Set DATABASE_URL to the database that shall be filled.');
  await migrate(url);
  await seedDemo(url, console.log);
}
