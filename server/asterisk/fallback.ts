import { ExchangeError } from '../calls/exchange.ts';
import type { AmiClient } from './ami.ts';
import { checkedSipUser } from './phones.ts';

/** The dialplan's own queue that answers the hotline while no server is there. */
const fallbackQueue = 'hotline';

export type FallbackState = 'available' | 'paused' | 'absent';

export interface FallbackQueue {
  /** Makes an agent's place in the fallback queue what it should be; says nothing when it is so already. Rejects with ExchangeError. */
  syncFallbackMember(sipUser: string, name: string, state: FallbackState): Promise<void>;
}

export function makeFallbackQueue(ami: AmiClient): FallbackQueue {
  const doubles = (words: RegExp) => (error: unknown) => {
    if (!(error instanceof ExchangeError && error.kind === 'refused' && words.test(error.message)))
      throw error;
  };
  return {
    async syncFallbackMember(sipUser, name, state) {
      const member = { Queue: fallbackQueue, Interface: `PJSIP/${checkedSipUser(sipUser)}` };
      if (state === 'absent') {
        await ami.act('QueueRemove', member).catch(doubles(/not there/i));
        return;
      }
      const Paused = state === 'paused' ? 'true' : 'false';
      const MemberName = name.replace(/[\p{Cc}";|,]/gu, ' ').slice(0, 80);
      await ami.act('QueueAdd', { ...member, MemberName, Paused }).catch(doubles(/already there/i));
      await ami.act('QueuePause', { ...member, Paused });
    },
  };
}
