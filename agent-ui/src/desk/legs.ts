import type { PhoneLeg, PhoneState } from '../softphone/phone-port.ts';

/** The phone's leg for this call: its own, else the kept-up one. Without a call the one that came last. Pure. */
export function legOf(
  { leg, legs }: Pick<PhoneState, 'leg' | 'legs'>,
  callId: string | null,
): PhoneLeg | null {
  if (callId === null) return leg;
  return legs.find((one) => one.callId === callId) ?? legs.find((one) => one.callId === null) ?? null;
}
