import type { Stack } from '../stack/stack.ts';

/** What the exchange itself says of its calls, asked over ARI past the server: the truth that screens are measured against. */
export interface Conversation {
  /** The customer's channel on our exchange; for calls of ours that is the call's id. */
  readonly customerId: string;
  readonly agentIds: readonly number[];
  /** In a bridge that the server made; else the exchange's own queue or a dialplan did. */
  readonly ours: boolean;
}

export interface ExchangeSight {
  readonly at: number;
  /** Customers' legs by channel id: up, waiting or being dialled. */
  readonly customers: ReadonlyMap<string, { readonly inApp: boolean; readonly number: string }>;
  readonly conversations: readonly Conversation[];
  readonly channels: readonly string[];
  readonly bridges: readonly string[];
}

interface Channel {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly caller: { readonly number: string };
  readonly dialplan: { readonly app_name: string };
}
interface Bridge {
  readonly id: string;
  readonly channels: readonly string[];
}

/** How often it looks; a conversation shorter than this may go unseen. */
const everyMs = 400;

export class ExchangeWatch {
  /** Since when each customer's leg was seen in a conversation, with whom, and until when. */
  readonly seen = new Map<string, { since: number; until: number; readonly agentIds: Set<number> }>();
  private readonly url: string;
  private readonly authorization: string;
  private readonly timer: NodeJS.Timeout;
  private looking = false;

  constructor(stack: Stack) {
    const { env } = stack;
    this.url = env.ASTERISK_ARI_URL ?? '';
    const password = `${env.ASTERISK_ARI_USER}:${env.ASTERISK_ARI_PASSWORD}`;
    this.authorization = `Basic ${Buffer.from(password).toString('base64')}`;
    this.timer = setInterval(() => void this.note(), everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Null while the exchange does not answer. */
  async look(): Promise<ExchangeSight | null> {
    try {
      const [channels, bridges] = await Promise.all([
        this.get<Channel[]>('channels'),
        this.get<Bridge[]>('bridges'),
      ]);
      return sightOf(channels, bridges, Date.now());
    } catch {
      return null;
    }
  }

  private async get<T>(what: string): Promise<T> {
    const response = await fetch(`${this.url}/${what}`, {
      headers: { Authorization: this.authorization },
      signal: AbortSignal.timeout(2000),
    });
    if (!response.ok) throw new Error(`${response.status}`);
    return (await response.json()) as T;
  }

  private async note(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const sight = await this.look();
    this.looking = false;
    if (sight === null) return;
    for (const { customerId, agentIds } of sight.conversations) {
      const known = this.seen.get(customerId) ?? { since: sight.at, until: sight.at, agentIds: new Set() };
      known.until = sight.at;
      for (const agentId of agentIds) known.agentIds.add(agentId);
      this.seen.set(customerId, known);
    }
  }
}

/** Customers' channels are the trunk's, agents' are named after their softphone. Pure. */
export function sightOf(channels: readonly Channel[], bridges: readonly Bridge[], at: number): ExchangeSight {
  const byId = new Map(channels.map((channel) => [channel.id, channel]));
  const isCustomer = (id: string) =>
    byId.get(id)?.name.startsWith('PJSIP/trunk-') === true && !id.startsWith('out-');
  const agentOf = (id: string) => Number(/^PJSIP\/agent-(\d+)-/.exec(byId.get(id)?.name ?? '')?.[1] ?? 0);
  const conversations: Conversation[] = [];
  for (const bridge of bridges) {
    const agentIds = bridge.channels.map(agentOf).filter((id) => id > 0);
    if (agentIds.length === 0) continue;
    for (const customerId of bridge.channels.filter(isCustomer)) {
      if (byId.get(customerId)?.state !== 'Up') continue;
      conversations.push({ customerId, agentIds, ours: bridge.id.startsWith('call-') });
    }
  }
  const customers = new Map<string, { inApp: boolean; number: string }>();
  for (const { id, dialplan, caller } of channels) {
    if (isCustomer(id)) customers.set(id, { inApp: dialplan.app_name === 'Stasis', number: caller.number });
  }
  return {
    at,
    customers,
    conversations,
    // The janitor's own channel lives as long as the exchange (asterisk/README.md).
    channels: channels.filter((c) => !c.name.startsWith('Local/s@janitor')).map((c) => c.name),
    bridges: bridges.map((b) => b.id),
  };
}
