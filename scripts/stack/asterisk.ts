import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { populationGlobals, usualPopulation } from './population.ts';
import { rootCommand, triplet } from './root-command.ts';
import { renderTemplates, type TemplateValue } from './templates.ts';

/** What both exchanges need. All paths absolute. */
interface CommonOptions {
  /** Where Asterisk's Debian packages are unpacked; '/' in a container or on a host that has them installed. */
  readonly root: string;
  /** Everything that this exchange writes. */
  readonly home: string;
  /** Folder that makePrompts filled. */
  readonly promptsDir: string;
  /** Language of prompts: ru or en. */
  readonly language?: 'ru' | 'en';
  /** Address for RTP and SIP media; empty: all interfaces. Tests: 127.0.0.1. */
  readonly mediaAddress?: string;
  /** Where AMI and ARI listen (default 127.0.0.1) and who may come (default 127.0.0.1/32). Never a public network. */
  readonly controlBind?: string;
  readonly controlPermit?: string;
  /** Outlives its starter. Otherwise it ends with it, even when the starter is killed. */
  readonly detached?: boolean;
}

export interface PbxOptions extends CommonOptions {
  readonly ports: { http: number; wss: number; ami: number; sip: number; rtpStart: number; rtpEnd: number };
  readonly secrets: { ariUser: string; ariPassword: string; amiUser: string; amiPassword: string };
  readonly trunk: { host: string; port: number };
  readonly tls: { certFile: string; keyFile: string };
  /** Opens every id: [a-z0-9]{1,12}. */
  readonly node: string;
  /** Numbers that the exchange answers by itself while no server is there, digits with or without plus. */
  readonly hotlineNumbers: readonly string[];
  /** Where browsers' WSS listens; default: mediaAddress, else all interfaces. */
  readonly wssBind?: string;
  /** Seconds without the server's beat after which it counts as gone. */
  readonly beatLimitS?: number;
}

export interface TestExchangeOptions extends CommonOptions {
  readonly ports: { ami: number; sip: number; rtpStart: number; rtpEnd: number };
  readonly secrets: { amiUser: string; amiPassword: string };
  readonly pbx: { host: string; port: number };
  /** Another seed is another population. */
  readonly seed?: string;
}

export interface AsteriskHandle {
  readonly pid: number;
  /** Runs one command of Asterisk's own console and gives its answer. */
  cli(command: string): Promise<string>;
  /** Ends calls, writes what is buffered, exits; killed after 8 s. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process is gone, whoever ended it. */
  readonly exited: Promise<void>;
}
export interface PbxHandle extends AsteriskHandle {
  readonly recordingsDir: string;
  readonly ledgerDir: string;
  readonly cdrDir: string;
}
export interface TestExchangeHandle extends AsteriskHandle {
  readonly cdrFile: string;
}

const templatesDir = resolve(import.meta.dirname, '../../asterisk');
/** A unix socket's path may have 107 bytes; a deep home gets a short folder elsewhere. */
function runDirOf(home: string): string {
  const runDir = join(home, 'run');
  if (Buffer.byteLength(join(runDir, 'asterisk.ctl')) <= 100) return runDir;
  return join(tmpdir(), `dozvon-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`);
}

function commonValues(options: CommonOptions, peerHost: string): Record<string, TemplateValue> {
  const { root, home, mediaAddress } = options;
  const loopback = /^(127\.|::1$|localhost$)/.test(peerHost);
  return {
    HOME: home,
    RUN_DIR: runDirOf(home),
    MODULES_DIR: join(root, 'usr/lib', triplet, 'asterisk/modules'),
    SBIN_DIR: join(root, 'usr/sbin'),
    LANGUAGE: options.language ?? 'ru',
    CONTROL_BIND: options.controlBind ?? '127.0.0.1',
    CONTROL_PERMIT: options.controlPermit ?? '127.0.0.1/32',
    SIP_BIND: loopback ? '127.0.0.1' : mediaAddress || '0.0.0.0',
    CDR_DIR: join(home, 'cdr'),
    TRUNK_MEDIA: {
      lines: mediaAddress ? [`media_address = ${mediaAddress}`, 'bind_rtp_to_media_address = yes'] : [],
    },
  };
}

/**
 * Folders that Asterisk writes, and its data folder: links into the root, with languages by their short names and our
 * prompts as `dozvon/NAME` in each language (Russian where a language lacks one).
 */
async function layOutHome(options: CommonOptions): Promise<void> {
  const { root, home, promptsDir } = options;
  const folders = ['cache', 'lib', 'lib/keys', 'agi', 'spool', 'log', 'cdr', 'ledger', 'recordings', 'local'];
  for (const folder of folders) await mkdir(join(home, folder), { recursive: true, mode: 0o700 });
  const runDir = runDirOf(home);
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  // In a shared folder the name can be foreseen: whoever owns the folder owns the exchange's console.
  if (process.getuid && (await stat(runDir)).uid !== process.getuid()) {
    throw new Error(`${runDir} belongs to another user; choose a shorter home folder.`);
  }
  const share = join(root, 'usr/share/asterisk');
  const data = join(home, 'data');
  await rm(data, { recursive: true, force: true });
  for (const [language, voice] of [
    ['ru', 'ru_RU_f_IvrvoiceRU'],
    ['en', 'en_US_f_Allison'],
  ] as const) {
    const from = join(share, 'sounds', voice);
    const to = join(data, 'sounds', language);
    await mkdir(to, { recursive: true });
    for (const name of await readdir(from)) await symlink(join(from, name), join(to, name));
    await symlink(join(promptsDir, language), join(to, 'dozvon'));
  }
  await symlink(join(promptsDir, 'ru'), join(data, 'sounds', 'dozvon'));
  for (const name of await readdir(share)) {
    if (name !== 'sounds') await symlink(join(share, name), join(data, name));
  }
}

/** Writes the product exchange's configuration and folders; what a container's entry point needs. */
export async function writePbxConfig(options: PbxOptions): Promise<void> {
  const { home, ports, secrets } = options;
  await layOutHome(options);
  const numbers = options.hotlineNumbers.map((number) => {
    if (!/^\+?\d{3,15}$/.test(number)) throw new Error('A hotline number must be 3 to 15 digits.');
    return `exten => ${number.replace('+', '')},1,NoOp()`;
  });
  await renderTemplates([join(templatesDir, 'common'), join(templatesDir, 'pbx')], join(home, 'etc'), {
    ...commonValues(options, options.trunk.host),
    NODE: options.node,
    HTTP_PORT: ports.http,
    WSS_PORT: ports.wss,
    WSS_BIND: options.wssBind ?? (options.mediaAddress || '0.0.0.0'),
    AMI_PORT: ports.ami,
    SIP_PORT: ports.sip,
    RTP_START: ports.rtpStart,
    RTP_END: ports.rtpEnd,
    ARI_USER: secrets.ariUser,
    ARI_PASSWORD: secrets.ariPassword,
    AMI_USER: secrets.amiUser,
    AMI_PASSWORD: secrets.amiPassword,
    TRUNK_HOST: options.trunk.host,
    TRUNK_PORT: options.trunk.port,
    TRUNK_QUALIFY_S: 5,
    TLS_CERT_FILE: options.tls.certFile,
    TLS_KEY_FILE: options.tls.keyFile,
    LEDGER_DIR: join(home, 'ledger'),
    RECORDINGS_DIR: join(home, 'recordings'),
    LOCAL_DIR: join(home, 'local'),
    BEAT_LIMIT_S: options.beatLimitS ?? 15,
    HOTLINE_NUMBERS: { lines: numbers },
  });
}

/** Writes the test exchange's configuration and folders. */
export async function writeTestExchangeConfig(options: TestExchangeOptions): Promise<void> {
  const { home, ports, secrets } = options;
  await layOutHome(options);
  await renderTemplates(
    [join(templatesDir, 'common'), join(templatesDir, 'test-exchange')],
    join(home, 'etc'),
    {
      ...commonValues(options, options.pbx.host),
      ...populationGlobals(usualPopulation),
      NODE: 'net',
      AMI_PORT: ports.ami,
      SIP_PORT: ports.sip,
      RTP_START: ports.rtpStart,
      RTP_END: ports.rtpEnd,
      AMI_USER: secrets.amiUser,
      AMI_PASSWORD: secrets.amiPassword,
      PBX_HOST: options.pbx.host,
      PBX_PORT: options.pbx.port,
      POP_SEED: options.seed ?? '1',
    },
  );
}

/** The end of what Asterisk wrote about its troubles, for an error message. */
async function troubles(home: string): Promise<string> {
  const read = (file: string) => readFile(join(home, 'log', file), 'utf8').catch(() => '');
  const lines = `${await read('messages.log')}\n${await read('console.log')}`.split('\n');
  const bad = lines.filter((line) => /ERROR|WARNING|error|cannot|No such/.test(line));
  return (bad.length > 0 ? bad : lines).slice(-15).join('\n');
}

async function startAsterisk(options: CommonOptions): Promise<AsteriskHandle> {
  const { root, home } = options;
  const command = [...rootCommand(root, 'usr/sbin/asterisk'), '-C', join(home, 'etc/asterisk.conf')];
  for (const old of ['messages.log', 'console.log']) await rm(join(home, 'log', old), { force: true });
  const out = openSync(join(home, 'log/console.log'), 'a');
  // Files: a call takes several descriptors; more than 65,536 slows Asterisk's own start of programs.
  const raise =
    'h=$(ulimit -Hn); if [ "$h" = unlimited ] || [ "$h" -gt 65536 ]; then h=65536; fi; ulimit -n "$h"';
  const bind = options.detached ? 'exec "$@"' : 'exec setpriv --pdeathsig TERM "$@"';
  const child: ChildProcess = spawn(
    '/bin/sh',
    ['-c', `${raise}; ${bind}`, 'asterisk', ...command, '-f', '-n'],
    {
      stdio: ['ignore', out, out],
      // Its own process group: Ctrl-C in a terminal must reach the starter only, which stops the parts in order.
      detached: true,
      env: { ...process.env, TZ: 'UTC' },
    },
  );
  closeSync(out);
  if (options.detached) child.unref();
  let gone: string | null = null;
  const exited = new Promise<void>((done) => {
    child.once('error', (error) => {
      gone = error.message;
      done();
    });
    child.once('exit', (code, signal) => {
      gone = `exit code ${code ?? signal}`;
      done();
    });
  });
  const cli = async (line: string) => {
    if (/[\r\n]/.test(line)) throw new Error('A console command is one line.');
    const [file, ...args] = command as [string, ...string[]];
    const { stdout } = await promisify(execFile)(file, [...args, '-rx', line], {
      timeout: 10_000,
      maxBuffer: 1 << 24,
    });
    return stdout;
  };
  const stop = async () => {
    if (gone === null) child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 8000);
    await exited;
    clearTimeout(late);
  };
  for (const until = Date.now() + 30_000; ; await sleep(50)) {
    if (gone !== null) throw new Error(`Asterisk did not start (${gone}).\n${await troubles(home)}`);
    const answer = await cli('core waitfullybooted').catch(() => '');
    if (answer.includes('fully booted')) break;
    if (Date.now() > until) {
      await stop();
      throw new Error(`Asterisk was not up after 30 s.\n${await troubles(home)}`);
    }
  }
  return { pid: child.pid!, cli, stop, kill: (signal) => void child.kill(signal), exited };
}

/** Throws with Asterisk's own words when a port it needs is not its own (it goes on without, silently). */
async function checkListening(handle: AsteriskHandle, home: string): Promise<void> {
  const text = await readFile(join(home, 'log/messages.log'), 'utf8').catch(() => '');
  const busy = text
    .split('\n')
    .find((line) => /Address already in use|Unable to bind|Failed to (start|bind)/i.test(line));
  if (!busy) return;
  await handle.stop();
  throw new Error(`Asterisk could not take a port: ${busy}`);
}

/** Starts the product's exchange and resolves when it takes calls. Throws with Asterisk's own errors when it does not come up. */
export async function startPbx(options: PbxOptions): Promise<PbxHandle> {
  await writePbxConfig(options);
  const handle = await startAsterisk(options);
  await checkListening(handle, options.home);
  const inHome = (folder: string) => join(options.home, folder);
  return {
    ...handle,
    recordingsDir: inHome('recordings'),
    ledgerDir: inHome('ledger'),
    cdrDir: inHome('cdr'),
  };
}

/** Starts the test exchange, the telephone network of tests and demo. */
export async function startTestExchange(options: TestExchangeOptions): Promise<TestExchangeHandle> {
  await writeTestExchangeConfig(options);
  const handle = await startAsterisk(options);
  await checkListening(handle, options.home);
  return { ...handle, cdrFile: join(options.home, 'cdr/Master.csv') };
}
