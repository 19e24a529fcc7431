import { z } from 'zod';
import { outcomes } from './outcome.ts';

/** Shapes of calls as history shows them; shared with the browser. Times are ISO strings, durations milliseconds. */

export const callDirections = ['hotline', 'campaign', 'manual'] as const;

export const callRowSchema = z.object({
  callId: z.string(),
  direction: z.enum(callDirections),
  customerId: z.number().nullable(),
  customerName: z.string().nullable(),
  phone: z.string().nullable(),
  /** The number as it came over the wire, when it is no E.164 (hidden, short, hostile). */
  phoneRaw: z.string().nullable(),
  calledNumber: z.string().nullable(),
  queueName: z.string().nullable(),
  campaignId: z.number().nullable(),
  campaignName: z.string().nullable(),
  agentId: z.number().nullable(),
  agentName: z.string().nullable(),
  offeredAt: z.iso.datetime(),
  queuedAt: z.iso.datetime().nullable(),
  answeredAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  waitMs: z.number().nullable(),
  talkMs: z.number().nullable(),
  outcome: z.enum(outcomes).nullable(),
  sipCode: z.number().nullable(),
  cause: z.number().nullable(),
  hungUpBy: z.enum(['customer', 'agent', 'system']).nullable(),
  /** True when the exchange's own fallback queue served it while no server was there. */
  fallback: z.boolean(),
  hasRecording: z.boolean(),
  dispositionId: z.number().nullable(),
  dispositionName: z.string().nullable(),
  note: z.string().nullable(),
});
export type CallRow = z.infer<typeof callRowSchema>;

export const callLegSchema = z.object({
  legId: z.string(),
  role: z.enum(['customer', 'agent', 'outside', 'supervisor']),
  agentId: z.number().nullable(),
  agentName: z.string().nullable(),
  /** Outside legs: whom we rang. */
  phone: z.string().nullable(),
  startedAt: z.iso.datetime(),
  answeredAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  cause: z.number(),
  sipCode: z.number(),
});

/** A transfer or consultation, as it was tried. */
export const callTransferSchema = z.object({
  at: z.iso.datetime(),
  kind: z.enum(['blind', 'attended']),
  conference: z.boolean(),
  fromAgentId: z.number(),
  fromAgentName: z.string(),
  to: z.enum(['agent', 'queue', 'outside']),
  toAgentId: z.number().nullable(),
  toAgentName: z.string().nullable(),
  toQueueId: z.number().nullable(),
  toQueueName: z.string().nullable(),
  toPhone: z.string().nullable(),
  endedAt: z.iso.datetime().nullable(),
  howEnded: z.enum(['completed', 'cancelled', 'refused', 'returned', 'customerLeft']).nullable(),
});

/** What each agent of the call said about it. */
export const callResultSchema = z.object({
  agentId: z.number(),
  agentName: z.string(),
  at: z.iso.datetime(),
  dispositionId: z.number(),
  dispositionName: z.string(),
  note: z.string().nullable(),
});

/** What somebody did to the call and must answer for: a supervisor who listened, a recording that was played. */
export const callActSchema = z.object({
  at: z.iso.datetime(),
  userId: z.number(),
  userName: z.string(),
  act: z.string(),
  agentId: z.number().nullable(),
  detail: z.record(z.string(), z.unknown()),
});

export const callDetailSchema = callRowSchema.extend({
  legs: z.array(callLegSchema),
  /** Oldest first. */
  transfers: z.array(callTransferSchema),
  results: z.array(callResultSchema),
  /** For supervisors and administrators; null: not shown to this reader. */
  acts: z.array(callActSchema).nullable(),
  /** Append-only events beneath the row, oldest first. */
  events: z.array(z.object({ at: z.iso.datetime(), type: z.string(), data: z.unknown() })),
});
export type CallDetail = z.infer<typeof callDetailSchema>;

export const callsQuerySchema = z.object({
  customerId: z.coerce.number().int().optional(),
  campaignId: z.coerce.number().int().optional(),
  agentId: z.coerce.number().int().optional(),
  outcome: z.enum(outcomes).optional(),
  direction: z.enum(callDirections).optional(),
  /** Keyset paging: offeredAt and callId of the last row shown. */
  before: z.iso.datetime().optional(),
  beforeId: z.string().max(80).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const dispositionSchema = z.object({
  id: z.number(),
  key: z.string(),
  /** Text in the reader's language is chosen by the browser. */
  nameRu: z.string(),
  nameEn: z.string(),
  /** 1-9: the key that chooses it on the agent's desk. */
  hotkey: z.number().nullable(),
  final: z.boolean(),
  success: z.boolean(),
  retry: z.boolean(),
  needsCallbackAt: z.boolean(),
});
export type Disposition = z.infer<typeof dispositionSchema>;
