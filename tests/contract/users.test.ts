import { beforeEach, describe, expect, it } from 'vitest';
import { ExchangeError } from '../../server/calls/exchange.ts';
import { demoSignIns } from '../../server/users/demo-sign-ins.ts';
import { hashPassword } from '../../server/users/password.ts';
import { makePhoneDesk } from '../../server/users/phone-credentials.ts';
import { makeUserRoutes } from '../../server/users/routes.ts';
import { meSchema, phoneCredentialsSchema } from '../../server/users/schema.ts';
import { silentLog, startApi, testConfig } from '../setup/api.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const { db } = await openTestDatabase();
const config = testConfig();

const atExchange = new Map<string, string>();
let exchangeUp = true;
const phones = {
  issue: async ({ sipUser, password }: { sipUser: string; password: string }) => {
    if (!exchangeUp) throw new ExchangeError('down', 'no exchange');
    atExchange.set(sipUser, password);
  },
  withdraw: async (sipUser: string) => {
    if (!exchangeUp) throw new ExchangeError('down', 'no exchange');
    atExchange.delete(sipUser);
  },
};
const signedOut: number[] = [];
const phoneDesk = makePhoneDesk({ db, phones, websocketUrl: config.ASTERISK_WSS_URL, validHours: 12 });
const { visitor } = await startApi({
  db,
  config,
  features: [
    makeUserRoutes({
      config,
      db,
      log: silentLog,
      phoneDesk,
      onSignOut: (id) => void signedOut.push(id),
      demoSignIns,
    }),
  ],
});

const passwordHash = await hashPassword('right');
async function makeUser(login: string, role = 'agent'): Promise<number> {
  const { rows } = await db.query(
    `INSERT INTO users (login, name, role, password_hash) VALUES ($1::text, $1::text, $2, $3) RETURNING id`,
    [login, role, passwordHash],
  );
  return rows[0].id;
}
async function signIn(login: string) {
  const page = visitor();
  const answer = await page.post('/api/sign-in', { login, password: 'right' });
  expect(answer.status).toBe(200);
  return page;
}

beforeEach(async () => {
  await db.query('TRUNCATE users, user_sessions CASCADE');
  atExchange.clear();
  signedOut.length = 0;
  exchangeUp = true;
});

describe('signing in', () => {
  it('tells who I am, in any case of the login, and keeps it in a cookie that scripts cannot read', async () => {
    const id = await makeUser('anna');
    const page = visitor();
    const answer = await page.post('/api/sign-in', { login: 'ANNA', password: 'right' });
    expect(answer.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Lax/);
    expect(meSchema.parse((await page.get('/api/me')).body)).toMatchObject({
      id,
      login: 'anna',
      role: 'agent',
      demo: true,
    });
  });

  it('answers the same for a wrong password, an unknown login and a disabled user', async () => {
    await makeUser('anna');
    await makeUser('boris');
    await db.query(`UPDATE users SET disabled_at = now() WHERE login = 'boris'`);
    const answers = [];
    for (const [login, password] of [
      ['anna', 'wrong'],
      ['nobody', 'right'],
      ['boris', 'right'],
    ]) {
      answers.push(await visitor().post('/api/sign-in', { login, password }));
    }
    expect(answers.map((a) => [a.status, a.body])).toEqual(Array(3).fill([401, { reason: 'wrongSignIn' }]));
  });

  it('gives a new session id, so that a planted one is worth nothing', async () => {
    await makeUser('anna');
    const page = await signIn('anna');
    const before = page.cookie;
    await page.post('/api/sign-in', { login: 'anna', password: 'right' });
    expect(page.cookie).not.toBe(before);
    const old = visitor();
    old.cookie = before;
    expect((await old.get('/api/me')).status).toBe(401);
  });

  it('stops guessing after eight wrong passwords, and says for how long', async () => {
    await makeUser('vera');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => visitor().post('/api/sign-in', { login: 'vera', password: 'guess' })),
    );
    expect(answers.filter((a) => a.status === 401)).toHaveLength(8);
    const right = await visitor().post('/api/sign-in', { login: 'vera', password: 'right' });
    expect(right.status).toBe(429);
    expect(right.body.reason).toBe('tooManyTries');
    expect(Number(right.body.detail)).toBeGreaterThan(800);
  });

  it('is refused with a reason when the input is not what a form sends', async () => {
    expect((await visitor().post('/api/sign-in', { login: { $gt: '' }, password: 'x' })).body.reason).toBe(
      'badInput',
    );
    expect((await visitor().post('/api/sign-in', '{broken')).status).toBe(400);
    expect(
      (await visitor().post('/api/sign-in', { login: 'x'.repeat(300_000), password: 'x' })).body.reason,
    ).toBe('tooLarge');
  });
});

describe('signing out', () => {
  it('ends the session, the live state and the softphone', async () => {
    const id = await makeUser('anna');
    const page = await signIn('anna');
    await page.post('/api/phone');
    expect(atExchange.size).toBe(1);
    const held = page.cookie;
    expect((await page.post('/api/sign-out')).status).toBe(204);
    page.cookie = held;
    expect((await page.get('/api/me')).body).toEqual({ reason: 'signedOut' });
    expect(signedOut).toEqual([id]);
    expect(atExchange.size).toBe(0);
  });

  it('works while the exchange is away; the sweep withdraws the credentials later', async () => {
    await makeUser('anna');
    const page = await signIn('anna');
    await page.post('/api/phone');
    exchangeUp = false;
    expect((await page.post('/api/sign-out')).status).toBe(204);
    exchangeUp = true;
    expect(await phoneDesk.withdrawExpired(new Date(Date.now() + 13 * 3_600_000))).toBe(1);
    expect(atExchange.size).toBe(0);
  });
});

describe('softphone credentials', () => {
  it('name the same SIP user each time, with a new password that the exchange knows', async () => {
    const id = await makeUser('anna');
    const page = await signIn('anna');
    const first = phoneCredentialsSchema.parse((await page.post('/api/phone')).body);
    const second = phoneCredentialsSchema.parse((await page.post('/api/phone')).body);
    expect(second).toMatchObject({
      sipUser: `agent-${id}`,
      sipUri: `sip:agent-${id}@127.0.0.1`,
      websocketUrl: 'wss://127.0.0.1:8089/ws',
    });
    expect(second.password).not.toBe(first.password);
    expect(atExchange.get(`agent-${id}`)).toBe(second.password);
  });

  it('the last answer of several at once is not contradicted by the exchange', async () => {
    const id = await makeUser('anna');
    const page = await signIn('anna');
    const answers = await Promise.all(Array.from({ length: 5 }, () => page.post('/api/phone')));
    const known = answers.map((a) => a.body.password);
    expect(known).toContain(atExchange.get(`agent-${id}`));
    expect(new Set(known).size).toBe(5);
  });

  it('are refused in plain words while the exchange is away', async () => {
    await makeUser('anna');
    const page = await signIn('anna');
    exchangeUp = false;
    const answer = await page.post('/api/phone');
    expect([answer.status, answer.body]).toEqual([503, { reason: 'exchangeDown' }]);
  });

  it('do not expire under an agent who is still signed in', async () => {
    const id = await makeUser('anna');
    const page = await signIn('anna');
    await page.post('/api/phone');
    const later = new Date(Date.now() + 13 * 3_600_000);
    await db.query(`UPDATE user_sessions SET expire = $1`, [new Date(later.getTime() + 1000)]);
    expect(await phoneDesk.withdrawExpired(later)).toBe(0);
    expect(atExchange.has(`agent-${id}`)).toBe(true);
  });
});

describe('rights', () => {
  it('a visitor who is not signed in gets nothing', async () => {
    for (const path of ['/api/me', '/api/users']) expect((await visitor().get(path)).status).toBe(401);
    expect((await visitor().post('/api/phone')).status).toBe(401);
  });

  it('the list of users is for supervisors and administrators', async () => {
    await makeUser('anna');
    await makeUser('darya', 'supervisor');
    await makeUser('admin', 'administrator');
    expect((await (await signIn('anna')).get('/api/users')).body).toEqual({ reason: 'notAllowed' });
    const agents = await (await signIn('darya')).get('/api/users?role=agent');
    expect(agents.body.map((u: { login: string }) => u.login)).toEqual(['anna']);
    expect((await (await signIn('admin')).get('/api/users')).body).toHaveLength(3);
  });
});
