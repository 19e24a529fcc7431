import { raiseAlarm } from '../alarms/store.ts';
import type { Log } from '../basics/log.ts';
import type { Db } from '../db/pool.ts';
import { archivePath } from './care.ts';
import { KeyRefused, type KeyRing } from './keys.ts';
import { openPlain, type StereoWav, stereoOf } from './recording-file.ts';
import { type Voice, voices } from './schema.ts';
import { openSealed, SealBroken, type VoiceReader } from './sealed-file.ts';
import { type PlayRow, type RecordingPlace, readPlayRow } from './store.ts';

export interface PlaybackPorts {
  readonly db: Db;
  readonly log: Log;
  readonly ring: KeyRing;
  readonly plainDir: string;
  readonly archiveDir: string;
}

/** The files or their key refuse to be read, which has been told. */
export class Unreadable extends Error {}

/** A recording as stereo WAV, sealed or still as the exchange wrote it; null: there is nothing to hear. Throws Unreadable. */
export async function openRecording(ports: PlaybackPorts, row: PlayRow): Promise<StereoWav | null> {
  try {
    if (row.sealedAt !== null) return await openFromArchive(ports, row);
    const wav = await openFromExchange(ports, row);
    if (wav !== null) return wav;
    // Sealed between the look at its row and at its files.
    const again = await readPlayRow(ports.db, row.callId);
    return again?.sealedAt ? await openFromArchive(ports, again) : null;
  } catch (error) {
    await tellUnreadable(ports, row.callId, error);
    throw new Unreadable('unreadable', { cause: error });
  }
}

async function openFromExchange(ports: PlaybackPorts, row: RecordingPlace): Promise<StereoWav | null> {
  const [customer, agent] = await Promise.all([
    openPlain(ports.plainDir, row.customerFile),
    openPlain(ports.plainDir, row.agentFile),
  ]);
  return stereoOf(customer, agent);
}

async function openFromArchive(ports: PlaybackPorts, row: RecordingPlace): Promise<StereoWav | null> {
  if (row.wrappedKey === null || row.keyId === null) throw new KeyRefused('its key is gone');
  const dataKey = ports.ring.unwrap(row.wrappedKey, row.keyId, row.callId);
  const opened: Partial<Record<Voice, VoiceReader>> = {};
  try {
    for (const voice of voices) {
      const plainBytes = voice === 'customer' ? row.customerBytes : row.agentBytes;
      if (plainBytes === null) continue;
      const path = archivePath(ports.archiveDir, row, voice);
      const reader = await openSealed({ path, dataKey, voice, plainBytes });
      opened[voice] = reader;
      // What is damaged from its start is told before the first byte goes out.
      if (plainBytes > 0) await reader.read(0, 1);
    }
  } catch (error) {
    for (const reader of Object.values(opened)) await reader.close();
    throw error;
  }
  return stereoOf(opened.customer ?? null, opened.agent ?? null);
}

/** A recording that was kept can be heard no more: somebody must look at the disk, the backup or the keys. */
export async function tellUnreadable(
  { db, log }: Pick<PlaybackPorts, 'db' | 'log'>,
  callId: string,
  error: unknown,
): Promise<void> {
  const why =
    error instanceof KeyRefused
      ? 'keyRefused'
      : error instanceof SealBroken
        ? 'sealBroken'
        : String((error as NodeJS.ErrnoException).code ?? 'unknown');
  await db.query(
    `UPDATE recordings SET state = 'unreadable' WHERE call_id = $1 AND sealed_at IS NOT NULL AND deleted_at IS NULL`,
    [callId],
  );
  const alarm = { kind: 'recording.unreadable', subject: callId, callId, detail: { error: why } };
  if (await raiseAlarm(db, alarm)) log.error({ err: error, callId }, 'a kept recording cannot be read');
}
