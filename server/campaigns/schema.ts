import { z } from 'zod';
import { outcomes } from '../calls/outcome.ts';

/** Campaigns, leads and their import; shared with the browser. */

export const campaignModes = ['preview', 'progressive', 'announcement'] as const;
export const campaignStates = ['draft', 'running', 'paused', 'finished'] as const;
/** What the call is for: contact rules depend on it. */
export const purposes = ['service', 'debt', 'advertising', 'survey'] as const;

/** What to do after an outcome: wait so long and try again, at most so often; `nextPhone` is for issue-5 lists with several numbers. */
export const retryRuleSchema = z.object({
  afterMs: z
    .number()
    .int()
    .min(1000)
    .max(30 * 86_400_000),
  maxTimes: z.number().int().min(0).max(50),
});
export const retryRulesSchema = z.partialRecord(z.enum(outcomes), retryRuleSchema);
export type RetryRules = z.infer<typeof retryRulesSchema>;

export const campaignInputSchema = z.object({
  name: z.string().trim().min(1).max(120),
  mode: z.enum(campaignModes),
  purpose: z.enum(purposes),
  scriptText: z.string().max(20_000).default(''),
  /** Prompt played by an announcement campaign; a file name without extension among the exchange's prompts. */
  announcement: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .nullable()
    .default(null),
  callerId: z.string().max(20).nullable().default(null),
  ringTimeoutMs: z.number().int().min(15_000).max(60_000).default(25_000),
  /** Most calls of this campaign at once. */
  lineLimit: z.number().int().min(1).max(1000).default(30),
  agentIds: z.array(z.number().int()).default([]),
  /** Talks are recorded. */
  record: z.boolean().default(true),
  /** Empty: the defaults of the house for every outcome. */
  retryRules: retryRulesSchema.default({}),
});
export type CampaignInput = z.infer<typeof campaignInputSchema>;

export const campaignSchema = campaignInputSchema.extend({
  id: z.number(),
  state: z.enum(campaignStates),
  createdAt: z.iso.datetime(),
  leads: z.object({
    total: z.number(),
    waiting: z.number(), // due now or later
    inWork: z.number(), // claimed by an attempt
    done: z.number(),
    succeeded: z.number(),
  }),
  /** Ended attempts by outcome. */
  attempts: z.partialRecord(z.enum(outcomes), z.number()),
  /** One sentence's key when a running campaign is not dialling: noAgents, noLeads, outsideHours, lineLimit, agentsBusy, exchangeDown … */
  notDialling: z.string().nullable(),
});
export type Campaign = z.infer<typeof campaignSchema>;

export const leadSchema = z.object({
  id: z.number(),
  name: z.string(),
  phone: z.string(),
  customerId: z.number().nullable(),
  state: z.enum(['waiting', 'claimed', 'done']),
  attempts: z.number(),
  lastOutcome: z.enum(outcomes).nullable(),
  lastRefusal: z.string().nullable(),
  dueAt: z.iso.datetime().nullable(),
});
export type Lead = z.infer<typeof leadSchema>;

export const importStates = ['running', 'finished', 'failed', 'cancelled'] as const;
export const leadImportSchema = z.object({
  id: z.number(),
  campaignId: z.number(),
  fileName: z.string(),
  state: z.enum(importStates),
  /** Bytes read of bytes in all, for the progress bar. */
  bytesRead: z.number(),
  bytesTotal: z.number(),
  rows: z.number(),
  imported: z.number(),
  duplicates: z.number(),
  rejected: z.record(z.string(), z.number()),
  encoding: z.string().nullable(),
  separator: z.string().nullable(),
  error: z.string().nullable(),
});
export type LeadImport = z.infer<typeof leadImportSchema>;

export const importRejectSchema = z.object({
  line: z.number(),
  reason: z.string(),
  /** The start of the row, cut to 200 characters. */
  raw: z.string(),
});
export type ImportReject = z.infer<typeof importRejectSchema>;
