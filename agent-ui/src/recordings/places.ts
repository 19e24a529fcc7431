import { readKept, writeKept } from '../ui/kept.ts';

/** Where somebody stopped listening, by call, so that he goes on there after looking at something else. */
type Places = readonly (readonly [callId: string, seconds: number])[];

const most = 50;

export function placeOf(callId: string): number {
  return (readKept<Places>('recordings') ?? []).find(([id]) => id === callId)?.[1] ?? 0;
}

/** `seconds` 0: forget it. */
export function keepPlace(callId: string, seconds: number): void {
  const others = (readKept<Places>('recordings') ?? []).filter(([id]) => id !== callId);
  writeKept('recordings', seconds > 0 ? [...others, [callId, seconds] as const].slice(-most) : others);
}
