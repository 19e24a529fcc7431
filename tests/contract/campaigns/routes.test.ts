import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router } from 'express';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { memoryBus } from '../../../server/bus/memory.ts';
import { runImport } from '../../../server/campaigns/import.ts';
import type { LeadImports } from '../../../server/campaigns/jobs.ts';
import { makeCampaignRoutes } from '../../../server/campaigns/routes.ts';
import {
  campaignSchema,
  importRejectSchema,
  leadImportSchema,
  leadSchema,
} from '../../../server/campaigns/schema.ts';
import { silentLog, startApi, type Visitor } from '../../setup/api.ts';
import { openTestDatabase } from '../../setup/postgres.ts';
import { addAgent } from './records.ts';

const { db } = await openTestDatabase();
const directory = await mkdtemp(join(tmpdir(), 'dozvon-upload-test-'));
afterAll(() => rm(directory, { recursive: true, force: true }));
const agentId = await addAgent(db, 'anna');
const supervisorId = await addAgent(db, 'olga', 'supervisor');
const bus = memoryBus();
const changed: number[] = [];
await bus.onCampaignChanged((id) => void changed.push(id));

/** Runs each import before the answer, so that a test sees its end at once. */
let busDown = false;
const imports: LeadImports = {
  directory,
  fileOf: (id) => join(directory, `${id}.list`),
  async enqueue(importId) {
    if (busDown) throw new Error('down');
    const file = join(directory, `${importId}.run`);
    await rename(imports.fileOf(importId), file);
    await runImport({ db, importId, file, country: 'RU', timeZone: 'Europe/Moscow', now: Date.now });
  },
  async close() {},
};

/** Signs in without a password: the test is about campaigns. */
const signIn = Router().post('/api/test-sign-in/:id', async (request, response) => {
  const { rows } = await db.query('SELECT id, login, name, role FROM users WHERE id = $1', [
    request.params.id,
  ]);
  (request.session as unknown as { user: unknown }).user = rows[0];
  response.json({});
});
const { visitor, base } = await startApi({
  db,
  features: [signIn, makeCampaignRoutes({ db, bus, log: silentLog, imports })],
});
async function as(id: number): Promise<Visitor> {
  const someone = visitor();
  await someone.post(`/api/test-sign-in/${id}`);
  return someone;
}
const olga = await as(supervisorId);

beforeEach(async () => {
  await db.query('DELETE FROM campaigns');
  busDown = false;
  changed.length = 0;
});

const input = { name: 'Осень', mode: 'progressive', purpose: 'service', agentIds: [agentId] };
const create = async (changes = {}) =>
  campaignSchema.parse((await olga.post('/api/campaigns', { ...input, ...changes })).body);

async function upload(campaignId: number, content: string, field = 'file', name = 'Список.csv') {
  const form = new FormData();
  form.append(field, new Blob([content]), name);
  const response = await fetch(`${base}/api/campaigns/${campaignId}/imports`, {
    method: 'POST',
    headers: { 'X-Dozvon': '1', Cookie: olga.cookie },
    body: form,
  });
  return { status: response.status, body: await response.json() };
}

describe('campaigns over HTTP', () => {
  it('are for supervisors only', async () => {
    expect((await (await as(agentId)).get('/api/campaigns')).status).toBe(403);
    expect((await visitor().get('/api/imports/1')).status).toBe(401);
  });

  it('are made with defaults, read, and listed newest first', async () => {
    const first = await create();
    expect(first).toMatchObject({
      state: 'draft',
      ringTimeoutMs: 25_000,
      agentIds: [agentId],
      leads: { total: 0 },
    });
    const second = await create({ name: 'Зима' });
    const { body } = await olga.get('/api/campaigns');
    expect(
      campaignSchema
        .array()
        .parse(body)
        .map((c) => c.id),
    ).toEqual([second.id, first.id]);
    expect((await olga.get('/api/campaigns/999999')).status).toBe(404);
    expect((await olga.get('/api/campaigns/x')).status).toBe(400);
  });

  it('for advertising are refused any automatic dialling, with the law’s name', async () => {
    const refused = await olga.post('/api/campaigns', { ...input, purpose: 'advertising' });
    expect(refused).toMatchObject({ status: 409, body: { reason: 'advertisingNeedsPreview' } });
    const { id } = await create({ purpose: 'advertising', mode: 'preview' });
    expect((await olga.send('PATCH', `/api/campaigns/${id}`, { mode: 'progressive' })).status).toBe(409);
  });

  it('change only what is named, and tell the dialer', async () => {
    const { id } = await create({ lineLimit: 7, retryRules: { busy: { afterMs: 1000, maxTimes: 1 } } });
    const answer = await olga.send('PATCH', `/api/campaigns/${id}`, { name: 'Весна', agentIds: [] });
    expect(campaignSchema.parse(answer.body)).toMatchObject({
      name: 'Весна',
      lineLimit: 7,
      agentIds: [],
      retryRules: { busy: {} },
    });
    expect(changed.filter((c) => c === id).length).toBeGreaterThanOrEqual(2);
  });

  it('start, pause and stop, each from where it makes sense; mode and purpose are fixed by then', async () => {
    const { id } = await create();
    const step = (name: string) => olga.post(`/api/campaigns/${id}/${name}`);
    expect((await step('pause')).body).toMatchObject({ reason: 'wrongState', detail: 'draft' });
    expect((await step('start')).body).toMatchObject({ state: 'running' });
    expect((await olga.send('PATCH', `/api/campaigns/${id}`, { mode: 'preview' })).body).toMatchObject({
      reason: 'campaignStarted',
    });
    expect(
      (await olga.send('PATCH', `/api/campaigns/${id}`, { mode: 'progressive', name: 'x' })).status,
    ).toBe(200);
    expect((await step('pause')).body).toMatchObject({ state: 'paused' });
    expect((await step('stop')).body).toMatchObject({ state: 'finished' });
    const robot = await create({ mode: 'announcement' });
    expect((await olga.post(`/api/campaigns/${robot.id}/start`)).body).toMatchObject({
      reason: 'announcementMissing',
    });
  });

  it('name the house’s retry rules', async () => {
    expect((await olga.get('/api/campaigns/retry-defaults')).body).toMatchObject({
      busy: { afterMs: 1_200_000, maxTimes: 3 },
    });
  });
});

describe('lists over HTTP', () => {
  it('are uploaded, imported, and their rejects shown page by page and as a safe file', async () => {
    const { id } = await create();
    const { status, body } = await upload(id, 'Имя;Телефон\nАнна;89160000001\n=2+2;нет\nВера;\n');
    expect(status).toBe(201);
    const importId = leadImportSchema.parse(body).id;
    const done = leadImportSchema.parse((await olga.get(`/api/imports/${importId}`)).body);
    expect(done).toMatchObject({
      fileName: 'Список.csv',
      state: 'finished',
      imported: 1,
      rejected: { wrongPhone: 1, missingPhone: 1 },
    });
    expect((await olga.get(`/api/campaigns/${id}/imports`)).body).toHaveLength(1);
    const page = await olga.get(`/api/imports/${importId}/rejects?after=3&limit=10`);
    expect(importRejectSchema.array().parse(page.body)).toEqual([
      { line: 4, reason: 'missingPhone', raw: 'Вера;' },
    ]);
    const csv = await olga.get(`/api/imports/${importId}/rejects.csv`);
    expect(csv.headers.get('content-disposition')).toContain('attachment');
    expect(csv.body).toContain(`3;wrongPhone;"'=2+2;нет"`);
    const leads = leadSchema
      .array()
      .parse((await olga.get(`/api/campaigns/${id}/leads?state=waiting&limit=10`)).body);
    expect(leads).toMatchObject([{ name: 'Анна', phone: '+79160000001', attempts: 0 }]);
    expect((await olga.get(`/api/campaigns/${id}/leads?outcome=busy`)).body).toEqual([]);
    expect((await olga.post(`/api/imports/${importId}/cancel`)).body).toMatchObject({ reason: 'wrongState' });
    expect((await olga.post(`/api/imports/${importId}/undo`)).body).toMatchObject({ state: 'cancelled' });
  });

  it('without a file, with the wrong field, or while the bus is down are refused with a reason', async () => {
    const { id } = await create();
    expect((await olga.post(`/api/campaigns/${id}/imports`, {})).body).toMatchObject({
      reason: 'fileMissing',
    });
    expect((await upload(id, 'x', 'other')).body).toMatchObject({ reason: 'fileMissing' });
    expect((await upload(999_999, 'x')).status).toBe(404);
    const broken = await olga.send('POST', `/api/campaigns/${id}/imports`, 'xx', {
      'Content-Type': 'multipart/form-data; boundary=b',
    });
    expect(broken).toMatchObject({ status: 400, body: { reason: 'badInput' } });
    busDown = true;
    expect(await upload(id, 'Имя;Телефон\n')).toMatchObject({ status: 503, body: { reason: 'busDown' } });
    expect((await olga.get(`/api/campaigns/${id}/imports`)).body).toMatchObject([
      { state: 'failed', error: 'busDown' },
    ]);
  });
});
