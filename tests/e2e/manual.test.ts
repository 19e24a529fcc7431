import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { voicesOf } from './recording.ts';
import { toneShare } from './tone.ts';
import { agentHz, hearsTone, until, World } from './world.ts';

const outsideHz = 1300;

describe('an agent dials by himself', () => {
  let world: World;
  let anna: Page;

  beforeAll(async () => {
    world = await World.open(36);
    anna = await world.agent('anna');
  }, 120_000);
  afterAll(() => world?.close());

  const stateIs = (state: string) =>
    until(
      async () => (await anna.getByTestId('agent-state').getAttribute('data-state')) === state,
      `the agent is ${state}`,
    );
  /** Ctrl+K, the number in whatever form, Enter. */
  async function dial(number: string): Promise<void> {
    await anna.keyboard.press('Control+k');
    await anna.keyboard.type(number);
    await anna.getByTestId('palette-dial').first().waitFor();
    await anna.keyboard.press('Enter');
  }
  const callId = () =>
    until(async () => anna.getByTestId('call-panel').getAttribute('data-call-id'), 'the call on the desk');
  const rowOf = (id: string) =>
    until(
      async () =>
        (await world.db.query(`SELECT * FROM calls WHERE id = $1 AND ended_at IS NOT NULL`, [id])).rows[0],
      'the history row',
    );
  async function wrapUp(): Promise<void> {
    await stateIs('wrapUp');
    await anna.getByTestId('result-success').click();
    await anna.getByTestId('save').click();
    await stateIs('ready');
  }
  const shows = (text: string | RegExp) => anna.getByText(text).first().waitFor();
  const seconds = (testId: string, count: number) =>
    until(
      async () => Number(/0:(\d\d)/.exec((await anna.getByTestId(testId).textContent()) ?? '')?.[1]) >= count,
      `${count} seconds on ${testId}`,
    );

  it('a pasted number is rung, his own phone answers by itself, and the talk stands in history as his', async () => {
    await dial(`8 (999) 112-${String(outsideHz).slice(0, 2)}-${String(outsideHz).slice(2)}`);
    await hearsTone(anna, outsideHz);
    const id = await callId();
    await anna.keyboard.press('F4');
    await wrapUp();
    expect(await rowOf(id)).toMatchObject({
      direction: 'manual',
      phone: `+7999112${outsideHz}`,
      outcome: 'answered',
      hung_up_by: 'agent',
      agent_id: await world.userId('anna'),
    });
    const { rows } = await world.db.query(`SELECT reached FROM contacts WHERE id::text = $1`, [id]);
    expect(rows).toHaveLength(1);
  });

  it('the last number is rung again with two keys', async () => {
    await anna.keyboard.press('d');
    await anna.keyboard.press('Enter');
    await hearsTone(anna, outsideHz);
    await anna.keyboard.press('F4');
    await wrapUp();
  });

  it('a number that nobody picks up is given up by him; a busy one says so', async () => {
    await dial('+79991020001');
    await until(
      async () => (await anna.getByTestId('call-state').textContent())?.includes('Набор'),
      'the dialling on screen',
    );
    const ringing = await callId();
    await anna.keyboard.press('F4');
    expect(await rowOf(ringing)).toMatchObject({
      direction: 'manual',
      outcome: 'cancelled',
      hung_up_by: 'agent',
    });
    await until(async () => {
      const state = await anna.getByTestId('agent-state').getAttribute('data-state');
      if (state === 'wrapUp') await wrapUp();
      return state === 'ready';
    }, 'the agent is ready');

    await dial('+79991010002');
    const { id } = await until(
      async () =>
        (await world.db.query(`SELECT id FROM calls WHERE phone = '+79991010002' AND outcome = 'busy'`))
          .rows[0],
      'the busy number in history',
    );
    expect(id).not.toBe(ringing);
    await until(async () => {
      const state = await anna.getByTestId('agent-state').getAttribute('data-state');
      if (state === 'wrapUp') await wrapUp();
      return state === 'ready';
    }, 'the agent is ready');
  });

  it('a number on a card is rung by its button, and nobody who may not be called is', async () => {
    const customer = await world.customer(20);
    await world.db.query(`INSERT INTO do_not_call (phone, reason) VALUES ($1, 'просил не звонить')`, [
      customer.phone,
    ]);
    await anna.goto(`${world.stack.url}/customers/${customer.id}`);
    await until(
      async () => (await anna.getByTestId('phone-status').getAttribute('data-status')) === 'online',
      'the phone after the new page',
    );
    await anna.locator(`main [data-testid="call-number"][data-phone="${customer.phone}"]`).first().click();
    await shows('Номер в чёрном списке: звонить нельзя.');
    const { rows } = await world.db.query(`SELECT 1 FROM calls WHERE phone = $1 AND direction = 'manual'`, [
      customer.phone,
    ]);
    expect(rows).toEqual([]);
    await stateIs('ready');

    const other = await world.customer(21);
    await anna.goto(`${world.stack.url}/customers/${other.id}`);
    await until(
      async () => (await anna.getByTestId('phone-status').getAttribute('data-status')) === 'online',
      'the phone after the new page',
    );
    await anna.locator(`main [data-testid="call-number"][data-phone="${other.phone}"]`).first().click();
    // The desk comes up by itself with his card.
    await until(
      async () => (await anna.getByTestId('desk').isVisible()) && (await callId()) !== '',
      'the desk with the call',
    );
    expect(await anna.getByTestId('desk').getByTestId('card-name').textContent()).toContain(other.name);
    const id = await callId();
    await anna.keyboard.press('F4');
    expect(await rowOf(id)).toMatchObject({ direction: 'manual', customer_id: other.id });
    await until(async () => {
      const state = await anna.getByTestId('agent-state').getAttribute('data-state');
      if (state === 'wrapUp') await wrapUp();
      return state === 'ready';
    }, 'the agent is ready');
  });

  it('digits that he types come through to the far end', async () => {
    // An echo that leaves off at #: nothing but that digit ends this call.
    await dial('+79991110001');
    await hearsTone(anna, agentHz);
    const id = await callId();
    await anna.keyboard.press('F7');
    await anna.keyboard.type('12');
    await until(async () => (await anna.getByTestId('digits-sent').textContent()) === '12', 'what was sent');
    await seconds('call-timer', 3);
    expect(await anna.getByTestId('call-state').getAttribute('data-state')).toBe('talking');
    await anna.keyboard.type('#');
    expect(await rowOf(id)).toMatchObject({ outcome: 'answered', hung_up_by: 'customer' });
    const { rows } = await world.db.query(
      `SELECT string_agg(data ->> 'digits', '') AS digits FROM call_events WHERE call_id = $1 AND type = 'digits'`,
      [id],
    );
    expect(rows[0].digits).toBe('***');
    await wrapUp();
  });

  it('while the recording is on pause nothing of either voice is kept, and history says when', async () => {
    await dial(`+7999112${outsideHz}`);
    await hearsTone(anna, outsideHz);
    const id = await callId();
    await seconds('call-timer', 2);
    await anna.keyboard.press('F10');
    await seconds('recording-paused', 2);
    await anna.keyboard.press('F10');
    await anna.getByTestId('recording-paused').waitFor({ state: 'hidden' });
    const at = Number(/0:(\d\d)/.exec((await anna.getByTestId('call-timer').textContent()) ?? '')?.[1]);
    await seconds('call-timer', at + 2);
    await anna.keyboard.press('F4');
    await wrapUp();

    const { customer, agent } = await voicesOf(world, id);
    for (const [voice, tone] of [
      [customer, outsideHz],
      [agent, agentHz],
    ] as const) {
      const parts = Array.from({ length: Math.floor(voice.length / 2000) }, (_, i) => {
        const part = voice.subarray(i * 2000, (i + 1) * 2000);
        if (part.every((sample) => Math.abs(sample) < 0.001)) return '.';
        return toneShare(part, tone) > 0.5 ? 'T' : '?';
      });
      expect(parts.join('').replaceAll('?', '')).toMatch(/^\.*T{3,}\.{6,}T{3,}\.*$/);
    }
    await anna.goto(`${world.stack.url}/history?call=${encodeURIComponent(id)}`);
    await anna.locator('[data-testid="call-event"][data-type="pauseRecording"]').waitFor();
    await anna.locator('[data-testid="call-event"][data-type="resumeRecording"]').waitFor();
  });
});
