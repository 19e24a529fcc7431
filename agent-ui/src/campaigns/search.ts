import { z } from 'zod';

export const campaignTabs = ['leads', 'imports', 'settings'] as const;

/** What stands in the address of a campaign's page. */
export const campaignSearchSchema = z.object({ tab: z.enum(campaignTabs).optional().catch(undefined) });
