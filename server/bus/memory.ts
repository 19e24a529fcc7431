import { type Bus, type PlaceCall, placeCallsExpireMs, type SwitchboardStatus } from './schema.ts';

/** What one Redis is to several processes, for buses in one process: tests and single-process tools. */
export class MemoryHub {
  readonly calls = new Map<string, { at: number; calls: PlaceCall[] }[]>();
  readonly wake = new Map<string, () => void>();
  readonly statuses = new Map<string, SwitchboardStatus>();
  readonly leases = new Map<string, { holder: string; until: number }>();
  readonly campaignHandlers = new Set<(campaignId: number) => void>();
  readonly statusHandlers = new Set<(status: SwitchboardStatus) => void>();
}

/** The twin of `connectRedisBus`; obeys the same contract suite. Buses on one hub hear each other. */
export function memoryBus(hub: MemoryHub = new MemoryHub()): Bus {
  const mine: (() => void)[] = [];
  let closed = false;

  const queueOf = (node: string) => {
    const queue = hub.calls.get(node) ?? [];
    hub.calls.set(node, queue);
    return queue;
  };

  return {
    async sendPlaceCalls(node, calls) {
      if (calls.length === 0) return;
      queueOf(node).push({ at: Date.now(), calls: structuredClone([...calls]) });
      hub.wake.get(node)?.();
    },
    async onPlaceCalls(node, handle) {
      let busy = false;
      let again = false;
      const drain = async () => {
        if (busy) return;
        busy = true;
        const queue = queueOf(node);
        while (queue[0] && !closed) {
          const { at, calls } = queue[0];
          try {
            if (Date.now() - at < placeCallsExpireMs) await handle(calls, again);
            queue.shift();
            again = false;
          } catch {
            // Not taken: offered again, as a real bus would.
            again = true;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
        busy = false;
      };
      hub.wake.set(node, () => void drain());
      mine.push(() => hub.wake.delete(node));
      void drain();
    },
    async publishStatus(status) {
      hub.statuses.set(status.node, structuredClone(status));
      for (const handle of hub.statusHandlers) handle(structuredClone(status));
    },
    async readStatus() {
      return structuredClone([...hub.statuses.values()]);
    },
    async onStatus(handle) {
      hub.statusHandlers.add(handle);
      mine.push(() => hub.statusHandlers.delete(handle));
    },
    async publishCampaignChanged(campaignId) {
      for (const handle of hub.campaignHandlers) handle(campaignId);
    },
    async onCampaignChanged(handle) {
      hub.campaignHandlers.add(handle);
      mine.push(() => hub.campaignHandlers.delete(handle));
    },
    async takeLease(name, holder, ttlMs) {
      const held = hub.leases.get(name);
      if (held && held.holder !== holder && held.until > Date.now()) return false;
      hub.leases.set(name, { holder, until: Date.now() + ttlMs });
      return true;
    },
    async leaseHolder(name) {
      const held = hub.leases.get(name);
      return held && held.until > Date.now() ? held.holder : null;
    },
    async dropLease(name, holder) {
      if (hub.leases.get(name)?.holder === holder) hub.leases.delete(name);
    },
    onUpDown(handle) {
      handle(true);
    },
    async close() {
      closed = true;
      for (const undo of mine) undo();
    },
  };
}
