import { z } from 'zod';

/** The record of acts as supervisors read it, and the house's rule about what agents see; shared with the browser. */

/** What supervisors do to calls and agents, then what anybody does to recordings. */
export const actNames = [
  'listen',
  'whisper',
  'barge',
  'unwatch',
  'takeOver',
  'end',
  'setState',
  'recording.play',
  'recording.download',
  'recording.hold',
  'recording.release',
  'recording.delete',
  'recording.retention',
  'recording.queue',
  'recording.expire',
] as const;

export const actRowSchema = z.object({
  id: z.number(),
  at: z.iso.datetime(),
  userId: z.number(),
  userName: z.string(),
  /** One of `actNames`, or a name that is younger than this page. */
  act: z.string(),
  callId: z.string().nullable(),
  customerName: z.string().nullable(),
  phone: z.string().nullable(),
  /** To whom it was done. */
  agentId: z.number().nullable(),
  agentName: z.string().nullable(),
  /** `refused`: why it was not done; `state`, `reason`: what he was set to. */
  detail: z.record(z.string(), z.unknown()),
});
export type ActRow = z.infer<typeof actRowSchema>;

export const actsQuerySchema = z.object({
  /** Who did it. */
  userId: z.coerce.number().int().optional(),
  /** To whom. */
  agentId: z.coerce.number().int().optional(),
  callId: z.string().max(80).optional(),
  act: z.string().max(40).optional(),
  /** Keyset paging: id of the last row shown. */
  beforeId: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

/** Which of the supervisors on his call an agent sees: all, those who speak to both sides, none. */
export const supervisionShown = ['always', 'barge', 'never'] as const;

/** What the pages of supervisors must know beside the live news. */
export const supervisionSchema = z.object({
  shown: z.enum(supervisionShown),
  /** Everybody who may stand in the record, by name; those who have left too. */
  people: z.array(z.object({ id: z.number(), name: z.string(), role: z.string() })),
});
export type Supervision = z.infer<typeof supervisionSchema>;
