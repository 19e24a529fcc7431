import { pauseReasons } from '../../../server/live/schema.ts';
import type { ActRow } from '../../../server/supervision/schema.ts';
import { t, wordFor } from '../ui/words.ts';

/** An act in words, with what it set. */
export function actText({ act, detail }: Pick<ActRow, 'act' | 'detail'>): string {
  const name = wordFor('acts.name', act);
  if (act === 'setState' && typeof detail.state === 'string') {
    const reason = pauseReasons.find((one) => one === detail.reason);
    const state =
      detail.state === 'paused' && reason ? wordFor('pause', reason) : wordFor('state', detail.state);
    return `${name}: ${state}`;
  }
  if (act === 'recording.retention' && typeof detail.purpose === 'string') {
    const purpose = wordFor('recording.purpose', detail.purpose);
    return t('acts.retention', { name, purpose, days: Number(detail.keepDays), was: Number(detail.was) });
  }
  if (act === 'recording.queue') return `${name}: ${t(detail.record ? 'acts.on' : 'acts.off')}`;
  if (act === 'recording.expire') return `${name}: ${Number(detail.deleted)}`;
  // Why a recording was deleted or held is said in the act's own words.
  return typeof detail.reason === 'string' ? `${name}: ${detail.reason}` : name;
}
