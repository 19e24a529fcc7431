import { setTimeout as sleep } from 'node:timers/promises';
import { AriClient } from '../../../server/asterisk/ari.ts';
import { makeLog } from '../../../server/basics/log.ts';
import type { Stack } from '../../stack/stack.ts';
import { type CpuUse, measureCpu } from '../cpu.ts';
import { median, quantile } from '../figures.ts';
import { type Step, troubleOf } from './ladder.ts';
import { loadNumber, openLimit } from './list.ts';

const app = 'bench';
const beatMs = 10;

interface Call {
  readonly orderedAt: number;
  answeredAt: number | null;
}

/**
 * The least that anything could do on this exchange: originate, and when it is answered hang up. Our own ARI client, the
 * same trunk and numbers, nothing remembered.
 */
export class BareLoop {
  private readonly ari: AriClient;
  private readonly stack: Stack;
  private readonly up: Promise<void>;
  private readonly living = new Map<string, Call>();
  private seq = 0;
  private failed = 0;
  private answers: number[] = [];
  private ended = 0;

  constructor(stack: Stack) {
    this.stack = stack;
    const { env } = stack;
    let isUp = () => {};
    this.up = new Promise((done) => {
      isUp = done;
    });
    this.ari = new AriClient({
      url: env.ASTERISK_ARI_URL ?? '',
      user: env.ASTERISK_ARI_USER ?? '',
      password: env.ASTERISK_ARI_PASSWORD ?? '',
      app,
      log: makeLog('bench', 'silent'),
      wantedEvents: ['StasisStart', 'ChannelDestroyed'],
      onUp: isUp,
      onDown: () => {},
      onEvent: (event) => {
        if (event.type === 'StasisStart') this.answered(event.channel.id);
        else if (event.type === 'ChannelDestroyed') this.gone(event.channel.id);
      },
    });
  }

  close(): void {
    this.ari.close();
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
