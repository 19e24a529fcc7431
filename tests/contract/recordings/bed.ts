import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Db } from '../../../server/db/pool.ts';
import type { CarePorts } from '../../../server/recordings/care.ts';
import { RecordingCare } from '../../../server/recordings/jobs.ts';
import { makeKeyRing } from '../../../server/recordings/keys.ts';
import { openRecording } from '../../../server/recordings/playback.ts';
import type { Pause } from '../../../server/recordings/store.ts';
import { readPlayRow } from '../../../server/recordings/store.ts';
import { silentLog } from '../../setup/api.ts';

export const key = Buffer.alloc(32, 7);

/** Folders, calls and files of recordings for one test file. */
export class RecordingBed {
  readonly folder = mkdtempSync(join(tmpdir(), 'dozvon-recordings-'));
  readonly plainDir = join(this.folder, 'recordings');
  readonly archiveDir = join(this.plainDir, 'archive');
  readonly db: Db;
  private calls = 0;

  constructor(db: Db) {
    this.db = db;
    mkdirSync(this.plainDir);
    afterAll(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  ports(changes: Partial<CarePorts> = {}): CarePorts & { node: string } {
    return {
      db: this.db,
      log: silentLog,
      ring: makeKeyRing(key, []),
      plainDir: this.plainDir,
      archiveDir: this.archiveDir,
      node: 'n1',
      now: () => Date.now(),
      ...changes,
    };
  }

  /** An ended call, `agoMs` ago, with its recording's row; returns its id. */
  async call(
    o: {
      lengthMs?: number;
      agoMs?: number;
      direction?: string;
      campaignId?: number;
      pauses?: (startedAt: number) => Pause[];
      row?: boolean;
      agentId?: number;
    } = {},
  ): Promise<string> {
    const callId = `n1-${Date.now()}.${this.calls++}`;
    const { lengthMs = 5000, agoMs = 120_000, direction = 'hotline' } = o;
    const endedAt = Date.now() - agoMs;
    const startedAt = endedAt - lengthMs;
    await this.db.query(
      `INSERT INTO calls (id, node, direction, campaign_id, agent_id, offered_at, connected_at, ended_at, outcome)
       VALUES ($1, 'n1', $2, $3, $4, $5, $5, $6, 'answered')`,
      [callId, direction, o.campaignId ?? null, o.agentId ?? null, new Date(startedAt), new Date(endedAt)],
    );
    if (o.row === false) return callId;
    await this.db.query(
      `INSERT INTO recordings (call_id, node, started_at, ended_at, customer_file, agent_file, pauses)
       VALUES ($1, 'n1', $2, $3, $1 || '.customer.ulaw', $1 || '.agent.ulaw', $4)`,
      [callId, new Date(startedAt), new Date(endedAt), JSON.stringify(o.pauses?.(startedAt) ?? [])],
    );
    return callId;
  }

  /** What the exchange wrote. */
  write(callId: string, customer: Buffer | null, agent: Buffer | null): void {
    if (customer) writeFileSync(join(this.plainDir, `${callId}.customer.ulaw`), customer);
    if (agent) writeFileSync(join(this.plainDir, `${callId}.agent.ulaw`), agent);
  }

  plainFiles(callId: string): string[] {
    return readdirSync(this.plainDir).filter((name) => name.startsWith(`${callId}.`));
  }

  /** Names of the files at rest, unfinished ones too. */
  sealedFiles(callId: string): string[] {
    if (!existsSync(this.archiveDir)) return [];
    return readdirSync(this.archiveDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes(`/${callId}.`),
    );
  }

  /** Rounds until everything has settled and nothing is left to do. */
  async care(changes: Partial<CarePorts> = {}): Promise<void> {
    const care = new RecordingCare(this.ports(changes));
    await care.round();
    await care.round();
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever row came
  async row(callId: string): Promise<any> {
    const { rows } = await this.db.query('SELECT * FROM recordings WHERE call_id = $1', [callId]);
    return rows[0];
  }

  async alarms(callId: string): Promise<string[]> {
    const { rows } = await this.db.query<{ kind: string }>(
      'SELECT kind FROM alarms WHERE call_id = $1 AND resolved_at IS NULL ORDER BY kind',
      [callId],
    );
    return rows.map((row) => row.kind);
  }

  /** The whole WAV as a player gets it; null: nothing to hear. */
  async play(callId: string, changes: Partial<CarePorts> = {}): Promise<Buffer | null> {
    const row = await readPlayRow(this.db, callId);
    const wav = row && (await openRecording(this.ports(changes), row));
    if (!wav) return null;
    const parts: Buffer[] = [];
    for await (const part of wav.read(0, wav.size - 1)) parts.push(part as Buffer);
    return Buffer.concat(parts);
  }
}
