import { request } from 'node:https';
import pg from 'pg';
import { io, type Socket } from 'socket.io-client';
import type { BrowserToServer, Delta, Entity, ServerToBrowser } from '../../../server/live/schema.ts';
import { hashPassword } from '../../../server/users/password.ts';
import type { Stack } from '../../stack/stack.ts';

const password = 'bench-bench';

/**
 * The nth of 445 customers who let it ring, the first 89 for a second, the next for two, and are silent then until we hang up
 * (docs/test-exchange.md). One who answers at once would answer before our own orders of dialling are through.
 */
export function customerNumber(n: number): string {
  const ringS = 1 + Math.floor((n % 445) / 89);
  return `+79991000${ringS}${11 + (n % 89)}`;
}

/** A campaign that dials for agents who wait with their legs up, and these agents. Resolves with their logins. */
export async function prepareCampaign(stack: Stack, o: { agents: number; calls: number }): Promise<string[]> {
  const db = new pg.Client({ connectionString: stack.env.DATABASE_URL });
  await db.connect();
  try {
    const logins = Array.from({ length: o.agents }, (_, i) => `bench${i + 1}`);
    const { rows: users } = await db.query<{ id: number }>(
      `INSERT INTO users (login, name, role, password_hash)
       SELECT login, login, 'agent', $2 FROM unnest($1::text[]) AS login RETURNING id`,
      [logins, await hashPassword(password)],
    );
    const { rows: campaigns } = await db.query<{ id: number }>(
      `INSERT INTO campaigns (name, mode, purpose, state, caller_id, line_limit, wrap_up_ms)
       VALUES ('bench', 'progressive', 'service', 'running', '+78005553535', $1, 1000) RETURNING id`,
      [o.agents],
    );
    const campaignId = campaigns[0]!.id;
    await db.query('INSERT INTO campaign_agents (campaign_id, user_id) SELECT $1, unnest($2::int[])', [
      campaignId,
      users.map(({ id }) => id),
    ]);
    await db.query(
      `INSERT INTO leads (campaign_id, name, phone)
       SELECT $1, 'Абонент ' || n, phone FROM unnest($2::text[]) WITH ORDINALITY AS l (phone, n)`,
      [campaignId, Array.from({ length: o.calls }, (_, n) => customerNumber(n))],
    );
    return logins;
  } finally {
    await db.end();
  }
}

/**
 * An agent without a browser: signed in, socket open, cards acknowledged at once. His phone is a number of the test exchange that
 * answers at once, for a browser's media would cost more than all that is measured here.
 */
export class LightAgent {
  private readonly socket: Socket<ServerToBrowser, BrowserToServer>;
  private readonly talkMs: number;
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(socket: Socket<ServerToBrowser, BrowserToServer>, talkMs: number) {
    this.socket = socket;
    this.talkMs = talkMs;
  }

  static async open(stack: Stack, login: string, phone: string, talkMs: number): Promise<LightAgent> {
    const { url } = stack;
    const { cookie } = await post(`${url}/api/sign-in`, { login, password });
    const { body } = await post(`${url}/api/phone`, {}, cookie);
    await givePhone(stack, String(body.sipUser), phone);
    const socket: Socket<ServerToBrowser, BrowserToServer> = io(url, {
      path: '/live',
      transports: ['websocket'],
      rejectUnauthorized: false,
      extraHeaders: { Cookie: cookie },
    });
    const agent = new LightAgent(socket, talkMs);
    socket.on('pop', (_pop, shown) => shown());
    socket.on('delta', (delta) => agent.saw(delta));
    await new Promise<void>((done, failed) => {
      socket.once('connect', done);
      socket.once('connect_error', failed);
    });
    await socket.emitWithAck('subscribe', 'me');
    await socket.emitWithAck('command', { type: 'agent.ready' });
    return agent;
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.socket.close();
  }

  private saw(delta: Delta): void {
    for (const entity of Object.values(delta.put)) this.act(entity);
  }

  private act(entity: Entity): void {
    if (entity.kind === 'call' && entity.phase === 'talking') {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        this.command({ type: 'call.hangUp', callId: entity.callId });
      }, this.talkMs);
      this.timers.add(timer);
    } else if (entity.kind === 'wrapUp') this.command({ type: 'wrapUp.finish', callId: entity.callId });
  }

  private command(command: Parameters<BrowserToServer['command']>[0]): void {
    this.socket.emit('command', command, () => {});
  }
}

/** The softphone that the server has issued becomes a plain SIP phone of the test exchange. */
async function givePhone(stack: Stack, sipUser: string, number: string): Promise<void> {
  const { env, ports } = stack;
  const put = async (type: string, fields: Record<string, string>) => {
    // What an earlier PUT set and this one does not name would stay.
    await send(type, 'DELETE');
    await send(type, 'PUT', fields);
  };
  const send = async (type: string, method: 'PUT' | 'DELETE', fields: Record<string, string> = {}) => {
    const response = await fetch(
      `${env.ASTERISK_ARI_URL}/asterisk/config/dynamic/res_pjsip/${type}/${sipUser}`,
      {
        method,
        headers: {
          authorization: `Basic ${Buffer.from(`${env.ASTERISK_ARI_USER}:${env.ASTERISK_ARI_PASSWORD}`).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          fields: Object.entries(fields).map(([attribute, value]) => ({ attribute, value })),
        }),
      },
    );
    if (!response.ok) throw new Error(`${type} ${sipUser}: ${response.status} ${await response.text()}`);
  };
  // Only a contact that is looked after is told as there.
  await put('aor', { contact: `sip:${number}@127.0.0.1:${ports.testSip}`, qualify_frequency: '30' });
  await put('endpoint', {
    transport: 'transport-udp',
    context: 'from-agent',
    allow: '!all,ulaw',
    aors: sipUser,
    direct_media: 'no',
    media_address: '127.0.0.1',
    bind_rtp_to_media_address: 'yes',
  });
}

/** The stack's certificate is its own. */
function post(
  url: string,
  body: object,
  cookie = '',
): Promise<{ cookie: string; body: Record<string, unknown> }> {
  return new Promise((done, failed) => {
    const headers = { 'content-type': 'application/json', 'x-dozvon': '1', ...(cookie && { cookie }) };
    const sent = request(url, { method: 'POST', rejectUnauthorized: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode !== 200) return failed(new Error(`${url}: ${response.statusCode} ${text}`));
        const given = (response.headers['set-cookie'] ?? []).map((one) => one.split(';', 1)[0]).join('; ');
        done({ cookie: given, body: JSON.parse(text) });
      });
    });
    sent.on('error', failed);
    sent.end(JSON.stringify(body));
  });
}
