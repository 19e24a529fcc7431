import { join } from 'node:path';
import express, { type Express, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import type { Buffers, BufferView } from '../basics/buffers.ts';
import type { Log } from '../basics/log.ts';
import type { LoopView, Watchdog } from '../basics/watchdog.ts';
import type { Config } from '../config.ts';
import { errorHandler, HttpProblem } from './errors.ts';
import { requireRole } from './session.ts';

/** What GET /health tells; `parts` by name, e.g. {exchange: true, database: true}. */
export interface Health {
  readonly ok: boolean;
  readonly parts: Readonly<Record<string, boolean>>;
  /** What was found astray on the exchange and put right since the start, by kind. */
  readonly orphans?: Readonly<Record<string, number>>;
  /** Milliseconds since each loop went round. */
  readonly loops?: Readonly<Record<string, number>>;
  /** What waits in each buffer. */
  readonly buffers?: Readonly<Record<string, number>>;
}

/** What GET /api/health/loops tells supervisors and administrators. */
export interface Insides {
  readonly eventLoop: { readonly lagMs: number; readonly worstLagMs: number };
  readonly loops: readonly LoopView[];
  readonly buffers: readonly BufferView[];
}

export function insidesOf(watchdog: Watchdog, buffers: Buffers): Insides {
  return { eventLoop: watchdog.eventLoop(), loops: watchdog.views(), buffers: buffers.views() };
}

/** The same in short, for GET /health, where nobody has signed in. */
export function shortOf({ loops, buffers }: Insides): Required<Pick<Health, 'loops' | 'buffers'>> {
  return {
    loops: Object.fromEntries(loops.map(({ name, ageMs }) => [name, ageMs])),
    buffers: Object.fromEntries(buffers.map(({ name, size }) => [name, size])),
  };
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);
const yearMs = 31_536_000_000;

/**
 * The HTTP side of the house: security headers, sessions, the guard against foreign pages, the features' routers (each
 * serves paths under /api), the built user interface. Everything else, and every error, answers `{reason, detail}`.
 */
export function makeApp(options: {
  config: Config;
  log: Log;
  sessions: RequestHandler;
  health: () => Promise<Health>;
  insides?: () => Insides;
  features: readonly Router[];
  /** Folder of the built user interface. */
  uiDir: string;
}): Express {
  const { config, log, sessions, health, insides, features, uiDir } = options;
  const ownTls = config.TLS_CERT_FILE !== '';
  const app = express();
  app.disable('x-powered-by');
  // Behind a TLS-ending proxy the visitor's address comes from the proxy; else nobody's word is taken for it.
  app.set('trust proxy', ownTls ? false : ['loopback', 'linklocal', 'uniquelocal']);
  app.use(securityHeaders(ownTls));

  app.get('/health', async (_request, response) => {
    const now = await health();
    response
      .status(now.ok ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json(now);
  });

  app.use('/api', express.json({ limit: '256kb' }), sessions, refuseForeignPages, noStore);
  if (insides !== undefined) {
    app.get('/api/health/loops', requireRole('supervisor'), (_request, response) => {
      response.json(insides());
    });
  }
  for (const feature of features) app.use(feature);
  app.use('/api', () => {
    throw new HttpProblem(404, 'notFound');
  });

  app.use(
    '/assets',
    express.static(join(uiDir, 'assets'), { immutable: true, maxAge: yearMs, index: false }),
    () => {
      throw new HttpProblem(404, 'notFound');
    },
  );
  app.use(express.static(uiDir, { index: false }));
  app.use((request, response, next) => {
    if (!reading.has(request.method)) throw new HttpProblem(404, 'notFound');
    response.set('Cache-Control', 'no-cache');
    response.sendFile('index.html', { root: uiDir }, (error) => {
      // A visitor who left while the page was on its way is no failure.
      if (error && !response.headersSent) next(new HttpProblem(503, 'uiNotBuilt'));
    });
  });
  app.use(errorHandler(log));
  return app;
}

function securityHeaders(ownTls: boolean): RequestHandler {
  const guard = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"], // the widgets set styles on elements
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        mediaSrc: ["'self'", 'blob:', 'data:'],
        connectSrc: ["'self'", 'wss:', ...(ownTls ? [] : ['ws:'])], // the exchange's SIP port is another origin
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // A browser that remembered this for a self-signed host would let nobody in any more; the proxy may set it.
    strictTransportSecurity: false,
  });
  return (request, response, next) => {
    response.set('Permissions-Policy', 'microphone=(self), camera=(), geolocation=()');
    guard(request, response, next);
  };
}

/** A foreign page can make a browser send a form with our cookie, but not with a header of our own. */
const refuseForeignPages: RequestHandler = (request, _response, next) => {
  if (!reading.has(request.method) && request.get('X-Dozvon') !== '1')
    throw new HttpProblem(403, 'foreignPage');
  next();
};

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};
