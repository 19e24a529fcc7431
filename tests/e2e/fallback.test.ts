import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hearsTone, until, World } from './world.ts';

describe('the server dies', () => {
  let world: World;
  let anna: Page;
  beforeAll(async () => {
    world = await World.open(4);
    anna = await world.agent('anna');
  }, 120_000);
  afterAll(() => world?.close());

  const state = () => anna.getByTestId('agent-state').getAttribute('data-state');

  const connected = () =>
    until(
      async () => (await anna.getByTestId('connection-bar').getAttribute('data-status')) === 'up',
      'the page is connected again',
      20_000,
    );

  it('a talk goes on, and the new server takes it up with its agent, its customer and its recording', async () => {
    const customer = await world.customer(2);
    const { channelId } = await world.talk(anna, customer);
    await hearsTone(anna, 1000);
    // The crash-proof copy is a tenth of a second behind.
    await until(
      async () =>
        (await world.db.query(`SELECT 1 FROM live_calls WHERE state -> 'phase' ->> 'name' = 'talking'`))
          .rows[0],
      'the copy of the talk',
    );
    await world.killServer();
    await until(
      async () => (await anna.getByTestId('connection-bar').getAttribute('data-status')) === 'down',
      'the page sees that the server is gone',
    );
    await hearsTone(anna, 1000);
    await world.stack.parts.server?.start();
    await connected();
    expect(await state()).toBe('talking');
    await hearsTone(anna, 1000);
    await anna.getByTestId('result-success').click();
    await anna.getByTestId('hang-up').click();
    await anna.getByTestId('save').click();
    const row = await until(
      async () =>
        (
          await world.db.query(
            `SELECT * FROM calls WHERE phone = $1 AND disposition_id IS NOT NULL AND node = 'n1'`,
            [customer.phone],
          )
        ).rows[0],
      'the history row',
    );
    expect(row).toMatchObject({
      outcome: 'answered',
      hung_up_by: 'agent',
      agent_id: await world.userId('anna'),
    });
    await until(
      async () => (await world.network.cdr()).some((r) => r.channelId === channelId),
      'the network’s record',
    );
    const { rows } = await world.db.query('SELECT count(*) AS n FROM recordings WHERE call_id = $1', [
      row.id,
    ]);
    expect(rows[0].n).toBe(1);
  });

  it('a talk that the agent ends while no server is there is over for the next server as well', async () => {
    await until(async () => (await state()) === 'ready', 'the agent is ready');
    const customer = await world.customer(6);
    const { channelId } = await world.talk(anna, customer);
    await hearsTone(anna, 1000);
    await until(
      async () =>
        (await world.db.query(`SELECT 1 FROM live_calls WHERE state -> 'phase' ->> 'name' = 'talking'`))
          .rows[0],
      'the copy of the talk',
    );
    await world.killServer();
    await until(
      async () => (await anna.getByTestId('connection-bar').getAttribute('data-status')) === 'down',
      'the page sees that the server is gone',
    );
    await anna.getByTestId('hang-up').click();
    await world.stack.parts.server?.start();
    await connected();
    await until(
      async () => (await world.network.cdr()).some((r) => r.channelId === channelId),
      'the network’s record',
    );
    const row = await until(
      async () =>
        (await world.db.query(`SELECT * FROM calls WHERE phone = $1 AND node = 'n1'`, [customer.phone]))
          .rows[0],
      'the history row',
    );
    expect(row).toMatchObject({ outcome: 'answered', hung_up_by: 'agent' });
    await until(async () => (await state()) === 'wrapUp', 'wrap-up');
    await anna.getByTestId('result-success').click();
    await anna.getByTestId('save').click();
  });

  it('a customer who rings while no server is there is answered by the exchange’s own queue and rings the agent', async () => {
    await until(async () => (await state()) === 'ready', 'the agent is ready');
    await until(
      async () =>
        (
          await world.db.query(
            `SELECT activity ->> 'name' AS name FROM agent_activity ORDER BY id DESC LIMIT 1`,
          )
        ).rows[0]?.name === 'ready',
      'the written copy of his state',
    );
    await world.killServer();
    const customer = await world.customer(5);
    const { channelId } = await world.network.call({
      from: customer.phone,
      to: '78005553535',
      behaviour: 'tone',
    });
    await until(
      async () => anna.getByTestId('answer').isEnabled(),
      'the ring at the agent’s softphone',
      25_000,
    );
    await anna.getByTestId('answer').click();
    await hearsTone(anna, 1000, 20_000);
    await anna.getByTestId('hang-up').click();
    const cdr = await until(
      async () => (await world.network.cdr()).find((r) => r.channelId === channelId),
      'the network’s record',
    );
    expect(cdr.disposition).toBe('ANSWERED');
    await world.stack.parts.server?.start();
    await connected();
    await until(
      async () => (await state()) === 'ready',
      `the agent is ready at the new server, not ${await state()}`,
    );
    const row = await until(
      async () =>
        (await world.db.query(`SELECT * FROM calls WHERE phone = $1 AND node = 'n1'`, [customer.phone]))
          .rows[0],
      'the history row that the ledger tells',
    );
    expect(row).toMatchObject({
      fallback: true,
      direction: 'hotline',
      outcome: 'answered',
      agent_id: await world.userId('anna'),
      customer_id: customer.id,
    });
    expect(Math.abs(row.offered_at.getTime() - cdr.startedAt)).toBeLessThan(1000);
    expect(Math.abs(row.ended_at.getTime() - cdr.endedAt)).toBeLessThan(1000);
  });
});
