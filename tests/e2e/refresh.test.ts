import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hearsTone, until, World } from './world.ts';

describe('an agent refreshes his page while he talks', () => {
  let world: World;
  let anna: Page;
  beforeAll(async () => {
    world = await World.open(2);
    anna = await world.agent('anna');
  }, 120_000);
  afterAll(() => world?.close());

  it('the customer is not dropped, the voice is back, the screen is right and the unsaved note is there', async () => {
    const customer = await world.customer(3);
    const { channelId } = await world.talk(anna, customer);
    await hearsTone(anna, 1000);
    await anna.getByTestId('note').fill('Не работает интернет с утра');

    const before = Date.now();
    await anna.reload();
    await hearsTone(anna, 1000, 15_000);
    const backMs = Date.now() - before;
    console.log(`voice back ${backMs} ms after the refresh, page load included`);

    await until(
      async () => (await anna.getByTestId('agent-state').getAttribute('data-state')) === 'talking',
      'the state',
    );
    await until(
      async () => (await anna.getByTestId('card-name').textContent())?.includes(customer.name),
      'the card after the refresh',
    );
    expect(await anna.getByTestId('note').inputValue()).toBe('Не работает интернет с утра');
    expect((await world.network.cdr()).some((r) => r.channelId === channelId)).toBe(false);

    await anna.getByTestId('result-success').click();
    await anna.getByTestId('hang-up').click();
    await until(
      async () => (await anna.getByTestId('agent-state').getAttribute('data-state')) === 'wrapUp',
      'wrap-up',
    );
    await anna.getByTestId('save').click();
    const row = await until(
      async () =>
        (
          await world.db.query(
            `SELECT * FROM calls WHERE phone = $1 AND disposition_id IS NOT NULL AND offered_at > now() - interval '2 minutes'`,
            [customer.phone],
          )
        ).rows[0],
      'the history row',
    );
    expect(row).toMatchObject({
      outcome: 'answered',
      note: 'Не работает интернет с утра',
      hung_up_by: 'agent',
    });
    const { rows: legs } = await world.db.query(
      `SELECT role FROM call_legs WHERE call_id = $1 ORDER BY started_at`,
      [row.id],
    );
    expect(legs.map((l) => l.role)).toEqual(['customer', 'agent', 'agent']);
  });

  it('a refresh while the phone rings brings the ring back', async () => {
    await until(
      async () => (await anna.getByTestId('agent-state').getAttribute('data-state')) === 'ready',
      'the agent is ready',
    );
    const customer = await world.customer(4);
    await world.network.call({ from: customer.phone, to: '78005553535', behaviour: 'tone' });
    await until(
      async () => (await anna.getByTestId('agent-state').getAttribute('data-state')) === 'ringing',
      'the ring',
    );
    await anna.reload();
    await until(async () => anna.getByTestId('answer').isEnabled(), 'the answer button after the refresh');
    await anna.getByTestId('answer').click();
    await hearsTone(anna, 1000);
    await anna.getByTestId('hang-up').click();
  });

  it('a supervisor who reloads the board sees the same agents and calls', async () => {
    const lena = await world.signIn('darya');
    await lena.goto(`${world.stack.url}/board`);
    const annaId = await world.userId('anna');
    const state = async () => lena.getByTestId(`agent-row-${annaId}`).getAttribute('data-state');
    const seen = await until(state, 'Anna on the board');
    await lena.reload();
    expect(await until(state, 'Anna after the reload')).toBe(seen);
  });
});
