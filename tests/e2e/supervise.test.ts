import type { Page } from 'playwright-core';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command, CommandAnswer } from '../../server/live/schema.ts';
import { voicesOf } from './recording.ts';
import { toneShare } from './tone.ts';
import { hearsTones, until, World } from './world.ts';

/** Everybody's tone; none is a sum, difference or multiple of others. */
const hz = { customer: 1000, anna: 700, darya: 1310 } as const;

/** The tone's share of the fifth of a second that has most of it. */
function mostOf(samples: Float32Array, tone: number): number {
  let most = 0;
  for (let at = 0; at + 1600 <= samples.length; at += 1600)
    most = Math.max(most, toneShare(samples.subarray(at, at + 1600), tone));
  return most;
}

describe('a supervisor on the calls of others', () => {
  let world: World;
  let anna: Page;
  let darya: Page;
  let nth = 20;

  beforeAll(async () => {
    world = await World.open(35);
    anna = await world.agent('anna', hz.anna);
    darya = await world.signIn('darya', hz.darya);
    await darya.getByTestId('board').waitFor();
  }, 120_000);
  afterAll(() => world?.close());

  const stateIs = (state: string) =>
    until(
      async () => (await anna.getByTestId('agent-state').getAttribute('data-state')) === state,
      `the agent is ${state}`,
    );
  const hears = (page: Page, ...tones: number[]) =>
    hearsTones(
      page,
      tones,
      Object.values(hz).filter((one) => !tones.includes(one)),
    );
  const watches = (mode: string) =>
    until(async () => {
      const strip = darya.getByTestId('watch-strip');
      return (
        (await strip.getAttribute('data-mode')) === mode && (await strip.getAttribute('data-up')) === 'true'
      );
    }, `the supervisor is on the call: ${mode}`);

  /** A new customer talks with Anna; the id of his call. */
  async function talk(behaviour: 'tone' | 'echo') {
    const customer = await world.customer(nth++);
    await world.talk(anna, customer, behaviour);
    const { id } = await until(
      async () =>
        (
          await world.db.query<{ id: string }>(
            `SELECT call_id AS id FROM live_calls WHERE state -> 'phase' ->> 'name' = 'talking'`,
          )
        ).rows[0],
      'the talk',
    );
    await darya.getByTestId(`call-row-${id}`).waitFor();
    return { callId: id, customer };
  }
  /** Two presses within a quarter of a second are one. */
  async function afterDoubleClick(): Promise<void> {
    const from = Date.now();
    await until(async () => Date.now() - from > 300, 'the time of a double click');
  }
  async function wrapUp(page: Page): Promise<void> {
    await page.getByTestId('result-success').click();
    await page.getByTestId('save').click();
  }

  it('has no phone until he wants to listen; a refused microphone is told where he pressed, and once allowed he is on', async () => {
    expect(await darya.getByTestId('phone-status').getAttribute('data-status')).toBe('off');
    await darya.evaluate(() => {
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      Object.assign(window, { allow: () => Object.assign(navigator.mediaDevices, { getUserMedia: real }) });
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    });
    const { callId } = await talk('tone');
    await darya.getByTestId(`listen-${callId}`).click();
    const starting = darya.getByTestId('watch-starting');
    await until(async () => (await starting.getAttribute('data-problem')) === 'micRefused', 'the trouble');
    await darya.evaluate(() => (window as unknown as { allow(): void }).allow());
    await starting.getByRole('button', { name: 'Повторить' }).click();
    await watches('listen');
    await darya.keyboard.press('Escape');
    await darya.getByTestId('watch-strip').waitFor({ state: 'hidden' });
    await anna.getByTestId('hang-up').click();
    await wrapUp(anna);
    await stateIs('ready');
  });

  it('hears both and nobody hears him; whispers to the agent alone; a refresh changes nothing', async () => {
    const { callId } = await talk('tone');
    await darya.getByTestId(`listen-${callId}`).click();
    await watches('listen');
    await hears(darya, hz.customer, hz.anna);
    await hears(anna, hz.customer);
    expect(await darya.getByTestId('watch-heard').textContent()).toBe('Вас никто не слышит');
    // The house shows an agent only those who speak to both.
    expect(await anna.getByTestId('watchers').count()).toBe(0);

    await darya.keyboard.press('w');
    await watches('whisper');
    await hears(anna, hz.customer, hz.darya);
    await hears(darya, hz.customer, hz.anna);
    await until(
      async () => Number(await darya.getByTestId('watch-level').getAttribute('data-db')) > -30,
      'the level of his microphone',
    );
    await darya.keyboard.press('F9');
    await hears(anna, hz.customer);
    await darya.keyboard.press('F9');
    await hears(anna, hz.customer, hz.darya);

    await darya.reload();
    await watches('whisper');
    await hears(anna, hz.customer, hz.darya);
    await darya.keyboard.press('Escape');
    await darya.getByTestId('watch-strip').waitFor({ state: 'hidden' });
    await hears(anna, hz.customer);
    await anna.getByTestId('hang-up').click();
    await wrapUp(anna);
    await stateIs('ready');

    // What went to the customer, and what came from him: the supervisor is in neither.
    const { customer, agent } = await voicesOf(world, callId);
    console.log(
      `whisper: his share of the loudest 0.2 s in what the customer heard ${mostOf(agent, hz.darya).toFixed(4)}, in what the customer sent ${mostOf(customer, hz.darya).toFixed(4)}`,
    );
    expect(toneShare(agent, hz.anna)).toBeGreaterThan(0.6);
    expect(mostOf(agent, hz.darya)).toBeLessThan(0.02);
    expect(mostOf(customer, hz.darya)).toBeLessThan(0.02);
  });

  it('a customer who echoes all he hears sends the whispering voice to nobody, and the joined one to all', async () => {
    const { callId } = await talk('echo');
    await darya.keyboard.press('ArrowDown');
    await until(
      async () => (await darya.getByTestId(`call-row-${callId}`).getAttribute('aria-selected')) === 'true',
      'the chosen row',
    );
    await darya.keyboard.press('w');
    await watches('whisper');
    await hears(anna, hz.anna, hz.darya);
    // Heard at the customer's far end, he would come back to himself.
    await hears(darya, hz.anna);

    await darya.keyboard.press('j');
    await watches('barge');
    await hears(darya, hz.anna, hz.darya);
    await hears(anna, hz.anna, hz.darya);
    await anna.getByTestId('watchers').waitFor();
    expect(await anna.getByTestId('watchers').textContent()).toContain('Дарья Орлова');

    await darya.keyboard.press('l');
    await watches('listen');
    await hears(darya, hz.anna);
    await hears(anna, hz.anna);
    await darya.getByTestId('watch-leave').click();
    await darya.getByTestId('watch-strip').waitFor({ state: 'hidden' });
    await anna.getByTestId('hang-up').click();
    await wrapUp(anna);
    await stateIs('ready');
    const { agent } = await voicesOf(world, callId);
    expect(mostOf(agent, hz.darya)).toBeGreaterThan(0.1);
  });

  it('takes a call over at the second press: the agent has her wrap-up, the customer goes on with him, his card on the desk', async () => {
    const { callId, customer } = await talk('echo');
    await darya.getByTestId(`takeOver-${callId}`).click();
    await until(
      async () => (await darya.getByTestId(`takeOver-${callId}`).getAttribute('data-armed')) !== null,
      'the question',
    );
    await stateIs('talking');
    await afterDoubleClick();
    await darya.keyboard.press('t');
    await until(async () => darya.getByTestId('desk').isVisible(), 'the desk');
    await until(
      async () => (await darya.getByTestId('card-name').textContent())?.includes(customer.name),
      'the card',
    );
    await stateIs('wrapUp');
    await hears(darya, hz.darya);
    expect(await darya.getByTestId('watch-strip').count()).toBe(0);
    await wrapUp(anna);
    await stateIs('ready');

    await darya.getByTestId('hold').click();
    await until(
      async () => (await darya.getByTestId('call-state').getAttribute('data-state')) === 'hold',
      'the hold',
    );
    await darya.getByTestId('hold').click();
    await hears(darya, hz.darya);
    await darya.getByTestId('hang-up').click();
    await wrapUp(darya);
    await darya.getByTestId('board').waitFor();
    const { rows } = await until(async () => {
      const found = await world.db.query('SELECT agent_id, disposition_id FROM calls WHERE id = $1', [
        callId,
      ]);
      return found.rows[0]?.disposition_id ? found : null;
    }, 'the call in history');
    expect(rows[0].agent_id).toBe(await world.userId('darya'));
  });

  it('ends a call at the second press', async () => {
    const { callId } = await talk('tone');
    await darya.getByTestId(`end-${callId}`).click();
    await until(
      async () => (await darya.getByTestId(`end-${callId}`).getAttribute('data-armed')) !== null,
      'the question',
    );
    await stateIs('talking');
    await afterDoubleClick();
    await darya.getByTestId(`end-${callId}`).click();
    await stateIs('wrapUp');
    await wrapUp(anna);
    await stateIs('ready');
  });

  it('sets an agent’s state, and she is told by whom', async () => {
    const annaId = await world.userId('anna');
    await darya.getByTestId(`set-state-${annaId}`).click();
    await darya.getByTestId('set-lunch').click();
    await stateIs('paused');
    await anna.getByText('Вам поставили перерыв: Обед. Супервизор: Дарья Орлова.').waitFor();
    await darya.getByTestId(`set-by-${annaId}`).waitFor();
    await darya.getByTestId(`set-state-${annaId}`).click();
    await darya.getByTestId('set-ready').click();
    await stateIs('ready');
  });

  it('an agent’s command of this kind is refused, and each act stands in the record, the refused one too', async () => {
    const { callId } = await talk('tone');
    const cookies = await anna.context().cookies();
    const socket = io(world.stack.url, {
      path: '/live',
      transports: ['websocket'],
      rejectUnauthorized: false,
      extraHeaders: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
    });
    const command: Command = { type: 'supervise.end', callId };
    const answer: CommandAnswer = await socket.timeout(10_000).emitWithAck('command', command);
    socket.disconnect();
    expect(answer).toEqual({ ok: false, reason: 'notAllowed' });
    await stateIs('talking');
    const told = await anna.evaluate(async () => (await fetch('/api/acts')).status);
    expect(told).toBe(403);

    const acts = await until(async () => {
      const { rows } = await world.db.query<{ login: string; act: string; refused: string | null }>(
        `SELECT u.login, a.act, a.detail ->> 'refused' AS refused FROM user_acts a JOIN users u ON u.id = a.user_id
          WHERE a.act NOT LIKE 'recording.%' ORDER BY a.id`,
      );
      return rows.at(-1)?.login === 'anna' ? rows : null;
    }, 'the record');
    expect(acts.map(({ login, act, refused }) => `${login} ${act}${refused ? ` ${refused}` : ''}`)).toEqual([
      'darya listen',
      'darya unwatch',
      'darya listen',
      'darya whisper',
      'darya unwatch',
      'darya whisper',
      'darya barge',
      'darya listen',
      'darya unwatch',
      'darya takeOver',
      'darya end',
      'darya setState',
      'darya setState',
      'anna end notAllowed',
    ]);

    await darya.getByTestId('open-acts').click();
    await darya.getByTestId('acts-table').waitFor();
    expect(await darya.locator('tr[data-act="setState"]').count()).toBe(2);
    expect(await darya.locator('tr[data-refused="true"]').textContent()).toContain('Нет прав');
    await anna.getByTestId('hang-up').click();
    await wrapUp(anna);
  });
});
