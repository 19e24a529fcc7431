import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentHz, heard, hearsTone, until, World } from './world.ts';

describe('the phone', () => {
  let world: World;
  let anna: Page;

  beforeAll(async () => {
    world = await World.open(31);
    anna = await world.agent('anna');
  }, 120_000);
  afterAll(() => world?.close());

  const attribute = (testId: string, name: string) => anna.getByTestId(testId).getAttribute(name);
  const stateIs = (state: string) =>
    until(async () => (await attribute('agent-state', 'data-state')) === state, `the agent is ${state}`);
  const settings = async () => {
    await anna.getByTestId('phone-status').click();
    await anna.getByTestId('phone-settings').waitFor();
  };

  async function finishCall(): Promise<void> {
    await anna.getByTestId('hang-up').click();
    await stateIs('wrapUp');
    await anna.getByTestId('result-success').click();
    await anna.getByTestId('save').click();
    await stateIs('ready');
  }

  it('shows how loud the microphone is, and a test call brings the own voice back with its round trip', async () => {
    await settings();
    await until(
      async () => Number(await attribute('microphone-level', 'data-db')) > -30,
      'the level of the microphone’s tone',
    );
    await anna.getByTestId('echo-test-toggle').click();
    await hearsTone(anna, agentHz, 20_000);
    const ms = await until(
      async () => Number(await attribute('echo-round-trip', 'data-ms')),
      'the measured round trip',
      20_000,
    );
    console.log(`echo test: voice back after ${ms} ms`);
    expect(ms).toBeLessThan(600);
    await until(async () => Number(await attribute('echo-level', 'data-db')) > -30, 'the level of the echo');
    await anna.getByTestId('echo-test-toggle').click();
    await until(async () => (await attribute('echo-test', 'data-stage')) === 'none', 'the end of the test');
    await anna.keyboard.press('Escape');
    await anna.getByTestId('phone-settings').waitFor({ state: 'hidden' });
    const { rows } = await world.db.query(
      `SELECT 1 FROM calls WHERE offered_at > now() - interval '1 minute'`,
    );
    expect(rows).toEqual([]);
  });

  it('a real call ends the test call, and none is possible while it is on', async () => {
    await settings();
    await anna.getByTestId('echo-test-toggle').click();
    await until(async () => (await attribute('echo-test', 'data-stage')) === 'up', 'the test call');
    await world.talk(anna, await world.customer(0));
    await hearsTone(anna, 1000);
    await settings();
    expect(await attribute('echo-test', 'data-stage')).toBe('none');
    expect(await anna.getByTestId('echo-test-toggle').isDisabled()).toBe(true);
    await anna.keyboard.press('Escape');
  });

  it('tells the voice’s figures while he talks, and that he speaks into a muted microphone', async () => {
    await until(async () => (await attribute('voice-quality', 'data-grade')) === 'good', 'the quality');
    await anna.getByTestId('mute').click();
    await anna.getByTestId('speaks-muted').waitFor();
    await anna.getByTestId('mute').click();
    await anna.getByTestId('speaks-muted').waitFor({ state: 'hidden' });
  });

  it('a bad line is told with its figure and what to do, and the worst of it once more when the talk is over', async () => {
    await anna.evaluate(() => {
      const real = RTCPeerConnection.prototype.getStats;
      let lost = 0;
      Object.assign(window, { mend: () => Object.assign(RTCPeerConnection.prototype, { getStats: real }) });
      RTCPeerConnection.prototype.getStats = async function () {
        const stats = new Map();
        lost += 5;
        (await real.call(this)).forEach((report) => {
          const worse = report.type === 'inbound-rtp' ? { ...report, packetsLost: lost } : report;
          stats.set(report.id, worse);
        });
        return stats;
      };
    });
    await until(async () => (await attribute('voice-quality', 'data-warn')) === 'true', 'the warning');
    expect(await anna.getByTestId('voice-quality').textContent()).toMatch(/Потери [\d.]+%.*Wi-Fi/);
    await anna.evaluate(() => (window as unknown as { mend(): void }).mend());
    await until(async () => (await attribute('voice-quality', 'data-warn')) === 'false', 'its end');
    await anna.getByTestId('hang-up').click();
    expect(await anna.getByTestId('talk-quality').textContent()).toMatch(/потери до [\d.]+%/);
    await anna.getByTestId('result-success').click();
    await anna.getByTestId('save').click();
    await stateIs('ready');
  });

  it('stays muted over a refresh', async () => {
    await world.talk(anna, await world.customer(4));
    await hearsTone(anna, 1000);
    await anna.getByTestId('mute').click();
    await anna.getByTestId('speaks-muted').waitFor();
    await anna.reload();
    await hearsTone(anna, 1000);
    await anna.getByTestId('speaks-muted').waitFor();
    await anna.getByTestId('mute').click();
    await anna.getByTestId('speaks-muted').waitFor({ state: 'hidden' });
    await finishCall();
  });

  it('a lost media path is replaced while he talks: the voice is back within seconds', async () => {
    const { channelId } = await world.talk(anna, await world.customer(1));
    await hearsTone(anna, 1000);
    await until(
      async () => (await anna.getByTestId('call-timer').textContent())?.includes('0:03'),
      'some seconds of voice',
    );
    const before = Date.now();
    const lost = await anna.evaluate(() =>
      (window as unknown as { __dozvon: { loseVoice(): number } }).__dozvon.loseVoice(),
    );
    expect(lost).toBe(1);
    await until(async () => ((await heard(anna))?.levelDb ?? -100) < -60, 'silence');
    await hearsTone(anna, 1000);
    console.log(`media path lost: voice back after ${Date.now() - before} ms`);
    // Three seconds until it is held dead, and what a refresh takes.
    expect(Date.now() - before).toBeLessThan(7000);
    expect((await world.network.cdr()).some((r) => r.channelId === channelId)).toBe(false);
    await finishCall();
  });

  /** Notes from now on each change of the phone's status; the result tells what was seen. */
  async function watchStatus(): Promise<() => Promise<string[]>> {
    await anna.getByTestId('phone-status').evaluate((button) => {
      const seen: (string | null)[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => seen.push(button.getAttribute('data-status'))).observe(button, {
        attributeFilter: ['data-status'],
      });
    });
    return () => anna.evaluate(() => (window as unknown as { seen: string[] }).seen);
  }

  it('a new network is registered on at once, and the talk goes on over it', async () => {
    await world.talk(anna, await world.customer(2));
    await hearsTone(anna, 1000);
    const seen = await watchStatus();
    const before = Date.now();
    await anna.context().setOffline(true);
    await anna.context().setOffline(false);
    await until(async () => (await seen()).at(-1) === 'online', 'the phone registers anew');
    console.log(`registered ${Date.now() - before} ms after the network was back`);
    await hearsTone(anna, 1000);
    await stateIs('talking');
    await finishCall();
  });

  it('a call that rings while the network changes rings on', async () => {
    await world.network.call({
      from: (await world.customer(3)).phone,
      to: '78005553535',
      behaviour: 'tone',
    });
    await until(async () => anna.getByTestId('answer').isEnabled(), 'the ring');
    const seen = await watchStatus();
    await anna.context().setOffline(true);
    await anna.context().setOffline(false);
    await until(async () => (await seen()).at(-1) === 'online', 'the phone registers anew');
    await until(async () => anna.getByTestId('answer').isEnabled(), 'the ring on the new connection');
    await anna.getByTestId('answer').click();
    await hearsTone(anna, 1000);
    await finishCall();
  });

  it('a connection that died without a word is found out and made anew; one that lives is left alone', async () => {
    const page = anna;
    const ask = () =>
      page.evaluate(() =>
        (navigator as unknown as { connection: EventTarget }).connection.dispatchEvent(new Event('change')),
      );
    const sockets = () => page.evaluate(() => (window as unknown as { sockets: WebSocket[] }).sockets.length);
    await page.addInitScript(() => {
      const made: WebSocket[] = [];
      Object.assign(window, { sockets: made });
      window.WebSocket = class extends WebSocket {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, protocols);
          if (protocols === 'sip') made.push(this);
        }
      };
    });
    await page.reload();
    await until(async () => (await attribute('phone-status', 'data-status')) === 'online', 'the phone');
    const made = await sockets();
    let seen = await watchStatus();
    await ask();
    // It has 2.5 s to answer.
    const from = Date.now();
    await until(async () => Date.now() - from > 3000, 'the time for an answer');
    expect(await seen()).toEqual([]);
    expect(await sockets()).toBe(made);

    seen = await watchStatus();
    await page.evaluate(() => {
      for (const socket of (window as unknown as { sockets: WebSocket[] }).sockets) socket.send = () => {};
    });
    await ask();
    await until(async () => (await seen()).at(-1) === 'online', 'the phone on a new connection');
    expect(await sockets()).toBe(made + 1);
  });

  it('a headset that is pulled out is told, replaced by the system’s microphone, and taken again when it is back', async () => {
    await anna.evaluate(() => {
      const devices = navigator.mediaDevices;
      const real = devices.enumerateDevices.bind(devices);
      Object.assign(window, { unplugged: false });
      devices.enumerateDevices = async () =>
        (await real()).filter(
          (d) => !(window as unknown as { unplugged: boolean }).unplugged || !d.label.includes('Input 2'),
        );
    });
    const plug = (unplugged: boolean) =>
      anna.evaluate((out) => {
        Object.assign(window, { unplugged: out });
        navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
      }, unplugged);
    await settings();
    const select = anna.getByTestId('device-microphone');
    await select.selectOption({ label: 'Fake Audio Input 2' });
    await until(async () => Number(await attribute('microphone-level', 'data-db')) > -30, 'its level');
    await plug(true);
    await anna.getByTestId('device-missing').waitFor();
    await until(async () => Number(await attribute('microphone-level', 'data-db')) > -30, 'another’s level');
    await plug(false);
    await anna.getByTestId('device-missing').waitFor({ state: 'hidden' });
    await until(
      async () => (await select.locator('option:checked').textContent()) === 'Fake Audio Input 2',
      'the chosen one',
    );
    await anna.keyboard.press('Escape');
  });
});
