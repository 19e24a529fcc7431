import { z } from 'zod';

/** What stands in the address of /customers and of a card opened from it. */
export const customersSearchSchema = z.object({ q: z.coerce.string().max(100).optional().catch(undefined) });
