import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hearsTone, until, World } from './world.ts';

describe('an agent with more than one tab', () => {
  let world: World;
  let first: Page;
  let second: Page;
  let fourth: Page;
  let elsewhere: Page;

  beforeAll(async () => {
    world = await World.open(32);
    first = await world.agent('anna');
    second = await openTab();
  }, 120_000);
  afterAll(() => world?.close());

  async function openTab(): Promise<Page> {
    const page = await first.context().newPage();
    await page.goto(world.stack.url);
    await page.getByTestId('connection-bar').waitFor();
    return page;
  }

  const attribute = (page: Page, testId: string, name: string) => page.getByTestId(testId).getAttribute(name);

  it('has the phone in one of them, and both say in which', async () => {
    await second.getByTestId('other-tab').waitFor();
    await first.getByTestId('phone-here').waitFor();
    expect(await attribute(first, 'phone-status', 'data-status')).toBe('online');
    expect(await attribute(second, 'phone-status', 'data-status')).toBe('off');
    await until(async () => (await attribute(second, 'agent-state', 'data-state')) === 'ready', 'the state');
  });

  it('moves the phone to the other one in the middle of a talk: voice, card and mute come along', async () => {
    const customer = await world.customer(0);
    const { channelId } = await world.talk(first, customer);
    await hearsTone(first, 1000);
    await first.getByTestId('mute').click();
    await first.getByTestId('speaks-muted').waitFor();
    // The other tab has been kept right all the while.
    await until(
      async () => (await attribute(second, 'agent-state', 'data-state')) === 'talking',
      'the state in the other tab',
    );

    const before = Date.now();
    await second.getByTestId('other-tab').getByRole('button').click();
    await hearsTone(second, 1000);
    const backMs = Date.now() - before;
    console.log(`voice in the other tab ${backMs} ms after the click`);
    expect(backMs).toBeLessThan(3000);
    await first.getByTestId('other-tab').waitFor();
    await second.getByTestId('speaks-muted').waitFor();
    await second.getByTestId('mute').click();
    await second.getByTestId('speaks-muted').waitFor({ state: 'hidden' });
    await until(
      async () => (await second.getByTestId('card-name').textContent())?.includes(customer.name),
      'the card',
    );
    expect((await world.network.cdr()).some((r) => r.channelId === channelId)).toBe(false);
  });

  it('gives it back by itself when the tab that has it is closed', async () => {
    const before = Date.now();
    await second.close();
    await hearsTone(first, 1000);
    console.log(`voice back ${Date.now() - before} ms after the other tab was closed`);
    await first.getByTestId('other-tab').waitFor({ state: 'hidden' });
    await first.getByTestId('phone-here').waitFor({ state: 'hidden' });
  });

  it('sees another computer take the phone, and takes it back with one click', async () => {
    const elsewhere = await world.signIn('anna');
    await hearsTone(elsewhere, 1000, 15_000);
    await first.getByTestId('taken-over').waitFor();

    // A tab opened meanwhile and the closing of the one that had the phone change nothing about that.
    const third = await openTab();
    await third.getByTestId('other-tab').waitFor();
    await third.close();
    await first.getByTestId('taken-over').getByRole('button').click();
    await hearsTone(first, 1000);
    await elsewhere.getByTestId('taken-over').waitFor();
    await first.getByTestId('hang-up').click();
    await until(async () => (await attribute(first, 'agent-state', 'data-state')) === 'wrapUp', 'wrap-up');
    await first.getByTestId('result-success').click();
    await first.getByTestId('save').click();
    await until(async () => (await attribute(first, 'agent-state', 'data-state')) === 'ready', 'the end');
  });

  it('leaves the phone where it is when a tab is closed that had lost it to another computer', async () => {
    fourth = await openTab();
    await fourth.getByTestId('other-tab').waitFor();
    elsewhere = await world.signIn('anna');
    await first.getByTestId('taken-over').waitFor();
    await first.close();
    await fourth.getByTestId('taken-over').waitFor();
    expect(await attribute(elsewhere, 'phone-status', 'data-status')).toBe('online');
    expect(await elsewhere.getByTestId('taken-over').isVisible()).toBe(false);
  });

  it('does not take it back by itself after a sleep in which another computer took it', async () => {
    await elsewhere.addInitScript(() => {
      const made: WebSocket[] = [];
      Object.assign(window, { made });
      window.WebSocket = class extends WebSocket {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, protocols);
          if (String(url).includes('/live')) made.push(this);
        }
      };
    });
    await elsewhere.reload();
    const online = async (page: Page) => (await attribute(page, 'phone-status', 'data-status')) === 'online';
    await until(() => online(elsewhere), 'the phone there');
    const live = (act: 'deaf' | 'close') =>
      elsewhere.evaluate((what) => {
        for (const socket of (window as unknown as { made: WebSocket[] }).made) {
          if (what === 'deaf') socket.onmessage = null;
          else socket.close();
        }
      }, act);
    await live('deaf');
    await fourth.getByTestId('taken-over').getByRole('button').click();
    await until(() => online(fourth), 'the phone here');
    expect(await elsewhere.getByTestId('taken-over').isVisible()).toBe(false);
    await live('close');
    await elsewhere.getByTestId('taken-over').waitFor();
    expect(await online(fourth)).toBe(true);
    expect(await fourth.getByTestId('taken-over').isVisible()).toBe(false);
  });
});
