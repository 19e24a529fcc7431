import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../stack/chromium.ts';
import { Wire } from './wire.ts';

/** What a page shows at one moment; null: there is no such thing on it. */
export interface DeskLook {
  readonly signIn: boolean;
  readonly agentState: string | null;
  readonly callId: string | null;
  readonly callState: string | null;
  readonly live: string | null;
  readonly phone: string | null;
  readonly answer: boolean;
  readonly hangUp: boolean;
  readonly hold: boolean;
  readonly held: boolean;
  readonly save: boolean;
  readonly canRate: boolean;
  readonly elsewhere: boolean;
  /** How far the colleague is whom he asks. */
  readonly consult: string | null;
  /** A colleague asks him. */
  readonly asked: boolean;
  /** Rows of the board: agents and calls by id. */
  readonly agentRows: Readonly<Record<string, string>> | null;
  readonly callRows: Readonly<Record<string, string>>;
}

export interface Sound {
  readonly peakHz: number;
  readonly peakDb: number;
}

/** No page answers longer than this unless it is gone. */
const answerMs = 3000;

export async function openBrowser(): Promise<Browser> {
  const { executablePath, env, args } = await findChromium();
  return chromium.launch({ executablePath, env, args });
}

/** A person at his computer: his own address, own cables to pages and exchange, one page. */
export class Desk {
  readonly login: string;
  readonly userId: number;
  readonly pages: Wire;
  readonly sip: Wire;
  private readonly url: string;
  private readonly context: BrowserContext;
  private page: Page;

  private constructor(o: {
    login: string;
    userId: number;
    url: string;
    pages: Wire;
    sip: Wire;
    context: BrowserContext;
    page: Page;
  }) {
    this.login = o.login;
    this.userId = o.userId;
    this.url = o.url;
    this.pages = o.pages;
    this.sip = o.sip;
    this.context = o.context;
    this.page = o.page;
  }

  /**
   * Opens and signs in. `host` is a loopback address of this desk's own: the same ports on it lead through its own cables.
   * `path`: where it works (/desk, /board).
   */
  static async open(
    browser: Browser,
    o: {
      login: string;
      userId: number;
      host: string;
      ports: { pages: number; sip: number };
      targets: { pages: number; sip: number };
      path: string;
    },
  ): Promise<Desk> {
    const pages = await Wire.lay(o.host, o.ports.pages, o.targets.pages);
    const sip = await Wire.lay(o.host, o.ports.sip, o.targets.sip);
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width: 1280, height: 720 },
      permissions: ['microphone'],
      locale: 'ru-RU',
      timezoneId: 'Europe/Moscow',
    });
    const page = await context.newPage();
    const { login, userId } = o;
    const url = `https://${o.host}:${o.ports.pages}${o.path}`;
    const desk = new Desk({ login, userId, url, pages, sip, context, page });
    await desk.goThere();
    await page.getByLabel('Логин').waitFor();
    await desk.signIn();
    await page.getByTestId('connection-bar').waitFor();
    await desk.goThere();
    return desk;
  }

  async close(): Promise<void> {
    await this.context.close().catch(() => {});
    await this.pages.close();
    await this.sip.close();
  }

  async signIn(): Promise<void> {
    await this.page.getByLabel('Логин').fill(this.login);
    await this.page.getByLabel('Пароль').fill('demo');
    await this.page.getByRole('button', { name: 'Войти', exact: true }).click();
  }

  /** Types the address anew, as one does when a page has failed to load. */
  async goThere(): Promise<void> {
    await this.page.goto(this.url, { timeout: 10_000, waitUntil: 'commit' }).catch(() => {});
  }

  async refresh(): Promise<void> {
    await this.page.reload({ timeout: 10_000, waitUntil: 'commit' }).catch(() => {});
  }

  /** The page's process dies; after `awayMs` he opens the address in a new tab. */
  async crash(awayMs: number): Promise<void> {
    const dead = this.page;
    const inspector = await this.context.newCDPSession(dead);
    // Its answer never comes.
    void inspector.send('Page.crash').catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    this.page = await this.context.newPage();
    await dead.close().catch(() => {});
    await this.goThere();
  }

  /** Null when the page does not answer: it is loading, or dead. */
  async look(): Promise<DeskLook | null> {
    return this.ask(readPage);
  }

  /** Null without a voice from the far end. */
  async hear(): Promise<Sound | null> {
    return this.ask(() => {
      const measures = (window as unknown as { __dozvon?: { audio(): Sound | null } }).__dozvon;
      return measures?.audio() ?? null;
    });
  }

  /** Presses a button by its test id; false when it is not there or greyed. */
  async press(testId: string): Promise<boolean> {
    const pressed = await this.ask((id) => {
      const button = document.querySelector<HTMLButtonElement>(`[data-testid="${id}"]`);
      if (button === null || button.disabled) return false;
      button.click();
      return true;
    }, testId);
    return pressed ?? false;
  }

  /** Types into a field by its test id. */
  async type(testId: string, text: string): Promise<void> {
    await this.page
      .getByTestId(testId)
      .fill(text, { timeout: 1000 })
      .catch(() => {});
  }

  private async ask<T, A>(read: (argument: A) => T, argument?: A): Promise<T | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), answerMs);
    });
    try {
      const asked = this.page.evaluate(read as never, argument as never) as Promise<T>;
      asked.catch(() => {});
      return await Promise.race([asked, late]);
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Runs in the page and sees nothing of this file. */
function readPage(): DeskLook {
  const find = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
  const data = (id: string, key: string) => find(id)?.dataset[key] ?? null;
  const able = (id: string) => find(id)?.matches(':enabled') ?? false;
  const rows = (prefix: string, key: string) =>
    Object.fromEntries(
      [...document.querySelectorAll<HTMLElement>(`[data-testid^="${prefix}"]`)].map((row) => [
        (row.dataset.testid ?? '').slice(prefix.length),
        row.dataset[key] ?? '',
      ]),
    );
  return {
    signIn: find('sign-in') !== null,
    agentState: data('agent-state', 'state'),
    callId: data('call-panel', 'callId'),
    callState: data('call-state', 'state'),
    live: data('connection-bar', 'status'),
    phone: data('phone-status', 'status'),
    answer: able('answer'),
    hangUp: able('hang-up'),
    hold: able('hold'),
    held: find('hold')?.getAttribute('aria-pressed') === 'true',
    save: able('save'),
    canRate: able('result-success'),
    consult: data('consult', 'step'),
    asked: find('asked') !== null,
    elsewhere: find('other-tab') !== null || find('taken-over') !== null,
    agentRows: find('board') === null ? null : rows('agent-row-', 'state'),
    callRows: rows('call-row-', 'phase'),
  };
}
