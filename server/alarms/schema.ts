import { z } from 'zod';

/** Alarms: something is wrong and somebody should know. Shared with the browser. */

export const alarmSchema = z.object({
  id: z.number(),
  at: z.iso.datetime(),
  /** `feature.what`, e.g. recording.oneSided; the browser has words for it. */
  kind: z.string(),
  subject: z.string(),
  callId: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  /** It went away by itself. */
  resolvedAt: z.iso.datetime().nullable(),
  acknowledgedAt: z.iso.datetime().nullable(),
  acknowledgedBy: z.string().nullable(),
});
export type Alarm = z.infer<typeof alarmSchema>;

export const alarmsQuerySchema = z.object({
  /** Only those that nobody has seen and that did not go away. */
  open: z.enum(['0', '1']).default('0'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
