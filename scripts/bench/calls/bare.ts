import { setTimeout as sleep } from 'node:timers/promises';
import { AmiClient } from '../../../server/asterisk/ami.ts';
import { AriClient } from '../../../server/asterisk/ari.ts';
import { makeLog } from '../../../server/basics/log.ts';
import type { Stack } from '../../stack/stack.ts';
import { type CpuUse, measureCpu } from '../cpu.ts';
import { median, quantile } from '../figures.ts';
import { type Step, troubleOf } from './ladder.ts';
import { loadNumber, openLimit, prompt } from './list.ts';

const app = 'bench';
const beatMs = 10;

interface Call {
  readonly orderedAt: number;
  answeredAt: number | null;
}

/**
 * The least that anything could do on this exchange: originate, and when it is answered hang up. Our own ARI client, the
 * same trunk and numbers, nothing remembered. With `sameWork` the exchange does for each call what the chain asks of it:
 * plays the prompt and listens for speech.
 */
export class BareLoop {
  private readonly ari: AriClient;
  private readonly ami: AmiClient;
  private readonly sameWork: boolean;
  private readonly stack: Stack;
  private readonly up: Promise<unknown>;
  private readonly living = new Map<string, Call>();
  private seq = 0;
  private failed = 0;
  private answers: number[] = [];
  private ended = 0;

  constructor(stack: Stack, { sameWork }: { sameWork: boolean }) {
    this.stack = stack;
    this.sameWork = sameWork;
    const { env } = stack;
    const ari = Promise.withResolvers<void>();
    const ami = Promise.withResolvers<void>();
    this.up = Promise.all([ari.promise, ami.promise]);
    const log = makeLog('bench', 'silent');
    this.ari = new AriClient({
      url: env.ASTERISK_ARI_URL ?? '',
      user: env.ASTERISK_ARI_USER ?? '',
      password: env.ASTERISK_ARI_PASSWORD ?? '',
      app,
      log,
      wantedEvents: ['StasisStart', 'PlaybackFinished', 'ChannelDestroyed'],
      onUp: ari.resolve,
      onDown: () => {},
      onEvent: (event) => {
        if (event.type === 'StasisStart') this.answered(event.channel.id);
        else if (event.type === 'PlaybackFinished') this.hangUp(event.playback.id);
        else if (event.type === 'ChannelDestroyed') this.gone(event.channel.id);
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

  async step(rate: number, seconds: number): Promise<Step> {
    await this.up;
    this.answers = [];
    this.failed = 0;
    const warmUpMs = 1000;
    const begun = performance.now();
    let placed = 0;
    let cpu: (() => CpuUse<'exchange' | 'network' | 'bench'>) | null = null;
    let from = { placed: 0, ended: 0, at: begun };
    for (let elapsed = 0; elapsed < warmUpMs + seconds * 1000; elapsed = performance.now() - begun) {
      if (cpu === null && elapsed >= warmUpMs) {
        from = { placed, ended: this.ended, at: performance.now() };
        cpu = measureCpu(this.pids());
      }
      for (
        const due = Math.floor((elapsed / 1000) * rate);
        placed < due && this.living.size < openLimit;
        placed++
      ) {
        this.place();
      }
      await sleep(beatMs);
    }
    const used = cpu!();
    const calls = this.ended - from.ended;
    const reached = ((placed - from.placed) * 1000) / (performance.now() - from.at);
    const over = performance.now();
    while (this.living.size > 0 && performance.now() - over < 10_000) await sleep(20);
    const drainMs = performance.now() - over;
    this.failed += this.living.size;
    this.living.clear();
    const trouble = troubleOf({
      wanted: rate,
      reached,
      failed: this.failed,
      answerMs: this.answers,
      drainMs,
      drainLimitMs: 1000,
    });
    return {
      wanted: rate,
      reached,
      calls,
      answerMs: { median: median(this.answers), p95: quantile(this.answers, 0.95) },
      trouble,
      cpu: { ...used, of: { ...used.of, database: 0, bus: 0, server: 0, dialer: 0 } },
    };
  }

  private pids() {
    const { pbx, testExchange } = this.stack.parts;
    return { exchange: pbx!.pid!, network: testExchange!.pid! };
  }

  private place(): void {
    const id = `bare-${++this.seq}`;
    this.living.set(id, { orderedAt: performance.now(), answeredAt: null });
    this.ari
      .order('channels.originate', {
        endpoint: `PJSIP/${loadNumber(this.seq)}@trunk`,
        app,
        channelId: id,
        timeout: 15,
      })
      .catch(() => {
        this.failed++;
        this.living.delete(id);
      });
  }

  private answered(id: string): void {
    const call = this.living.get(id);
    if (call === undefined) return;
    call.answeredAt = performance.now();
    this.answers.push(call.answeredAt - call.orderedAt);
    if (!this.sameWork) return this.hangUp(id);
    this.ari
      .order('channels.playWithId', { channelId: id, playbackId: id, media: `sound:${prompt}` })
      .catch(() => this.hangUp(id));
    this.ami.act('Setvar', { Channel: id, Variable: 'TALK_DETECT(set)', Value: '500,256' }).catch(() => {});
  }

  private hangUp(id: string): void {
    this.ari.order('channels.hangup', { channelId: id, reason: 'normal' }).catch(() => {});
  }

  private gone(id: string): void {
    const call = this.living.get(id);
    if (call === undefined) return;
    this.living.delete(id);
    this.ended++;
    if (call.answeredAt === null) this.failed++;
  }
}
