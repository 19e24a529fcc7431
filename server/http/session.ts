import type { IncomingMessage } from 'node:http';
import connectPgSimple from 'connect-pg-simple';
import type { RequestHandler } from 'express';
import session from 'express-session';
import type { Config } from '../config.ts';
import type { Db } from '../db/pool.ts';
import type { Role } from '../users/schema.ts';
import { HttpProblem } from './errors.ts';

/** Who is signed in; a copy taken at sign-in. */
export interface SessionUser {
  readonly id: number;
  readonly login: string;
  readonly name: string;
  readonly role: Role;
}

declare module 'express-session' {
  interface SessionData {
    user: SessionUser;
  }
}

export const sessionCookie = 'dozvon';

/**
 * Sessions in the database, so that a restarted server knows its users. The same middleware serves the pages' API and
 * the live socket (`io.engine.use(sessions)`). Each use prolongs a session by SESSION_HOURS.
 */
export function makeSessions(options: {
  config: Config;
  db: Db;
  onError: (error: unknown) => void;
}): RequestHandler {
  const { config, db, onError } = options;
  const Store = connectPgSimple(session);
  return session({
    name: sessionCookie,
    secret: config.SESSION_SECRET,
    store: new Store({
      pool: db,
      tableName: 'user_sessions',
      errorLog: (...args: unknown[]) => onError(args.at(-1)),
    }),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    // Without a certificate of our own a proxy ends TLS before us and says so in X-Forwarded-Proto.
    proxy: config.TLS_CERT_FILE === '',
    cookie: {
      httpOnly: true,
      sameSite: 'lax',
      secure: 'auto',
      maxAge: config.SESSION_HOURS * 3_600_000,
      path: '/',
    },
  });
}

/** The signed-in user of an HTTP request or a socket's handshake that passed the session middleware. */
export function readSessionUser(request: IncomingMessage): SessionUser | null {
  return (request as { session?: { user?: SessionUser } }).session?.user ?? null;
}

/** The signed-in user, or 401. */
export function currentUser(request: IncomingMessage): SessionUser {
  const user = readSessionUser(request);
  if (!user) throw new HttpProblem(401, 'signedOut');
  return user;
}

/** Lets through users with one of these roles; none named: every signed-in user. An administrator may do all. */
export function requireRole(...allowed: Role[]): RequestHandler {
  return (request, _response, next) => {
    const { role } = currentUser(request);
    if (allowed.length > 0 && role !== 'administrator' && !allowed.includes(role))
      throw new HttpProblem(403, 'notAllowed');
    next();
  };
}
