import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { raiseAlarm, resolveAlarms } from '../alarms/store.ts';
import type { Watchdog } from '../basics/watchdog.ts';
import { type CarePorts, careFor, findPlainVoices, removeAll, Settling } from './care.ts';
import { KeyRefused } from './keys.ts';
import {
  adoptFiles,
  deleteExpired,
  knownRecordings,
  type RecordingPlace,
  readOldKeys,
  readToRemove,
  readUncared,
  writeFilesGone,
  writeKey,
} from './store.ts';

/** A call whose recording must be growing now. */
export interface LiveRecording {
  readonly callId: string;
  readonly heard: string;
  readonly spoken: string;
}

const atOnce = 200;
/** A file nobody has written to for so long belongs to no living call. */
const strayAfterMs = 60_000;

/**
 * The background work on recordings of one node: care after each call, adoption of files whose call the server never saw, new
 * wrapping after a change of key, deletion when their time is over, and a look at the files of living calls.
 */
export class RecordingCare {
  private readonly ports: CarePorts & { readonly node: string };
  private readonly settling = new Settling();
  private growing = new Map<string, { customer: number; agent: number }>();
  private readonly stuck = new Set<string>();

  constructor(ports: CarePorts & { readonly node: string }) {
    this.ports = ports;
  }

  /** Cares for what wants it. Two servers on one node: one of them does. Returns how many recordings were finished. */
  async round(): Promise<number> {
    const { db, node } = this.ports;
    const client = await db.connect();
    let broken: Error | undefined;
    try {
      const lock = [0x7265_636f, node]; // "reco"
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1, hashtext($2)) AS ours', lock);
      if (rows[0]?.ours !== true) return 0;
      try {
        return await this.careForAll();
      } finally {
        await client.query('SELECT pg_advisory_unlock($1, hashtext($2))', lock);
      }
    } catch (error) {
      // The lock goes with its connection.
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async careForAll(): Promise<number> {
    const { db, node } = this.ports;
    let done = 0;
    for (const row of await readUncared(db, node, atOnce)) {
      if ((await careFor(this.ports, row, this.settling)) === 'done') done++;
    }
    this.settling.endRound();
    for (const row of await readToRemove(db, node, atOnce)) {
      await removeAll(this.ports, row);
      this.ports.step?.('files removed');
      await writeFilesGone(db, row.callId);
    }
    return done;
  }

  /** Files without a row get one once history or ledger know their call; till then they are kept. Returns how many have none. */
  async adopt(): Promise<number> {
    const { db, node, plainDir, log, now } = this.ports;
    const byCall = new Map<string, { bytes: number; changedAt: number }>();
    for (const name of await readdir(plainDir)) {
      const callId = /^(.+)\.(?:customer|agent)\.ulaw$/.exec(name)?.[1];
      if (callId === undefined) continue;
      const { size, mtimeMs } = await stat(join(plainDir, name)).catch(() => ({ size: 0, mtimeMs: now() }));
      const was = byCall.get(callId) ?? { bytes: 0, changedAt: 0 };
      byCall.set(callId, {
        bytes: Math.max(was.bytes, size),
        changedAt: Math.max(was.changedAt, mtimeMs),
      });
    }
    const known = await knownRecordings(db, [...byCall.keys()]);
    const strays = [...byCall]
      .filter(([callId, { changedAt }]) => !known.has(callId) && now() - changedAt > strayAfterMs)
      .map(([callId, { bytes }]) => ({ callId, bytes }));
    if (strays.length === 0) return 0;
    const adopted = await adoptFiles(db, node, strays);
    if (adopted.length > 0)
      log.info(
        { recordings: adopted.length },
        'recordings whose call the server had not seen have a row now',
      );
    return strays.length - adopted.length;
  }

  /** Wraps what is still under an old key under the present one. Returns how many. */
  async rewrap(): Promise<number> {
    const { db, ring, log } = this.ports;
    let done = 0;
    const unknown = new Set<string>();
    for (const { callId, keyId, wrappedKey } of await readOldKeys(db, ring.currentId, 1000)) {
      try {
        const dataKey = ring.unwrap(wrappedKey, keyId, callId);
        const again = { callId, was: keyId, keyId: ring.currentId, wrappedKey: ring.wrap(dataKey, callId) };
        await writeKey(db, again);
        done++;
      } catch (error) {
        if (!(error instanceof KeyRefused)) throw error;
        unknown.add(keyId);
      }
    }
    for (const keyId of unknown) {
      if (await raiseAlarm(db, { kind: 'recording.keyUnknown', subject: keyId, detail: { keyId } }))
        log.error(
          { keyId },
          'recordings lie under a key that is not among the settings: nobody can play them',
        );
    }
    if (done > 0) log.info({ recordings: done }, 'recordings are wrapped under the new key');
    return done;
  }

  /** Deletes what was kept long enough. Returns how many. */
  async expire(): Promise<number> {
    let deleted = 0;
    let last: number;
    do {
      last = await deleteExpired(this.ports.db, 500);
      deleted += last;
    } while (last > 0);
    if (deleted > 0) this.ports.log.info({ recordings: deleted }, 'recordings deleted: their time was over');
    return deleted;
  }

  /**
   * Do the files of these calls grow? Call it at least 10 s apart: the exchange writes 4 s at a time. A file that stood still is told
   * while somebody can still do something.
   */
  async watch(live: readonly LiveRecording[]): Promise<void> {
    const { db, log, plainDir } = this.ports;
    const seen = new Map<string, { customer: number; agent: number }>();
    for (const { callId, heard, spoken } of live) {
      const place = { customerFile: heard, agentFile: spoken } as RecordingPlace;
      const plain = await findPlainVoices(plainDir, place);
      const sizes = { customer: plain.customer?.bytes ?? 0, agent: plain.agent?.bytes ?? 0 };
      seen.set(callId, sizes);
      const was = this.growing.get(callId);
      if (was === undefined) continue;
      const still = (['customer', 'agent'] as const).filter((voice) => sizes[voice] <= was[voice]);
      if (still.length > 0 && !this.stuck.has(callId)) {
        this.stuck.add(callId);
        const detail = { voices: still };
        if (await raiseAlarm(db, { kind: 'recording.notGrowing', subject: callId, callId, detail }))
          log.error({ callId, voices: still }, 'a talk goes on and its recording does not grow');
      } else if (still.length === 0 && this.stuck.delete(callId)) {
        await resolveAlarms(db, ['recording.notGrowing'], callId);
      }
    }
    this.growing = seen;
    for (const callId of this.stuck) if (!seen.has(callId)) this.stuck.delete(callId);
  }
}

/** Starts the loops; their ends are the watchdog's (`close`). `living`: calls that talk and are recorded now. */
export function startRecordingCare(o: {
  care: RecordingCare;
  watchdog: Pick<Watchdog, 'every'>;
  log: CarePorts['log'];
  living(): readonly LiveRecording[];
}): void {
  const { care, watchdog, log } = o;
  const loop = (name: string, everyMs: number, lateAfterMs: number, work: () => Promise<unknown>) => {
    let failing = false;
    watchdog.every(
      {
        name,
        everyMs,
        lateAfterMs,
        // A long recording on a slow disk takes its time: late is told, dead it is not.
        deadAfterMs: null,
        // Once, not every two seconds while the database is away.
        onError: (error) => {
          if (!failing) log.warn({ err: error, loop: name }, 'care of recordings fails; it is tried again');
          failing = true;
        },
      },
      async () => {
        await work();
        failing = false;
      },
    );
  };
  loop('recordings care', 2000, 60_000, () => care.round());
  loop('recordings growth', 10_000, 60_000, () => care.watch(o.living()));
  loop('recordings sweep', 60_000, 300_000, async () => {
    await care.adopt();
    await care.rewrap();
  });
  loop('recordings retention', 3_600_000, 2 * 3_600_000, () => care.expire());
}
