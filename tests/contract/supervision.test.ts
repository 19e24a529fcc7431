import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { makeSupervisionRoutes } from '../../server/supervision/routes.ts';
import { type ActRow, actRowSchema, supervisionSchema } from '../../server/supervision/schema.ts';
import { hashPassword } from '../../server/users/password.ts';
import { makePhoneDesk } from '../../server/users/phone-credentials.ts';
import { makeUserRoutes } from '../../server/users/routes.ts';
import { silentLog, startApi, testConfig, type Visitor } from '../setup/api.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const { db } = await openTestDatabase();
const phones = { issue: async () => {}, withdraw: async () => {} };
const { visitor } = await startApi({
  db,
  features: [
    makeUserRoutes({
      config: testConfig(),
      db,
      log: silentLog,
      phoneDesk: makePhoneDesk({ db, phones, websocketUrl: 'wss://HOST/ws', validHours: 1 }),
      onSignOut: () => {},
      demoSignIns: [],
    }),
    makeSupervisionRoutes({ db, shown: 'barge' }),
  ],
});
let darya: Visitor;

async function signIn(login: string): Promise<Visitor> {
  const page = visitor();
  await page.post('/api/sign-in', { login, password: 'right' });
  return page;
}
const acts = async (query: string): Promise<ActRow[]> =>
  z.array(actRowSchema).parse((await darya.get(`/api/acts${query}`)).body);

beforeAll(async () => {
  await db.query(
    `INSERT INTO users (login, name, role, password_hash) VALUES
       ('anna', 'Анна', 'agent', $1), ('darya', 'Дарья', 'supervisor', $1), ('boris', 'Борис', 'agent', $1)`,
    [await hashPassword('right')],
  );
  await db.query(
    `INSERT INTO live_calls (call_id, node, state, updated_at)
     VALUES ('living', 'n1', '{"phone": "+79990000001", "customer": {"id": 1, "name": "Иванов"}}', now())`,
  );
  await db.query(
    `INSERT INTO user_acts (user_id, act, call_id, agent_id, detail) VALUES
       (2, 'listen', 'living', 1, '{}'), (2, 'setState', NULL, 3, '{"state": "paused", "reason": "lunch"}'),
       (1, 'end', 'living', 1, '{"refused": "notAllowed"}')`,
  );
  darya = await signIn('darya');
});

it('the record shows the newest first, with names, also of a call that still lives', async () => {
  const all = await acts('');
  expect(all.map(({ act }) => act)).toEqual(['end', 'setState', 'listen']);
  expect(all[0]).toMatchObject({ userName: 'Анна', detail: { refused: 'notAllowed' } });
  expect(all[2]).toMatchObject({
    userName: 'Дарья',
    agentName: 'Анна',
    customerName: 'Иванов',
    phone: '+79990000001',
  });
});

it('it is filtered by who, to whom, call and act, and read page by page', async () => {
  const names = async (query: string) => (await acts(query)).map(({ act }) => act);
  expect(await names('?userId=2')).toEqual(['setState', 'listen']);
  expect(await names('?agentId=1')).toEqual(['end', 'listen']);
  expect(await names('?callId=living&userId=2')).toEqual(['listen']);
  expect(await names('?act=setState')).toEqual(['setState']);
  const [last] = await acts('?limit=1');
  expect(await names(`?limit=1&beforeId=${last?.id}`)).toEqual(['setState']);
});

it('supervisors are told the rule of the house and who there is; agents are refused both', async () => {
  const house = supervisionSchema.parse((await darya.get('/api/supervision')).body);
  expect(house.shown).toBe('barge');
  expect(house.people.map(({ name }) => name)).toEqual(['Анна', 'Борис', 'Дарья']);
  const anna = await signIn('anna');
  expect((await anna.get('/api/acts')).status).toBe(403);
  expect((await anna.get('/api/supervision')).status).toBe(403);
});
