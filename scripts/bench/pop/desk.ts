import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../stack/chromium.ts';

export interface Moments {
  readonly popReceived?: number;
  readonly cardCommitted?: number;
  readonly ringStarted?: number;
}

/** What the page offers for measuring: agent-ui/src/softphone/measure.ts. */
interface Measures {
  times(callId: string): Moments | undefined;
  lastCall(): string | undefined;
  ping(): Promise<number>;
}
/** Functions given to the page run there and see nothing of this file but this type. */
type MeasuredWindow = { readonly __dozvon: Measures };

/** An agent at his desk in a browser of his own. */
export class AgentDesk {
  private readonly browser: Browser;
  private readonly page: Page;

  private constructor(browser: Browser, page: Page) {
    this.browser = browser;
    this.page = page;
  }

  /** Signed in, softphone registered, ready for calls. */
  static async open(url: string, login: string, password: string): Promise<AgentDesk> {
    const { executablePath, env, args } = await findChromium();
    const browser = await chromium.launch({
      executablePath,
      env: { ...process.env, ...env } as Record<string, string>,
      args: [
        ...args,
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
        '--allow-loopback-in-peer-connection',
      ],
    });
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width: 1280, height: 720 },
      permissions: ['microphone'],
      locale: 'ru-RU',
      timezoneId: 'Europe/Moscow',
    });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByLabel('Логин').fill(login);
    await page.getByLabel('Пароль').fill(password);
    await page.getByRole('button', { name: 'Войти', exact: true }).click();
    await page.locator('[data-testid=phone-status][data-status=online]').waitFor();
    await page.getByTestId('ready').click();
    const desk = new AgentDesk(browser, page);
    await desk.untilReady();
    return desk;
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  /** The agent is free and no phone rings any more. */
  async untilReady(): Promise<void> {
    await this.page.locator('[data-testid=agent-state][data-state=ready]').waitFor();
    await this.page.locator('[data-testid=answer]:disabled').waitFor();
  }

  /** Resolves with the call that came after `before` once it rings. */
  async untilRinging(before: string | null): Promise<string> {
    const handle = await this.page.waitForFunction(
      (last) => {
        const { lastCall, times } = (window as unknown as MeasuredWindow).__dozvon;
        const callId = lastCall();
        if (callId === undefined || callId === last) return false;
        return times(callId)?.ringStarted !== undefined && callId;
      },
      before,
      { polling: 50, timeout: 10_000 },
    );
    return (await handle.jsonValue()) as string;
  }

  lastCall(): Promise<string | null> {
    return this.page.evaluate(() => (window as unknown as MeasuredWindow).__dozvon.lastCall() ?? null);
  }

  times(callId: string): Promise<Moments> {
    return this.page.evaluate((id) => (window as unknown as MeasuredWindow).__dozvon.times(id) ?? {}, callId);
  }

  /** Milliseconds of one round trip through the page's live socket with one indexed query. */
  ping(): Promise<number> {
    return this.page.evaluate(() => (window as unknown as MeasuredWindow).__dozvon.ping());
  }

  /** What must be added to the page's clock to get the system's. */
  clockOffsetMs(): Promise<number> {
    return this.page.evaluate(() => Date.now() - performance.timeOrigin - performance.now());
  }
}
