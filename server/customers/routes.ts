import { Router as makeRouter, type Router } from 'express';
import { z } from 'zod';
import type { Db } from '../db/pool.ts';
import { HttpProblem } from '../http/errors.ts';
import { currentUser, requireRole } from '../http/session.ts';
import type { CardReader } from './card.ts';
import { noteInputSchema, timelineEntrySchema } from './schema.ts';
import { addNote, readTimeline, searchCustomers } from './store.ts';

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) });
const searchQuery = z.object({
  q: z.string().trim().max(200).default(''),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
const timelineQuery = z.object({
  before: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
  kind: timelineEntrySchema.shape.kind.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(30),
});

/** Search, the card, its timeline page by page, notes. Every signed-in user. */
export function makeCustomerRoutes(options: { db: Db; readCard: CardReader }): Router {
  const { db, readCard } = options;
  const router = makeRouter();
  router.use('/api/customers', requireRole());

  router.get('/api/customers', async (request, response) => {
    const { q, limit } = searchQuery.parse(request.query);
    response.json(q === '' ? [] : await searchCustomers(db, q, limit));
  });

  router.get('/api/customers/:id', async (request, response) => {
    const { id } = idParams.parse(request.params);
    const card = await readCard(id, Date.now());
    if (!card) throw new HttpProblem(404, 'notFound');
    response.json(card);
  });

  router.get('/api/customers/:id/timeline', async (request, response) => {
    const { id } = idParams.parse(request.params);
    const { before, kind, limit } = timelineQuery.parse(request.query);
    response.json(await readTimeline(db, id, { before: before ?? null, kind: kind ?? null, limit }));
  });

  router.post('/api/customers/:id/notes', async (request, response) => {
    const { id } = idParams.parse(request.params);
    const { text } = noteInputSchema.parse(request.body);
    const actor = { userId: currentUser(request).id, source: 'http' };
    const entry = await addNote(db, actor, { customerId: id, text, at: Date.now() });
    if (!entry) throw new HttpProblem(404, 'notFound');
    response.status(201).json(entry);
  });
  return router;
}
