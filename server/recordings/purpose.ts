import type { RecordingPurpose } from './schema.ts';

/**
 * What a call's recording was made for. A campaign says it itself; a call that an agent dialled has the purpose that he gave to the
 * contact rules, but plain service calls are told apart as `manual`. Pure.
 */
export function purposeOf(call: {
  direction: 'hotline' | 'campaign' | 'manual';
  campaignPurpose: string | null;
  contactPurpose: string | null;
}): RecordingPurpose {
  const asked = call.campaignPurpose ?? call.contactPurpose;
  if (call.direction === 'hotline') return 'hotline';
  if (asked === 'debt' || asked === 'advertising' || asked === 'survey') return asked;
  return call.direction === 'campaign' ? 'service' : 'manual';
}
