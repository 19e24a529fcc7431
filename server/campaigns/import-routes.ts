import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Request, Router } from 'express';
import { z } from 'zod';
import type { Bus } from '../bus/schema.ts';
import type { Db } from '../db/pool.ts';
import { HttpProblem } from '../http/errors.ts';
import { currentUser } from '../http/session.ts';
import { failImport } from './import.ts';
import {
  cancelImport,
  createImport,
  readImport,
  readImports,
  readRejects,
  undoImport,
} from './import-store.ts';
import type { LeadImports } from './jobs.ts';
import { clean } from './lead-import.ts';
import type { LeadImport } from './schema.ts';
import { campaignExists } from './store.ts';

/** A path's id: a PostgreSQL integer. */
export const idParams = z.object({ id: z.coerce.number().int().positive().max(2_147_483_647) });

const MOST_BYTES = 500 * 1024 * 1024;

const rejectsQuery = z.object({
  after: z.coerce.number().int().min(0).max(2_147_483_647).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Uploads, progress, rejects, cancel and undo of a campaign's lists. */
export function addImportRoutes(
  router: Router,
  { db, bus, imports }: { db: Db; bus: Bus; imports: LeadImports },
): void {
  const read = async (id: number): Promise<LeadImport> => {
    const found = await readImport(db, id);
    if (!found) throw new HttpProblem(404, 'notFound');
    return found;
  };

  router.post('/api/campaigns/:id/imports', async (request, response) => {
    const { id: campaignId } = idParams.parse(request.params);
    if (!(await campaignExists(db, campaignId))) throw new HttpProblem(404, 'notFound');
    const uploaded = join(imports.directory, `${randomUUID()}.part`);
    try {
      const fileName = await receiveFile(request, uploaded);
      const bytesTotal = (await stat(uploaded)).size;
      const { id: userId } = currentUser(request);
      const created = await createImport(db, { campaignId, fileName, bytesTotal, userId });
      await rename(uploaded, imports.fileOf(created.id));
      try {
        await imports.enqueue(created.id);
      } catch {
        await failImport(db, created.id, 'busDown');
        await rm(imports.fileOf(created.id), { force: true });
        throw new HttpProblem(503, 'busDown');
      }
      response.status(201).json(created);
    } finally {
      await rm(uploaded, { force: true });
    }
  });

  router.get('/api/campaigns/:id/imports', async (request, response) => {
    response.json(await readImports(db, idParams.parse(request.params).id));
  });

  router.get('/api/imports/:id', async (request, response) => {
    response.json(await read(idParams.parse(request.params).id));
  });

  router.post('/api/imports/:id/cancel', async (request, response) => {
    const { id } = idParams.parse(request.params);
    const { state } = await read(id);
    if (!(await cancelImport(db, id))) throw new HttpProblem(409, 'wrongState', state);
    response.json(await read(id));
  });

  router.post('/api/imports/:id/undo', async (request, response) => {
    const { id } = idParams.parse(request.params);
    const { campaignId, state } = await read(id);
    const result = await undoImport(db, id, currentUser(request).id);
    if (result === 'notFinished') throw new HttpProblem(409, 'wrongState', state);
    if (result === 'leadsCalled') throw new HttpProblem(409, 'leadsCalled');
    await bus.publishCampaignChanged(campaignId).catch(() => {});
    response.json(await read(id));
  });

  router.get('/api/imports/:id/rejects', async (request, response) => {
    const { id } = idParams.parse(request.params);
    response.json(await readRejects(db, id, rejectsQuery.parse(request.query)));
  });

  router.get('/api/imports/:id/rejects.csv', async (request, response) => {
    const { id } = idParams.parse(request.params);
    await read(id);
    response.type('text/csv; charset=utf-8').attachment(`import-${id}-rejects.csv`);
    // The byte order mark makes spreadsheets read UTF-8.
    response.write('\uFEFFline;reason;row\r\n');
    let after = 0;
    for (;;) {
      const rejects = await readRejects(db, id, { after, limit: 1000 });
      const last = rejects.at(-1);
      if (!last || response.destroyed) break;
      after = last.line;
      const text = rejects.map((r) => `${r.line};${r.reason};${csvCell(r.raw)}\r\n`).join('');
      if (!response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end();
  });
}

/** A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Streams the field `file` to `path`; resolves with the name its owner gave it. */
async function receiveFile(request: Request, path: string): Promise<string> {
  if (!request.is('multipart/form-data')) throw new HttpProblem(415, 'fileMissing', 'multipart/form-data');
  let form: busboy.Busboy;
  try {
    form = busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fileSize: MOST_BYTES, fields: 10, fieldSize: 1000, parts: 20 },
    });
  } catch {
    throw new HttpProblem(400, 'badInput', 'multipart/form-data');
  }
  let written: Promise<string> | null = null;
  form.on('file', (field, file, info) => {
    if (field !== 'file' || written) {
      file.resume();
      return;
    }
    written = pipeline(file, createWriteStream(path, { mode: 0o600 })).then(() => {
      if (file.truncated) throw new HttpProblem(413, 'tooLarge', `${MOST_BYTES / 1024 / 1024} MB`);
      return clean(info.filename ?? '', 200) || 'list.csv';
    });
    // Told below, once the form has ended; until then nobody waits for it.
    written.catch(() => {});
  });
  try {
    await pipeline(request, form);
  } catch {
    throw new HttpProblem(400, 'badInput', 'multipart/form-data');
  }
  if (!written) throw new HttpProblem(400, 'fileMissing', 'file');
  return await written;
}
