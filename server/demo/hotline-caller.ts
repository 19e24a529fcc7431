import { randomUUID } from 'node:crypto';
import { AmiClient } from '../asterisk/ami.ts';
import type { Log } from '../basics/log.ts';
import type { Result } from '../basics/refusal.ts';
import type { Config } from '../config.ts';
import type { Db } from '../db/pool.ts';

/**
 * "Call the hotline as …": the demo's test exchange rings the hotline with a customer's own number and lets him speak.
 * Null outside the demo.
 */
export function connectHotlineCaller(o: {
  config: Config;
  db: Db;
  log: Log;
}): { call: (customerId: number) => Promise<Result<null>>; close: () => void } | null {
  const { config, db, log } = o;
  if (!config.DEMO || config.TEST_EXCHANGE_AMI_PORT === undefined) return null;
  const ami = new AmiClient({
    host: config.TEST_EXCHANGE_AMI_HOST,
    port: config.TEST_EXCHANGE_AMI_PORT,
    user: config.TEST_EXCHANGE_AMI_USER,
    password: config.TEST_EXCHANGE_AMI_PASSWORD,
    log,
    wantedEvents: [],
    onEvent: () => {},
    onUp: () => {},
    onDown: () => {},
  });
  return {
    close: () => ami.close(),
    async call(customerId) {
      const { rows } = await db.query<{ phone: string; hotline: string }>(
        `SELECT p.phone, (SELECT hotline_number FROM queues ORDER BY id LIMIT 1) AS hotline
           FROM customer_phones p WHERE p.customer_id = $1 ORDER BY p.id LIMIT 1`,
        [customerId],
      );
      const row = rows[0];
      if (row === undefined || row.hotline === null) return { ok: false, reason: 'noPhone' };
      try {
        await ami.act('Originate', {
          Channel: `PJSIP/${row.hotline}@pbx`,
          ChannelId: `cust-${randomUUID()}`,
          Context: 'caller',
          Exten: 'speak',
          Priority: '1',
          CallerID: row.phone,
          Account: row.hotline,
          Timeout: '120000',
          Async: 'true',
        });
        return { ok: true, value: null };
      } catch (error) {
        log.warn({ err: error }, 'the test exchange did not take the call');
        return { ok: false, reason: 'testExchangeDown' };
      }
    },
  };
}
