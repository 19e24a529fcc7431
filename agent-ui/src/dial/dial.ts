import { send } from '../live/client.ts';
import { tellRefusal } from '../ui/notices.ts';
import { recall, remember } from '../ui/preferences.ts';
import { queries } from '../ui/queries.ts';
import { mayWatch, meQuery } from '../ui/session.ts';
import { withNewest } from './numbers.ts';

/** Rings a number in whatever form; the server reads it, asks the contact rules and says in words why not. */
export async function dial(number: string, customerId: number | null = null): Promise<boolean> {
  const answer = await send({ type: 'call.dial', phone: number, customerId, purpose: 'service' });
  if (!answer.ok) {
    tellRefusal(answer);
    return false;
  }
  rememberNumber(number, customerId);
  return true;
}

/** May this user dial by himself? Read without watching: it is asked for every number on screen. */
export function mayDial(): boolean {
  const me = queries.getQueryData(meQuery.queryKey);
  return me !== undefined && !mayWatch(me);
}

export interface DialledNumber {
  readonly number: string;
  readonly customerId: number | null;
}

const key = (): string => `dialled.${queries.getQueryData(meQuery.queryKey)?.id ?? 0}`;

/** The numbers this user rang last from this browser, newest first. */
export function lastNumbers(): readonly DialledNumber[] {
  try {
    const kept: unknown = JSON.parse(recall(key()) ?? '[]');
    return Array.isArray(kept) ? kept.filter((k) => typeof k?.number === 'string') : [];
  } catch {
    return [];
  }
}

/** Puts a number at the head of the last ones. */
export function rememberNumber(number: string, customerId: number | null): void {
  remember(key(), JSON.stringify(withNewest(lastNumbers(), { number, customerId })));
}
