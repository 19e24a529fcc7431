import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { readAgents, readLastActivities } from './agents/store.ts';
import { makeAlarmRoutes } from './alarms/routes.ts';
import { connectExchange } from './asterisk/exchange.ts';
import { startLedgerReader } from './asterisk/ledger-reader.ts';
import { Buffers } from './basics/buffers.ts';
import type { AgentId, CallId, EpochMs } from './basics/ids.ts';
import { makeLog } from './basics/log.ts';
import { callerToPhone, parsePhone } from './basics/phone.ts';
import { gaveUpExitCode, Watchdog } from './basics/watchdog.ts';
import { connectRedisBus } from './bus/redis.ts';
import { inboxLimit, ordersLimit } from './calls/desk.ts';
import { HistoryWriter } from './calls/history.ts';
import { makeCallRoutes } from './calls/routes.ts';
import { readLiveCalls, readQueues } from './calls/store.ts';
import { Switchboard } from './calls/switchboard.ts';
import { startLeadImports } from './campaigns/jobs.ts';
import { claimPreview, preparePreviewCall, releasePreviews, skipPreview } from './campaigns/preview.ts';
import { contactOf } from './campaigns/retry.ts';
import { makeCampaignRoutes } from './campaigns/routes.ts';
import { makeCampaignSink } from './campaigns/sink.ts';
import { readConfig } from './config.ts';
import { permitByHand, releaseByHand } from './contact-rules/by-hand.ts';
import { explainMayContact } from './contact-rules/reserve.ts';
import { readHouse } from './contact-rules/rules.ts';
import { makeContactSink } from './contact-rules/sink.ts';
import { makeCardReader } from './customers/card.ts';
import { makeCustomerRoutes } from './customers/routes.ts';
import { findByPhone, readCustomerName } from './customers/store.ts';
import { migrate } from './db/migrate.ts';
import { openPool } from './db/pool.ts';
import { makeDatabaseProbe } from './db/probe.ts';
import { connectHotlineCaller } from './demo/hotline-caller.ts';
import { guardEventLoop } from './event-loop-guard.ts';
import { insidesOf, makeApp, shortOf } from './http/app.ts';
import { makeSessions } from './http/session.ts';
import { settleHistory } from './ledger/jobs.ts';
import { Board } from './live/board.ts';
import { Live } from './live/live.ts';
import { RecordingCare, startRecordingCare } from './recordings/jobs.ts';
import { makeKeyRing } from './recordings/keys.ts';
import { makeRecordingRoutes } from './recordings/routes.ts';
import { makeSupervisionRoutes } from './supervision/routes.ts';
import { demoSignIns } from './users/demo-sign-ins.ts';
import { makePhoneDesk } from './users/phone-credentials.ts';
import { makeUserRoutes } from './users/routes.ts';
import { endSessions } from './users/store.ts';

/** The server: web, live sockets and the switchboard of one exchange node. Wiring only. */

const config = readConfig(process.env);
const log = makeLog('server', config.LOG_LEVEL);
const now = (): EpochMs => Date.now();
const house = readHouse(config);
const node = config.ASTERISK_NODE;
const watchdog = new Watchdog({
  now: () => performance.now(),
  log,
  onDead: () => process.exit(gaveUpExitCode),
});
watchdog.start();
guardEventLoop({ stuckMs: 60_000 });
const buffers = new Buffers(log);

await migrate(config.DATABASE_URL, (line) => log.debug(line));
const db = openPool(config.DATABASE_URL, {
  max: 12,
  onError: (error) => log.warn({ err: error }, 'a database connection broke'),
});
const database = makeDatabaseProbe(db);
const bus = connectRedisBus({ url: config.REDIS_URL, log });
let busUp = false;
bus.onUpDown((up) => {
  busUp = up;
});
const imports = await startLeadImports({ db, bus, log, config });
const ledger = startLedgerReader({
  db,
  node,
  dir: config.ASTERISK_LEDGER_DIR,
  log,
  rotateBytes: config.LEDGER_ROTATE_MB * 1024 * 1024,
  keepDays: config.LEDGER_KEEP_DAYS,
  beat: watchdog.add({ name: 'ledger', part: 'exchange', lateAfterMs: 10_000, needs: () => database.up })
    .beat,
});
const demo = connectHotlineCaller({ config, db, log });

// What an earlier server left; read before the exchange is connected, for from then on calls come in.
const activities = await readLastActivities(db, node);
const agents = await readAgents(db);
const leftCalls = await readLiveCalls(db, node);
const queues = await readQueues(db);

const limits = { calls: config.EXCHANGE_CALLS, perSecond: config.EXCHANGE_CALLS_PER_SECOND };
const exchangeLoop = { name: 'exchangeBeat', part: 'exchange', lateAfterMs: 10_000 };
const { beat } = watchdog.add({ ...exchangeLoop, needs: () => connection.health().up });
const connection = connectExchange({ config, log, limits, beat });

// ---------------------------------------------------------------- history, cards, the switchboard

const campaigns = makeCampaignSink({ bus, log, now });
const history = new HistoryWriter({
  db,
  node,
  log,
  campaigns,
  contacts: makeContactSink(contactOf),
});

const readCard = makeCardReader({
  db,
  companyTimeZone: config.COMPANY_TIME_ZONE,
  explainMayCall: async (question) => {
    const answer = await explainMayContact(db, { ...question, channel: 'call', purpose: 'service', house });
    return answer.allowed
      ? { allowed: true, rule: null, allowedAt: null }
      : { allowed: false, rule: answer.rule, allowedAt: answer.allowedAt };
  },
});

// ---------------------------------------------------------------- recordings

const recordings = {
  db,
  log,
  ring: makeKeyRing(config.RECORDINGS_KEY, config.RECORDINGS_OLD_KEYS),
  plainDir: config.ASTERISK_RECORDINGS_DIR,
  archiveDir: config.RECORDINGS_ARCHIVE_DIR || `${config.ASTERISK_RECORDINGS_DIR}/archive`,
};
const recordingCare = new RecordingCare({ ...recordings, node, now });

const sessions = makeSessions({ config, db, onError: (error) => log.warn({ err: error }, 'session store') });
const phoneDesk = makePhoneDesk({
  db,
  phones: connection.phones,
  websocketUrl: config.ASTERISK_WSS_URL,
  validHours: config.SESSION_HOURS,
});

const app = makeApp({
  config,
  log,
  sessions,
  uiDir: new URL('../agent-ui/dist', import.meta.url).pathname,
  health: async () => {
    const parts = await readParts();
    const ok = parts.exchange && parts.database && parts.bus;
    const short = shortOf(insidesOf(watchdog, buffers));
    return { ok, parts, orphans: switchboard.reconciler.orphans(), ...short };
  },
  insides: () => insidesOf(watchdog, buffers),
  features: [
    makeUserRoutes({
      config,
      db,
      log,
      phoneDesk,
      demoSignIns: config.DEMO ? demoSignIns : [],
      onSignOut: (userId, sessionId) => {
        switchboard.presence.post(userId as AgentId, { type: 'signOff' });
        live.cut(userId, sessionId);
      },
    }),
    makeCustomerRoutes({ db, readCard }),
    makeCallRoutes({ db }),
    makeRecordingRoutes({ ...recordings, expire: () => recordingCare.expire() }),
    makeAlarmRoutes({ db }),
    makeSupervisionRoutes({ db, shown: config.SUPERVISION_SHOWN }),
    makeCampaignRoutes({ db, bus, log, imports }),
  ],
});
const http =
  config.TLS_CERT_FILE === ''
    ? createHttp(app)
    : createHttps({ cert: readFileSync(config.TLS_CERT_FILE), key: readFileSync(config.TLS_KEY_FILE) }, app);

const live = new Live({
  http,
  sessions,
  log,
  now,
  indexedQuery: () => findByPhone(db, '+70000000000'),
  supervision: config.SUPERVISION_SHOWN,
});

// News at once, the next a tenth of a second later at the soonest: the dialer looks no oftener, and at 200 calls a second
// every 30 ms cost 8 % of the server's time.
const statusEveryMs = 100;
let statusTimer: NodeJS.Timeout | null = null;
let statusAt = 0;
const surveyLoop = watchdog.add({
  name: 'survey',
  lateAfterMs: 90_000,
  needs: () => connection.health().up,
});
const switchboard = new Switchboard({
  exchange: connection.exchange,
  history,
  log,
  node,
  now,
  parseCaller: (from) => callerToPhone(from),
  lookUp: (phone) => findByPhone(db, phone),
  async pop(agentId, call) {
    const { customer, phone } = call;
    // With number and zone at hand the contact rules are asked while the card is read.
    const timeZone = call.candidates.find((c) => c.id === customer?.id)?.timeZone;
    const line = phone !== null && timeZone !== undefined ? { phone, timeZone } : undefined;
    const card = customer === null ? null : await readCard(customer.id, now(), line);
    await live.pop(agentId, call, card);
  },
  fallbackMember: (agent, as) => {
    connection.fallback
      .syncFallbackMember(agent.sipUser, agent.name, as)
      .catch((error: unknown) => log.warn({ err: error, agentId: agent.agentId }, 'fallback queue not told'));
  },
  surveyed: () => surveyLoop.beat(),
  callChanged: (call) => {
    live.callChanged(call);
    statusSoon();
  },
  agentChanged: (agent, was, setBy) => {
    live.agentChanged(agent, setBy);
    if (was.activity.name === 'ready' && agent.activity.name !== 'ready') givePreviewBack(agent.agentId);
    statusSoon();
  },
});

// In the same breath as the connection: no event of the exchange finds an empty switchboard.
for (const agent of agents) {
  const agentId = agent.agentId as AgentId;
  switchboard.presence.add({ ...agent, agentId }, activities.get(agentId));
}
switchboard.setQueues(queues);
switchboard.restore(leftCalls);

live.start(switchboard, {
  switchboard,
  history,
  log,
  now,
  newId: randomUUID,
  manual: {
    settings: {
      ringMs: config.MANUAL_RING_MS,
      wrapUpMs: config.MANUAL_WRAP_UP_MS,
      record: config.MANUAL_RECORD,
    },
    parsePhone: (raw) => {
      const parsed = parsePhone(raw, { country: config.COMPANY_COUNTRY });
      return parsed.ok ? { ok: true, value: parsed.phone } : parsed;
    },
    permit: (contact) =>
      permitByHand(db, contact, { now: now(), house, companyTimeZone: config.COMPANY_TIME_ZONE }),
    release: (contactId) =>
      releaseByHand(db, contactId).catch((error: unknown) =>
        log.warn({ err: error }, 'a contact is not released'),
      ),
  },
  resultSaved: (agentId) => live.resultSaved(agentId),
  customerName: (customerId) => readCustomerName(db, customerId),
  preview: {
    next: (agentId) => claimPreview(db, { agentId, now: now(), house }),
    skip: async (agentId, leadId, reason) =>
      (await skipPreview(db, { agentId, leadId, reason, now: now() }))
        ? { ok: true, value: null }
        : { ok: false, reason: 'notYours' },
    prepare: (agentId, leadId) => preparePreviewCall(db, { agentId, leadId, now: now(), house, node }),
    shown: (agentId, preview) => live.previewChanged(agentId, preview),
  },
  callHotlineAs: demo === null ? null : demo.call,
});

/** He turned to something else: the lead that he had on screen and did not dial is anybody's again. */
function givePreviewBack(agentId: number): void {
  live.previewChanged(agentId, null);
  releasePreviews(db, agentId).catch((error: unknown) =>
    log.warn({ err: error, agentId }, 'preview not given back'),
  );
}

const board = new Board({
  db,
  log,
  live,
  switchboard,
  timeZone: config.COMPANY_TIME_ZONE,
  now,
  async gone(userId) {
    switchboard.presence.post(userId, { type: 'signOff' });
    live.cut(userId, null);
    await endSessions(db, userId);
    await phoneDesk
      .withdraw(userId)
      .catch((error: unknown) =>
        log.warn({ err: error, userId }, 'credentials not withdrawn yet; the sweep will'),
      );
  },
  parts: readParts,
  lateLoops: () => watchdog.lateByPart(),
});

async function readParts() {
  const dialer = busUp && (await bus.leaseHolder('dialer').catch(() => null)) !== null;
  return { exchange: connection.health().up, database: await database.ask(), bus: busUp, dialer };
}

// ---------------------------------------------------------------- the dialer's orders and what it must know of us

function statusSoon(): void {
  statusTimer ??= setTimeout(publishStatus, Math.max(0, statusAt + statusEveryMs - now()));
}
function publishStatus(): void {
  if (statusTimer !== null) clearTimeout(statusTimer);
  statusTimer = null;
  statusAt = now();
  bus
    .publishStatus({ ...switchboard.status(), capacity: connection.capacity() })
    .catch((error: unknown) => log.debug({ err: error }, 'status not published'));
}
const told = (what: string) => (error: unknown) => log.warn({ err: error }, what);
watchdog.every(
  { name: 'presence', everyMs: 1000, lateAfterMs: 10_000, onError: told('agents not watched') },
  () => {
    switchboard.presence.watch();
    publishStatus();
  },
);
watchdog.every(
  // A frozen database holds it up; ending the server would not thaw it.
  {
    name: 'board',
    everyMs: 1000,
    lateAfterMs: 30_000,
    deadAfterMs: null,
    onError: told('no look at the board'),
  },
  () => board.look(),
);
watchdog.every(
  {
    name: 'historyFromLedger',
    part: 'database',
    everyMs: 1000,
    lateAfterMs: 60_000,
    needs: () => database.up,
    onError: told('history not completed from the ledger'),
  },
  async () => {
    // What the switchboard has still to write it writes itself.
    await history.flush();
    if (!ledger.health().up || history.backlog > 500) return;
    await settleHistory({
      db,
      node,
      log,
      now,
      isLiving: (id) => switchboard.desk.get(id as CallId)?.end === null,
      parseCaller: (from) => callerToPhone(from),
      findCustomer: (phone) => findByPhone(db, phone),
      attemptsEnded: campaigns.attemptsEnded,
    });
  },
);
watchdog.every(
  { name: 'database', everyMs: 1000, lateAfterMs: 10_000, onError: told('database not asked') },
  () => database.ask(),
);
watchdog.every(
  { name: 'buffers', everyMs: 1000, lateAfterMs: 10_000, onError: told('buffers not looked at') },
  () => buffers.look(),
);
buffers.add({ name: 'history', limit: 250_000, size: () => history.backlog });
buffers.add({ name: 'exchangeOrders', limit: 2000, size: () => connection.health().ari.queued });
const ofOneCall = () => switchboard.desk.longestQueues();
buffers.add({
  name: 'callInbox',
  limit: inboxLimit,
  size: () => ofOneCall().inbox,
  lost: () => ofOneCall().lostEvents,
});
buffers.add({ name: 'callOrders', limit: ordersLimit, size: () => ofOneCall().orders });
watchdog.every(
  {
    name: 'phonesExpiry',
    everyMs: 60_000,
    lateAfterMs: 300_000,
    deadAfterMs: null,
    onError: told('expired phones not withdrawn'),
  },
  async () => void (await phoneDesk.withdrawExpired(new Date())),
);

startRecordingCare({
  care: recordingCare,
  watchdog,
  log,
  living: () =>
    switchboard.desk
      .living()
      .flatMap(({ callId, phase, recording }) =>
        phase.name === 'talking' && !phase.held && recording !== null && recording.stoppedAt == null
          ? [{ callId, heard: recording.heard, spoken: recording.spoken }]
          : [],
      ),
});

// ---------------------------------------------------------------- open the doors

await board.look();
// Handed over again after a crash: dialled already or not, we cannot know, and twice is worse than never.
await bus.onPlaceCalls(node, async (orders, again) => {
  if (!again) await switchboard.placing.placeCalls(orders);
});
await new Promise<void>((resolve, reject) => {
  http.once('error', reject);
  http.listen(config.HTTP_PORT, config.HTTP_HOST, resolve);
});
log.info({ host: config.HTTP_HOST, port: config.HTTP_PORT }, 'open');

let stopping = false;
async function stop(signal: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ signal }, 'closing; talks go on');
  if (statusTimer !== null) clearTimeout(statusTimer);
  watchdog.close();
  demo?.close();
  switchboard.close();
  await live.close();
  http.close();
  connection.close();
  await history.close();
  await ledger.close();
  await imports.close();
  await bus.close();
  await db.end();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
