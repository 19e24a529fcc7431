import { Router as makeRouter, type Router } from 'express';
import type { Db } from '../db/pool.ts';
import { requireRole } from '../http/session.ts';
import { actsQuerySchema, type Supervision } from './schema.ts';
import { readActs, readPeople } from './store.ts';

/** The record of acts and the house's rule of supervision, for supervisors and administrators. */
export function makeSupervisionRoutes({ db, shown }: { db: Db; shown: Supervision['shown'] }): Router {
  const router = makeRouter();
  router.use(['/api/acts', '/api/supervision'], requireRole('supervisor'));

  router.get('/api/acts', async (request, response) => {
    response.json(await readActs(db, actsQuerySchema.parse(request.query)));
  });

  router.get('/api/supervision', async (_request, response) => {
    response.json({ shown, people: await readPeople(db) } satisfies Supervision);
  });
  return router;
}
