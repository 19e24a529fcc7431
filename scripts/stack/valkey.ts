import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { makePart, type Part } from './part.ts';
import { rootDir } from './places.ts';
import { rootCommand } from './root-command.ts';

/** The private Valkey of a stack: loopback only, with a password, jobs kept on disk. */
export async function prepareValkey(options: {
  home: string;
  port: number;
  password: string;
}): Promise<Part> {
  const dir = `${options.home}/valkey`;
  await mkdir(dir, { recursive: true });
  const file = `${dir}/valkey.conf`;
  const settings = [
    'bind 127.0.0.1',
    `port ${options.port}`,
    `requirepass ${options.password}`,
    `dir ${JSON.stringify(dir)}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // A queue must never lose a job to make room.
    'maxmemory-policy noeviction',
    'daemonize no',
  ];
  await writeFile(file, `${settings.join('\n')}\n`, { mode: 0o600 });
  const [program, ...programArgs] = rootCommand(rootDir, 'usr/bin/valkey-server');
  return makePart({
    name: 'valkey',
    command: [program, [...programArgs, file]],
    cwd: dir,
    logFile: `${options.home}/log/valkey.log`,
    stopSignal: 'SIGTERM',
    stopMs: 5000,
    readyMs: 20_000,
    isReady: () => ping(options.port, options.password),
  });
}

/** Speaks the few words of the protocol that say whether it has read its data in. */
function ping(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    let answer = '';
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.includes('PONG') || answer.includes('-')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer.includes('PONG')));
  });
}
