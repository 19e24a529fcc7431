import { Router as makeRouter, type Router } from 'express';
import { z } from 'zod';
import type { Db } from '../db/pool.ts';
import { HttpProblem } from '../http/errors.ts';
import { currentUser, requireRole } from '../http/session.ts';
import { readCall, readCalls, readDispositions } from './history-read.ts';
import { callsQuerySchema } from './schema.ts';

const idParams = z.object({ id: z.string().min(1).max(80) });

/** History of calls, the results an agent may give. Every signed-in user. */
export function makeCallRoutes({ db }: { db: Db }): Router {
  const router = makeRouter();
  router.use(['/api/calls', '/api/dispositions'], requireRole());

  router.get('/api/dispositions', async (_request, response) => {
    response.json(await readDispositions(db));
  });

  router.get('/api/calls', async (request, response) => {
    response.json(await readCalls(db, callsQuerySchema.parse(request.query)));
  });

  router.get('/api/calls/:id', async (request, response) => {
    const { id } = idParams.parse(request.params);
    const call = await readCall(db, id, { acts: currentUser(request).role !== 'agent' });
    if (!call) throw new HttpProblem(404, 'notFound');
    response.json(call);
  });
  return router;
}
