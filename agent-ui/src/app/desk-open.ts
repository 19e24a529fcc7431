import { useDeskForced, useDeskState } from '../desk/desk-state.ts';
import { useMe } from '../live/hooks.ts';

/**
 * Has a supervisor a call of his own, or is one being put before him? Then he has a desk as agents have, until its result is given.
 */
export function useOwnCall(): boolean {
  const { call, part, aside, wrapUp } = useMe();
  const forced = useDeskForced();
  const { pop } = useDeskState();
  // A call that he took over while he listened is popped before the news that it is his.
  const coming = call !== null && pop?.callId === call.callId && call.phase !== 'ended';
  return forced || coming || aside !== null || wrapUp !== null || (part === 'own' && call !== null);
}
