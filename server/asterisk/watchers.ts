import { createHash } from 'node:crypto';
import type { LegId } from '../basics/ids.ts';
import { ExchangeError } from '../calls/exchange.ts';
import { type AriClient, AriError } from './ari.ts';
import type { Bridge, Channel } from './ari-model.generated.ts';
import type { Bridges } from './bridges.ts';
import { snoopPrefix, stasisApp } from './translate.ts';

/**
 * Supervisors who listen. Each has a bridge `watch-<his leg>` with his leg and one snoop channel on the agent's leg, so the
 * call's own bridge stays as it was, cheap and without him. The snoop's id says who hears whom and how: what is asked for
 * a second time is found there, by this server or by the next one.
 */

const bridgePrefix = 'watch-';
const snoopShape = /^snoop-(?:listen|whisper)-(.+)~[0-9a-f]{12}$/;
/** A snoop is in our application some 2 ms after it was asked for. */
const enterLimitMs = 2000;

export interface WatchOrder {
  readonly legId: LegId;
  readonly targetLegId: LegId;
  readonly mode: 'listen' | 'whisper';
}

export class Watchers {
  private readonly ari: AriClient;
  private readonly bridges: Bridges;
  /** The snoop that each watching leg should have; kept only as long as it watches. */
  private readonly current = new Map<LegId, string>();
  /** Acts on one watching leg, one after another. */
  private readonly work = new Map<LegId, Promise<unknown>>();
  private readonly entering = new Map<string, () => void>();

  constructor(ari: AriClient, bridges: Bridges) {
    this.ari = ari;
    this.bridges = bridges;
  }

  /** Lets the leg hear the target; again: changes whom, or how. A target or leg that is not there rejects as `gone`. */
  watch(order: WatchOrder): Promise<void> {
    return this.inTurn(order.legId, () => this.putUp(order));
  }

  unwatch(legId: LegId): Promise<void> {
    return this.inTurn(legId, () => this.takeDown(legId));
  }

  /** A channel has come into our application. */
  entered(channelId: string): void {
    this.entering.get(channelId)?.();
  }

  /** A channel is gone: what was there for its sake goes too. */
  channelGone(channelId: string): void {
    const watcher = snoopShape.exec(channelId)?.[1] as LegId | undefined;
    if (watcher === undefined) {
      if (this.current.has(channelId as LegId)) this.quietly(this.unwatch(channelId as LegId));
    } else if (!this.work.has(watcher) && [undefined, channelId].includes(this.current.get(watcher))) {
      // The target has ended. An act under way on this leg knows by itself what it wants.
      this.quietly(this.unwatch(watcher));
    }
  }

  /** Ends what a server that died has left behind, and learns what it had put up. */
  tidy(channels: readonly Channel[], bridges: readonly Bridge[]): void {
    const alive = new Set(channels.map(({ id }) => id));
    const watching = new Set<string>();
    for (const { id, channels: inside } of bridges) {
      if (!id.startsWith(bridgePrefix)) continue;
      const legId = id.slice(bridgePrefix.length) as LegId;
      watching.add(legId);
      if (this.work.has(legId)) continue;
      const snoop = inside.find((one) => snoopShape.test(one));
      if (snoop !== undefined && inside.includes(legId)) this.current.set(legId, snoop);
      else this.quietly(this.unwatch(legId));
    }
    for (const id of alive) {
      const watcher = snoopShape.exec(id)?.[1] as LegId | undefined;
      const kept = watcher !== undefined && (this.work.has(watcher) || this.current.get(watcher) === id);
      if (watcher !== undefined && !(kept && (alive.has(watcher) || watching.has(watcher)))) this.hangUp(id);
    }
  }

  private async putUp(order: WatchOrder): Promise<void> {
    const { legId, targetLegId, mode } = order;
    const bridgeId = bridgePrefix + legId;
    const id = snoopIdOf(order);
    this.current.set(legId, id);
    try {
      const channels = await this.inside(bridgeId);
      if (channels.includes(id) && channels.includes(legId)) return;
      if (!channels.includes(id)) await this.snoop(id, targetLegId, mode);
      // First out, then in: a third channel would make it a mixing bridge for a moment.
      await Promise.all(channels.filter((one) => one !== id && one !== legId).map((one) => this.hangUp(one)));
      await this.bridges.add(bridgeId, [id, legId]);
    } catch (error) {
      await this.takeDown(legId).catch(() => {});
      throw error;
    }
  }

  private async snoop(id: string, targetLegId: LegId, mode: WatchOrder['mode']): Promise<void> {
    const entered = new Promise<void>((done, failed) => {
      const late = setTimeout(
        () => failed(new ExchangeError('timeout', 'a snoop did not come')),
        enterLimitMs,
      );
      this.entering.set(id, () => {
        clearTimeout(late);
        this.entering.delete(id);
        done();
      });
    });
    entered.catch(() => this.entering.delete(id));
    try {
      await this.ari.order('channels.snoopChannelWithId', {
        channelId: targetLegId,
        snoopId: id,
        spy: 'both',
        whisper: mode === 'whisper' ? 'out' : 'none',
        app: stasisApp,
        appArgs: 'watch',
      });
    } catch (error) {
      this.entering.get(id)?.();
      // It is there already, put up by an earlier server.
      if (!(error instanceof AriError && error.status === 409)) throw error;
    }
    await entered;
  }

  private async takeDown(legId: LegId): Promise<void> {
    const bridgeId = bridgePrefix + legId;
    const snoop = this.current.get(legId);
    this.current.delete(legId);
    const inside = (await this.inside(bridgeId)).filter((one) => one !== legId);
    await this.bridges.destroy(bridgeId);
    const snoops = new Set(snoop === undefined ? inside : [...inside, snoop]);
    await Promise.all([...snoops].map((one) => this.hangUp(one)));
  }

  /** Channels in a bridge; none: it may not be there. */
  private async inside(bridgeId: string): Promise<readonly string[]> {
    try {
      return (await this.ari.ask('bridges.get', { bridgeId })).channels;
    } catch (error) {
      if (error instanceof ExchangeError && error.kind === 'gone') return [];
      throw error;
    }
  }

  private hangUp(channelId: string): Promise<void> {
    return this.ari.order('channels.hangup', { channelId }).catch(() => {}); // gone already, or found by the next survey
  }

  /** What fails here is found and ended by the next survey. */
  private quietly(act: Promise<void>): void {
    act.catch(() => {});
  }

  private inTurn(legId: LegId, act: () => Promise<void>): Promise<void> {
    const done = (this.work.get(legId) ?? Promise.resolve()).catch(() => {}).then(act);
    this.work.set(legId, done);
    const forget = () => {
      if (this.work.get(legId) === done) this.work.delete(legId);
    };
    done.then(forget, forget);
    return done;
  }
}

/** Asterisk cuts ids at 149 characters: the target stands in it by its hash. */
function snoopIdOf({ legId, targetLegId, mode }: WatchOrder): string {
  const target = createHash('sha256').update(targetLegId).digest('hex').slice(0, 12);
  return `${snoopPrefix}${mode}-${legId}~${target}`;
}
