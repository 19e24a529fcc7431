import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeAlarmRoutes } from '../../../server/alarms/routes.ts';
import { alarmSchema } from '../../../server/alarms/schema.ts';
import { raiseAlarm } from '../../../server/alarms/store.ts';
import { RecordingCare } from '../../../server/recordings/jobs.ts';
import { makeRecordingRoutes } from '../../../server/recordings/routes.ts';
import { recordingFactsSchema, recordingPolicySchema } from '../../../server/recordings/schema.ts';
import { hashPassword } from '../../../server/users/password.ts';
import { makePhoneDesk } from '../../../server/users/phone-credentials.ts';
import { makeUserRoutes } from '../../../server/users/routes.ts';
import { silentLog, startApi, testConfig, type Visitor } from '../../setup/api.ts';
import { openTestDatabase } from '../../setup/postgres.ts';
import { tone } from '../../unit/recordings/sounds.ts';
import { RecordingBed } from './bed.ts';

const { db } = await openTestDatabase();
const bed = new RecordingBed(db);
const care = new RecordingCare(bed.ports());
const phones = { issue: async () => {}, withdraw: async () => {} };
const { visitor, base } = await startApi({
  db,
  features: [
    makeUserRoutes({
      config: testConfig(),
      db,
      log: silentLog,
      phoneDesk: makePhoneDesk({ db, phones, websocketUrl: 'wss://HOST/ws', validHours: 1 }),
      onSignOut: () => {},
      demoSignIns: [],
    }),
    makeRecordingRoutes({ ...bed.ports(), expire: () => care.expire() }),
    makeAlarmRoutes({ db }),
  ],
});

// 25 s of full amplitude, 3 bytes of the agent: odd sizes and more than one piece.
const customerBytes = 200_001;
const wavBytes = 44 + customerBytes * 4;
const users: Record<string, Visitor> = {};
const ids: Record<string, number> = {};
let own: string;
let others: string;

beforeAll(async () => {
  const hash = await hashPassword('right');
  for (const [login, role] of [
    ['anna', 'agent'],
    ['boris', 'agent'],
    ['svetlana', 'supervisor'],
    ['root', 'administrator'],
  ]) {
    const { rows } = await db.query(
      'INSERT INTO users (login, name, role, password_hash) VALUES ($1::text, $1::text, $2, $3) RETURNING id',
      [login, role, hash],
    );
    ids[login as string] = rows[0].id;
    const page = visitor();
    await page.post('/api/sign-in', { login, password: 'right' });
    users[login as string] = page;
  }
  await db.query(`INSERT INTO queues (name, hotline_number) VALUES ('Поддержка', '78005553535')`);
  own = await bed.call({ lengthMs: 25_000, agentId: ids.anna ?? 0 });
  others = await bed.call({ lengthMs: 25_000 });
  for (const callId of [own, others]) bed.write(callId, Buffer.alloc(customerBytes, 0x80), Buffer.alloc(3));
  await bed.care();
});

const as = (login: string): Visitor => users[login] as Visitor;
async function sound(
  login: string,
  id: string,
  headers: Record<string, string> = {},
  query = '',
  method = 'GET',
) {
  const response = await fetch(`${base}/api/calls/${id}/recording${query}`, {
    method,
    headers: { Cookie: as(login).cookie, ...headers },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes };
}
const acts = async (callId: string) =>
  (
    await db.query<{ act: string; user_id: number }>(
      'SELECT act, user_id FROM user_acts WHERE call_id = $1 ORDER BY id',
      [callId],
    )
  ).rows;

describe('the sound of a recording', () => {
  it('is one stereo WAV, the shorter voice silent to the end', async () => {
    const { status, headers, bytes } = await sound('anna', own);
    expect([status, headers.get('content-type'), headers.get('accept-ranges')]).toEqual([
      200,
      'audio/wav',
      'bytes',
    ]);
    expect([bytes.length, Number(headers.get('content-length'))]).toEqual([wavBytes, wavBytes]);
    expect([bytes.readInt16LE(44), bytes.readInt16LE(46)]).toEqual([32124, -32124]);
    expect([bytes.readInt16LE(wavBytes - 4), bytes.readInt16LE(wavBytes - 2)]).toEqual([32124, 0]);
  });

  it('is read from any byte to any byte, as players do when somebody jumps', async () => {
    const whole = (await sound('anna', own)).bytes;
    for (const [from, to] of [
      [0, 1],
      [0, wavBytes - 1],
      [10, 50],
      [45, 45],
      [47, 64_101],
      [64_043, 64_045],
      // Around the border of two sealed pieces, 65536 samples in.
      [44 + 65_535 * 4, 44 + 65_537 * 4],
      [wavBytes - 3, wavBytes - 1],
    ] as const) {
      const { status, headers, bytes } = await sound('anna', own, { Range: `bytes=${from}-${to}` });
      expect([status, headers.get('content-range')]).toEqual([206, `bytes ${from}-${to}/${wavBytes}`]);
      expect(bytes.equals(whole.subarray(from, to + 1))).toBe(true);
    }
    expect((await sound('anna', own, { Range: `bytes=${wavBytes}-` })).status).toBe(416);
    expect((await sound('anna', own, { Range: 'bytes=-4' })).bytes.length).toBe(4);
    expect((await sound('anna', own, {}, '', 'HEAD')).headers.get('content-length')).toBe(String(wavBytes));
  });

  it('is not there when the call has none, its files are gone, or they lie outside of the folder', async () => {
    writeFileSync(join(bed.folder, 'outside.ulaw'), Buffer.alloc(10));
    symlinkSync(join(bed.folder, 'outside.ulaw'), join(bed.plainDir, 'link.ulaw'));
    const odd = await bed.call({ row: false });
    await db.query(
      `INSERT INTO recordings (call_id, node, started_at, customer_file, agent_file) VALUES ($1, 'n2', now(), '../outside.ulaw', 'link.ulaw')`,
      [odd],
    );
    for (const id of ['none', odd, '..%2F..%2Fetc']) {
      expect((await as('root').get(`/api/calls/${id}/recording`)).body).toEqual({ reason: 'noRecording' });
    }
  });

  it('that was tampered with is refused in words, marked and told', async () => {
    const callId = await bed.call();
    bed.write(callId, tone(5000), tone(5000));
    await bed.care();
    for (const name of bed.sealedFiles(callId)) writeFileSync(join(bed.archiveDir, name), 'DZVREC1\nrubbish');
    const answer = await as('root').get(`/api/calls/${callId}/recording`);
    expect([answer.status, answer.body.reason]).toEqual([500, 'recordingUnreadable']);
    expect((await bed.row(callId)).state).toBe('unreadable');
    expect(await bed.alarms(callId)).toEqual(['recording.unreadable']);
  });
});

describe('who may', () => {
  it('nobody who is not signed in', async () => {
    for (const path of [
      `/api/calls/${own}/recording`,
      `/api/calls/${own}/recording/facts`,
      '/api/recordings/policy',
      '/api/alarms',
    ])
      expect((await visitor().get(path)).status).toBe(401);
  });

  it('an agent hears his own calls only, and no file is given to him', async () => {
    const other = await as('boris').get(`/api/calls/${own}/recording`);
    expect([other.status, other.body.reason]).toEqual([403, 'notOnThisCall']);
    expect((await as('boris').get(`/api/calls/${own}/recording/facts`)).status).toBe(403);
    const file = await as('anna').get(`/api/calls/${own}/recording?download=1`);
    expect([file.status, file.body.reason]).toEqual([403, 'supervisorsOnly']);
  });

  it('an agent to whom it was handed over hears it as well', async () => {
    await db.query(
      `INSERT INTO call_legs (id, call_id, role, agent_id, started_at) VALUES ('leg-b', $1, 'agent', $2, now())`,
      [others, ids.boris],
    );
    expect((await sound('boris', others, { Range: 'bytes=0-10' })).status).toBe(206);
    expect((await as('anna').get(`/api/calls/${others}/recording`)).status).toBe(403);
  });

  it('a supervisor hears and takes away everything', async () => {
    const { status, headers, bytes } = await sound('svetlana', own, {}, '?download=1');
    expect([status, bytes.length]).toEqual([200, wavBytes]);
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="?[\w.-]+\.wav"?$/);
  });

  it('each listening and each download is written down: one act, however often the player asks', async () => {
    const callId = await bed.call({ agentId: ids.anna ?? 0 });
    bed.write(callId, tone(5000), tone(5000));
    await bed.care();
    await sound('anna', callId, { Range: 'bytes=0-99' });
    await sound('anna', callId, { Range: 'bytes=5000-9000' });
    await sound('svetlana', callId);
    await sound('svetlana', callId, {}, '?download=1');
    await sound('svetlana', callId, {}, '?download=1');
    await sound('boris', callId);
    expect(await acts(callId)).toEqual([
      { act: 'recording.play', user_id: ids.anna },
      { act: 'recording.play', user_id: ids.svetlana },
      { act: 'recording.download', user_id: ids.svetlana },
      { act: 'recording.download', user_id: ids.svetlana },
    ]);
  });
});

describe('the facts of a recording', () => {
  it('tell its length, waveform, pauses, how long it is kept and what one may do', async () => {
    const callId = await bed.call({
      agentId: ids.anna ?? 0,
      pauses: (startedAt) => [{ from: startedAt + 1000, to: startedAt + 2000 }],
    });
    bed.write(callId, tone(5000), tone(5000));
    const before = recordingFactsSchema.parse(
      (await as('anna').get(`/api/calls/${callId}/recording/facts`)).body,
    );
    expect([before.state, before.lengthMs, before.waveform]).toEqual(['pending', 5000, null]);
    await bed.care();
    const facts = recordingFactsSchema.parse(
      (await as('anna').get(`/api/calls/${callId}/recording/facts`)).body,
    );
    expect(facts).toMatchObject({
      state: 'ok',
      lengthMs: 5000,
      pauses: [{ fromMs: 1000, toMs: 2000 }],
      purpose: 'hotline',
      held: null,
      deleted: null,
      may: { download: false, hold: false, delete: false },
    });
    expect(Buffer.from(facts.waveform ?? '', 'base64')).toHaveLength(1200);
    const keptDays = (Date.parse(facts.keepUntil ?? '') - Date.parse(facts.startedAt)) / 86_400_000;
    expect(Math.round(keptDays)).toBe(365);
  });
});

describe('a dispute and a deletion', () => {
  it('what is held is not deleted; let go, it is, and the record says who, when and why', async () => {
    const callId = await bed.call();
    bed.write(callId, tone(5000), tone(5000));
    await bed.care();
    const path = `/api/calls/${callId}/recording`;
    const post = (login: string, what: string, body: unknown) => as(login).post(`${path}/${what}`, body);
    expect((await post('anna', 'hold', { held: true, reason: 'жалоба' })).status).toBe(403);
    expect((await post('svetlana', 'hold', { held: true })).body.reason).toBe('badInput');
    expect((await post('svetlana', 'hold', { held: true, reason: 'жалоба 17' })).status).toBe(204);
    const held = recordingFactsSchema.parse((await as('root').get(`${path}/facts`)).body);
    expect([held.held?.by, held.held?.reason, held.keepUntil]).toEqual(['svetlana', 'жалоба 17', null]);
    expect((await post('svetlana', 'delete', { reason: 'просьба' })).body.reason).toBe('administratorsOnly');
    const refused = await post('root', 'delete', { reason: 'просьба клиента' });
    expect([refused.status, refused.body.reason]).toEqual([409, 'recordingHeld']);
    await post('svetlana', 'hold', { held: false });
    expect((await post('root', 'delete', { reason: 'просьба клиента' })).status).toBe(204);
    await bed.care();
    expect(bed.sealedFiles(callId)).toEqual([]);
    const gone = await as('root').get(path);
    expect([gone.status, gone.body.reason]).toEqual([410, 'recordingDeleted']);
    const facts = recordingFactsSchema.parse((await as('root').get(`${path}/facts`)).body);
    expect(facts).toMatchObject({
      deleted: { by: 'root', reason: 'просьба клиента' },
      waveform: null,
      lengthMs: 5000,
      may: { download: false, hold: false, delete: false },
    });
    expect((await acts(callId)).map(({ act }) => act)).toEqual([
      'recording.hold',
      'recording.release',
      'recording.delete',
    ]);
  });
});

describe('the policy', () => {
  it('is read by supervisors, changed by administrators, and never below the law', async () => {
    expect((await as('anna').get('/api/recordings/policy')).status).toBe(403);
    const policy = recordingPolicySchema.parse((await as('svetlana').get('/api/recordings/policy')).body);
    expect(policy.queues).toEqual([{ queueId: 1, name: 'Поддержка', record: true }]);
    expect(policy.retention.find((r) => r.purpose === 'debt')).toMatchObject({
      keepDays: 1096,
      leastDays: 1096,
    });
    const put = (login: string, purpose: string, keepDays: number) =>
      as(login).send('PUT', `/api/recordings/retention/${purpose}`, { keepDays });
    expect((await put('svetlana', 'survey', 90)).status).toBe(403);
    const short = await put('root', 'debt', 365);
    expect([short.status, short.body]).toEqual([409, { reason: 'keptTooShort', detail: '1096' }]);
    const changed = recordingPolicySchema.parse((await put('root', 'survey', 90)).body);
    expect(changed.retention.find((r) => r.purpose === 'survey')).toMatchObject({
      keepDays: 90,
      changedBy: 'root',
    });
    expect((await put('root', 'nonsense', 90)).body.reason).toBe('badInput');
    const { rows } = await db.query(`SELECT detail FROM user_acts WHERE act = 'recording.retention'`);
    expect(rows).toEqual([{ detail: { purpose: 'survey', keepDays: 90, was: 183 } }]);
  });

  it('says of each queue whether it is recorded', async () => {
    const put = (login: string) => as(login).send('PUT', '/api/recordings/queues/1', { record: false });
    expect((await put('svetlana')).status).toBe(403);
    const policy = recordingPolicySchema.parse((await put('root')).body);
    expect(policy.queues[0]?.record).toBe(false);
    expect((await as('root').send('PUT', '/api/recordings/queues/99', { record: true })).status).toBe(404);
  });

  it('is carried out at once when an administrator says so', async () => {
    const callId = await bed.call({ agoMs: 366 * 86_400_000 });
    bed.write(callId, tone(1000), tone(1000));
    await bed.care();
    expect((await as('svetlana').post('/api/recordings/expire')).status).toBe(403);
    expect((await as('root').post('/api/recordings/expire')).body).toEqual({ deleted: 1 });
    expect((await bed.row(callId)).delete_reason).toBe('retention');
  });
});

describe('alarms', () => {
  it('are seen and acknowledged by supervisors; one of a kind about a thing at a time', async () => {
    const alarm = { kind: 'recording.short', subject: 'x', callId: own, detail: { lengthMs: 1 } };
    expect(await raiseAlarm(db, alarm)).toBe(true);
    expect(await raiseAlarm(db, alarm)).toBe(false);
    expect((await as('anna').get('/api/alarms')).status).toBe(403);
    const read = async (query = '') =>
      z
        .array(alarmSchema)
        .parse((await as('svetlana').get(`/api/alarms${query}`)).body)
        .filter(({ subject }) => subject === 'x');
    const [one] = await read('?open=1');
    expect(one).toMatchObject({ kind: 'recording.short', callId: own, acknowledgedAt: null });
    expect((await as('svetlana').post(`/api/alarms/${one?.id}/acknowledge`)).status).toBe(204);
    expect((await as('root').post(`/api/alarms/${one?.id}/acknowledge`)).status).toBe(204);
    expect(await read('?open=1')).toEqual([]);
    expect(await read()).toMatchObject([{ acknowledgedBy: 'svetlana' }]);
    expect((await as('svetlana').post('/api/alarms/999999/acknowledge')).status).toBe(404);
  });
});
