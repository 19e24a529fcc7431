import { request } from 'node:https';
import { io, type Socket } from 'socket.io-client';
import type {
  AgentView,
  BrowserToServer,
  CallView,
  Entity,
  ServerToBrowser,
  Snapshot,
} from '../../server/live/schema.ts';

/** The server's own picture: a supervisor's live connection without a page. Never throws: away is null. */
export class Observer {
  private readonly url: string;
  private socket: Socket<ServerToBrowser, BrowserToServer> | null = null;
  private latest: Readonly<Record<string, Entity>> = {};

  constructor(url: string) {
    this.url = url;
  }

  /** Signs in and stays connected; the session outlives the server. */
  async open(login: string, password: string): Promise<void> {
    const cookie = await signIn(this.url, login, password);
    this.socket = io(this.url, {
      path: '/live',
      transports: ['websocket'],
      rejectUnauthorized: false,
      extraHeaders: { Cookie: cookie },
      reconnectionDelay: 100,
      reconnectionDelayMax: 500,
      timeout: 3000,
    });
    this.socket.on('connect', () => void this.snapshot());
    this.socket.on('delta', ({ topic, put, del }) => {
      if (topic !== 'board') return;
      const next = { ...this.latest, ...put };
      for (const key of del) delete next[key];
      this.latest = next;
    });
  }

  close(): void {
    this.socket?.disconnect();
  }

  /** The board as the server has it at this moment; null when it does not answer within two seconds. */
  async snapshot(): Promise<Snapshot['entities'] | null> {
    if (!this.socket?.connected) return null;
    try {
      const answer = await this.socket.timeout(2000).emitWithAck('subscribe', 'board');
      if (!answer.ok) return null;
      this.latest = answer.snapshot.entities;
      return answer.snapshot.entities;
    } catch {
      return null;
    }
  }

  /** As last heard, at most a tenth of a second old while the server is there. */
  calls(): CallView[] {
    return Object.values(this.latest).filter((e): e is CallView => e.kind === 'call');
  }

  agents(): AgentView[] {
    return Object.values(this.latest).filter((e): e is AgentView => e.kind === 'agent');
  }
}

function signIn(url: string, login: string, password: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}/api/sign-in`,
      {
        method: 'POST',
        rejectUnauthorized: false,
        headers: { 'Content-Type': 'application/json', 'X-Dozvon': '1' },
      },
      (response) => {
        response.resume();
        const cookie = response.headers['set-cookie']?.map((c) => c.split(';')[0]).join('; ');
        if (response.statusCode === 200 && cookie) resolve(cookie);
        else reject(new Error(`the observer could not sign in: ${response.statusCode}`));
      },
    );
    asked.on('error', reject);
    asked.end(JSON.stringify({ login, password }));
  });
}

/** Does `/health` say that everything is there? */
export function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${url}/health`, { rejectUnauthorized: false, timeout: 1500 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
