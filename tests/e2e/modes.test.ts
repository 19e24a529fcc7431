import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, World } from './world.ts';

describe('announcement and preview campaigns', () => {
  let world: World;
  let darya: Page;
  beforeAll(async () => {
    world = await World.open(6);
    darya = await world.signIn('darya');
  }, 120_000);
  afterAll(() => world?.close());

  /** Makes a campaign over the API as the supervisor's browser would, with these numbers as its list, and starts it. */
  async function campaign(input: object, phones: readonly string[]): Promise<number> {
    const id = await darya.evaluate(async (body) => {
      const headers = { 'X-Dozvon': '1', 'Content-Type': 'application/json' };
      const made = await fetch('/api/campaigns', { method: 'POST', headers, body: JSON.stringify(body) });
      return (await made.json()).id as number;
    }, input);
    for (const phone of phones) {
      await world.db.query(`INSERT INTO leads (campaign_id, name, phone) VALUES ($1, 'Абонент', $2)`, [
        id,
        phone,
      ]);
    }
    await darya.evaluate(
      (n) => fetch(`/api/campaigns/${n}/start`, { method: 'POST', headers: { 'X-Dozvon': '1' } }),
      id,
    );
    return id;
  }

  it('the robot speaks to people, leaves machines and busy numbers for later, and needs no agent', async () => {
    const people = ['+79991080130', '+79991080131', '+79991080132'];
    const machines = ['+79991070100', '+79991070101'];
    const id = await campaign(
      {
        name: 'Профилактика',
        mode: 'announcement',
        purpose: 'service',
        announcement: 'announcement-service',
      },
      [...people, ...machines, '+79991010100'],
    );
    const rows = await until(
      async () => {
        const found = await world.db.query(
          `SELECT a.phone, a.outcome, c.talk_ms AS talk, c.hung_up_by AS by FROM attempts a JOIN calls c ON c.attempt_id = a.id
            WHERE a.campaign_id = $1 AND a.state = 'ended'`,
          [id],
        );
        return found.rows.length === 6 ? found.rows : null;
      },
      'the end of six calls',
      60_000,
    );
    const of = (phone: string) => rows.find((r) => r.phone === phone);
    for (const phone of people) expect(of(phone)).toMatchObject({ outcome: 'answered', by: 'system' });
    for (const phone of machines)
      expect(of(phone)).toMatchObject({ outcome: 'answeringMachine', by: 'system' });
    expect(of('+79991010100')?.outcome).toBe('busy');
    // The whole announcement was heard: it lasts longer than three seconds.
    for (const phone of people) expect(of(phone)?.talk).toBeGreaterThan(3000);
  }, 90_000);

  it('in preview the agent sees the card and the script first, dials when he is ready and skips with a reason', async () => {
    const customer = await world.customer(8);
    const id = await campaign(
      {
        name: 'Предпросмотр',
        mode: 'preview',
        purpose: 'advertising',
        scriptText: 'Предложите новый тариф',
        agentIds: [await world.userId('vera')],
      },
      ['+79991080105', customer.phone],
    );
    await world.db.query(
      `UPDATE leads SET customer_id = $2, name = $3 WHERE campaign_id = $1 AND phone = $4`,
      [id, customer.id, customer.name, customer.phone],
    );
    const vera = await world.agent('vera');
    await vera.getByTestId('preview-next').click();
    await until(
      async () => (await vera.getByTestId('preview').textContent())?.includes('Абонент'),
      'the first lead before dialling',
    );
    expect((await world.network.cdr()).some((r) => r.to.endsWith('9991080105'))).toBe(false);
    await vera.getByTestId('preview-skip').click();
    await vera.getByTestId('preview-reason').fill('Просили звонить позже');
    await vera.getByTestId('preview-reason').press('Enter');
    await until(
      async () => (await vera.getByTestId('preview-name').textContent())?.includes(customer.name),
      'the next lead',
    );
    await until(
      async () => (await vera.getByTestId('card-name').textContent())?.includes(customer.name),
      'its card before dialling',
    );
    await vera.getByTestId('preview-dial').click();
    await until(
      async () => (await vera.getByTestId('agent-state').getAttribute('data-state')) === 'talking',
      'the talk',
      30_000,
    );
    expect(await vera.getByTestId('script').textContent()).toContain('Предложите новый тариф');
    await vera.getByTestId('result-callback').click();
    await vera.getByRole('button', { name: 'Через час' }).click();
    await vera.getByTestId('hang-up').click();
    await vera.getByTestId('save').click();
    const lead = await until(
      async () =>
        (
          await world.db.query(
            `SELECT state, owner_id, extract(epoch FROM due_at - now())::float AS wait FROM leads WHERE campaign_id = $1 AND phone = $2 AND last_outcome = 'answered' AND owner_id IS NOT NULL`,
            [id, customer.phone],
          )
        ).rows[0],
      'the callback',
    );
    expect(lead).toMatchObject({ state: 'waiting', owner_id: await world.userId('vera') });
    expect(lead.wait).toBeGreaterThan(3300);
  }, 90_000);

  it('an advertising campaign that dials by itself is refused with its reason', async () => {
    const status = await darya.evaluate(async () => {
      const headers = { 'X-Dozvon': '1', 'Content-Type': 'application/json' };
      const body = JSON.stringify({ name: 'Реклама', mode: 'progressive', purpose: 'advertising' });
      const answer = await fetch('/api/campaigns', { method: 'POST', headers, body });
      return [answer.status, (await answer.json()).reason];
    });
    expect(status).toEqual([409, 'advertisingNeedsPreview']);
  });
});
