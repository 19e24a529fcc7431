import { setTimeout as sleep } from 'node:timers/promises';
import { AriClient } from '../../../server/asterisk/ari.ts';
import { makeLog } from '../../../server/basics/log.ts';
import type { Stack } from '../../stack/stack.ts';
import { customerNumber } from './agents.ts';

const app = 'bench';
/** As many legs as there were kept-up legs, each in a bridge of its own; the customer's answer is followed by one addChannel and nothing else. */
export class BareBridging {
  private readonly ari: AriClient;
  private readonly up: Promise<void>;
  private readonly answered = new Map<string, () => void>();
  private readonly ended = new Map<string, () => void>();
  private readonly run = Math.random().toString(36).slice(2, 8);

  constructor({ env }: Stack) {
    const ready = Promise.withResolvers<void>();
    this.up = ready.promise;
    this.ari = new AriClient({
      url: env.ASTERISK_ARI_URL ?? '',
      user: env.ASTERISK_ARI_USER ?? '',
      password: env.ASTERISK_ARI_PASSWORD ?? '',
      app,
      log: makeLog('bench', 'silent'),
      wantedEvents: ['StasisStart', 'ChannelDestroyed'],
      onUp: ready.resolve,
      onDown: () => {},
      onEvent: (event) => {
        if (event.type === 'StasisStart') this.answered.get(event.channel.id)?.();
        else if (event.type === 'ChannelDestroyed') this.ended.get(event.channel.id)?.();
      },
    });
  }

  /** `agents` loops of dial, answer, bridge, talk, hang up until `calls` were made. Resolves with the customers' channel ids. */
  async calls(o: { agents: number; calls: number; talkMs: number }): Promise<string[]> {
    await this.up;
    // The product's server is down and its beat overdue: without this the dialplan's janitor takes lone legs for orphans.
    await this.ari.order('asterisk.setGlobalVar', { variable: 'DOZVON_BEAT', value: '' });
    const ids: string[] = [];
    let left = o.calls;
    const agentLoop = async (n: number) => {
      const agent = `bare-agent-${this.run}-${n}`;
      const bridgeId = `bare-${this.run}-${n}`;
      await this.ari.order('bridges.createWithId', { bridgeId, type: 'mixing' });
      await this.dial(agent, `+79992${String(900_000 + n)}`);
      await this.ari.order('bridges.addChannel', { bridgeId, channel: agent });
      while (left-- > 0) {
        const id = `bare-${this.run}-${n}-${left}`;
        const gone = new Promise<void>((done) => this.ended.set(id, done));
        const up = new Promise<void>((done, failed) =>
          this.answered.set(id, () => {
            this.ari.order('bridges.addChannel', { bridgeId, channel: id }).then(done, failed);
          }),
        );
        await this.originate(id, customerNumber(left));
        await up;
        ids.push(id);
        await sleep(o.talkMs);
        await this.ari.order('channels.hangup', { channelId: id });
        await gone;
        this.answered.delete(id);
        this.ended.delete(id);
        // The dialer takes some time between two calls, too.
        await sleep(200);
      }
      await this.ari.order('channels.hangup', { channelId: agent });
      await this.ari.order('bridges.destroy', { bridgeId });
    };
    await Promise.all(Array.from({ length: o.agents }, (_, n) => agentLoop(n)));
    return ids;
  }

  close(): void {
    this.ari.close();
  }

  private async dial(id: string, number: string): Promise<void> {
    const up = new Promise<void>((done) => this.answered.set(id, done));
    await this.originate(id, number);
    await up;
  }

  private originate(id: string, number: string): Promise<void> {
    return this.ari.order('channels.originate', {
      endpoint: `PJSIP/${number}@trunk`,
      app,
      channelId: id,
      timeout: 15,
    });
  }
}
