import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeCallRoutes } from '../../server/calls/routes.ts';
import { callDetailSchema, callRowSchema, dispositionSchema } from '../../server/calls/schema.ts';
import { hashPassword } from '../../server/users/password.ts';
import { makePhoneDesk } from '../../server/users/phone-credentials.ts';
import { makeUserRoutes } from '../../server/users/routes.ts';
import { silentLog, startApi, testConfig, type Visitor } from '../setup/api.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const { db } = await openTestDatabase();

const config = testConfig();
const phones = { issue: async () => {}, withdraw: async () => {} };
const { visitor } = await startApi({
  db,
  features: [
    makeUserRoutes({
      config,
      db,
      log: silentLog,
      phoneDesk: makePhoneDesk({ db, phones, websocketUrl: 'wss://HOST/ws', validHours: 1 }),
      onSignOut: () => {},
      demoSignIns: [],
    }),
    makeCallRoutes({ db }),
  ],
});
let page: Visitor;

beforeAll(async () => {
  await db.query(
    `INSERT INTO users (login, name, role, password_hash) VALUES ('anna', 'Анна', 'agent', $1)`,
    [await hashPassword('right')],
  );
  await db.query(
    `INSERT INTO dispositions (key, name_ru, name_en, hotkey, sort) VALUES ('b', 'Б', 'B', 2, 2), ('a', 'А', 'A', 1, 1)`,
  );
  const call = (id: string, at: string, direction: string, outcome: string) =>
    db.query(
      `INSERT INTO calls (id, node, direction, phone, agent_id, offered_at, ended_at, outcome, sip_code, cause, disposition_id)
       VALUES ($1, 'n1', $2, '+79991100230', 1, $3, $3, $4, 200, 16, 2)`,
      [id, direction, at, outcome],
    );
  await call('n1-1.1', '2026-11-10T10:00:00Z', 'hotline', 'answered');
  await call('n1-1.2', '2026-11-10T10:00:00Z', 'hotline', 'abandoned');
  await call('n1-1.3', '2026-11-10T10:00:00Z', 'campaign', 'busy');
  await call('n1-1.4', '2026-11-11T10:00:00Z', 'campaign', 'answered');
  await db.query(
    `INSERT INTO call_legs (id, call_id, role, started_at) VALUES ('leg', 'n1-1.1', 'customer', '2026-11-10T10:00:00Z')`,
  );
  await db.query(
    `INSERT INTO call_events (call_id, seq, at, type, data) VALUES ('n1-1.1', 2, now(), 'second', '{"a": 1}'), ('n1-1.1', 1, now(), 'first', '{}')`,
  );
  await db.query(
    `INSERT INTO recordings (call_id, node, started_at, customer_file, agent_file) VALUES ('n1-1.1', 'n1', now(), 'a', 'b')`,
  );
  page = visitor();
  await page.post('/api/sign-in', { login: 'anna', password: 'right' });
});

describe('history over HTTP', () => {
  it('is shown to nobody who is not signed in', async () => {
    for (const path of ['/api/calls', '/api/calls/n1-1.1', '/api/dispositions']) {
      expect((await visitor().get(path)).status).toBe(401);
    }
  });

  it('goes on page by page, even through calls of the same millisecond', async () => {
    const seen: string[] = [];
    let next = '';
    do {
      const rows = z.array(callRowSchema).parse((await page.get(`/api/calls?limit=1${next}`)).body);
      seen.push(...rows.map((row) => row.callId));
      const last = rows.at(-1);
      next = last ? `&before=${last.offeredAt}&beforeId=${last.callId}` : '';
    } while (next !== '');
    expect(seen).toEqual(['n1-1.4', 'n1-1.3', 'n1-1.2', 'n1-1.1']);
  });

  it('can be narrowed', async () => {
    const rows = (await page.get('/api/calls?direction=campaign&outcome=answered&agentId=1')).body;
    expect(rows).toMatchObject([
      { callId: 'n1-1.4', agentName: 'Анна', dispositionName: 'А', hasRecording: false },
    ]);
    expect((await page.get('/api/calls?outcome=nonsense')).body.reason).toBe('badInput');
  });

  it('tells one call with its legs and its events in order', async () => {
    const call = callDetailSchema.parse((await page.get('/api/calls/n1-1.1')).body);
    expect(call.legs.map((leg) => leg.legId)).toEqual(['leg']);
    expect(call.events.map((event) => event.type)).toEqual(['first', 'second']);
    expect((await page.get('/api/calls/none')).body).toEqual({ reason: 'notFound' });
  });

  it('tells the results an agent may give, in their order', async () => {
    const list = z.array(dispositionSchema).parse((await page.get('/api/dispositions')).body);
    expect(list.map((d) => d.hotkey)).toEqual([1, 2]);
  });
});
