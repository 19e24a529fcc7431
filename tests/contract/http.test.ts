import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router } from 'express';
import { describe, expect, it } from 'vitest';
import { currentUser } from '../../server/http/session.ts';
import { startApi } from '../setup/api.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const { db } = await openTestDatabase();
const uiDir = mkdtempSync(join(tmpdir(), 'dozvon-ui-'));
mkdirSync(join(uiDir, 'assets'));
writeFileSync(join(uiDir, 'index.html'), '<title>Dozvon</title>');
writeFileSync(join(uiDir, 'assets', 'a-123.js'), '1');

const feature = Router();
feature.post('/api/echo', (request, response) => void response.json(request.body));
feature.get('/api/mine', (request, response) => void response.json(currentUser(request)));
feature.get('/api/broken', () => {
  throw new Error('secret inside');
});
let ok = true;
const { visitor } = await startApi({
  db,
  features: [feature],
  uiDir,
  health: async () => ({ ok, parts: { database: ok } }),
});
const page = visitor();

describe('the HTTP side', () => {
  it('refuses a request that changes something and comes from a foreign page', async () => {
    const foreign = await page.send('POST', '/api/echo', { a: 1 }, { 'X-Dozvon': '' });
    expect([foreign.status, foreign.body]).toEqual([403, { reason: 'foreignPage' }]);
    expect((await page.post('/api/echo', { a: 1 })).body).toEqual({ a: 1 });
  });

  it('tells nothing about an unexpected failure', async () => {
    const answer = await page.get('/api/broken');
    expect([answer.status, answer.body]).toEqual([500, { reason: 'internal' }]);
  });

  it('knows no one without a session, and takes no made-up cookie', async () => {
    expect(
      (await page.send('GET', '/api/mine', undefined, { Cookie: 'dozvon=s%3Amade-up.signature' })).status,
    ).toBe(401);
  });

  it('answers an unknown path under /api with a reason, not with the page', async () => {
    const answer = await page.get('/api/none');
    expect([answer.status, answer.body]).toEqual([404, { reason: 'notFound' }]);
  });

  it('gives the page for its own routes, and long-lived assets', async () => {
    const route = await page.get('/customers/17');
    expect([route.body, route.headers.get('cache-control')]).toEqual(['<title>Dozvon</title>', 'no-cache']);
    expect((await page.get('/assets/a-123.js')).headers.get('cache-control')).toContain('immutable');
    expect((await page.get('/assets/old-999.js')).status).toBe(404);
  });

  it('lets pages run only our own scripts, and talk to the exchange over WSS', async () => {
    const policy = (await page.get('/')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self' wss:");
    expect(policy).toContain("media-src 'self' blob:");
  });

  it('says whether it is well', async () => {
    expect((await page.get('/health')).body).toEqual({ ok: true, parts: { database: true } });
    ok = false;
    expect((await page.get('/health')).status).toBe(503);
  });
});
