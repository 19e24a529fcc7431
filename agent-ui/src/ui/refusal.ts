import { formatDateTime } from './format.ts';
import { reasonText, t } from './words.ts';

/** A refusal in plain words. A detail that is an instant (ISO) says from when it would be allowed. */
export function refusalText(reason: string, detail?: string | null): string {
  if (!detail || !/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(detail)) return reasonText(reason, detail);
  return `${reasonText(reason)} ${t('ui.allowedFrom', { time: formatDateTime(detail) })}`;
}
