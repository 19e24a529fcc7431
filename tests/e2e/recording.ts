import { pino } from 'pino';
import { makeKeyRing } from '../../server/recordings/keys.ts';
import { openRecording } from '../../server/recordings/playback.ts';
import type { RecordingState } from '../../server/recordings/schema.ts';
import { readPlayRow } from '../../server/recordings/store.ts';
import { until, type World } from './world.ts';

/**
 * What a call's recording holds, each voice's samples from -1 to 1, wherever it lies by now: as the exchange wrote it or sealed. Waits for
 * its row, which history writes at the call's end.
 */
export async function voicesOf(
  world: World,
  callId: string,
): Promise<{ customer: Float32Array; agent: Float32Array }> {
  const { env, files } = world.stack;
  const row = await until(() => readPlayRow(world.db, callId), 'the recording’s row in history');
  const wav = await openRecording(
    {
      db: world.db,
      log: pino({ level: 'silent' }),
      ring: makeKeyRing(Buffer.from(env.RECORDINGS_KEY ?? '', 'hex'), []),
      plainDir: files.recordingsDir,
      archiveDir: `${files.recordingsDir}/archive`,
    },
    row,
  );
  if (wav === null) throw new Error('the recording is empty');
  const parts: Buffer[] = [];
  for await (const part of wav.read(44, wav.size - 1)) parts.push(part as Buffer);
  const samples = Buffer.concat(parts);
  const of = (channel: number) =>
    Float32Array.from(
      { length: samples.length / 4 },
      (_, i) => samples.readInt16LE(i * 4 + channel * 2) / 32_768,
    );
  return { customer: of(0), agent: of(1) };
}

/** Waits until the recording has been checked and sealed; tells what was found. */
export async function checkedRecording(world: World, callId: string) {
  const { rows } = await until(
    async () => {
      const found = await world.db.query<{ state: RecordingState; finding: unknown }>(
        `SELECT state, finding FROM recordings WHERE call_id = $1 AND state <> 'pending'`,
        [callId],
      );
      return found.rows.length > 0 ? found : null;
    },
    'the check of the recording',
    30_000,
  );
  return rows[0];
}
