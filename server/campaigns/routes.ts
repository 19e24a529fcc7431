import { Router as makeRouter, type Router } from 'express';
import { z } from 'zod';
import type { Log } from '../basics/log.ts';
import type { Bus } from '../bus/schema.ts';
import { outcomes } from '../calls/outcome.ts';
import { type Db, transaction } from '../db/pool.ts';
import { HttpProblem } from '../http/errors.ts';
import { currentUser, requireRole } from '../http/session.ts';
import { addImportRoutes, idParams } from './import-routes.ts';
import type { LeadImports } from './jobs.ts';
import { retryDefaults } from './retry.ts';
import { type Campaign, type CampaignInput, campaignInputSchema, leadSchema } from './schema.ts';
import {
  changeCampaign,
  createCampaign,
  makeCampaignCounts,
  readCampaigns,
  readLeads,
  stepCampaign,
} from './store.ts';

const leadsQuery = z.object({
  state: leadSchema.shape.state.optional(),
  outcome: z.enum(outcomes).optional(),
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** Campaigns, their leads and imports: supervisors and administrators. */
export function makeCampaignRoutes(options: { db: Db; bus: Bus; log: Log; imports: LeadImports }): Router {
  const { db, bus, log } = options;
  const counts = makeCampaignCounts(db);
  const router = makeRouter();
  router.use(['/api/campaigns', '/api/imports'], requireRole('supervisor', 'administrator'));

  const read = async (id: number): Promise<Campaign> => {
    const [campaign] = await readCampaigns(db, counts, id);
    if (!campaign) throw new HttpProblem(404, 'notFound');
    return campaign;
  };
  // The dialer looks each second anyway: a bus that is down delays the change, it does not lose it.
  const tell = (id: number) =>
    bus
      .publishCampaignChanged(id)
      .catch((error: unknown) => log.warn({ err: error }, 'campaign change not told'));

  router.get('/api/campaigns', async (_request, response) => {
    response.json(await readCampaigns(db, counts));
  });

  router.post('/api/campaigns', async (request, response) => {
    const input = campaignInputSchema.parse(request.body);
    checkPurpose(input);
    const { id: userId } = currentUser(request);
    const id = await transaction(db, { userId, source: 'http' }, (tx) => createCampaign(tx, input, userId));
    await tell(id);
    response.status(201).json(await read(id));
  });

  router.get('/api/campaigns/retry-defaults', (_request, response) => {
    response.json(retryDefaults);
  });

  router.get('/api/campaigns/:id', async (request, response) => {
    response.json(await read(idParams.parse(request.params).id));
  });

  router.patch('/api/campaigns/:id', async (request, response) => {
    const { id } = idParams.parse(request.params);
    const now = await read(id);
    const changes = changesOf(request.body, now);
    checkPurpose({ ...now, ...changes });
    const { id: userId } = currentUser(request);
    const changed = await transaction(db, { userId, source: 'http' }, (tx) =>
      changeCampaign(tx, id, changes),
    );
    if (!changed) throw new HttpProblem(409, 'campaignStarted', 'mode, purpose');
    await tell(id);
    response.json(await read(id));
  });

  for (const step of ['start', 'pause', 'stop'] as const) {
    router.post(`/api/campaigns/:id/${step}`, async (request, response) => {
      const { id } = idParams.parse(request.params);
      const campaign = await read(id);
      if (step === 'start' && campaign.mode === 'announcement' && campaign.announcement === null) {
        throw new HttpProblem(409, 'announcementMissing');
      }
      const { id: userId } = currentUser(request);
      const done = await transaction(db, { userId, source: 'http' }, (tx) => stepCampaign(tx, id, step));
      if (!done) throw new HttpProblem(409, 'wrongState', campaign.state);
      await tell(id);
      response.json(await read(id));
    });
  }

  router.get('/api/campaigns/:id/leads', async (request, response) => {
    const { id } = idParams.parse(request.params);
    response.json(await readLeads(db, id, leadsQuery.parse(request.query)));
  });

  addImportRoutes(router, options);
  return router;
}

/** Automatic dialling without a person's act is forbidden for advertising (38-FZ art. 18). */
function checkPurpose({ purpose, mode }: Pick<CampaignInput, 'purpose' | 'mode'>): void {
  if (purpose === 'advertising' && mode !== 'preview')
    throw new HttpProblem(409, 'advertisingNeedsPreview', '38-FZ 18');
}

/** The fields that the request names and that differ; the schema's defaults fill only what a whole campaign needs. */
function changesOf(body: unknown, now: Campaign): Partial<CampaignInput> {
  const named = new Set(Object.keys(z.record(z.string(), z.unknown()).parse(body)));
  const parsed = campaignInputSchema.parse({ ...now, ...(body as object) });
  const entries = Object.entries(parsed).filter(
    ([key, value]) =>
      named.has(key) && JSON.stringify(value) !== JSON.stringify(now[key as keyof CampaignInput]),
  );
  return Object.fromEntries(entries);
}
