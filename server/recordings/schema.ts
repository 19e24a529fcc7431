import { z } from 'zod';

/** Shapes of recordings; shared with the browser. Times are ISO strings, durations milliseconds. */

/** What a talk was for: how long its recording is kept hangs on it. */
export const recordingPurposes = ['hotline', 'service', 'debt', 'advertising', 'survey', 'manual'] as const;
export type RecordingPurpose = (typeof recordingPurposes)[number];

/**
 * pending: not looked at yet; missing: a voice's file is not there; oneSided: a voice is silent from end to end; short: shorter
 * than the talk; unreadable: the disk or the key refuses it.
 */
export const recordingStates = ['pending', 'ok', 'missing', 'oneSided', 'short', 'unreadable'] as const;
export type RecordingState = (typeof recordingStates)[number];

export const voices = ['customer', 'agent'] as const;
export type Voice = (typeof voices)[number];

/** What was measured when the recording was checked. */
export const recordingFindingSchema = z.object({
  /** From its start to its end by history and ledger. */
  spanMs: z.number(),
  /** As long as the longer voice is. */
  lengthMs: z.number(),
  /** The shorter voice was this much shorter (a torn file) and got silence at its end. */
  paddedMs: z.number(),
  /** How long each voice is above -60 dBFS outside of pauses. */
  voicedMs: z.object({ customer: z.number(), agent: z.number() }),
  /** Voice above -60 dBFS inside of pauses, where silence must be. */
  leakedMs: z.number(),
  missing: z.array(z.enum(voices)),
  silent: z.array(z.enum(voices)),
});
export type RecordingFinding = z.infer<typeof recordingFindingSchema>;

/** Peaks of each voice that are kept for drawing: one byte each, 255 · √(peak / full scale). */
export const bucketCount = 600;

const mark = z.object({ at: z.iso.datetime(), by: z.string().nullable(), reason: z.string() });

/** A recording as its player shows it. */
export const recordingFactsSchema = z.object({
  callId: z.string(),
  state: z.enum(recordingStates),
  finding: recordingFindingSchema.nullable(),
  startedAt: z.iso.datetime(),
  lengthMs: z.number(),
  /** Silenced spans, from the recording's start. */
  pauses: z.array(z.object({ fromMs: z.number(), toMs: z.number() })),
  /** Base64 of 600 bytes of the customer's voice and 600 of the agent's; null while it is not checked. */
  waveform: z.string().nullable(),
  purpose: z.enum(recordingPurposes).nullable(),
  /** When it will be deleted by itself; null while its purpose is not known, or it is held. */
  keepUntil: z.iso.datetime().nullable(),
  held: mark.nullable(),
  /** `by` null: its time was over. */
  deleted: mark.nullable(),
  /** What the reader may do. */
  may: z.object({ download: z.boolean(), hold: z.boolean(), delete: z.boolean() }),
});
export type RecordingFactsView = z.infer<typeof recordingFactsSchema>;

const reason = z.string().trim().min(3).max(500);
export const holdInputSchema = z.discriminatedUnion('held', [
  z.object({ held: z.literal(true), reason }),
  z.object({ held: z.literal(false) }),
]);
export const deleteInputSchema = z.object({ reason });

export const retentionRowSchema = z.object({
  purpose: z.enum(recordingPurposes),
  keepDays: z.number(),
  /** The law allows no less. */
  leastDays: z.number(),
  /** Recordings kept now, and how many of them the next sweep deletes. */
  kept: z.number(),
  due: z.number(),
  changedAt: z.iso.datetime().nullable(),
  changedBy: z.string().nullable(),
});
export type RetentionRow = z.infer<typeof retentionRowSchema>;
export const retentionInputSchema = z.object({ keepDays: z.number().int().min(1).max(3660) });

/** What is recorded and for how long. */
export const recordingPolicySchema = z.object({
  queues: z.array(z.object({ queueId: z.number(), name: z.string(), record: z.boolean() })),
  retention: z.array(retentionRowSchema),
});
export type RecordingPolicy = z.infer<typeof recordingPolicySchema>;
export const queueRecordInputSchema = z.object({ record: z.boolean() });
