import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkedRecording, voicesOf } from './recording.ts';
import { toneShare } from './tone.ts';
import { agentHz, hearsTone, until, World } from './world.ts';

describe('a recorded talk', () => {
  let world: World;
  let anna: Page;
  let callId = '';
  beforeAll(async () => {
    world = await World.open(33);
    anna = await world.agent('anna');
  });
  afterAll(() => world?.close());

  const pausedFor = async (ms: number) => {
    await until(
      async () => {
        const { rows } = await world.db.query<{ ms: number }>(
          `SELECT extract(epoch FROM now()) * 1000 - (state -> 'recording' -> 'pauses' -> -1 ->> 'from')::bigint AS ms FROM live_calls`,
        );
        return rows.length === 1 && Number(rows[0]?.ms) > ms;
      },
      'the pause lasts',
      20_000,
    );
  };

  it('is silent while the agent has it paused, and whole before and after', async () => {
    const customer = await world.customer(0);
    await world.talk(anna, customer);
    await hearsTone(anna, 1000);
    const button = anna.getByTestId('record');
    await button.click();
    await anna.getByTestId('recording-paused').waitFor();
    await pausedFor(5000);
    await button.click();
    await anna.getByTestId('recording-paused').waitFor({ state: 'detached' });
    await hearsTone(anna, 1000);
    await until(async () => {
      const { rows } = await world.db.query<{ ms: number }>(
        `SELECT extract(epoch FROM now()) * 1000 - (state -> 'recording' -> 'pauses' -> -1 ->> 'to')::bigint AS ms FROM live_calls`,
      );
      return Number(rows[0]?.ms) > 3000;
    }, 'some talk after the pause');
    await anna.getByTestId('hang-up').click();
    const { rows } = await until(async () => {
      const found = await world.db.query('SELECT call_id, pauses, started_at FROM recordings');
      return found.rows.length > 0 ? found : null;
    }, 'the row of the recording');
    callId = rows[0].call_id;
    const pause = rows[0].pauses[0];
    expect(pause.to - pause.from).toBeGreaterThan(5000);
    expect(await checkedRecording(world, callId)).toMatchObject({
      state: 'ok',
      finding: { leakedMs: 0, missing: [], silent: [] },
    });
    // A second from the pause's edges, both voices are silent; before and after they are what was said.
    const at = (ms: number) => ((ms - rows[0].started_at.getTime()) * 8000) / 1000;
    const voices = await voicesOf(world, callId);
    for (const [samples, hz] of [
      [voices.customer, 1000],
      [voices.agent, agentHz],
    ] as const) {
      const inside = samples.subarray(at(pause.from + 1000), at(pause.to - 1000));
      expect(Math.max(...inside.map(Math.abs))).toBeLessThan(0.001);
      expect(toneShare(samples.subarray(at(pause.to + 1500)), hz)).toBeGreaterThan(0.6);
    }
  });

  it('plays in the browser of its agent, with the pause drawn; she gets no file', async () => {
    await anna.getByTestId('result-success').click();
    await anna.getByTestId('save').click();
    await anna.goto(`${world.stack.url}/history?call=${callId}`);
    await anna.getByTestId('recording-pause').waitFor();
    expect(await anna.getByTestId('recording-wave').getAttribute('data-drawn')).toBe('true');
    expect(await anna.getByTestId('recording-download').count()).toBe(0);
    await anna.getByTestId('recording-play').click();
    const seconds = async () => (await anna.getByTestId('recording-time').textContent())?.slice(0, 4);
    await until(async () => (await seconds()) === '0:01', 'it plays');
    await anna.getByTestId('recording-wave').press('End');
    await until(
      async () => (await anna.getByTestId('recording-play').getAttribute('data-playing')) === 'false',
      'it comes to its end',
    );
    expect(await seconds()).toBe('0:00');
    const { rows } = await world.db.query('SELECT act FROM user_acts WHERE call_id = $1', [callId]);
    expect(rows).toEqual([{ act: 'recording.play' }]);
  });

  it('is not for a colleague who was not on it, and says so', async () => {
    const boris = await world.signIn('boris');
    await boris.goto(`${world.stack.url}/history?call=${callId}`);
    await boris.getByTestId('recording').getByRole('alert').waitFor();
    expect(await boris.getByTestId('recording').textContent()).toContain('участвовал в разговоре');
    expect(await boris.getByTestId('recording-play').count()).toBe(0);
  });

  it('is taken away and held by a supervisor', async () => {
    const darya = await world.signIn('darya');
    await darya.goto(`${world.stack.url}/history?call=${callId}`);
    const downloading = darya.waitForEvent('download');
    await darya.getByTestId('recording-download').click();
    expect((await downloading).suggestedFilename()).toMatch(/\.wav$/);
    await darya.getByTestId('recording-hold').click();
    await darya.getByLabel('Причина').fill('Жалоба 17');
    await darya.keyboard.press('Tab');
    await darya.keyboard.press('Enter');
    await until(
      async () => (await darya.getByTestId('recording-keeping').getAttribute('data-held')) === 'true',
      'it is held',
    );
    expect(await darya.getByTestId('recording-delete').count()).toBe(0);
  });
});
