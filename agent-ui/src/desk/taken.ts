import { useEffect } from 'react';
import { phone, usePhone } from '../softphone/phone.ts';

/** The waiting call that he has just asked for, and when (epoch ms). */
let taken: { callId: string; at: number } | null = null;
/** A ring that comes later than this has nothing to do with his act any more. */
const ownDoingMs = 15_000;

/** He takes a waiting call: the ring that follows is his own doing. */
export function expectRing(callId: string): void {
  taken = { callId, at: Date.now() };
}

/** A call that he has just taken needs no second key when his phone rings for it. */
export function useAnswerTaken(): void {
  const { legs } = usePhone();
  const ringing = legs.find((leg) => leg.stage === 'ringing' && leg.callId === taken?.callId)?.legId ?? null;
  useEffect(() => {
    if (ringing === null || taken === null || Date.now() - taken.at > ownDoingMs) return;
    taken = null;
    phone.answer(ringing);
  }, [ringing]);
}
