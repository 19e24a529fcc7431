import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { RecordingCare } from '../../../server/recordings/jobs.ts';
import { makeKeyRing } from '../../../server/recordings/keys.ts';
import { interleave } from '../../../server/recordings/stereo-wav.ts';
import { openTestDatabase } from '../../setup/postgres.ts';
import { quiet, tone } from '../../unit/recordings/sounds.ts';
import { key, RecordingBed } from './bed.ts';

const { db, url } = await openTestDatabase();
const bed = new RecordingBed(db);
const customer = tone(5000, -20, 1000);
const agent = tone(5000, -25, 700);
const whole = (a = customer, b = agent) => interleave(a, b, Math.max(a.length, b.length));
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest();

beforeAll(async () => {
  await db.query(
    `INSERT INTO users (login, name, role, password_hash) VALUES ('a', 'А', 'administrator', '-')`,
  );
  await db.query(`INSERT INTO campaigns (name, mode, purpose) VALUES ('Долги', 'progressive', 'debt')`);
});

describe('a recording after its call', () => {
  it('is sealed, its plain files go, and it plays as it was', async () => {
    const callId = await bed.call();
    bed.write(callId, customer, agent);
    await bed.care();
    const row = await bed.row(callId);
    expect(row).toMatchObject({
      state: 'ok',
      purpose: 'hotline',
      customer_bytes: 40_000,
      agent_bytes: 40_000,
      plain_gone: true,
    });
    expect(row.customer_sha256.equals(sha(customer)) && row.agent_sha256.equals(sha(agent))).toBe(true);
    expect(row.waveform).toHaveLength(1200);
    expect(bed.plainFiles(callId)).toEqual([]);
    expect(bed.sealedFiles(callId)).toHaveLength(2);
    expect((await bed.play(callId))?.subarray(44).equals(whole())).toBe(true);
    expect(await bed.alarms(callId)).toEqual([]);
    for (const name of bed.sealedFiles(callId))
      expect(readFileSync(join(bed.archiveDir, name)).includes(customer.subarray(0, 64))).toBe(false);
  });

  it('is left alone while its files still grow', async () => {
    const callId = await bed.call();
    bed.write(callId, customer, agent);
    const care = new RecordingCare(bed.ports());
    await care.round();
    appendFileSync(join(bed.plainDir, `${callId}.agent.ulaw`), Buffer.alloc(160, 0xff));
    await care.round();
    expect((await bed.row(callId)).state).toBe('pending');
    await care.round();
    expect((await bed.row(callId)).state).toBe('ok');
  });

  it('plays before it is sealed, too', async () => {
    const callId = await bed.call();
    bed.write(callId, customer, agent);
    expect((await bed.play(callId))?.subarray(44).equals(whole())).toBe(true);
    await bed.care();
  });

  it('with a silent side is told, and which side', async () => {
    const callId = await bed.call();
    bed.write(callId, customer, quiet(5000));
    await bed.care();
    const row = await bed.row(callId);
    expect([row.state, row.finding.silent]).toEqual(['oneSided', ['agent']]);
    expect(await bed.alarms(callId)).toEqual(['recording.oneSided']);
    expect(bed.plainFiles(callId)).toEqual([]);
  });

  it('that is too short for its talk is told', async () => {
    const callId = await bed.call({ lengthMs: 9000 });
    bed.write(callId, customer, agent);
    await bed.care();
    expect(await bed.row(callId)).toMatchObject({
      state: 'short',
      finding: { spanMs: 9000, lengthMs: 5000 },
    });
  });

  it('is measured to the end that the exchange itself wrote down, when the server saw it later', async () => {
    const callId = await bed.call({ lengthMs: 15_000 });
    await db.query(
      `INSERT INTO ledger (node, file_hash, byte_offset, at, type, channel_id, linked_id, channel, context, exten, caller, app)
       SELECT 'n1', 1, 0, started_at + interval '5 s', 'HANGUP', call_id, call_id, '', '', '', '', '' FROM recordings WHERE call_id = $1`,
      [callId],
    );
    bed.write(callId, customer, agent);
    await bed.care();
    expect((await bed.row(callId)).state).toBe('ok');
  });

  it('torn by the death of the exchange gets its shorter voice padded with silence', async () => {
    const callId = await bed.call();
    const torn = agent.subarray(0, 33_333);
    bed.write(callId, customer, torn);
    await bed.care();
    const row = await bed.row(callId);
    expect(row).toMatchObject({ state: 'ok', agent_bytes: 40_000, finding: { paddedMs: 833 } });
    expect((await bed.play(callId))?.subarray(44).equals(whole(customer, torn))).toBe(true);
  });

  it('of which a file is missing keeps the other, and says which; nothing is said while the file may yet come', async () => {
    const fresh = await bed.call({ agoMs: 5000 });
    bed.write(fresh, null, agent);
    const old = await bed.call();
    bed.write(old, null, agent);
    await bed.care();
    expect((await bed.row(fresh)).state).toBe('pending');
    expect(await bed.row(old)).toMatchObject({
      state: 'missing',
      finding: { missing: ['customer'] },
      customer_bytes: null,
    });
    expect(await bed.alarms(old)).toEqual(['recording.missing']);
    expect(await bed.alarms(fresh)).toEqual([]);
    expect((await bed.play(old))?.subarray(44).equals(whole(Buffer.alloc(0)))).toBe(true);
    bed.write(fresh, customer, null);
    await bed.care();
    expect((await bed.row(fresh)).state).toBe('ok');
  });

  it('that is not there at all is told once, and is well again when its files turn up', async () => {
    const callId = await bed.call();
    await bed.care();
    await db.query(
      `UPDATE recordings SET checked_at = checked_at - interval '2 minutes' WHERE call_id = $1`,
      [callId],
    );
    await bed.care();
    expect(await bed.row(callId)).toMatchObject({ state: 'missing', sealed_at: null, plain_gone: false });
    expect(await bed.alarms(callId)).toEqual(['recording.missing']);
    bed.write(callId, customer, agent);
    await db.query(
      `UPDATE recordings SET checked_at = checked_at - interval '2 minutes' WHERE call_id = $1`,
      [callId],
    );
    await bed.care();
    expect((await bed.row(callId)).state).toBe('ok');
    expect(await bed.alarms(callId)).toEqual([]);
  });

  it('that speaks inside of a pause is told: card data must not be in it', async () => {
    const pauses = (startedAt: number) => [{ from: startedAt + 1000, to: startedAt + 4500 }];
    const leaking = await bed.call({ pauses });
    bed.write(leaking, customer, agent);
    const silenced = await bed.call({ pauses });
    const hushed = Buffer.concat([tone(1100), quiet(3400), tone(500)]);
    bed.write(silenced, hushed, hushed);
    await bed.care();
    expect(await bed.alarms(leaking)).toEqual(['recording.notSilenced']);
    expect(await bed.alarms(silenced)).toEqual([]);
    expect((await bed.row(silenced)).state).toBe('ok');
  });

  it('is kept by the purpose of its talk', async () => {
    const callId = await bed.call({ direction: 'campaign', campaignId: 1 });
    bed.write(callId, customer, agent);
    await bed.care();
    expect((await bed.row(callId)).purpose).toBe('debt');
  });

  it('that cannot be sealed is told, keeps its plain files, and is sealed once it can be', async () => {
    const callId = await bed.call();
    bed.write(callId, customer, agent);
    // A file stands where the archive's folder would have to be made.
    const archiveDir = join(bed.folder, 'blocked');
    writeFileSync(archiveDir, '');
    await bed.care({ archiveDir });
    expect((await bed.row(callId)).state).toBe('unreadable');
    expect(await bed.alarms(callId)).toEqual(['recording.unreadable']);
    expect(bed.plainFiles(callId)).toHaveLength(2);
    await db.query(
      `UPDATE recordings SET checked_at = checked_at - interval '2 minutes' WHERE call_id = $1`,
      [callId],
    );
    await bed.care();
    expect((await bed.row(callId)).state).toBe('ok');
    expect(await bed.alarms(callId)).toEqual([]);
  });

  it('written to after it was sealed keeps both, with an alarm', async () => {
    const callId = await bed.call();
    bed.write(callId, customer, agent);
    await bed.care({
      step: (name) => {
        if (name === 'written')
          appendFileSync(join(bed.plainDir, `${callId}.agent.ulaw`), Buffer.alloc(800, 0x10));
      },
    });
    expect(await bed.alarms(callId)).toEqual(['recording.changed']);
    expect(bed.plainFiles(callId)).toEqual([`${callId}.agent.ulaw`]);
    expect((await bed.play(callId))?.subarray(44).equals(whole())).toBe(true);
  });
});

describe('a process that dies', () => {
  async function dieAt(step: string): Promise<void> {
    const program = join(import.meta.dirname, 'care-process.ts');
    const child = spawn(
      process.execPath,
      [program, url, bed.plainDir, bed.archiveDir, key.toString('hex'), step],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const [, signal] = await once(child, 'exit');
    expect([step, signal]).toEqual([step, 'SIGKILL']);
    // PostgreSQL takes a moment to see that nobody is there any more; till then the care is his.
    await vi.waitFor(async () => {
      const { rows } = await db.query(`SELECT FROM pg_locks WHERE locktype = 'advisory'`);
      expect(rows).toHaveLength(0);
    });
  }

  it.each([
    'settled',
    'padded',
    'inspected',
    'sealed customer',
    'sealed agent',
    'readBack',
    'written',
    'removed customer',
    'removed agent',
  ])('at "%s" leaves a recording that the next one finishes well', async (step) => {
    const callId = await bed.call();
    bed.write(callId, customer, agent.subarray(0, 39_000));
    await dieAt(step);
    await bed.care();
    const row = await bed.row(callId);
    expect(row).toMatchObject({ state: 'ok', plain_gone: true, agent_bytes: 40_000 });
    expect(bed.plainFiles(callId)).toEqual([]);
    expect(bed.sealedFiles(callId).filter((name) => name.endsWith('.sealed'))).toHaveLength(2);
    expect((await bed.play(callId))?.subarray(44).equals(whole(customer, agent.subarray(0, 39_000)))).toBe(
      true,
    );
    expect(await bed.alarms(callId)).toEqual([]);
  });

  it('between the deletion of files and its note is followed by one that notes it', async () => {
    const callId = await bed.call();
    bed.write(callId, customer, agent);
    await bed.care();
    await db.query(
      `UPDATE recordings SET deleted_at = now(), wrapped_key = NULL, delete_reason = 'test' WHERE call_id = $1`,
      [callId],
    );
    await dieAt('files removed');
    expect(bed.sealedFiles(callId)).toEqual([]);
    await bed.care();
    expect((await bed.row(callId)).files_gone).toBe(true);
  });
});

describe('files without a row', () => {
  const age = (callId: string) => {
    const past = new Date(Date.now() - 300_000);
    for (const name of bed.plainFiles(callId)) utimesSync(join(bed.plainDir, name), past, past);
  };

  it('are kept, and adopted once history knows their call', async () => {
    const callId = 'n1-17.1';
    bed.write(callId, customer, agent);
    age(callId);
    const care = new RecordingCare(bed.ports());
    expect(await care.adopt()).toBe(1);
    expect(bed.plainFiles(callId)).toHaveLength(2);
    await db.query(
      `INSERT INTO calls (id, node, direction, offered_at, connected_at, ended_at, outcome)
       VALUES ($1, 'n1', 'hotline', now() - interval '9 minutes', now() - interval '8 minutes', now() - interval '5 minutes', 'answered')`,
      [callId],
    );
    expect(await care.adopt()).toBe(0);
    await bed.care();
    expect(await bed.row(callId)).toMatchObject({ state: 'ok', adopted: true, plain_gone: true });
  });

  it('of a call that lives are not touched', async () => {
    const callId = await bed.call({ row: false });
    bed.write(callId, customer, agent);
    age(callId);
    await db.query(
      `INSERT INTO live_calls (call_id, node, state, updated_at) VALUES ($1, 'n1', '{}', now())`,
      [callId],
    );
    await new RecordingCare(bed.ports()).adopt();
    expect(await bed.row(callId)).toBeUndefined();
  });
});

describe('the key of the house', () => {
  it('can be changed: everything is wrapped anew, and the old one is needed no more', async () => {
    const callId = await bed.call();
    bed.write(callId, customer, agent);
    await bed.care();
    const next = Buffer.alloc(32, 9);
    const ring = makeKeyRing(next, [key]);
    await new RecordingCare(bed.ports({ ring })).rewrap();
    expect((await bed.row(callId)).key_id).toBe(ring.currentId);
    const alone = { ring: makeKeyRing(next, []) };
    expect((await bed.play(callId, alone))?.subarray(44).equals(whole())).toBe(true);
    // And back, for the other tests.
    await new RecordingCare(bed.ports({ ring: makeKeyRing(key, [next]) })).rewrap();
  });

  it('that is not among the settings is told, once', async () => {
    const ring = makeKeyRing(Buffer.alloc(32, 11), []);
    await new RecordingCare(bed.ports({ ring })).rewrap();
    await new RecordingCare(bed.ports({ ring })).rewrap();
    const { rows } = await db.query(`SELECT count(*) AS n FROM alarms WHERE kind = 'recording.keyUnknown'`);
    expect(rows[0].n).toBe(1);
  });
});

describe('the file of a living call', () => {
  it('that does not grow while they talk raises an alarm, which goes when it grows again', async () => {
    const callId = await bed.call({ row: false });
    const live = [{ callId, heard: `${callId}.customer.ulaw`, spoken: `${callId}.agent.ulaw` }];
    const care = new RecordingCare(bed.ports());
    bed.write(callId, tone(1000), tone(1000));
    await care.watch(live);
    bed.write(callId, tone(2000), tone(1000));
    await care.watch(live);
    const { rows } = await db.query('SELECT kind, detail FROM alarms WHERE call_id = $1', [callId]);
    expect(rows).toEqual([{ kind: 'recording.notGrowing', detail: { voices: ['agent'] } }]);
    bed.write(callId, tone(3000), tone(2000));
    await care.watch(live);
    expect(await bed.alarms(callId)).toEqual([]);
  });

  it('that was never made raises it too', async () => {
    const callId = await bed.call({ row: false });
    const live = [{ callId, heard: `${callId}.customer.ulaw`, spoken: `${callId}.agent.ulaw` }];
    const care = new RecordingCare(bed.ports());
    await care.watch(live);
    await care.watch(live);
    expect(await bed.alarms(callId)).toEqual(['recording.notGrowing']);
  });
});

describe('the time of keeping', () => {
  it('ends by purpose, unless a dispute holds it; hash and length stay, key, waveform and files go', async () => {
    const day = 86_400_000;
    const [old, held, debt] = [
      await bed.call({ agoMs: 400 * day }),
      await bed.call({ agoMs: 400 * day }),
      await bed.call({ agoMs: 400 * day, direction: 'campaign', campaignId: 1 }),
    ];
    for (const callId of [old, held, debt]) bed.write(callId, customer, agent);
    // An old talk, looked at for the first time.
    await bed.care();
    await db.query(
      `UPDATE recordings SET held_at = now(), held_by = 1, hold_reason = 'суд' WHERE call_id = $1`,
      [held],
    );
    const care = new RecordingCare(bed.ports());
    expect(await care.expire()).toBe(1);
    await care.round();
    const row = await bed.row(old);
    expect(row).toMatchObject({
      delete_reason: 'retention',
      deleted_by: null,
      wrapped_key: null,
      waveform: null,
      files_gone: true,
      customer_bytes: 40_000,
    });
    expect(row.customer_sha256.equals(sha(customer))).toBe(true);
    expect(bed.sealedFiles(old)).toEqual([]);
    for (const callId of [held, debt]) {
      expect((await bed.row(callId)).deleted_at).toBeNull();
      expect(bed.sealedFiles(callId)).toHaveLength(2);
    }
  });
});
