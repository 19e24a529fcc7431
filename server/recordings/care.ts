import { createHash } from 'node:crypto';
import { appendFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { raiseAlarm, resolveAlarms } from '../alarms/store.ts';
import type { Log } from '../basics/log.ts';
import { type Db, transaction } from '../db/pool.ts';
import { bytesPerMs, judge, leaks, pauseSpans, VoiceMeter } from './inspect.ts';
import { type KeyRing, newDataKey } from './keys.ts';
import { purposeOf } from './purpose.ts';
import { findPlain, openPlain } from './recording-file.ts';
import { bucketCount, type RecordingState, type Voice, voices } from './schema.ts';
import { openSealed, SealBroken, seal } from './sealed-file.ts';
import { silence } from './stereo-wav.ts';
import {
  type CareRow,
  type RecordingPlace,
  type Sealed,
  writePlainGone,
  writeSealed,
  writeTrouble,
} from './store.ts';

/**
 * Care of one recording after its call: pad, inspect, seal, read back, write down, remove the plain files. A crash between any two
 * steps leaves the row as it was or sealed; the next round begins again or goes on from there (docs/decisions/recording-care.md).
 */
export interface CarePorts {
  readonly db: Db;
  readonly log: Log;
  readonly ring: KeyRing;
  /** Where the exchange writes. */
  readonly plainDir: string;
  readonly archiveDir: string;
  now(): number;
  /** Tests end the process here. */
  step?(name: string): void;
}

/** Files of a call that has just ended may still be on their way to the disk. */
const missingGraceMs = 60_000;
const readBytes = 65_536;

/** Where a voice lies encrypted: one folder a day. */
export function archivePath(
  archiveDir: string,
  place: Pick<RecordingPlace, 'customerFile' | 'agentFile' | 'startedAt'>,
  voice: Voice,
): string {
  const name = (voice === 'customer' ? place.customerFile : place.agentFile).replace(/[^\w.-]/g, '_');
  return join(archiveDir, place.startedAt.toISOString().slice(0, 10), `${name}.sealed`);
}

interface PlainVoice {
  readonly path: string;
  readonly bytes: number;
}
type PlainVoices = Readonly<Record<Voice, PlainVoice | null>>;

export async function findPlainVoices(dir: string, row: RecordingPlace): Promise<PlainVoices> {
  const find = async (name: string): Promise<PlainVoice | null> => {
    const path = await findPlain(dir, name);
    return path === null ? null : { path, bytes: (await stat(path)).size };
  };
  const [customer, agent] = await Promise.all([find(row.customerFile), find(row.agentFile)]);
  return { customer, agent };
}

/** Its files are as long as at the last look, so nobody writes them any more. Forgets what it has not been asked for lately. */
export class Settling {
  private seen = new Map<string, string>();
  private next = new Map<string, string>();

  isSettled(callId: string, plain: PlainVoices): boolean {
    const sizes = `${plain.customer?.bytes} ${plain.agent?.bytes}`;
    this.next.set(callId, sizes);
    return this.seen.get(callId) === sizes;
  }

  endRound(): void {
    this.seen = this.next;
    this.next = new Map();
  }
}

/** Takes a recording as far as it goes now. `waiting`: its files are still being written, or may yet come. */
export async function careFor(
  ports: CarePorts,
  row: CareRow,
  settling: Pick<Settling, 'isSettled'>,
): Promise<'done' | 'waiting' | 'trouble'> {
  try {
    if (row.sealedAt !== null) {
      await removePlain(ports, row);
      return 'done';
    }
    const plain = await findPlainVoices(ports.plainDir, row);
    const endedAt = row.endedAt?.getTime() ?? row.startedAt.getTime();
    const absent = voices.filter((voice) => plain[voice] === null);
    if (absent.length > 0 && ports.now() - endedAt < missingGraceMs) return 'waiting';
    if (!settling.isSettled(row.callId, plain)) return 'waiting';
    ports.step?.('settled');
    const sealed = await sealBoth(ports, row, plain);
    if (sealed === null) return 'trouble';
    await removePlain(ports, { ...row, ...sealed, sealedAt: new Date(ports.now()) });
    return 'done';
  } catch (error) {
    if (!isOfFiles(error)) throw error;
    await tellTrouble(ports, row, error);
    return 'trouble';
  }
}

function isOfFiles(error: unknown): boolean {
  if (error instanceof SealBroken) return true;
  const { syscall, code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && syscall !== undefined && syscall !== 'connect';
}

async function tellTrouble(ports: CarePorts, row: CareRow, error: unknown): Promise<void> {
  const { db, log } = ports;
  const why = error instanceof SealBroken ? 'sealBroken' : (error as NodeJS.ErrnoException).code;
  // What lies sealed is right as it is: only its plain files cannot be taken away.
  const state: RecordingState = row.sealedAt === null ? 'unreadable' : row.state;
  await writeTrouble(db, { callId: row.callId, state, finding: null, purpose: null });
  const alarm = {
    kind: 'recording.unreadable',
    subject: row.callId,
    callId: row.callId,
    detail: { error: why },
  };
  if (await raiseAlarm(db, alarm))
    log.error({ err: error, callId: row.callId }, 'a recording cannot be sealed; tried again each minute');
}

/** Null: there is nothing to seal, which has been told. */
async function sealBoth(ports: CarePorts, row: CareRow, found: PlainVoices): Promise<Sealed | null> {
  const { db, ring } = ports;
  const plain = await padShorter(found);
  ports.step?.('padded');
  const length = plain.bytes;
  const spanMs =
    row.adopted || row.endedAt === null ? null : Math.max(0, row.endedAt.getTime() - row.startedAt.getTime());
  const pauses = pauseSpans(row.pauses, row.startedAt.getTime(), length / bytesPerMs);
  const [customer, agent] = [await listen(plain.customer, pauses), await listen(plain.agent, pauses)];
  ports.step?.('inspected');
  const { paddedBytes } = plain;
  const verdict = judge({ heard: { customer, agent }, spanMs, pauses, paddedBytes, talked: row.talked });
  const purpose = purposeOf({ ...row, direction: row.direction ?? 'hotline' });
  if (customer === null && agent === null && verdict.state === 'missing') {
    if (await writeTrouble(db, { callId: row.callId, purpose, ...verdict }))
      await tellState(ports, row, verdict);
    return null;
  }
  const dataKey = newDataKey();
  for (const voice of voices) {
    const heard = voice === 'customer' ? customer : agent;
    if (heard === null) continue;
    const path = archivePath(ports.archiveDir, row, voice);
    await sealVoice({ path, dataKey, voice, from: heard.path, plainBytes: heard.bytes });
    ports.step?.(`sealed ${voice}`);
    const back = await hashSealed({ path, dataKey, voice, plainBytes: heard.bytes });
    if (!back.equals(heard.sha256)) throw new SealBroken('what was read back is not what was sealed');
  }
  ports.step?.('readBack');
  const none = Buffer.alloc(bucketCount);
  const sealed: Sealed = {
    callId: row.callId,
    ...verdict,
    purpose,
    customerBytes: customer?.bytes ?? null,
    agentBytes: agent?.bytes ?? null,
    customerSha256: customer?.sha256 ?? null,
    agentSha256: agent?.sha256 ?? null,
    waveform: Buffer.concat([customer?.peaks ?? none, agent?.peaks ?? none]),
    keyId: ring.currentId,
    wrappedKey: ring.wrap(dataKey, row.callId),
  };
  const written = await transaction(db, { userId: null, source: 'recordings' }, async (tx) => {
    const ok = await writeSealed(tx, sealed);
    if (ok)
      await resolveAlarms(
        tx,
        ['recording.missing', 'recording.unreadable', 'recording.notGrowing'],
        row.callId,
      );
    return ok;
  });
  ports.step?.('written');
  // Deleted meanwhile: its row is taken up by the removal of files.
  if (!written) return null;
  await tellState(ports, row, verdict);
  return sealed;
}

async function tellState(
  { db, log }: CarePorts,
  { callId }: CareRow,
  { state, finding }: Pick<Sealed, 'state' | 'finding'>,
): Promise<void> {
  const kinds = [...(state === 'ok' ? [] : [state]), ...(leaks(finding) ? ['notSilenced'] : [])];
  for (const kind of kinds) {
    await raiseAlarm(db, { kind: `recording.${kind}`, subject: callId, callId, detail: finding });
    log.error({ callId, kind, finding }, 'a recording is not as it should be');
  }
}

/**
 * A torn file (the exchange died: it writes 32 KB at a time, so a voice may lack four seconds more than the other) gets silence at its
 * end, so that both voices keep step to the end.
 */
async function padShorter(plain: PlainVoices): Promise<PlainVoices & { bytes: number; paddedBytes: number }> {
  const { customer, agent } = plain;
  const bytes = Math.max(customer?.bytes ?? 0, agent?.bytes ?? 0);
  let paddedBytes = 0;
  for (const voice of [customer, agent]) {
    if (voice === null || voice.bytes === bytes) continue;
    paddedBytes = bytes - voice.bytes;
    for (let left = paddedBytes; left > 0; left -= readBytes)
      await appendFile(voice.path, Buffer.alloc(Math.min(left, readBytes), silence));
  }
  const padded = (voice: PlainVoice | null) => (voice === null ? null : { ...voice, bytes });
  return { customer: padded(customer), agent: padded(agent), bytes, paddedBytes };
}

interface Listened extends PlainVoice {
  readonly sha256: Buffer;
  readonly peaks: Uint8Array;
  readonly voicedMs: number;
  readonly leakedMs: number;
}

async function listen(
  plain: PlainVoice | null,
  pauses: Parameters<typeof judge>[0]['pauses'],
): Promise<Listened | null> {
  if (plain === null) return null;
  const meter = new VoiceMeter(plain.bytes, pauses);
  const hash = createHash('sha256');
  await eachPiece(plain.path, plain.bytes, (piece) => {
    hash.update(piece);
    meter.add(piece);
  });
  const { peaks, voicedMs, leakedMs } = meter;
  return { ...plain, sha256: hash.digest(), peaks, voicedMs, leakedMs };
}

async function sealVoice(o: {
  path: string;
  dataKey: Buffer;
  voice: Voice;
  from: string;
  plainBytes: number;
}): Promise<void> {
  const file = await openWhole(o.from);
  try {
    await seal({ ...o, read: file.read });
  } finally {
    await file.close();
  }
}

async function hashSealed(o: Parameters<typeof openSealed>[0]): Promise<Buffer> {
  const file = await openSealed(o);
  try {
    const hash = createHash('sha256');
    for (let at = 0; at < o.plainBytes; at += readBytes) hash.update(await file.read(at, readBytes));
    return hash.digest();
  } finally {
    await file.close();
  }
}

async function openWhole(path: string) {
  const cut = path.lastIndexOf('/');
  const file = await openPlain(path.slice(0, cut), path.slice(cut + 1));
  if (file === null) throw Object.assign(new Error('gone'), { code: 'ENOENT', syscall: 'open' });
  return file;
}

async function eachPiece(path: string, bytes: number, use: (piece: Buffer) => void): Promise<void> {
  const file = await openWhole(path);
  try {
    for (let at = 0; at < bytes; at += readBytes) use(await file.read(at, Math.min(readBytes, bytes - at)));
  } finally {
    await file.close();
  }
}

/** The plain files go once they are seen to be what was sealed; one that is something else stays, with an alarm. */
async function removePlain(ports: CarePorts, row: CareRow): Promise<void> {
  const plain = await findPlainVoices(ports.plainDir, row);
  for (const voice of voices) {
    const file = plain[voice];
    if (file === null) continue;
    const sealed = voice === 'customer' ? row.customerSha256 : row.agentSha256;
    const hash = createHash('sha256');
    await eachPiece(file.path, file.bytes, (piece) => hash.update(piece));
    if (sealed?.equals(hash.digest())) {
      await rm(file.path, { force: true });
      ports.step?.(`removed ${voice}`);
    } else {
      const { callId } = row;
      await raiseAlarm(ports.db, { kind: 'recording.changed', subject: callId, callId, detail: { voice } });
      ports.log.error(
        { callId, voice },
        'a recording was written to after it had been sealed; both are kept',
      );
    }
  }
  await writePlainGone(ports.db, row.callId);
}

/** Takes away every file of a deleted recording. */
export async function removeAll(
  ports: Pick<CarePorts, 'plainDir' | 'archiveDir'>,
  row: Pick<RecordingPlace, 'customerFile' | 'agentFile' | 'startedAt'>,
): Promise<void> {
  for (const voice of voices) {
    const path = archivePath(ports.archiveDir, row, voice);
    await rm(path, { force: true });
    await rm(`${path}.part`, { force: true });
    const plain = await findPlain(ports.plainDir, voice === 'customer' ? row.customerFile : row.agentFile);
    if (plain !== null) await rm(plain, { force: true });
  }
}
