import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareHistory } from '../../server/ledger/compare.ts';
import { hearsTone, until, World } from './world.ts';

describe('whatever dies, history tells what the ledger tells', () => {
  let world: World;
  let anna: Page;
  const since = new Date();
  beforeAll(async () => {
    world = await World.open(34);
    anna = await world.agent('anna');
  }, 120_000);
  afterAll(() => world?.close());

  const state = () => anna.getByTestId('agent-state').getAttribute('data-state');
  const ready = () => until(async () => (await state()) === 'ready', 'the agent is ready', 30_000);
  const connected = () =>
    until(
      async () => (await anna.getByTestId('connection-bar').getAttribute('data-status')) === 'up',
      'the page is connected again',
      20_000,
    );
  const recorded = (channelId: string) =>
    until(
      async () => (await world.network.cdr()).find((r) => r.channelId === channelId),
      'the network’s record',
    );
  const rowOf = (phone: string) =>
    until(
      async () =>
        (await world.db.query(`SELECT * FROM calls WHERE phone = $1 AND node = 'n1'`, [phone])).rows[0],
      'the history row',
      20_000,
    );
  const wrapUpOver = async () => {
    await until(async () => (await state()) === 'wrapUp', 'wrap-up');
    await anna.getByTestId('result-success').click();
    await anna.getByTestId('save').click();
    await ready();
  };
  const copied = () =>
    until(
      async () =>
        (await world.db.query(`SELECT 1 FROM live_calls WHERE state -> 'phase' ->> 'name' = 'talking'`))
          .rows[0],
      'the copy of the talk',
    );

  it('a talk that the customer ends while no server is there has its true length', {
    timeout: 60_000,
  }, async () => {
    const customer = await world.customer(2);
    const { channelId } = await world.talk(anna, customer);
    await hearsTone(anna, 1000);
    await copied();
    await world.killServer();
    await world.network.hangUp(channelId);
    const cdr = await recorded(channelId);
    await until(async () => Date.now() > cdr.endedAt + 4000, 'some seconds without a server');
    await world.stack.parts.server?.start();
    await connected();
    await rowOf(customer.phone);
    await until(async () => {
      const row = await rowOf(customer.phone);
      return Math.abs(row.ended_at.getTime() - cdr.endedAt) < 1000;
    }, 'the true end');
    await wrapUpOver();
  });

  it('a caller whom nobody but the exchange ever saw is in history', { timeout: 60_000 }, async () => {
    await world.killServer();
    const customer = await world.customer(5);
    const { channelId } = await world.network.call({
      from: customer.phone,
      to: '78005553535',
      behaviour: 'tone',
    });
    const ledger = join(world.stack.env.ASTERISK_LEDGER_DIR ?? '', 'Master.csv');
    await until(
      async () => /"FALLBACK".*FALLBACK/.test(await readFile(ledger, 'utf8')),
      'the exchange’s own queue',
      // Rung in the moment of its death he waits in its application until the janitor looks: 15 s and 5.
      30_000,
    );
    await world.network.hangUp(channelId);
    await recorded(channelId);
    await world.stack.parts.server?.start();
    await connected();
    expect(await rowOf(customer.phone)).toMatchObject({
      direction: 'hotline',
      fallback: true,
      outcome: 'abandoned',
    });
  });

  it('a talk that server and exchange take with them is in history', { timeout: 90_000 }, async () => {
    await ready();
    const customer = await world.customer(6);
    await world.talk(anna, customer);
    await hearsTone(anna, 1000);
    await copied();
    const { server, pbx } = world.stack.parts;
    server?.kill('SIGKILL');
    pbx?.kill('SIGKILL');
    await until(async () => server?.process === null && pbx?.process === null, 'both deaths');
    await world.db.query('DELETE FROM live_calls');
    await pbx?.start();
    await server?.start();
    expect(await rowOf(customer.phone)).toMatchObject({
      outcome: 'answered',
      agent_id: await world.userId('anna'),
    });
  });

  it('ledger, history and the telephone network agree, call for call', { timeout: 60_000 }, async () => {
    const compared = await until(async () => {
      const network = await world.network.cdr();
      const result = await compareHistory(world.db, 'n1', since, network);
      return result.differences.length === 0 ? result : Promise.reject(JSON.stringify(result.differences));
    }, 'agreement');
    expect(compared).toMatchObject({ inLedger: 3, inHistory: 3 });
  });
});
