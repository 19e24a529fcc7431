import { setTimeout as sleep } from 'node:timers/promises';
import { type AriClient, AriError } from './ari.ts';

/** A bridge that was closed is gone some milliseconds later; until then its id is taken and nobody can be put into it. */
const dissolvingTries = 20;
const dissolvingMs = 5;

/** Bridges on the exchange, and which of them stand, as far as we have heard. */
export class Bridges {
  private readonly ari: AriClient;
  private readonly standing = new Set<string>();

  constructor(ari: AriClient) {
    this.ari = ari;
  }

  /** Puts channels into a bridge, which is made when it is not there; one in another bridge moves. */
  async add(bridgeId: string, channels: readonly string[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      // Sent together: Asterisk takes the requests of one socket in order, so this costs one round trip.
      const made = this.standing.has(bridgeId) ? undefined : this.make(bridgeId);
      const added = this.ari.order('bridges.addChannel', { bridgeId, channel: channels.join(',') });
      try {
        await Promise.all([made, added]);
        return;
      } catch (error) {
        await made;
        if (!isDissolving(error) || tries === dissolvingTries) throw error;
        this.standing.delete(bridgeId);
        if (tries > 1) await sleep(dissolvingMs);
      }
    }
  }

  /** Removes a bridge; who is in it stays up. Quiet when it is not there. */
  async destroy(bridgeId: string): Promise<void> {
    this.standing.delete(bridgeId);
    await this.ari.order('bridges.destroy', { bridgeId }).catch((error: unknown) => {
      if (!isDissolving(error)) throw error;
    });
  }

  found(bridgeIds: Iterable<string>): void {
    for (const id of bridgeIds) this.standing.add(id);
  }

  gone(bridgeId: string): void {
    this.standing.delete(bridgeId);
  }

  connectionLost(): void {
    this.standing.clear();
  }

  private async make(bridgeId: string): Promise<void> {
    // "mixing" and nothing else: two legs then get simple_bridge or native_rtp, never the costly softmix.
    try {
      await this.ari.order('bridges.createWithId', { bridgeId, type: 'mixing' });
    } catch (error) {
      if (!(error instanceof AriError && error.status === 409)) throw error; // it stands
    }
    this.standing.add(bridgeId);
  }
}

function isDissolving(error: unknown): boolean {
  if (!(error instanceof AriError)) return false;
  return error.status === 404 || (error.status === 409 && /bridge not in stasis/i.test(error.message));
}
