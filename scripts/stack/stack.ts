import { mkdir, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { migrate } from '../../server/db/migrate.ts';
import { seedDemo } from '../seed.ts';
import { type PbxHandle, startPbx, startTestExchange, type TestExchangeHandle } from './asterisk.ts';
import { ensureCertificate } from './certificate.ts';
import { withLock } from './lock.ts';
import { makePart, type Part, type PartName, partNames } from './part.ts';
import { dozvonDir, promptsDir, repo, rootDir } from './places.ts';
import { checkPorts, type Ports } from './ports.ts';
import { databaseUrl, preparePostgres } from './postgres.ts';
import { identify, isAlive, type ProcessId, signal } from './processes.ts';
import { makePrompts } from './prompts.ts';
import { ensureSecrets } from './secrets.ts';
import { endLeftovers, forgetState, readState, writeState } from './state.ts';
import { quiet, type Reporter, StepError } from './steps.ts';
import { supervise } from './supervise.ts';
import { ensureSystemParts } from './system-parts.ts';
import { ensureUi } from './ui.ts';
import { prepareValkey } from './valkey.ts';

/** The number that the demo company's hotline has; the seed's queue and the exchange's fallback know it. */
const demoHotline = '78005553535';

export interface StackOptions {
  /** Folder of this stack's data, logs, secrets and state; a folder of its own for every stack. */
  readonly home: string;
  readonly ports: Ports;
  /** Demo sign-ins and calls from the test exchange. */
  readonly demo: boolean;
  readonly seed: 'demo' | 'none';
  /** Which parts to start; default: all that `external` does not replace. */
  readonly parts?: readonly PartName[];
  /** Begin with nothing: the home is emptied first. */
  readonly fresh?: boolean;
  /** The data is thrown away afterwards: no waiting for the disk. */
  readonly throwAway?: boolean;
  /** Address of voice; tests: 127.0.0.1, so that all of it stays there. Empty: all interfaces. */
  readonly mediaAddress?: string;
  /** Dead parts are started again, with back-off. */
  readonly supervise?: boolean;
  /** DATABASE_URL, REDIS_URL, ASTERISK_*: used instead of the own part; the rest goes to server and dialer as it is. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly reporter?: Reporter;
  /** Stops the start. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  readonly home: string;
  readonly url: string;
  readonly ports: Ports;
  /** Everything that server/config.ts wants. */
  readonly env: Readonly<Record<string, string>>;
  /** Those that this stack has. */
  readonly parts: Readonly<Partial<Record<PartName, Part>>>;
  /** Files that the two exchanges write; null where the exchange is not ours. */
  readonly files: {
    readonly recordingsDir: string;
    readonly ledgerDir: string;
    readonly cdrDir: string;
    readonly testCdrFile: string;
  };
  /** One command of an exchange's console. */
  cli(exchange: 'pbx' | 'testExchange', command: string): Promise<string>;
  /** Stops all parts in order, each within a bounded time. */
  stop(): Promise<void>;
}

/** Which parts are not ours because the environment names others. */
function replaced(env: Readonly<Record<string, string | undefined>>): Set<PartName> {
  const names = new Set<PartName>();
  if (env.DATABASE_URL) names.add('postgres');
  if (env.REDIS_URL) names.add('valkey');
  if (env.ASTERISK_ARI_URL) names.add('pbx').add('testExchange');
  return names;
}

/** Refuses to start twice in one home; ends what a crashed start left behind. */
async function takeHome(
  options: StackOptions,
  url: string,
  owner: ProcessId,
  reporter: Reporter,
): Promise<void> {
  const { home, ports } = options;
  await mkdir(`${home}/log`, { recursive: true, mode: 0o755 }).catch((error: Error) => {
    throw new StepError(
      `${home} cannot be written: ${error.message}`,
      'Start as the user who owns it, or remove .dozvon/ and start again.',
    );
  });
  await withLock(
    `${home}.lock`,
    () => {},
    async () => {
      const before = readState(home);
      if (before && isAlive(before.owner)) {
        throw new StepError(
          `Dozvon already runs here: ${before.url} (process ${before.owner.pid}).`,
          'Stop it with "npm stop", or press Ctrl-C where it was started.',
        );
      }
      const ended = before ? await endLeftovers(before) : [];
      if (ended.length > 0) reporter.line(`Ended what an earlier start left running: ${ended.join(', ')}.`);
      if (options.fresh) {
        await rm(home, { recursive: true, force: true, maxRetries: 5 });
        await mkdir(`${home}/log`, { recursive: true, mode: 0o755 });
      }
      await writeState(home, { owner, url, ports: { ...ports }, parts: [] });
    },
  );
}

/**
 * Starts a whole Dozvon: what is missing is made first, then the parts in order, each awaited until it is ready. When a
 * step fails, everything already started is stopped. Throws StepError where a person can do something.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, ports, signal: abort } = options;
  const reporter = options.reporter ?? quiet;
  const given = options.env ?? {};
  const others = replaced(given);
  const wanted = new Set((options.parts ?? partNames).filter((name) => !others.has(name)));
  const owner = identify(process.pid);
  if (!owner) throw new Error('this process cannot be found in /proc');
  const host = given.HTTP_HOST || '127.0.0.1';
  const url = `https://${host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host}:${ports.https}`;
  await takeHome(options, url, owner, reporter);

  const parts: Partial<Record<PartName, Part>> = {};
  let supervisor: { stop(): Promise<void> } | null = null;
  let state = Promise.resolve();
  const record = () => {
    state = state
      .then(() =>
        writeState(home, {
          owner,
          url,
          ports: { ...ports },
          parts: partNames.flatMap((name) => {
            const living = parts[name]?.process;
            return living ? [{ name, ...living }] : [];
          }),
        }),
      )
      .catch((error: Error) => reporter.line(`state.json could not be written: ${error.message}`));
    return state;
  };
  /** Also what tests call: each start and stop goes into state.json at once. */
  const recorded = (part: Part): Part => ({
    name: part.name,
    get pid() {
      return part.pid;
    },
    get process() {
      return part.process;
    },
    async start() {
      const starting = part.start();
      record();
      await starting.finally(record);
    },
    async stop() {
      await part.stop();
      await record();
    },
    kill: (name) => part.kill(name),
  });
  const stop = async () => {
    await supervisor?.stop();
    for (const name of [...partNames].reverse()) await parts[name]?.stop();
    await state;
    forgetState(home);
  };
  const begin = async (title: string, part: Part) => {
    parts[part.name] = recorded(part);
    abort?.throwIfAborted();
    await reporter.step(title, async () => {
      try {
        await parts[part.name]?.start();
      } catch (error) {
        throw new StepError((error as Error).message, `Its whole log lies in ${home}/log or beside it.`);
      }
    });
  };

  try {
    const secrets = await ensureSecrets(home);
    const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = given;
    const tls = certFile && keyFile ? { certFile, keyFile } : await ensureCertificate(home);
    await checkPorts(wantedPorts(wanted, ports));
    if (['valkey', 'pbx', 'testExchange'].some((name) => wanted.has(name as PartName))) {
      await reporter.step('System parts: Asterisk, Valkey, voices', (progress) =>
        ensureSystemParts(progress, abort),
      );
    }
    if (wanted.has('postgres')) {
      const { part } = await preparePostgres({
        home,
        port: ports.postgres,
        password: secrets.postgresPassword,
        fast: options.throwAway ?? false,
        log: reporter.line,
      });
      await begin('PostgreSQL', part);
    }
    if (wanted.has('valkey')) {
      await begin(
        'Valkey',
        await prepareValkey({ home, port: ports.valkey, password: secrets.valkeyPassword }),
      );
    }
    const exchangeHome = (name: string) => `${home}/${name}`;
    const files = {
      recordingsDir: given.ASTERISK_RECORDINGS_DIR || `${exchangeHome('pbx')}/recordings`,
      ledgerDir: given.ASTERISK_LEDGER_DIR || `${exchangeHome('pbx')}/ledger`,
      cdrDir: `${exchangeHome('pbx')}/cdr`,
      testCdrFile: `${exchangeHome('test-exchange')}/cdr/Master.csv`,
    };
    const env: Record<string, string> = {
      DATABASE_URL: databaseUrl(ports.postgres, secrets.postgresPassword),
      REDIS_URL: `redis://:${secrets.valkeyPassword}@127.0.0.1:${ports.valkey}/0`,
      HTTP_HOST: host,
      TLS_CERT_FILE: tls.certFile,
      TLS_KEY_FILE: tls.keyFile,
      SESSION_SECRET: secrets.sessionSecret,
      ASTERISK_ARI_URL: `http://127.0.0.1:${ports.ari}/ari`,
      ASTERISK_ARI_USER: 'dozvon',
      ASTERISK_ARI_PASSWORD: secrets.ariPassword,
      ASTERISK_AMI_PORT: String(ports.ami),
      ASTERISK_AMI_USER: 'dozvon',
      ASTERISK_AMI_PASSWORD: secrets.amiPassword,
      ASTERISK_WSS_URL: `wss://HOST:${ports.wss}/ws`,
      ASTERISK_RECORDINGS_DIR: files.recordingsDir,
      ASTERISK_LEDGER_DIR: files.ledgerDir,
      RECORDINGS_KEY: secrets.recordingsKey,
      DEMO: options.demo ? '1' : '0',
      ...(wanted.has('testExchange') && {
        TEST_EXCHANGE_AMI_PORT: String(ports.testAmi),
        TEST_EXCHANGE_AMI_USER: 'dozvon',
        TEST_EXCHANGE_AMI_PASSWORD: secrets.testExchangeAmiPassword,
      }),
      ...Object.fromEntries(
        Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1])),
      ),
      HTTP_PORT: String(ports.https),
    };
    const handles: { pbx?: PbxHandle; testExchange?: TestExchangeHandle } = {};
    if (wanted.has('pbx') || wanted.has('testExchange')) {
      await reporter.step('Prompts', (progress) =>
        withLock(
          `${dozvonDir}/prompts.lock`,
          (pid) => progress(`process ${pid} is speaking them: waiting`),
          async () => void (await makePrompts({ root: rootDir, promptsDir, log: progress })),
        ),
      );
    }
    const common = { root: rootDir, promptsDir, mediaAddress: options.mediaAddress ?? '' };
    if (wanted.has('testExchange')) {
      await begin(
        'Test exchange',
        exchangePart('testExchange', async () => {
          handles.testExchange = await startTestExchange({
            ...common,
            home: exchangeHome('test-exchange'),
            mediaAddress: '127.0.0.1',
            ports: {
              ami: ports.testAmi,
              sip: ports.testSip,
              rtpStart: ports.testRtpStart,
              rtpEnd: ports.testRtpEnd,
            },
            secrets: { amiUser: 'dozvon', amiPassword: secrets.testExchangeAmiPassword },
            pbx: { host: '127.0.0.1', port: ports.sip },
          });
          return handles.testExchange;
        }),
      );
    }
    if (wanted.has('pbx')) {
      await begin(
        'Exchange',
        exchangePart('pbx', async () => {
          handles.pbx = await startPbx({
            ...common,
            home: exchangeHome('pbx'),
            ports: {
              http: ports.ari,
              wss: ports.wss,
              ami: ports.ami,
              sip: ports.sip,
              rtpStart: ports.rtpStart,
              rtpEnd: ports.rtpEnd,
            },
            secrets: {
              ariUser: 'dozvon',
              ariPassword: secrets.ariPassword,
              amiUser: 'dozvon',
              amiPassword: secrets.amiPassword,
            },
            trunk: { host: '127.0.0.1', port: ports.testSip },
            tls,
            wssBind: host,
            node: given.ASTERISK_NODE || 'n1',
            hotlineNumbers: (given.DOZVON_HOTLINE_NUMBERS || demoHotline).split(','),
          });
          return handles.pbx;
        }),
      );
    }
    if (wanted.has('server') || options.seed === 'demo') {
      await reporter.step('Database schema', () => migrate(env.DATABASE_URL ?? ''));
    }
    if (options.seed === 'demo') {
      await reporter.step('Demo company', (progress) => seedDemo(env.DATABASE_URL ?? '', progress));
    }
    if (wanted.has('server')) {
      await reporter.step('Pages', (progress) => ensureUi(progress, abort));
    }
    const program = (name: 'server' | 'dialer', isReady: () => Promise<boolean>) =>
      makePart({
        name,
        command: [process.execPath, [`${repo}/${name}/main.ts`]],
        env: { ...process.env, NODE_ENV: 'production', ...env },
        cwd: repo,
        logFile: `${home}/log/${name}.log`,
        stopSignal: 'SIGTERM',
        stopMs: 8000,
        readyMs: 30_000,
        isReady,
      });
    const health = () => isHealthy(host === '0.0.0.0' ? '127.0.0.1' : host, ports.https);
    if (wanted.has('server')) await begin('Server', program('server', health));
    if (wanted.has('dialer')) await begin('Dialer', program('dialer', hasBegun));
    if (options.supervise) supervisor = supervise(Object.values(parts), reporter.line);
    return {
      home,
      url,
      ports,
      env,
      parts,
      files,
      cli: (exchange, command) => {
        const handle = handles[exchange];
        return handle
          ? handle.cli(command)
          : Promise.reject(new Error(`${exchange} is not part of this stack`));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function wantedPorts(wanted: ReadonlySet<PartName>, ports: Ports) {
  const of: Record<PartName, readonly (keyof Ports)[]> = {
    postgres: ['postgres'],
    valkey: ['valkey'],
    testExchange: ['testAmi', 'testSip'],
    pbx: ['wss', 'ari', 'ami', 'sip'],
    server: ['https'],
    dialer: [],
  };
  return partNames
    .filter((name) => wanted.has(name))
    .flatMap((n) => of[n].map((name) => ({ name, port: ports[name] })));
}

/** An exchange as a part; starting again renders its configuration anew. */
function exchangePart(
  name: 'pbx' | 'testExchange',
  start: () => Promise<PbxHandle | TestExchangeHandle>,
): Part {
  let handle: PbxHandle | TestExchangeHandle | null = null;
  let running: ProcessId | null = null;
  return {
    name,
    get pid() {
      return this.process?.pid ?? null;
    },
    get process() {
      return running && isAlive(running) ? running : null;
    },
    async start() {
      if (this.process) return;
      handle = await start();
      running = identify(handle.pid);
    },
    async stop() {
      if (this.process) await handle?.stop();
      running = null;
    },
    kill: (signalName) => {
      if (running) signal(running, signalName);
    },
  };
}

/** The dialer has no door to knock at; alive is all that can be asked. */
const hasBegun = () => Promise.resolve(true);

/** Asks ourselves, so whether the certificate fits this address does not matter. */
function isHealthy(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      { host, port, path: '/health', rejectUnauthorized: false, timeout: 2000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
