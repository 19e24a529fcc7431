import { z } from 'zod';

/** What stands in the address of /acts, so that a link shows the same. */
export const actsSearchSchema = z.object({
  userId: z.number().int().positive().optional().catch(undefined),
  agentId: z.number().int().positive().optional().catch(undefined),
  callId: z.string().max(80).optional().catch(undefined),
  act: z.string().max(40).optional().catch(undefined),
});
export type ActsSearch = z.infer<typeof actsSearchSchema>;
