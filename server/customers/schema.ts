import { z } from 'zod';

/** The customer card as the agent sees it; shared with the browser. Amounts are kopecks. */

export const customerHitSchema = z.object({
  id: z.number(),
  kind: z.enum(['person', 'company']),
  name: z.string(),
  account: z.string().nullable(),
  inn: z.string().nullable(),
  phones: z.array(z.string()),
  address: z.string().nullable(),
  debtKopecks: z.number(),
});
export type CustomerHit = z.infer<typeof customerHitSchema>;

export const timelineEntrySchema = z.object({
  id: z.number(),
  at: z.iso.datetime(),
  kind: z.enum([
    'call',
    'note',
    'payment',
    'invoice',
    'promise',
    'complaint',
    'letter',
    'sms',
    'visit',
    'task',
  ]),
  /** Who did it, when a person did. */
  userName: z.string().nullable(),
  /** A person's own words; never translated. */
  text: z.string().nullable(),
  amountKopecks: z.number().nullable(),
  /** Set for kind `call`. */
  call: z
    .object({
      callId: z.string(),
      direction: z.enum(['hotline', 'campaign', 'manual']),
      outcome: z.string(),
      talkMs: z.number().nullable(),
      agentName: z.string().nullable(),
      dispositionId: z.number().nullable(),
      hasRecording: z.boolean(),
    })
    .nullable(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

export const cardSchema = z.object({
  id: z.number(),
  kind: z.enum(['person', 'company']),
  name: z.string(),
  account: z.string().nullable(),
  inn: z.string().nullable(),
  address: z.string().nullable(),
  timeZone: z.string(),
  segment: z.string().nullable(),
  since: z.string().nullable(),
  responsibleName: z.string().nullable(),
  phones: z.array(
    z.object({
      phone: z.string(),
      extension: z.string().nullable(),
      kind: z.enum(['mobile', 'landline', 'tollFree', 'unknown']),
      doNotCall: z.boolean(),
      /** Other customers who share the number. */
      sharedWith: z.number(),
    }),
  ),
  debt: z.object({
    totalKopecks: z.number(),
    overdueKopecks: z.number(),
    /** Days since the oldest unpaid invoice fell due; 0 when none is overdue. */
    overdueDays: z.number(),
    invoices: z.array(
      z.object({
        number: z.string(),
        issuedOn: z.string(),
        dueOn: z.string(),
        amountKopecks: z.number(),
        paidKopecks: z.number(),
      }),
    ),
    lastPayment: z.object({ on: z.string(), amountKopecks: z.number() }).nullable(),
  }),
  /** What is open and needs somebody: complaints, promises, tasks. */
  open: z.array(
    z.object({
      kind: z.enum(['complaint', 'promise', 'task']),
      text: z.string(),
      dueOn: z.string().nullable(),
      since: z.iso.datetime(),
    }),
  ),
  /** The latest conversation with a person's note, for the first glance. */
  lastSaid: z.object({ at: z.iso.datetime(), userName: z.string().nullable(), text: z.string() }).nullable(),
  /** May he be called now, by the contact rules, and if not, why and when again. */
  mayCall: z.object({
    allowed: z.boolean(),
    rule: z.string().nullable(),
    allowedAt: z.iso.datetime().nullable(),
  }),
  /** First page of the timeline, newest first. */
  timeline: z.array(timelineEntrySchema),
});
export type Card = z.infer<typeof cardSchema>;

export const noteInputSchema = z.object({ text: z.string().trim().min(1).max(4000) });
