import type { LegId } from '../basics/ids.ts';
import type { AmiClient } from './ami.ts';

/** TALK_DETECT's two figures: silence that ends an utterance (ms), level of sound that is speech; docs/decisions/listening-for-machines.md. */
const talkDetect = '500,256';

/**
 * Speech events of legs. Asked for over AMI: ARI's way waits for the channel, that is for the end of what it plays, and every
 * other request of the same socket waits behind it (measured: a ping took 5.7 s beside a prompt of 6 s; over AMI both take
 * 0.5 ms).
 */
export class SpeechWatch {
  private readonly ami: AmiClient;
  private readonly watched = new Set<LegId>();

  constructor(ami: AmiClient) {
    this.ami = ami;
  }

  async watch(legId: LegId): Promise<void> {
    await this.set(legId, 'set', talkDetect);
    this.watched.add(legId);
  }

  async unwatch(legId: LegId): Promise<void> {
    this.watched.delete(legId);
    await this.set(legId, 'remove', '');
  }

  /** Takes the watch off a leg for as long as `work` lasts. */
  async liftedFor(legId: LegId, work: () => Promise<void>): Promise<void> {
    await this.set(legId, 'remove', '').catch(() => {}); // none there, or the leg is gone: `work` will find out
    try {
      await work();
    } finally {
      if (this.watched.has(legId)) await this.set(legId, 'set', talkDetect).catch(() => {});
    }
  }

  legGone(legId: LegId): void {
    this.watched.delete(legId);
  }

  private async set(legId: LegId, what: 'set' | 'remove', Value: string): Promise<void> {
    await this.ami.act('Setvar', { Channel: legId, Variable: `TALK_DETECT(${what})`, Value });
  }
}
