import { demoSignIns } from '../server/users/demo-sign-ins.ts';
import { defaultHome } from './stack/places.ts';
import { portsFromEnvironment } from './stack/ports.ts';
import { startStack } from './stack/stack.ts';
import { StepError, terminalReporter } from './stack/steps.ts';

/** `npm start`: a whole Dozvon in this terminal, until Ctrl-C or `npm stop`. */
const reporter = terminalReporter();
const begunAt = performance.now();
const ending = new AbortController();
let askedAt = 0;
const askedToEnd = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // npm hands a signal on that the terminal has sent us as well: one wish may come twice.
      if (askedAt === 0) reporter.line('\nStopping …');
      else if (performance.now() - askedAt > 1000) reporter.line('Already stopping; at most half a minute.');
      askedAt = performance.now();
      ending.abort();
      resolve();
    });
  }
});
// A closed terminal must not keep us from stopping what we started.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

try {
  // With a database of one's own no demo company is put into it, unless asked for.
  const demo = process.env.DEMO ? process.env.DEMO === '1' : !process.env.DATABASE_URL;
  const settings =
    /^(DATABASE_URL|REDIS_URL|HTTP_HOST|SESSION_HOURS|LOG_LEVEL|(ASTERISK|TEST_EXCHANGE|COMPANY|HOUSE|DIALER|MANUAL|SUPERVISION)_.*)$/;
  const stack = await startStack({
    home: defaultHome,
    ports: portsFromEnvironment(process.env),
    demo,
    seed: demo ? 'demo' : 'none',
    mediaAddress: '',
    supervise: true,
    env: {
      // A newcomer at night shall see his campaign dial; the test exchange's customers do not sleep.
      ...(demo ? { HOUSE_HOURS: '00:00-24:00' } : {}),
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => settings.test(name))),
    },
    reporter,
    signal: ending.signal,
  });
  reporter.line(`\nDozvon is up after ${((performance.now() - begunAt) / 1000).toFixed(1)} s: ${stack.url}`);
  if (!process.env.TLS_CERT_FILE)
    reporter.line('The certificate is self-made: the browser asks once whether to trust it.');
  if (demo) {
    reporter.line(
      'Demo: campaigns may call at any hour (HOUSE_HOURS); real customers only within the house hours and the law.',
    );
    reporter.line('\nDemo sign-ins:');
    for (const { login, password, name, role } of demoSignIns) {
      reporter.line(`  ${login.padEnd(8)} ${password.padEnd(8)} ${role.padEnd(14)} ${name}`);
    }
  }
  reporter.line('\nCtrl-C here, or "npm stop" elsewhere, ends it.');
  await askedToEnd;
  await stack.stop();
  reporter.line('Stopped.');
  process.exit(0);
} catch (error) {
  if (ending.signal.aborted) {
    reporter.line('Stopped.');
    process.exit(130);
  }
  if (error instanceof StepError) console.error(`\n${error.message}\n\n${error.advice}`);
  else console.error(error);
  process.exit(1);
}
