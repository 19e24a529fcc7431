/**
 * How many calls one exchange is asked to make. Past its limit an exchange does not slow down, it collapses: its task queues grow,
 * answers come seconds late, calls are lost (700 a second asked: next to none done). So what it cannot take is refused at once, and how far its events come
 * behind says how much it can take. Callers of the hotline are never refused here: they are on the exchange already, hear music and are
 * served before any call that we would make. Pure: the clock comes in as milliseconds.
 */
export interface Limits {
  /** Calls that live on the exchange at once; above it none of ours is added. */
  readonly calls: number;
  /** Calls that we place in a second at most. */
  readonly perSecond: number;
}

export interface Capacity {
  readonly maxPerSecond: number;
  readonly freeCalls: number;
  /** How far the exchange's events come behind its clock, ms. */
  readonly lagMs: number;
}

export const defaultLimits: Limits = { calls: 1000, perSecond: 300 };

/** Behind by more: too much is asked of it. A quarter of a second is ten times what a healthy exchange shows and no caller hears it. */
const lagLimitMs = 250;
/** So far behind nothing is added at all until it has caught up: what waits makes it slower still. */
const stopLagMs = 1000;
/** So few calls are not why it is behind (a busy machine, a stall of our own), and leaving them out would not help. */
const fewCalls = 20;
const adjustEveryMs = 500;
/** Lowered once when it falls behind, and again only if that has not helped for so long: what was placed before must have had its effect. */
const lowerAgainMs = 5000;
/** From half to the full rate in 10 s. */
const recoverSharePerSecond = 0.05;
const leastPerSecond = 1;
/** What was not used is kept for so long: the dialer's orders come in tenths of a second. */
const burstS = 0.5;
/** The exchange's clock against ours: the smallest difference of the last one or two of these. */
const offsetWindowMs = 60_000;
/** The last calls below the limit are for people who transfer and for callers, not for the dialer. */
const keptForPeople = 0.05;

export class Admission {
  private readonly limits: Limits;
  private readonly legs = new Set<string>();
  private tokens: number;
  private refilledAt: number;
  private rate: number;
  private adjustedAt: number;
  /** When the rate was lowered for falling behind; null: it is not behind. */
  private loweredAt: number | null = null;
  /** Orders that the exchange has not answered yet, and since when: one that falls silent is behind as well. */
  private readonly unanswered = new Map<string, number>();
  private lagMs = 0;
  private leastSinceAdjust = 0;
  private heardSinceAdjust = false;
  private offset = { now: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY, from: 0 };
  private refused = 0;

  constructor(limits: Limits, now: number) {
    this.limits = limits;
    // What it can take is not known yet.
    this.rate = Math.max(leastPerSecond, limits.perSecond / 2);
    this.tokens = this.most();
    this.refilledAt = now;
    this.adjustedAt = now;
    this.offset.from = now;
  }

  /** An event has come in that the exchange wrote at `eventAt` by its own clock. */
  heard(eventAt: number, now: number): void {
    if (Number.isNaN(eventAt)) return;
    const apart = now - eventAt;
    if (now - this.offset.from > offsetWindowMs)
      this.offset = { now: apart, before: this.offset.now, from: now };
    this.offset.now = Math.min(this.offset.now, apart);
    const lag = apart - Math.min(this.offset.now, this.offset.before);
    this.leastSinceAdjust = this.heardSinceAdjust ? Math.min(this.leastSinceAdjust, lag) : lag;
    this.heardSinceAdjust = true;
    this.look(now);
  }

  /** May this call be placed now? It counts as placed. `byDialer` false: a person waits for it, only the number of calls can refuse it. */
  take(legId: string, byDialer: boolean, now: number): boolean {
    this.look(now);
    const { calls } = this.limits;
    const full = this.legs.size >= calls * (byDialer ? 1 - keptForPeople : 1);
    if (full || (byDialer && (this.tokens < 1 || this.hasStopped(now)))) {
      this.refused++;
      return false;
    }
    this.tokens -= 1;
    this.legs.add(legId);
    this.unanswered.set(legId, now);
    return true;
  }

  /** The exchange has answered the order for this call, whatever it said. */
  answered(legId: string): void {
    this.unanswered.delete(legId);
  }

  /** A caller of the hotline is there: nobody asks whether he may be, but he comes before what we would place. */
  came(legId: string, now: number): void {
    this.look(now);
    this.tokens = Math.max(this.tokens - 1, -this.most());
    this.legs.add(legId);
  }

  ended(legId: string): void {
    this.legs.delete(legId);
  }

  /** What lives there, read anew after a gap. */
  resurvey(legIds: readonly string[]): void {
    this.legs.clear();
    this.unanswered.clear();
    for (const legId of legIds) this.legs.add(legId);
  }

  capacity(now: number): Capacity {
    this.look(now);
    return {
      maxPerSecond: Math.max(leastPerSecond, Math.floor(this.rate)),
      freeCalls: Math.max(0, Math.floor(this.limits.calls * (1 - keptForPeople)) - this.legs.size),
      lagMs: Math.round(this.behind(now)),
    };
  }

  /** Calls refused since the start. */
  refusals(): number {
    return this.refused;
  }

  private most(): number {
    return Math.max(1, this.rate * burstS);
  }

  /** The events' lag at the last look, or the age of the oldest order without an answer. */
  private behind(now: number): number {
    const [since] = this.unanswered.values();
    return Math.max(this.lagMs, since === undefined ? 0 : now - since);
  }

  private hasStopped(now: number): boolean {
    return this.legs.size >= fewCalls && this.behind(now) > stopLagMs;
  }

  /** Refills evenly and, twice a second, lowers the rate by half or raises it a little (AIMD, as TCP does: Chiu and Jain 1989). */
  private look(now: number): void {
    this.tokens = Math.min(
      this.most(),
      this.tokens + (Math.max(0, now - this.refilledAt) / 1000) * this.rate,
    );
    this.refilledAt = now;
    const sinceMs = now - this.adjustedAt;
    if (sinceMs < adjustEveryMs) return;
    this.adjustedAt = now;
    // The least of the half second: one late event is the road's, all of them late are the exchange's (or our own thread's).
    this.lagMs = this.heardSinceAdjust ? this.leastSinceAdjust : 0;
    this.heardSinceAdjust = false;
    if (this.behind(now) > lagLimitMs) {
      if (this.loweredAt !== null && now - this.loweredAt < lowerAgainMs) return;
      this.loweredAt = now;
      this.rate = Math.max(leastPerSecond, this.rate / 2);
      this.tokens = Math.min(this.tokens, this.most());
    } else {
      this.loweredAt = null;
      const raise = this.limits.perSecond * recoverSharePerSecond * Math.min(sinceMs / 1000, 1);
      this.rate = Math.min(this.limits.perSecond, this.rate + raise);
    }
  }
}
