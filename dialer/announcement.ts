/** Calls to launch for an announcement: the robot is always free, so only the lines limit it. Pure. */
export function announcementCalls({ lines, lineLimit }: { lines: number; lineLimit: number }): number {
  return Math.max(0, lineLimit - lines);
}

/**
 * How many launches the calls-per-second limit leaves. Unused allowance is kept for `burstS` at most, so that a slow tick
 * does not cost rate and a long silence does not end in a flood. Pure: `take` returns a new allowance.
 */
export interface Allowance {
  readonly calls: number;
  /** Epoch ms of the last refill. */
  readonly at: number;
}

const burstS = 0.5;

export function refill(allowance: Allowance, perSecond: number, now: number): Allowance {
  const earned = (Math.max(0, now - allowance.at) / 1000) * perSecond;
  return { calls: Math.min(allowance.calls + earned, Math.max(1, perSecond * burstS)), at: now };
}
