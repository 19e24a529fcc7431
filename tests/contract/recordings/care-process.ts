import { pino } from 'pino';
import { openPool } from '../../../server/db/pool.ts';
import { RecordingCare } from '../../../server/recordings/jobs.ts';
import { makeKeyRing } from '../../../server/recordings/keys.ts';

/** Cares for recordings until it comes to the step named last, where it dies as a power cut would have it. */
const [url = '', plainDir = '', archiveDir = '', keyHex = '', last = ''] = process.argv.slice(2);
const care = new RecordingCare({
  db: openPool(url, { max: 3, onError: () => {} }),
  log: pino({ level: 'silent' }),
  ring: makeKeyRing(Buffer.from(keyHex, 'hex'), []),
  plainDir,
  archiveDir,
  node: 'n1',
  now: () => Date.now(),
  step: (name) => {
    if (name === last) process.kill(process.pid, 'SIGKILL');
  },
});
await care.round();
await care.round();
// Never came to that step.
process.exit(3);
