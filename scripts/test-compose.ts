import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { request } from 'node:https';
import { demoSignIns } from '../server/users/demo-sign-ins.ts';
import { ensureEnvFile } from './compose/env-file.ts';
import { dozvonDir, repo } from './stack/places.ts';
import { CommandError, runCommand, waitUntil } from './stack/processes.ts';
import { terminalReporter } from './stack/steps.ts';
import { TestExchange } from './stack/test-exchange.ts';

/**
 * `npm run test:compose`: builds docker-compose.yml's images, starts it under a name, ports and a network of its own, rings
 * the hotline once through the test exchange and reads the call from the history. Removes everything it started.
 */
const project = 'dozvon-compose-test';
const subnet = '172.31.78';
const httpsPort = 28_443;
const envFile = `${dozvonDir}/compose-test.env`;
const reporter = terminalReporter();
const caller = '+79161234567';

const compose =
  spawnSync('docker', ['compose', 'version']).status === 0 ? ['docker', 'compose'] : ['docker-compose'];
const [program = '', ...programArgs] = compose;
if (spawnSync(program, [...programArgs, 'version']).status !== 0) {
  console.error(
    'There is no docker compose here. Install docker with its compose plugin and run this again.',
  );
  process.exit(1);
}
mkdirSync(dozvonDir, { recursive: true });
const secrets = await ensureEnvFile(envFile, {
  DOZVON_HTTPS_PORT: String(httpsPort),
  DOZVON_WSS_PORT: '28444',
  DOZVON_SUBNET: subnet,
  DEMO: '1',
});
const composed = (args: readonly string[], onLine?: (line: string) => void) =>
  runCommand(program, [...programArgs, '-p', project, '--env-file', envFile, '--profile', 'demo', ...args], {
    cwd: repo,
    env: { ...process.env, ...secrets },
    ...(onLine && { onLine }),
  });

/** Like fetch, but for a self-made certificate. Resolves with status, body and the cookie that was set. */
function ask(method: string, path: string, body?: unknown, cookie = '') {
  return new Promise<{ status: number; body: unknown; cookie: string }>((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const asked = request(
      {
        host: '127.0.0.1',
        port: httpsPort,
        path,
        method,
        rejectUnauthorized: false,
        headers: { 'X-Dozvon': '1', Cookie: cookie, ...(text && { 'Content-Type': 'application/json' }) },
      },
      async (response) => {
        let answer = '';
        for await (const chunk of response.setEncoding('utf8')) answer += chunk;
        resolve({
          status: response.statusCode ?? 0,
          body: answer ? JSON.parse(answer) : null,
          cookie: (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; '),
        });
      },
    );
    asked.on('error', reject);
    asked.end(text);
  });
}

interface HistoryRow {
  readonly callId: string;
  readonly phone: string | null;
  readonly direction: string;
  readonly outcome: string | null;
}

let passed = false;
try {
  await reporter.step('Build images', (progress) => composed(['build'], (line) => progress(line.trim())));
  await reporter.step('Start', async () => {
    await composed(['down', '--volumes', '--remove-orphans']);
    await composed(['up', '-d']);
  });
  await reporter.step('Wait until all are healthy', async (progress) => {
    const services = ['postgres', 'valkey', 'pbx', 'test-exchange', 'server', 'dialer'];
    const well = await waitUntil(
      async () => {
        const states = await Promise.all(
          services.map(async (service) => {
            const id = (await composed(['ps', '-q', service])).trim();
            return id
              ? (await runCommand('docker', ['inspect', '-f', '{{.State.Health.Status}}', id])).trim()
              : 'absent';
          }),
        );
        progress(services.map((service, index) => `${service} ${states[index]}`).join(', '));
        return states.every((state) => state === 'healthy');
      },
      180_000,
      1000,
    );
    if (!well) throw new Error('not all became healthy within 3 minutes');
  });
  await reporter.step('One hotline call, from the test exchange to the history', async (progress) => {
    const signIn = demoSignIns.find(({ role }) => role === 'supervisor');
    const session = await ask('POST', '/api/sign-in', { login: signIn?.login, password: signIn?.password });
    if (session.status !== 200) throw new Error(`sign-in was answered with ${session.status}`);
    const network = new TestExchange(
      `${subnet}.20`,
      5038,
      'dozvon',
      secrets.TEST_EXCHANGE_AMI_PASSWORD ?? '',
      '',
    );
    await network.call({ from: caller, to: '78005553535', hangUpAfterMs: 3000 });
    let row: HistoryRow | undefined;
    const found = await waitUntil(
      async () => {
        const { body } = await ask('GET', '/api/calls?direction=hotline&limit=20', undefined, session.cookie);
        const rows = (
          Array.isArray(body) ? body : ((body as { calls?: unknown }).calls ?? [])
        ) as HistoryRow[];
        row = rows.find(({ phone }) => phone === caller);
        return row?.outcome != null;
      },
      30_000,
      300,
    );
    await network.close();
    if (!found) throw new Error('the call did not come into the history within 30 s');
    progress(JSON.stringify(row));
    reporter.line(`\nHistory: ${JSON.stringify(row)}`);
  });
  passed = true;
} catch (error) {
  console.error(error instanceof CommandError ? error.message : error);
  const log = await composed(['logs', '--tail', '25', '--no-color']).catch(() => '');
  console.error(log);
} finally {
  await reporter.step('Remove', () => composed(['down', '--volumes', '--remove-orphans']));
}
console.log(passed ? '1 passed, 0 failed, 0 skipped' : '0 passed, 1 failed, 0 skipped');
process.exit(passed ? 0 : 1);
