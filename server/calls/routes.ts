import { pipeline } from 'node:stream/promises';
import { Router as makeRouter, type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { Db } from '../db/pool.ts';
import { HttpProblem } from '../http/errors.ts';
import { requireRole } from '../http/session.ts';
import { readCall, readCalls, readDispositions, readRecordingFiles } from './history-read.ts';
import { type OpenRecording, openRecording } from './recording-file.ts';
import { callsQuerySchema } from './schema.ts';

const idParams = z.object({ id: z.string().min(1).max(80) });

/** History of calls, their recordings, the results an agent may give. Every signed-in user. */
export function makeCallRoutes(options: { db: Db; recordingsDir: string }): Router {
  const { db, recordingsDir } = options;
  const router = makeRouter();
  router.use(['/api/calls', '/api/dispositions'], requireRole());

  router.get('/api/dispositions', async (_request, response) => {
    response.json(await readDispositions(db));
  });

  router.get('/api/calls', async (request, response) => {
    response.json(await readCalls(db, callsQuerySchema.parse(request.query)));
  });

  router.get('/api/calls/:id', async (request, response) => {
    const call = await readCall(db, idParams.parse(request.params).id);
    if (!call) throw new HttpProblem(404, 'notFound');
    response.json(call);
  });

  router.get('/api/calls/:id/recording', async (request, response) => {
    const files = await readRecordingFiles(db, idParams.parse(request.params).id);
    const recording = files && (await openRecording(recordingsDir, files));
    if (!recording) throw new HttpProblem(404, 'noRecording');
    try {
      await sendRecording(recording, request, response);
    } finally {
      await recording.close();
    }
  });
  return router;
}

/** One range at most (RFC 9110, section 14), which is all that players ask for. */
async function sendRecording(recording: OpenRecording, request: Request, response: Response): Promise<void> {
  const { size } = recording;
  response.set({ 'Accept-Ranges': 'bytes', 'Content-Type': 'audio/wav' });
  const ranges = request.range(size, { combine: true });
  if (ranges === -1) {
    response.status(416).set('Content-Range', `bytes */${size}`).end();
    return;
  }
  const range =
    Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1 ? ranges[0] : undefined;
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.set('Content-Length', String(end - start + 1));
  if (range) response.status(206).set('Content-Range', `bytes ${start}-${end}/${size}`);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(recording.read(start, end), response);
  } catch (error) {
    // A listener who jumps to another place or leaves is no failure.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
