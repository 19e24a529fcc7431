import { z } from 'zod';
import { outcomes } from '../../../server/calls/outcome.ts';
import { callDirections } from '../../../server/calls/schema.ts';

/** What stands in the address of /history: the filters and the call that is open, so that a link shows the same. */
export const historySearchSchema = z.object({
  direction: z.enum(callDirections).optional().catch(undefined),
  outcome: z.enum(outcomes).optional().catch(undefined),
  agentId: z.number().int().positive().optional().catch(undefined),
  campaignId: z.number().int().positive().optional().catch(undefined),
  customerId: z.number().int().positive().optional().catch(undefined),
  call: z.string().max(80).optional().catch(undefined),
});
export type HistorySearch = z.infer<typeof historySearchSchema>;
