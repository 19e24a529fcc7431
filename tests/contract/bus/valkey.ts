import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

/** A real valkey-server for one test file, on a free loopback port, in memory only. Kill and start it as the test wants. */
export interface Valkey {
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
}

const root = new URL('../../../.dozvon/root/', import.meta.url).pathname;

/** The unpacked server runs through the loader it came with; else one of the system's. */
function command(): [string, string[]] {
  const lib = `${root}usr/lib/x86_64-linux-gnu`;
  const unpacked = `${root}usr/bin/valkey-server`;
  if (existsSync(unpacked)) {
    return [`${lib}/ld-linux-x86-64.so.2`, ['--library-path', lib, unpacked]];
  }
  const system = ['/usr/bin/valkey-server', '/usr/bin/redis-server'].find((path) => existsSync(path));
  if (!system) throw new Error('No valkey-server found: run `npm start` once, it unpacks one');
  return [system, []];
}

export async function startValkey(): Promise<Valkey> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}/0`;
  const [program, before] = command();
  let child: ChildProcess | null = null;
  const valkey: Valkey = {
    url,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      child = spawn(program, [...before, ...args], { stdio: 'ignore' });
      const probe = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
      probe.on('error', () => {});
      await probe.ping();
      probe.disconnect();
    },
    async kill() {
      const running = child;
      child = null;
      if (!running || running.exitCode !== null) return;
      const gone = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGKILL');
      await gone;
    },
  };
  await valkey.start();
  return valkey;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
