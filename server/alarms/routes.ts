import { Router as makeRouter, type Router } from 'express';
import { z } from 'zod';
import type { Db } from '../db/pool.ts';
import { HttpProblem } from '../http/errors.ts';
import { currentUser, requireRole } from '../http/session.ts';
import { alarmsQuerySchema } from './schema.ts';
import { acknowledgeAlarm, readAlarms } from './store.ts';

const idParams = z.object({ id: z.coerce.number().int().positive() });

/** Alarms, for supervisors and administrators. */
export function makeAlarmRoutes({ db }: { db: Db }): Router {
  const router = makeRouter();
  router.use('/api/alarms', requireRole('supervisor'));

  router.get('/api/alarms', async (request, response) => {
    const { open, limit } = alarmsQuerySchema.parse(request.query);
    response.json(await readAlarms(db, { open: open === '1', limit }));
  });

  /** He has seen it and sees to it. */
  router.post('/api/alarms/:id/acknowledge', async (request, response) => {
    const { id } = idParams.parse(request.params);
    if (!(await acknowledgeAlarm(db, id, currentUser(request).id))) throw new HttpProblem(404, 'notFound');
    response.status(204).end();
  });
  return router;
}
