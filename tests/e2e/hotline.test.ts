import { readdir } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkedRecording, voicesOf } from './recording.ts';
import { toneShare } from './tone.ts';
import { agentHz, hearsTone, times, until, World } from './world.ts';

const customerHz = 1000;

describe('a customer rings the hotline', () => {
  let world: World;
  let anna: Page;

  beforeAll(async () => {
    world = await World.open(1);
    anna = await world.agent('anna');
  }, 120_000);
  afterAll(() => world?.close());

  it('his card is on the screen before the phone rings, both hear each other, and history, ledger and network agree', async () => {
    const customer = await world.customer(0);
    const { channelId } = await world.network.call({
      from: customer.phone,
      to: '78005553535',
      behaviour: 'tone',
      parameter: String(customerHz),
    });

    await until(
      async () => (await anna.getByTestId('card-name').textContent())?.includes(customer.name),
      'the card',
    );
    await anna.getByTestId('answer').click();
    await hearsTone(anna, customerHz);
    const call = await until(
      async () =>
        (
          await world.db.query(
            `SELECT call_id AS id FROM live_calls WHERE state -> 'phase' ->> 'name' = 'talking'`,
          )
        ).rows[0],
      'the talk in the crash-proof copy',
    );
    const seen = await times(anna, call.id);
    expect(seen.cardCommitted).toBeLessThan(seen.ringStarted ?? 0);

    await anna.getByTestId('result-success').click();
    await anna.getByTestId('note').fill('Интернет восстановлен, спасибо.');
    // Long enough for the recording to be measured.
    await until(
      async () => (await anna.getByTestId('call-timer').textContent())?.includes('0:03'),
      'three seconds of talk',
    );
    await anna.getByTestId('hang-up').click();
    await anna.getByTestId('save').click();
    await until(
      async () => (await anna.getByTestId('agent-state').getAttribute('data-state')) === 'ready',
      'the agent is ready again',
    );

    const row = await until(
      async () =>
        (await world.db.query(`SELECT * FROM calls WHERE id = $1 AND disposition_id IS NOT NULL`, [call.id]))
          .rows[0],
      'the history row with its result',
    );
    expect(row).toMatchObject({
      direction: 'hotline',
      phone: customer.phone,
      customer_id: customer.id,
      outcome: 'answered',
      hung_up_by: 'agent',
      note: 'Интернет восстановлен, спасибо.',
      agent_id: await world.userId('anna'),
    });

    const cdr = await until(
      async () => (await world.network.cdr()).find((r) => r.channelId === channelId),
      'the network’s own record',
    );
    expect(cdr.disposition).toBe('ANSWERED');
    expect(Math.abs(cdr.startedAt - row.offered_at.getTime())).toBeLessThan(1000);
    expect(Math.abs(cdr.endedAt - row.ended_at.getTime())).toBeLessThan(1000);

    const ledger = await until(async () => {
      const { rows } = await world.db.query(
        'SELECT type, at FROM ledger WHERE channel_id = $1 ORDER BY byte_offset',
        [call.id],
      );
      return rows.some((r) => r.type === 'HANGUP') ? rows : null;
    }, 'the ledger’s account of the call');
    const at = (type: string) => ledger.find((r) => r.type === type)?.at.getTime() ?? 0;
    expect(Math.abs(at('CHAN_START') - row.offered_at.getTime())).toBeLessThan(1000);
    expect(Math.abs(at('HANGUP') - row.ended_at.getTime())).toBeLessThan(1000);
    expect(at('ANSWER')).toBeGreaterThan(0);
  });

  it('the recording has the customer’s voice on one side and the agent’s on the other', async () => {
    const { rows } = await world.db.query('SELECT call_id FROM recordings');
    expect(rows).toHaveLength(1);
    const { customer, agent } = await voicesOf(world, rows[0].call_id);
    expect(toneShare(customer, customerHz)).toBeGreaterThan(0.8);
    expect(toneShare(customer, agentHz)).toBeLessThan(0.05);
    expect(toneShare(agent, agentHz)).toBeGreaterThan(0.6);
    expect(toneShare(agent, customerHz)).toBeLessThan(0.05);
    expect(customer.length / 8000).toBeGreaterThan(2.5);
    // Found whole by the server too, and nothing of it lies open on the disk any more.
    expect(await checkedRecording(world, rows[0].call_id)).toMatchObject({ state: 'ok' });
    await until(
      async () => (await readdir(world.stack.files.recordingsDir)).every((name) => !name.endsWith('.ulaw')),
      'the plain files go',
    );
  });

  it('a customer who echoes gives the agent’s own voice back: what he hears is what was said', async () => {
    const customer = await world.customer(1);
    await world.talk(anna, customer, 'echo');
    await hearsTone(anna, agentHz);
    await anna.getByTestId('hang-up').click();
    await anna.getByTestId('result-success').click();
    await anna.getByTestId('save').click();
    await until(
      async () => (await anna.getByTestId('agent-state').getAttribute('data-state')) === 'ready',
      'the agent is ready again',
    );
  });

  it('the call stands in the customer’s history with a recording that plays', async () => {
    const customer = await world.customer(0);
    const answer = await anna.evaluate(async (id) => {
      const timeline = await (await fetch(`/api/customers/${id}/timeline?kind=call`)).json();
      const recording = await fetch(`/api/calls/${timeline[0].call.callId}/recording`);
      return {
        entry: timeline[0],
        type: recording.headers.get('content-type'),
        bytes: (await recording.arrayBuffer()).byteLength,
      };
    }, customer.id);
    expect(answer.entry).toMatchObject({
      text: 'Интернет восстановлен, спасибо.',
      call: { outcome: 'answered', hasRecording: true },
    });
    expect(answer.type).toContain('audio/wav');
    expect(answer.bytes).toBeGreaterThan(16_000);
  });

  it('a caller who hides his number and one whom nobody answers are taken in all the same', async () => {
    await anna.getByTestId('pause').click();
    await anna.getByRole('menuitem', { name: 'Обед', exact: false }).click();
    const { channelId } = await world.network.call({
      from: null,
      to: '78005553535',
      behaviour: 'speak',
      hangUpAfterMs: 2500,
    });
    const row = await until(
      async () =>
        (
          await world.db.query(
            `SELECT * FROM calls WHERE phone IS NULL AND queue_id IS NOT NULL AND offered_at > now() - interval '1 minute'`,
          )
        ).rows[0],
      'the history row of a hidden caller',
      20_000,
    );
    expect(row).toMatchObject({
      outcome: 'abandoned',
      customer_id: null,
      agent_id: null,
      hung_up_by: 'customer',
    });
    await until(
      async () => (await world.network.cdr()).some((r) => r.channelId === channelId),
      'the network’s own record',
    );
  });
});
