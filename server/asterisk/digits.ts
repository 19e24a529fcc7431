import { setTimeout as sleep } from 'node:timers/promises';
import type { LegId } from '../basics/ids.ts';
import { ExchangeError } from '../calls/exchange.ts';
import type { AriClient } from './ari.ts';

const digitsShape = /^[0-9*#A-D]{1,32}$/;
/** ITU-T Q.24 asks for at least 40 ms of tone and of pause; slow menus want more. */
const toneMs = 100;
const pauseMs = 80;
/** Digits that may wait on one leg. */
const waitingLimit = 64;

/**
 * Sends touch tones one by one. A whole string in one request would hold the leg for as long as it lasts, and every other
 * request of the socket behind the next one for this leg.
 */
export class DigitSender {
  private readonly ari: AriClient;
  private readonly waiting = new Map<LegId, string[]>();

  constructor(ari: AriClient) {
    this.ari = ari;
  }

  /** Resolves once the first of these digits is on its way, or all wait behind earlier ones; rejects if that one is refused. */
  async send(legId: LegId, digits: string): Promise<void> {
    if (!digitsShape.test(digits))
      throw new ExchangeError('refused', 'touch tones are 1 to 32 of 0-9 * # A-D');
    const queue = this.waiting.get(legId);
    if (queue !== undefined) {
      if (queue.length + digits.length > waitingLimit)
        throw new ExchangeError('overloaded', 'too many touch tones wait');
      queue.push(...digits);
      return;
    }
    const [first = '', ...rest] = digits;
    this.waiting.set(legId, rest);
    try {
      await this.one(legId, first);
    } catch (error) {
      this.waiting.delete(legId);
      throw error;
    }
    void this.sendRest(legId, rest);
  }

  legGone(legId: LegId): void {
    this.waiting.delete(legId);
  }

  private async sendRest(legId: LegId, rest: string[]): Promise<void> {
    try {
      for (;;) {
        await sleep(toneMs + pauseMs);
        const digit = rest.shift();
        if (digit === undefined || this.waiting.get(legId) !== rest) break;
        await this.one(legId, digit);
      }
    } catch {
      // The leg is gone, or the exchange: its end is told elsewhere, and late digits would do harm.
    } finally {
      if (this.waiting.get(legId) === rest) this.waiting.delete(legId);
    }
  }

  private one(legId: LegId, dtmf: string): Promise<void> {
    return this.ari.order('channels.sendDTMF', { channelId: legId, dtmf, duration: toneMs, between: 0 });
  }
}
