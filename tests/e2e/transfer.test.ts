import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { voicesOf } from './recording.ts';
import { toneShare } from './tone.ts';
import { hearsTones, until, World } from './world.ts';

/** Everybody's tone; none is a sum, difference or multiple of others. */
const hz = { customer: 1000, second: 1160, anna: 700, boris: 480, outside: 1310 } as const;
const everybody = Object.values(hz);

/** A: Anna alone, B: Boris alone, 2: both, m: neither (music), ?: in between. */
function whose(samples: Float32Array): string {
  const [a, b] = [toneShare(samples, hz.anna), toneShare(samples, hz.boris)];
  if (a > 0.2 && b > 0.2) return '2';
  if (a < 0.15 && b < 0.15) return 'm';
  if (a > 0.5 && b < 0.15) return 'A';
  return b > 0.5 && a < 0.15 ? 'B' : '?';
}

describe('a call goes on to somebody else', () => {
  let world: World;
  let anna: Page;
  let boris: Page;
  let nth = 10;

  beforeAll(async () => {
    world = await World.open(37);
    anna = await world.agent('anna', hz.anna);
    boris = await world.agent('boris', hz.boris);
  }, 120_000);
  afterAll(() => world?.close());

  const stateIs = (page: Page, state: string) =>
    until(
      async () => (await page.getByTestId('agent-state').getAttribute('data-state')) === state,
      `the agent is ${state}`,
    );
  const hears = (page: Page, ...tones: number[]) =>
    hearsTones(
      page,
      tones,
      everybody.filter((one) => !tones.includes(one)),
    );
  const stepIs = (page: Page, strip: string, step: string) =>
    until(
      async () => (await page.getByTestId(strip).getAttribute('data-step')) === step,
      `the ${strip} is ${step}`,
    );

  /** Answers as soon as his phone rings. */
  async function pickUp(page: Page): Promise<void> {
    await until(async () => page.getByTestId('answer').isEnabled(), 'the ring');
    await page.keyboard.press('F2');
  }
  /** Until the strip's timer shows so many seconds: long enough to be measured in what the customer was given to hear. */
  const talkFor = (page: Page, strip: string, seconds: number) =>
    until(
      async () =>
        Number(/0:(\d\d)/.exec((await page.getByTestId(strip).textContent()) ?? '')?.[1]) >= seconds,
      `${seconds} seconds of it`,
    );

  async function pause(page: Page): Promise<void> {
    await page.getByTestId('pause').click();
    await page.getByTestId('pause-break').click();
    await stateIs(page, 'paused');
  }
  async function ready(page: Page): Promise<void> {
    await page.getByTestId('ready').click();
    await stateIs(page, 'ready');
  }
  /** The result of the call that has just ended for him, and ready again. */
  async function wrapUp(page: Page, note = ''): Promise<void> {
    await stateIs(page, 'wrapUp');
    await page.getByTestId('result-success').click();
    if (note !== '') await page.getByTestId('note').fill(note);
    await page.getByTestId('save').click();
    await stateIs(page, 'ready');
  }

  /** A customer talks with the one agent who is ready. */
  async function talk(agent: Page, tone: number = hz.customer) {
    const customer = await world.customer(nth++);
    const { channelId } = await world.network.call({
      from: customer.phone,
      to: '78005553535',
      behaviour: 'tone',
      parameter: String(tone),
    });
    await until(
      async () => (await agent.getByTestId('card-name').textContent())?.includes(customer.name),
      'the card',
    );
    await pickUp(agent);
    await hears(agent, tone);
    const callId = await agent.getByTestId('call-panel').getAttribute('data-call-id');
    return { customer, channelId, callId: callId ?? '' };
  }

  /** A customer talks with Anna, Boris is ready beside. */
  async function talkWithAnna() {
    await pause(boris);
    const call = await talk(anna);
    await ready(boris);
    return call;
  }

  /** F6, whom, and Enter (asks first) or Ctrl+Enter (at once). */
  async function handOver(
    page: Page,
    whom: string,
    how: 'Enter' | 'Control+Enter',
    note = '',
  ): Promise<void> {
    await page.keyboard.press('F6');
    await page.getByTestId('transfer-search').fill(whom);
    await page.getByTestId('transfer-choice').first().waitFor();
    if (note !== '') await page.getByTestId('transfer-note').fill(note);
    await page.getByTestId('transfer-search').press(how);
    await page.getByTestId('transfer-picker').waitFor({ state: 'hidden' });
  }

  const transfersOf = (callId: string, count: number) =>
    until(async () => {
      const { rows } = await world.db.query(
        `SELECT t.kind, t.conference, t.to_kind AS "to", t.to_agent_id AS "toAgentId", t.to_phone AS "toPhone", t.how_ended AS how
           FROM call_transfers t JOIN calls c ON c.id = t.call_id WHERE t.call_id = $1 AND c.ended_at IS NOT NULL ORDER BY t.seq`,
        [callId],
      );
      return rows.length === count ? rows : null;
    }, 'the transfers in history');

  it('at once to a colleague: he has card and note before he answers, and each says what came of it', async () => {
    const { customer, callId } = await talkWithAnna();
    await handOver(anna, 'бор', 'Control+Enter', 'Просит пересчитать счёт за ноябрь');
    await stateIs(boris, 'ringing');
    expect(await boris.getByTestId('card-name').textContent()).toContain(customer.name);
    expect(await boris.getByTestId('handover-notes').textContent()).toContain('Просит пересчитать счёт');
    await pickUp(boris);
    await hears(boris, hz.customer);
    await wrapUp(anna, 'Передала Борису');
    await boris.keyboard.press('F4');
    await wrapUp(boris, 'Пересчитал');
    expect(await transfersOf(callId, 1)).toEqual([
      {
        kind: 'blind',
        conference: false,
        to: 'agent',
        toAgentId: await world.userId('boris'),
        toPhone: null,
        how: 'completed',
      },
    ]);
    const results = await until(async () => {
      const { rows } = await world.db.query(
        `SELECT u.login, r.note FROM call_results r JOIN users u ON u.id = r.agent_id WHERE call_id = $1 ORDER BY u.login`,
        [callId],
      );
      return rows.length === 2 ? rows : null;
    }, 'both results in history');
    expect(results).toEqual([
      { login: 'anna', note: 'Передала Борису' },
      { login: 'boris', note: 'Пересчитал' },
    ]);
  });

  it('a colleague is asked: the two hear each other, the customer hears neither; cancelled, asked again, three together, handed over', async () => {
    const { callId } = await talkWithAnna();
    await handOver(anna, 'бор', 'Enter');
    await pickUp(boris);
    await stepIs(anna, 'consult', 'private');
    await stepIs(boris, 'asked', 'private');
    await Promise.all([hears(anna, hz.boris), hears(boris, hz.anna)]);
    await talkFor(anna, 'consult', 3);
    await anna.keyboard.press('Shift+F6');
    await Promise.all([hears(anna, hz.customer), stateIs(boris, 'ready')]);

    await handOver(anna, 'бор', 'Enter');
    await pickUp(boris);
    await stepIs(anna, 'consult', 'private');
    await anna.keyboard.press('Shift+F8');
    await stepIs(boris, 'asked', 'conference');
    await Promise.all([hears(anna, hz.boris, hz.customer), hears(boris, hz.anna, hz.customer)]);
    await talkFor(anna, 'consult', 2);
    await anna.keyboard.press('F6');
    await hears(boris, hz.customer);
    await wrapUp(anna);
    await boris.keyboard.press('F4');
    await wrapUp(boris);

    expect(await transfersOf(callId, 2)).toMatchObject([
      { kind: 'attended', conference: false, how: 'cancelled' },
      { kind: 'attended', conference: true, how: 'completed' },
    ]);
    // What the customer was given to hear, by quarters of a second: Anna, music, Anna, music, both, Boris.
    const { agent } = await voicesOf(world, callId);
    const quarters = Array.from({ length: Math.floor(agent.length / 2000) }, (_, i) =>
      agent.subarray(i * 2000, (i + 1) * 2000),
    );
    const heard = quarters.map(whose).join('').replaceAll('?', '');
    // The three are not joined in one and the same 20 ms: one voice may be there up to half a second before the other.
    expect(heard).toMatch(/^A+m{6,}A+m+[AB]{0,2}2{3,}B*$/);
  }, 90_000);

  it('to a queue: whoever of it is free gets the customer', async () => {
    const { callId } = await talkWithAnna();
    const { rows: queues } = await world.db.query('SELECT name FROM queues ORDER BY id LIMIT 1');
    await handOver(anna, queues[0].name, 'Control+Enter');
    await pickUp(boris);
    await hears(boris, hz.customer);
    await wrapUp(anna);
    await boris.keyboard.press('F4');
    await wrapUp(boris);
    expect(await transfersOf(callId, 1)).toMatchObject([{ kind: 'blind', to: 'queue', how: 'completed' }]);
  });

  it('an outside number is asked, is in a talk of three, and goes on with the customer alone', async () => {
    const { callId, channelId } = await talkWithAnna();
    const outside = `+7999112${hz.outside}`;
    await handOver(
      anna,
      `8 (999) 112-${String(hz.outside).slice(0, 2)}-${String(hz.outside).slice(2)}`,
      'Enter',
    );
    await stepIs(anna, 'consult', 'private');
    await hears(anna, hz.outside);
    await anna.keyboard.press('Shift+F8');
    await hears(anna, hz.outside, hz.customer);
    await anna.keyboard.press('F6');
    await wrapUp(anna);
    const phase = await world.db.query(
      `SELECT state -> 'phase' ->> 'name' AS name FROM live_calls WHERE call_id = $1`,
      [callId],
    );
    expect(phase.rows[0]?.name).toBe('away');
    await world.network.hangUp(channelId);
    expect(await transfersOf(callId, 1)).toMatchObject([
      { kind: 'attended', conference: true, to: 'outside', toPhone: outside, how: 'completed' },
    ]);
    const { rows } = await world.db.query(
      `SELECT phone FROM call_legs WHERE call_id = $1 AND role = 'outside'`,
      [callId],
    );
    expect(rows).toEqual([{ phone: outside }]);
  });

  it('at once to an outside number that is busy: the customer comes back to the agent', async () => {
    const { callId } = await talkWithAnna();
    await pause(boris);
    await handOver(anna, '+79991010001', 'Control+Enter');
    // He has waited for her from the moment the number was busy, and rings as soon as she is free.
    await stateIs(anna, 'wrapUp');
    await anna.getByTestId('result-success').click();
    await anna.getByTestId('save').click();
    await pickUp(anna);
    await hears(anna, hz.customer);
    await anna.keyboard.press('F4');
    await wrapUp(anna);
    await ready(boris);
    expect(await transfersOf(callId, 1)).toMatchObject([{ to: 'outside', how: 'returned' }]);
  });

  it('to a colleague who is talking: it waits for him; he takes it, goes from one to the other, and says both results', async () => {
    await pause(anna);
    const second = await talk(boris, hz.second);
    await boris.getByTestId('note').fill('Заметка о втором клиенте');
    await boris.getByTestId('note').press('Escape');
    await ready(anna);
    const first = await talk(anna);
    await handOver(anna, 'бор', 'Control+Enter', 'Ждёт именно вас');
    await wrapUp(anna);
    const waiting = boris.getByTestId('waiting-call');
    await until(
      async () => (await waiting.textContent())?.includes(first.customer.name),
      'who waits for him',
    );
    // He hears and shows his own customer still.
    await hears(boris, hz.second);
    expect(await boris.getByTestId('card-name').textContent()).toContain(second.customer.name);

    await boris.keyboard.press('F3');
    await hears(boris, hz.customer);
    const aside = boris.getByTestId('aside-call');
    await until(async () => (await aside.textContent())?.includes(second.customer.name), 'who lies aside');
    expect(await boris.getByTestId('card-name').textContent()).toContain(first.customer.name);
    expect(await boris.getByTestId('handover-notes').textContent()).toContain('Ждёт именно вас');
    expect(await boris.getByTestId('note').inputValue()).toBe('');

    await boris.keyboard.press('F3');
    await hears(boris, hz.second);
    expect(await boris.getByTestId('card-name').textContent()).toContain(second.customer.name);
    expect(await boris.getByTestId('note').inputValue()).toBe('Заметка о втором клиенте');

    // The one he hears ends; the other comes back on hold.
    await boris.keyboard.press('F4');
    await until(
      async () => (await boris.getByTestId('call-panel').getAttribute('data-call-id')) === first.callId,
      'the call that lay aside',
    );
    await boris.keyboard.press('F8');
    await hears(boris, hz.customer);
    await boris.keyboard.press('F4');
    await wrapUp(boris, 'Первый');
    const owed = boris.getByTestId('give-result');
    await owed.first().waitFor();
    await owed.first().click();
    expect(await boris.getByTestId('note').inputValue()).toBe('Заметка о втором клиенте');
    await boris.getByTestId('result-success').click();
    await boris.getByTestId('save').click();
    const notes = await until(async () => {
      const { rows } = await world.db.query(
        `SELECT id, note FROM calls WHERE id = ANY ($1) AND disposition_id IS NOT NULL ORDER BY offered_at`,
        [[second.callId, first.callId]],
      );
      return rows.length === 2 ? rows : null;
    }, 'both results in history');
    expect(notes).toEqual([
      { id: second.callId, note: 'Заметка о втором клиенте' },
      { id: first.callId, note: 'Первый' },
    ]);
  }, 90_000);
});
