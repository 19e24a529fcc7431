import { pipeline } from 'node:stream/promises';
import { Router as makeRouter, type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { transaction } from '../db/pool.ts';
import { HttpProblem } from '../http/errors.ts';
import { currentUser, requireRole } from '../http/session.ts';
import { bytesPerMs, pauseSpans } from './inspect.ts';
import { openRecording, type PlaybackPorts, tellUnreadable, Unreadable } from './playback.ts';
import { readLeastDays, readPolicy, writeQueueRecord, writeRetention } from './policy-store.ts';
import type { StereoWav } from './recording-file.ts';
import { mayDo, type RecordingAct } from './rights.ts';
import {
  deleteInputSchema,
  holdInputSchema,
  queueRecordInputSchema,
  type RecordingFactsView,
  recordingPurposes,
  retentionInputSchema,
} from './schema.ts';
import { deleteRecording, type PlayRow, readPlayRow, writeAct, writeHold, writePlayed } from './store.ts';

const callParams = z.object({ id: z.string().min(1).max(80) });
const queueParams = z.object({ id: z.coerce.number().int().positive() });
const purposeParams = z.object({ purpose: z.enum(recordingPurposes) });
const soundQuery = z.object({ download: z.enum(['0', '1']).default('0') });

/**
 * Recordings: facts, sound, download, hold, deletion; the policy. Who may do what is `rights.ts`; every play, download, hold and deletion
 * is in the record of acts before the first byte goes out.
 */
export function makeRecordingRoutes(
  ports: PlaybackPorts & {
    /** Deletes what was kept long enough; returns how many. */
    expire(): Promise<number>;
  },
): Router {
  const { db } = ports;
  const router = makeRouter();
  router.use(['/api/calls/:id/recording', '/api/recordings'], requireRole());

  /** The recording, if this user may do this with it. */
  async function forUser(request: Request, act: RecordingAct): Promise<PlayRow> {
    const row = await readPlayRow(db, callParams.parse(request.params).id);
    if (!row) throw new HttpProblem(404, 'noRecording');
    const deleted = row.deleted !== null;
    const answer = mayDo(currentUser(request), act, {
      agentIds: row.agentIds,
      deleted,
      held: row.held !== null,
    });
    if (!answer.ok) throw new HttpProblem(refusedStatus[answer.reason] ?? 403, answer.reason);
    return row;
  }

  router.get('/api/calls/:id/recording/facts', async (request, response) => {
    const user = currentUser(request);
    const row = await forUser(request, 'see');
    const may = (act: RecordingAct) =>
      mayDo(user, act, { agentIds: row.agentIds, deleted: row.deleted !== null, held: row.held !== null }).ok;
    response.json(factsOf(row, { download: may('download'), hold: may('hold'), delete: may('delete') }));
  });

  router.get('/api/calls/:id/recording', async (request, response) => {
    const download = soundQuery.parse(request.query).download === '1';
    const row = await forUser(request, download ? 'download' : 'play');
    const { id } = currentUser(request);
    const wav = await openRecording(ports, row).catch((error: unknown) => {
      throw error instanceof Unreadable ? new HttpProblem(500, 'recordingUnreadable') : error;
    });
    if (!wav) throw new HttpProblem(404, 'noRecording');
    try {
      if (download) {
        await writeAct(db, { userId: id, act: 'recording.download', callId: row.callId });
        response.attachment(`${row.startedAt.toISOString().slice(0, 10)}-${row.callId}.wav`);
      } else await writePlayed(db, id, row.callId);
      await sendWav(wav, request, response, (error) => tellUnreadable(ports, row.callId, error));
    } finally {
      await wav.close();
    }
  });

  router.post('/api/calls/:id/recording/hold', async (request, response) => {
    const input = holdInputSchema.parse(request.body);
    const { callId } = await forUser(request, 'hold');
    const { id: userId } = currentUser(request);
    const reason = input.held ? input.reason : null;
    await transaction(db, { userId, source: 'http' }, async (tx) => {
      await writeHold(tx, { callId, userId, reason });
      const act = input.held ? 'recording.hold' : 'recording.release';
      await writeAct(tx, { userId, act, callId, detail: { reason } });
    });
    response.status(204).end();
  });

  router.post('/api/calls/:id/recording/delete', async (request, response) => {
    const { reason } = deleteInputSchema.parse(request.body);
    const { callId } = await forUser(request, 'delete');
    const { id: userId } = currentUser(request);
    await transaction(db, { userId, source: 'http' }, async (tx) => {
      if (!(await deleteRecording(tx, { callId, userId, reason })))
        throw new HttpProblem(409, 'recordingHeld');
      await writeAct(tx, { userId, act: 'recording.delete', callId, detail: { reason } });
    });
    response.status(204).end();
  });

  // ---------------------------------------------------------------- policy

  router.get('/api/recordings/policy', requireRole('supervisor'), async (_request, response) => {
    response.json(await readPolicy(db));
  });

  router.put(
    '/api/recordings/retention/:purpose',
    requireRole('administrator'),
    async (request, response) => {
      const { purpose } = purposeParams.parse(request.params);
      const { keepDays } = retentionInputSchema.parse(request.body);
      const { id: userId } = currentUser(request);
      await transaction(db, { userId, source: 'http' }, async (tx) => {
        const least = await readLeastDays(tx, purpose);
        if (least === null || keepDays < least)
          throw new HttpProblem(409, 'keptTooShort', String(least ?? 0));
        const was = await writeRetention(tx, { purpose, keepDays, userId });
        await writeAct(tx, {
          userId,
          act: 'recording.retention',
          callId: null,
          detail: { purpose, keepDays, was },
        });
      });
      response.json(await readPolicy(db));
    },
  );

  router.put('/api/recordings/queues/:id', requireRole('administrator'), async (request, response) => {
    const { id: queueId } = queueParams.parse(request.params);
    const { record } = queueRecordInputSchema.parse(request.body);
    const { id: userId } = currentUser(request);
    await transaction(db, { userId, source: 'http' }, async (tx) => {
      if (!(await writeQueueRecord(tx, queueId, record))) throw new HttpProblem(404, 'notFound');
      await writeAct(tx, { userId, act: 'recording.queue', callId: null, detail: { queueId, record } });
    });
    response.json(await readPolicy(db));
  });

  /** Deletes now what the next sweep would delete. */
  router.post('/api/recordings/expire', requireRole('administrator'), async (request, response) => {
    const deleted = await ports.expire();
    const { id: userId } = currentUser(request);
    await writeAct(db, { userId, act: 'recording.expire', callId: null, detail: { deleted } });
    response.json({ deleted });
  });
  return router;
}

const refusedStatus: Readonly<Record<string, number>> = { recordingDeleted: 410, recordingHeld: 409 };

function factsOf(row: PlayRow, may: RecordingFactsView['may']): RecordingFactsView {
  const startedAt = row.startedAt.getTime();
  const keptMs = Math.max(row.customerBytes ?? 0, row.agentBytes ?? 0) / bytesPerMs;
  const lengthMs =
    row.sealedAt === null ? Math.max(0, (row.endedAt?.getTime() ?? startedAt) - startedAt) : keptMs;
  return {
    callId: row.callId,
    state: row.state,
    finding: row.finding,
    startedAt: row.startedAt.toISOString(),
    lengthMs,
    pauses: pauseSpans(row.pauses, startedAt, lengthMs),
    waveform: row.waveform?.toString('base64') ?? null,
    purpose: row.purpose,
    keepUntil: row.keepUntil,
    held: row.held,
    deleted: row.deleted,
    may,
  };
}

const leavings = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/** One range at most (RFC 9110, section 14), which is all that players ask for. */
async function sendWav(
  wav: StereoWav,
  request: Request,
  response: Response,
  onBroken: (error: unknown) => Promise<void>,
): Promise<void> {
  const { size } = wav;
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
    await pipeline(wav.read(start, end), response);
  } catch (error) {
    // A listener who jumps to another place or leaves is no failure.
    if (!leavings.has((error as NodeJS.ErrnoException).code ?? '')) await onBroken(error);
  }
}
