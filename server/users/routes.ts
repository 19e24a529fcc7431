import type { Request, Router } from 'express';
import { Router as makeRouter } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { z } from 'zod';
import type { Log } from '../basics/log.ts';
import { ExchangeError } from '../calls/exchange.ts';
import type { Config } from '../config.ts';
import type { Db } from '../db/pool.ts';
import { HttpProblem } from '../http/errors.ts';
import { currentUser, requireRole, sessionCookie } from '../http/session.ts';
import { checkPassword } from './password.ts';
import type { PhoneDesk } from './phone-credentials.ts';
import { type Me, roles, signInSchema } from './schema.ts';
import { findUser, listUsers } from './store.ts';

/** Wrong passwords allowed in a quarter of an hour: for one login from one address, and from one address in all. */
const triesPerLogin = 8;
const triesPerAddress = 300; // a whole centre may sit behind one address
const windowS = 15 * 60;

const usersQuery = z.object({ role: z.enum(roles).optional() });

/** Signing in and out, who I am, other users, my softphone's credentials. */
export function makeUserRoutes(options: {
  config: Config;
  db: Db;
  log: Log;
  phoneDesk: PhoneDesk;
  /** Called after a user signed out of this session: his live state must end as well. */
  onSignOut: (userId: number, sessionId: string) => void | Promise<void>;
  /** Shown on the first page of the demo, and only there. */
  demoSignIns: readonly unknown[];
}): Router {
  const { config, db, log, phoneDesk, onSignOut, demoSignIns } = options;
  const byLogin = new RateLimiterMemory({ points: triesPerLogin, duration: windowS });
  const byAddress = new RateLimiterMemory({ points: triesPerAddress, duration: windowS });
  const router = makeRouter();

  router.post('/api/sign-in', async (request, response) => {
    const { login, password } = signInSchema.parse(request.body);
    const address = request.ip ?? '';
    const key = `${login.toLowerCase()} ${address}`;
    // Counted before the check: tries sent at the same time are counted too.
    await takeTry(byAddress, address);
    await takeTry(byLogin, key);
    const user = await findUser(db, login);
    if (!(await checkPassword(user?.passwordHash ?? null, password)) || !user)
      throw new HttpProblem(401, 'wrongSignIn');
    await Promise.all([byLogin.delete(key), byAddress.reward(address)]);
    const { id, name, role } = user;
    // A new session id: one that was planted before the sign-in is worth nothing.
    await promised((done) => request.session.regenerate(done));
    request.session.user = { id, login: user.login, name, role };
    await promised((done) => request.session.save(done));
    response.json(describeMe(request, config.DEMO));
  });

  router.post('/api/sign-out', async (request, response) => {
    const { id } = currentUser(request);
    const sessionId = request.sessionID;
    await promised((done) => request.session.destroy(done));
    response.clearCookie(sessionCookie, { path: '/' });
    await onSignOut(id, sessionId);
    try {
      await phoneDesk.withdraw(id);
    } catch (error) {
      log.warn({ err: error, userId: id }, 'credentials not withdrawn yet; the sweep will');
    }
    response.status(204).end();
  });

  router.get('/api/me', (request, response) => {
    response.json(describeMe(request, config.DEMO));
  });

  router.get('/api/users', requireRole('supervisor'), async (request, response) => {
    const { role } = usersQuery.parse(request.query);
    response.json(await listUsers(db, role ?? null));
  });

  router.post('/api/phone', async (request, response) => {
    const { id } = currentUser(request);
    // The host name becomes part of a URL; it is the visitor's own word.
    if (!/^[\w.:[\]-]{1,253}$/.test(request.hostname)) throw new HttpProblem(400, 'badInput', 'Host');
    try {
      response.json(await phoneDesk.issue(id, request.hostname, new Date()));
    } catch (error) {
      if (error instanceof ExchangeError) throw new HttpProblem(503, 'exchangeDown');
      throw error;
    }
  });

  if (config.DEMO) router.get('/api/demo/sign-ins', (_request, response) => void response.json(demoSignIns));
  return router;
}

function describeMe(request: Request, demo: boolean): Me {
  const { id, login, name, role } = currentUser(request);
  return { id, login, name, role, demo, serverTime: new Date().toISOString() };
}

async function takeTry(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new HttpProblem(429, 'tooManyTries', String(Math.ceil(refusal.msBeforeNext / 1000)));
  }
}

function promised(act: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
}
