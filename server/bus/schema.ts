import { z } from 'zod';
import { agentStates } from '../live/schema.ts';

/** What processes tell each other over the bus. Parsed on arrival: a peer of another version is an outside input. */

/** dialer -> switchboard: place this call. The attempt row, its claimed lead and its reserved contact exist already. */
export const placeCallSchema = z.object({
  attemptId: z.uuid(),
  campaignId: z.number().int(),
  leadId: z.number().int(),
  customerId: z.number().int().nullable(),
  phone: z.string().regex(/^\+[1-9][0-9]{6,14}$/),
  callerId: z.string().max(20).nullable(),
  ringMs: z.number().int(),
  mode: z.enum(['preview', 'progressive', 'announcement']),
  /** The agent held free for this call; null for an announcement. */
  agentId: z.number().int().nullable(),
  announcement: z.string().nullable(),
  wrapUpMs: z.number().int(),
  scriptText: z.string(),
  campaignName: z.string(),
  leadName: z.string(),
  /** Absent in orders of an older dialer: recorded. */
  record: z.boolean().default(true),
});
export type PlaceCall = z.infer<typeof placeCallSchema>;

/** switchboard -> dialer: who is there and how many lines are in use. Older than 3 s: the dialer launches nothing. */
export const switchboardStatusSchema = z.object({
  node: z.string(),
  at: z.number(),
  exchangeUp: z.boolean(),
  agents: z.array(
    z.object({
      agentId: z.number(),
      state: z.enum(agentStates),
      since: z.number(),
      legUp: z.boolean(),
      campaignIds: z.array(z.number()),
    }),
  ),
  /** Living outbound calls by campaign. */
  lines: z.record(z.string(), z.number()),
  /** What the exchange can take; absent from an older switchboard: the dialer's own limit alone counts. */
  capacity: z.object({ maxPerSecond: z.number(), freeCalls: z.number(), lagMs: z.number() }).optional(),
});
export type SwitchboardStatus = z.infer<typeof switchboardStatusSchema>;

/** web -> dialer: something about this campaign changed; look at it now rather than at the next tick. */
export const campaignChangedSchema = z.object({ campaignId: z.number().int() });

/** A place-call that nobody took for so long is not handed over any more: a late call is a wrong call. The dialer releases its lead. */
export const placeCallsExpireMs = 30_000;

/** The bus as this house needs it. Implemented over Redis (`bus/redis.ts`) and in memory (`bus/memory.ts`). */
export interface Bus {
  /**
   * At least once, in order, kept until taken or `placeCallsExpireMs` old; the receiver is idempotent by attemptId. Rejects
   * while the bus is down; the calls may have been sent all the same.
   */
  sendPlaceCalls(node: string, calls: readonly PlaceCall[]): Promise<void>;
  /**
   * Taken once `handle` resolves; when it rejects, or the process dies before, the same calls are handed over again, with
   * `again` true: they may have been dialled already. Leaving out those that do not live is safe, the dialer releases their leads.
   */
  onPlaceCalls(node: string, handle: (calls: PlaceCall[], again: boolean) => Promise<void>): Promise<void>;
  /** Latest value only. */
  publishStatus(status: SwitchboardStatus): Promise<void>;
  readStatus(): Promise<SwitchboardStatus[]>;
  /** Every status as it is published. */
  onStatus(handle: (status: SwitchboardStatus) => void): Promise<void>;
  /** Fire and forget. */
  publishCampaignChanged(campaignId: number): Promise<void>;
  onCampaignChanged(handle: (campaignId: number) => void): Promise<void>;
  /** Holds a named lease; resolves false when another holder has it. Renew by calling again. */
  takeLease(name: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Who holds it; null: nobody. The dialer's lease is `dialer`: it lives while the dialer does. */
  leaseHolder(name: string): Promise<string | null>;
  /** Gives a lease back, if this holder has it. */
  dropLease(name: string, holder: string): Promise<void>;
  /** Told at once how it stands, then at each change. */
  onUpDown(handle: (up: boolean) => void): void;
  close(): Promise<void>;
}
