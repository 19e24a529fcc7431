import type { AriEvent, Channel } from './ari-model.generated.ts';

/** A leg that the exchange's own queue has made to a softphone; its dialplan application says so. */
const softphone = /^PJSIP\/([A-Za-z0-9_-]+)-[0-9a-f]{8}$/;

/**
 * Which softphones the exchange's own fallback queue has, ringing or talking: calls that it began while no server was there go on when
 * one is there again, and waiting callers ring on.
 */
export class TakenPhones {
  private readonly legs = new Map<string, string>();
  private readonly tell: (sipUser: string, taken: boolean) => void;

  constructor(tell: (sipUser: string, taken: boolean) => void) {
    this.tell = tell;
  }

  heard(event: AriEvent): void {
    if (event.type === 'ChannelStateChange') this.add(event.channel);
    else if (event.type === 'ChannelDestroyed') this.remove(event.channel.id);
  }

  /** The whole truth; returns who is taken. */
  read(channels: readonly Channel[]): string[] {
    const there = new Set(channels.map(({ id }) => id));
    for (const id of [...this.legs.keys()]) if (!there.has(id)) this.remove(id);
    for (const channel of channels) this.add(channel);
    return [...new Set(this.legs.values())];
  }

  private add({ id, name, dialplan }: Channel): void {
    const sipUser = softphone.exec(name)?.[1];
    if (dialplan.app_name !== 'AppQueue' || sipUser === undefined || this.legs.has(id)) return;
    this.legs.set(id, sipUser);
    this.tell(sipUser, true);
  }

  private remove(id: string): void {
    const sipUser = this.legs.get(id);
    this.legs.delete(id);
    if (sipUser !== undefined && ![...this.legs.values()].includes(sipUser)) this.tell(sipUser, false);
  }
}
