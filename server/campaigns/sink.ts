import type { EpochMs } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import type { Bus } from '../bus/schema.ts';
import type { CampaignSink } from '../calls/history.ts';
import { applyDisposition, finishAttempts } from './finish.ts';

/** What ended calls and agents' results mean for campaigns, inside history's own transaction; the dialer is told afterwards. */
export function makeCampaignSink(o: { bus: Bus; log: Log; now: () => EpochMs }): CampaignSink {
  const told = new Set<number>();
  const tell = (campaignIds: readonly (number | null)[]) => {
    for (const id of campaignIds) {
      if (id === null || told.has(id)) continue;
      told.add(id);
      // After the transaction; several batches in a moment are one message.
      setTimeout(() => {
        told.delete(id);
        o.bus
          .publishCampaignChanged(id)
          .catch((error: unknown) => o.log.debug({ err: error }, 'dialer not told'));
      }, 50);
    }
  };
  return {
    async attemptsEnded(tx, ended) {
      tell(
        await finishAttempts(
          tx,
          ended.map(({ attemptId, outcome, codes, endedAt }) => ({ attemptId, outcome, endedAt, ...codes })),
        ),
      );
    },
    async resultGiven(tx, { callId, dispositionId, callbackAt, agentId }) {
      // Only a campaign's call has an attempt, whose id is a UUID.
      if (!/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(callId)) return;
      tell([
        await applyDisposition(tx, { attemptId: callId, dispositionId, callbackAt, agentId, now: o.now() }),
      ]);
    },
  };
}
