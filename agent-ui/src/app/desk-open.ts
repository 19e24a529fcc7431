import { useEffect, useState } from 'react';
import { useDeskForced, useDeskState } from '../desk/desk-state.ts';
import { useMe } from '../live/hooks.ts';

/** The end of a call and the wrap-up after it may come as two pieces of news. */
const gapMs = 500;

/**
 * Has a supervisor a call of his own, or is one being put before him? Then he has a desk as agents have, until its result is given.
 */
export function useOwnCall(): boolean {
  const { call, part, aside, wrapUp } = useMe();
  const forced = useDeskForced();
  const { pop } = useDeskState();
  // A call that he took over while he listened is popped before the news that it is his.
  const coming = call !== null && pop?.callId === call.callId && call.phase !== 'ended';
  const own = forced || coming || aside !== null || wrapUp !== null || (part === 'own' && call !== null);
  const [lingers, setLingers] = useState(false);
  useEffect(() => {
    if (own) return setLingers(true);
    const timer = setTimeout(() => setLingers(false), gapMs);
    return () => clearTimeout(timer);
  }, [own]);
  return own || lingers;
}
