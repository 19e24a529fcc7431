import { beforeAll, describe, expect, it } from 'vitest';
import { makeCardReader } from '../../server/customers/card.ts';
import { makeCustomerRoutes } from '../../server/customers/routes.ts';
import { cardSchema, customerHitSchema, timelineEntrySchema } from '../../server/customers/schema.ts';
import { addNote, findByPhone, readTimeline, searchCustomers } from '../../server/customers/store.ts';
import { startApi } from '../setup/api.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const { db } = await openTestDatabase();
const now = Date.parse('2026-11-20T22:30:00Z'); // already the 21st in Moscow
const asked: unknown[] = [];
const readCard = makeCardReader({
  db,
  companyTimeZone: 'Europe/Moscow',
  explainMayCall: async (question) => {
    asked.push(question);
    return { allowed: false, rule: 'outsideHours', allowedAt: now + 3_600_000 };
  },
});
const { visitor } = await startApi({ db, features: [makeCustomerRoutes({ db, readCard })] });

const ids: Record<string, number> = {};
beforeAll(async () => {
  await db.query(
    `INSERT INTO users (login, name, role, password_hash) VALUES ('anna', 'Анна', 'agent', 'x')`,
  );
  const add = async (
    key: string,
    name: string,
    extra: { account?: string; inn?: string; phones?: string[]; kind?: string },
  ) => {
    const { rows } = await db.query(
      `INSERT INTO customers (kind, name, account, inn, time_zone) VALUES ($1, $2, $3, $4, 'Asia/Omsk') RETURNING id`,
      [extra.kind ?? 'person', name, extra.account ?? null, extra.inn ?? null],
    );
    ids[key] = rows[0].id;
    for (const phone of extra.phones ?? []) {
      await db.query('INSERT INTO customer_phones (customer_id, phone) VALUES ($1, $2)', [ids[key], phone]);
    }
  };
  await add('petr', 'Фёдоров Пётр Ильич', { account: '20010007', phones: ['+79991100230', '+79991080230'] });
  await add('olga', 'Фёдорова Ольга Павловна', { phones: ['+79991100230'] });
  await add('maria', 'Фёдорова Мария Павловна', { phones: ['+79991100230'] });
  await add('firm', 'ООО «Ромашка»', { inn: '7701234564', kind: 'company' });
  await db.query(
    `INSERT INTO invoices (customer_id, number, issued_on, due_on, amount_kopecks, paid_kopecks) VALUES
       ($1, 'A-1', '2026-10-01', '2026-10-11', 50000, 50000), ($1, 'A-2', '2026-11-01', '2026-11-20', 50000, 20000),
       ($1, 'A-3', '2026-11-15', '2026-11-21', 70000, 0)`,
    [ids.petr],
  );
  await db.query(
    `INSERT INTO payments (customer_id, paid_on, amount_kopecks) VALUES ($1, '2026-10-09', 50000), ($1, '2026-11-03', 20000)`,
    [ids.petr],
  );
  await db.query(
    `INSERT INTO open_matters (customer_id, kind, text, due_on, closed_at) VALUES
       ($1, 'promise', 'Оплатит', '2026-11-25', NULL), ($1, 'task', 'Сделано', NULL, now())`,
    [ids.olga],
  );
  await db.query(`INSERT INTO do_not_call (phone) VALUES ('+79991080230')`);
  await db.query(
    `INSERT INTO calls (id, node, direction, customer_id, agent_id, offered_at, ended_at, talk_ms, outcome)
     VALUES ('n1-1.1', 'n1', 'hotline', $1, 1, '2026-11-10T10:00:00Z', '2026-11-10T10:05:00Z', 290000, 'answered')`,
    [ids.petr],
  );
  await db.query(
    `INSERT INTO recordings (call_id, node, started_at, customer_file, agent_file) VALUES ('n1-1.1', 'n1', now(), 'a', 'b')`,
  );
  await db.query(
    `INSERT INTO timeline (customer_id, at, kind, user_id, text, amount_kopecks, call_id) VALUES
       ($1, '2026-11-10T10:00:00Z', 'call', 1, 'Всё починили', NULL, 'n1-1.1'), ($1, '2026-11-03T09:00:00Z', 'payment', NULL, NULL, 20000, NULL),
       ($1, '2026-11-15T06:00:00Z', 'invoice', NULL, 'Счёт A-3', 70000, NULL)`,
    [ids.petr],
  );
});

describe('a number that several people have', () => {
  it('gives everybody, who needs us most first', async () => {
    const matches = await findByPhone(db, '+79991100230');
    expect(matches.map((m) => m.id)).toEqual([ids.olga, ids.petr, ids.maria]);
    expect(matches[1]).toMatchObject({
      openMatters: 0,
      debtKopecks: 100_000,
      lastTalkAt: '2026-11-10T10:00:00.000Z',
    });
    expect(matches[0]).toMatchObject({
      openMatters: 1,
      debtKopecks: 0,
      lastTalkAt: null,
      timeZone: 'Asia/Omsk',
    });
  });

  it('gives nobody for a number we do not know', async () => {
    expect(await findByPhone(db, '+79990000000')).toEqual([]);
  });
});

describe('the card', () => {
  it('tells the whole story in the agreed shape', async () => {
    const card = cardSchema.parse(await readCard(ids.petr!, now));
    expect(card.debt).toMatchObject({
      totalKopecks: 100_000,
      overdueKopecks: 30_000,
      overdueDays: 1,
      lastPayment: { on: '2026-11-03', amountKopecks: 20_000 },
    });
    expect(card.debt.invoices.map((i) => i.number)).toEqual(['A-2', 'A-3']);
    expect(card.phones).toMatchObject([
      { phone: '+79991100230', sharedWith: 2, doNotCall: false },
      { phone: '+79991080230', sharedWith: 0, doNotCall: true },
    ]);
    expect(card.lastSaid).toEqual({ at: '2026-11-10T10:00:00.000Z', userName: 'Анна', text: 'Всё починили' });
    expect(card.timeline.map((e) => e.kind)).toEqual(['invoice', 'call', 'payment']);
    expect(card.timeline[1]?.call).toMatchObject({
      callId: 'n1-1.1',
      hasRecording: true,
      agentName: 'Анна',
      talkMs: 290_000,
    });
    expect(card.mayCall).toEqual({
      allowed: false,
      rule: 'outsideHours',
      allowedAt: '2026-11-20T23:30:00.000Z',
    });
  });

  it('asks the contact rules about the line of the call, or about the first number', async () => {
    asked.length = 0;
    await readCard(ids.petr!, now, { phone: '+79991080230', timeZone: 'Asia/Omsk' });
    await readCard(ids.petr!, now);
    expect(asked).toEqual([
      { phone: '+79991080230', customerId: ids.petr, timeZone: 'Asia/Omsk', now },
      { phone: '+79991100230', customerId: ids.petr, timeZone: 'Asia/Omsk', now },
    ]);
  });

  it('of somebody about whom we know next to nothing is whole as well', async () => {
    const card = cardSchema.parse(await readCard(ids.firm!, now));
    expect(card).toMatchObject({
      phones: [],
      open: [],
      lastSaid: null,
      timeline: [],
      mayCall: { allowed: false, rule: 'noPhone' },
    });
    expect(card.debt).toEqual({
      totalKopecks: 0,
      overdueKopecks: 0,
      overdueDays: 0,
      invoices: [],
      lastPayment: null,
    });
  });

  it('of nobody is null', async () => {
    expect(await readCard(999_999, now)).toBeNull();
  });
});

describe('search', () => {
  const found = async (typed: string) =>
    (await searchCustomers(db, typed, 20)).map((hit) => customerHitSchema.parse(hit).id);
  it.each([
    ['фёдоров петр', ['petr']],
    ['ольга фед', ['olga']],
    ['ромаш', ['firm']],
    ['hjvfirf', ['firm']],
    ['Рамашка', ['firm']],
    ['7701234564', ['firm']],
    ['20010007', ['petr']],
    ['8 999 110-02', ['petr', 'maria', 'olga']],
    ['080 230', ['petr']],
    ['%', []],
    ["' OR 1=1 --", []],
    ['12', []],
  ])('%s', async (typed, expected) => {
    expect(await found(typed)).toEqual(expected.map((key) => ids[key]));
  });
});

describe('the timeline', () => {
  it('goes on page by page, and by kind', async () => {
    const first = await readTimeline(db, ids.petr!, { before: null, kind: null, limit: 2 });
    const second = await readTimeline(db, ids.petr!, { before: first[1]!.id, kind: null, limit: 2 });
    expect([...first, ...second].map((e) => timelineEntrySchema.parse(e).kind)).toEqual([
      'invoice',
      'call',
      'payment',
    ]);
    const payments = await readTimeline(db, ids.petr!, { before: null, kind: 'payment', limit: 9 });
    expect(payments.map((e) => e.amountKopecks)).toEqual([20_000]);
  });

  it('takes a note with its writer, and none for a customer who is not there', async () => {
    const actor = { userId: 1, source: 'http' };
    const entry = await addNote(db, actor, {
      customerId: ids.maria!,
      text: 'Просила не звонить утром',
      at: now,
    });
    expect(timelineEntrySchema.parse(entry)).toMatchObject({
      kind: 'note',
      userName: 'Анна',
      text: 'Просила не звонить утром',
    });
    expect(await addNote(db, actor, { customerId: 999_999, text: 'x', at: now })).toBeNull();
  });
});

describe('over HTTP', () => {
  it('nothing of it is shown to a visitor who is not signed in', async () => {
    const paths = [
      '/api/customers?q=фед',
      `/api/customers/${ids.petr}`,
      `/api/customers/${ids.petr}/timeline`,
    ];
    for (const path of paths) expect((await visitor().get(path)).status).toBe(401);
    expect((await visitor().post(`/api/customers/${ids.petr}/notes`, { text: 'x' })).status).toBe(401);
  });
});
