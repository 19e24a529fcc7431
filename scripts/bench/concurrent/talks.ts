import { rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AmiClient } from '../../../server/asterisk/ami.ts';
import { AriClient } from '../../../server/asterisk/ari.ts';
import { makeLog } from '../../../server/basics/log.ts';
import type { Stack } from '../../stack/stack.ts';

const app = 'bench';
const setUpPerSecond = 25;

/** How a conversation is recorded. `options`: MixMonitor's on the customer's leg; {} stands for the talk's own path. */
export interface Way {
  readonly name: string;
  readonly file?: string;
  readonly options?: string;
  /** Endings of the files that hold µ-law, 8000 bytes a second: their lengths are checked. */
  readonly voices?: readonly string[];
  /** Voice passes the exchange's own bridge, as recording makes it, and nothing is recorded. */
  readonly proxied?: true;
  readonly snoop?: true;
  readonly bridge?: true;
}

interface Talk {
  readonly id: string;
  readonly legs: readonly [customer: string, agent: string];
  readonly begunAt: number;
  /** Files that hold one voice each, 8000 bytes a second. */
  readonly files: readonly string[];
}

/** A file may lack so much of its talk. */
export const shortLimit = 0.01;

/** Conversations of two phones each over the exchange, recorded in one way. */
export class Talks {
  private readonly ari: AriClient;
  private readonly ami: AmiClient;
  private readonly ready: Promise<unknown>;
  private readonly answered = new Map<string, () => void>();
  private readonly gone = new Map<string, () => void>();
  private readonly dir: string;
  private readonly living: Talk[] = [];
  private seq = 0;

  constructor({ env, files }: Stack) {
    this.dir = files.recordingsDir;
    const [ari, ami] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.ready = Promise.all([ari.promise, ami.promise]);
    const log = makeLog('bench', 'silent');
    this.ari = new AriClient({
      url: env.ASTERISK_ARI_URL ?? '',
      user: env.ASTERISK_ARI_USER ?? '',
      password: env.ASTERISK_ARI_PASSWORD ?? '',
      app,
      log,
      wantedEvents: ['StasisStart', 'ChannelDestroyed'],
      onUp: ari.resolve,
      onDown: () => {},
      onEvent: (event) => {
        if (event.type === 'StasisStart') this.answered.get(event.channel.id)?.();
        else if (event.type === 'ChannelDestroyed') this.gone.get(event.channel.id)?.();
      },
    });
    this.ami = new AmiClient({
      host: env.ASTERISK_AMI_HOST ?? '127.0.0.1',
      port: Number(env.ASTERISK_AMI_PORT),
      user: env.ASTERISK_AMI_USER ?? '',
      password: env.ASTERISK_AMI_PASSWORD ?? '',
      log,
      wantedEvents: [],
      onEvent: () => {},
      onUp: ami.resolve,
      onDown: () => {},
    });
  }

  close(): void {
    this.ari.close();
    this.ami.close();
  }

  /** Adds conversations until so many live. Files that were written are `filesOf`. */
  async raiseTo(wanted: number, way: Way): Promise<void> {
    await this.ready;
    const beginning: Promise<void>[] = [];
    for (let missing = wanted - this.living.length; missing > 0; missing--) {
      beginning.push(this.begin(way));
      await sleep(1000 / setUpPerSecond);
    }
    await Promise.all(beginning);
  }

  /** Ends all; resolves with the number of recordings that lack some of their talk. */
  async endAll(): Promise<number> {
    const ended = this.living.splice(0);
    const lengths = await Promise.all(
      ended.map(async (talk, i) => {
        await sleep(i * 10);
        const ms = performance.now() - talk.begunAt;
        await Promise.all(talk.legs.map((leg) => this.hangUp(leg)));
        await this.ari.order('bridges.destroy', { bridgeId: talk.id }).catch(() => {});
        return ms;
      }),
    );
    await sleep(500); // the last of each file is written after its channel's end
    let short = 0;
    for (const [i, { files }] of ended.entries()) {
      for (const file of files) {
        const { size } = await stat(file).catch(() => ({ size: 0 }));
        if (size < lengths[i]! * 8 * (1 - shortLimit)) short++;
        await rm(file, { force: true });
      }
    }
    return short;
  }

  private async hangUp(channelId: string): Promise<void> {
    const gone = new Promise<void>((done) => this.gone.set(channelId, done));
    await this.ari.order('channels.hangup', { channelId }).catch(() => {});
    await Promise.race([gone, sleep(5000)]);
    this.gone.delete(channelId);
  }

  private async begin(way: Way): Promise<void> {
    const id = `talk-${++this.seq}`;
    const legs = [`${id}-customer`, `${id}-agent`] as const;
    await Promise.all(legs.map((leg) => this.dial(leg)));
    await this.ari.order('bridges.createWithId', {
      bridgeId: id,
      type: way.proxied ? 'mixing,proxy_media' : 'mixing',
    });
    await this.ari.order('bridges.addChannel', { bridgeId: id, channel: legs.join(',') });
    const begunAt = performance.now();
    await this.record(id, legs[0], way);
    const files = (way.voices ?? []).map((ending) => `${this.dir}/${id}${ending}`);
    this.living.push({ id, legs, begunAt, files });
  }

  private async record(id: string, customer: string, way: Way): Promise<void> {
    const path = `${this.dir}/${id}`;
    if (way.options !== undefined) {
      const File = way.file === undefined ? {} : { File: path + way.file };
      const Options = way.options.replaceAll('{}', path);
      await this.ami.act('MixMonitor', { Channel: customer, ...File, Options });
    }
    if (way.bridge) await this.ari.order('bridges.record', { bridgeId: id, name: id, format: 'ulaw' });
    if (way.snoop) {
      const snoopId = `${id}-snoop`;
      const up = new Promise<void>((done) => this.answered.set(snoopId, done));
      await this.ari.order('channels.snoopChannelWithId', { channelId: customer, snoopId, spy: 'both', app });
      await up;
      await this.ari.order('channels.record', { channelId: snoopId, name: id, format: 'ulaw' });
    }
  }

  private async dial(channelId: string): Promise<void> {
    const up = new Promise<void>((done) => this.answered.set(channelId, done));
    const number = `+7999${String(this.seq).padStart(7, '0')}`;
    await this.ari.order('channels.originate', {
      endpoint: `PJSIP/${number}@trunk`,
      app,
      channelId,
      timeout: 10,
    });
    await up;
    this.answered.delete(channelId);
  }
}
