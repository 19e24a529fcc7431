import { recall, remember } from '../ui/preferences.ts';
import type { PhoneLeg } from './phone-port.ts';

/** Kept for all tabs of this browser: a refreshed page and a tab that takes over must not open a muted microphone. */
const place = 'muted';

/** He is muted on this leg; null: he is not. */
export function keepMuted(leg: PhoneLeg | null): void {
  remember(place, leg && (leg.callId ?? 'kept'));
}

/** Was he muted on the leg that this one stands for? A kept-up leg does not know its call. */
export function wasMuted(callId: string | null): boolean {
  const where = recall(place);
  return where !== null && (where === 'kept' || callId === null || where === callId);
}
