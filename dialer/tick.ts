import type { Log } from '../server/basics/log.ts';
import { type Bus, placeCallsExpireMs, type SwitchboardStatus } from '../server/bus/schema.ts';
import type { House } from '../server/contact-rules/rules.ts';
import type { Db } from '../server/db/pool.ts';
import { type Allowance, announcementCalls, refill } from './announcement.ts';
import { createPacer, type Pacer, type Points } from './pacing.ts';
import { type FreeAgent, shareAgents } from './share.ts';
import {
  finishCampaigns,
  type Launch,
  launch,
  type RunningCampaign,
  readRunning,
  reconcile,
  type Seat,
  writeNotDialling,
} from './store.ts';
import { whyNot } from './why.ts';

/** A switchboard that has said nothing for so long is not believed: nothing is launched on old news. */
const STATUS_FRESH_MS = 3000;
/** Leads looked at in a round after refusals, and rounds in a tick: the night's refusals move on by 1,000 a tick. */
const LOOK_AGAIN = 250;
const ROUNDS = 4;
/** Calls of one campaign in one transaction. */
const MOST_AT_ONCE = 200;
/** A batch that could not be handed over is tried again for so long; then its leads are released by `reconcile`. */
const SEND_AGAIN_MS = 10_000;
const RECONCILE_EVERY_MS = 10_000;

export interface DialerOptions {
  readonly db: Db;
  readonly bus: Bus;
  readonly log: Log;
  readonly house: House;
  readonly callsPerSecond: number;
  /** Attempts that nobody took up are given up after so long; must exceed the bus' own limit. */
  readonly releaseAfterMs?: number;
  readonly now?: () => number;
}

export interface TickResult {
  readonly launched: number;
  /** Leads that a contact rule put off. */
  readonly refused: number;
}

/** One tick after another: a snapshot, how many calls for each campaign, claim + reserve + attempt rows, hand over. */
export class Dialer {
  private readonly options: DialerOptions;
  private readonly statuses = new Map<string, SwitchboardStatus>();
  private readonly pacers = new Map<number, Pacer>();
  private allowance: Allowance = { calls: 0, at: 0 };
  private unsent: { at: number; calls: Launch['calls'] } | null = null;
  private reconciledAt = 0;
  private failedAt = 0;

  constructor(options: DialerOptions) {
    this.options = options;
  }

  /** News of a switchboard; the latest of each counts. */
  heard(status: SwitchboardStatus): void {
    this.statuses.set(status.node, status);
  }

  async tick(): Promise<TickResult> {
    try {
      return await this.run();
    } catch (error) {
      this.failedAt = this.now();
      throw error;
    }
  }

  private async run(): Promise<TickResult> {
    const now = this.now();
    const { db } = this.options;
    await this.sendAgain(now);
    const nodes = [...this.statuses.values()].filter((s) => s.exchangeUp && now - s.at <= STATUS_FRESH_MS);
    const campaigns = await readRunning(db);
    this.allowance = refill(this.allowance, this.callsPerSecond(nodes), now);

    const may = nodes.length > 0 && this.unsent === null;
    const seats = may ? this.seatsFor(campaigns, nodes, now) : new Map<number, Seat[]>();
    const launched = new Map<number, number>();
    const room = new Map(nodes.map((s) => [s.node, s.capacity?.freeCalls ?? Number.POSITIVE_INFINITY]));
    let refused = 0;
    for (const campaign of campaigns) {
      const result = await this.launchFor(campaign, withRoom(seats.get(campaign.id) ?? [], room), now);
      launched.set(campaign.id, result.launched);
      refused += result.refused;
    }
    await this.explain(campaigns, nodes, launched, now);
    await this.tidy(campaigns, now);
    return { launched: [...launched.values()].reduce((a, b) => a + b, 0), refused };
  }

  /** The seats each campaign may fill now: free agents, or lines for the robot. */
  private seatsFor(
    campaigns: readonly RunningCampaign[],
    nodes: readonly SwitchboardStatus[],
    now: number,
  ): Map<number, Seat[]> {
    const due = campaigns.filter((c) => c.nextDueAt !== null && c.nextDueAt <= now);
    const held = new Set(campaigns.flatMap((c) => c.holding.map(([, agentId]) => agentId)));
    const ready = new Set<number>();
    const free: FreeAgent[] = [];
    for (const status of nodes) {
      for (const agent of status.agents) {
        if (agent.state !== 'ready' || !agent.legUp) continue;
        ready.add(agent.agentId);
        if (!held.has(agent.agentId))
          free.push({ agentId: agent.agentId, node: status.node, since: agent.since });
      }
    }
    const progressive = due.filter((c) => c.mode === 'progressive');
    const shares = shareAgents(
      free,
      progressive.map((c) => ({ campaignId: c.id, agentIds: c.agentIds, busy: c.holding.length })),
    );
    const seats = new Map<number, Seat[]>();
    for (const campaign of progressive) {
      const share = shares.get(campaign.id) ?? [];
      const n = this.pace(campaign, share, ready, nodes, now);
      seats.set(campaign.id, share.slice(0, n));
    }
    for (const campaign of due.filter((c) => c.mode === 'announcement')) {
      const lines = linesOf(campaign, nodes);
      const n = Math.min(announcementCalls({ lines, lineLimit: campaign.lineLimit }), MOST_AT_ONCE);
      seats.set(
        campaign.id,
        Array.from({ length: n }, (_, i) => ({ node: nodes[i % nodes.length]!.node, agentId: null })),
      );
    }
    return seats;
  }

  private pace(
    campaign: RunningCampaign,
    share: readonly FreeAgent[],
    ready: ReadonlySet<number>,
    nodes: readonly SwitchboardStatus[],
    now: number,
  ): number {
    let pacer = this.pacers.get(campaign.id);
    if (!pacer) {
      pacer = createPacer({ target: 0.03 });
      pacer.init({
        N: campaign.agentIds.length,
        lineLimit: campaign.lineLimit,
        ringTimeout: campaign.ringTimeoutMs / 1000,
        holdMax: 2,
      });
      this.pacers.set(campaign.id, pacer);
    }
    const members = nodes.flatMap((s) => s.agents.filter((a) => campaign.agentIds.includes(a.agentId)));
    const inState = (...states: string[]) => members.filter((a) => states.includes(a.state)).length;
    // An agent who is ready and held is waiting for the call that is being dialled for him.
    const dialling = campaign.holding.filter(([, agentId]) => ready.has(agentId));
    const ringing: Points = {
      n: dialling.length,
      t: dialling.map(([, , plannedAt]) => plannedAt / 1000),
      id: dialling.map(([attemptId]) => attemptId),
    };
    const nobody: Points = { n: 0, t: [], id: [] };
    return pacer.decide({
      t: now / 1000,
      idle: share.length + dialling.length,
      talking: inState('talking', 'hold', 'ringing'),
      wrapping: inState('wrapUp'),
      paused: inState('paused'),
      loggedIn: members.length - inState('offline'),
      held: 0,
      lines: linesOf(campaign, nodes),
      lineLimit: campaign.lineLimit,
      cps: this.callsPerSecond(nodes),
      ringTimeout: campaign.ringTimeoutMs / 1000,
      holdMax: 2,
      ringing,
      amd: nobody,
      talk: nobody,
      wrap: nobody,
    });
  }

  /** Our own limit, or what the exchanges say that they can take, if that is less. */
  private callsPerSecond(nodes: readonly SwitchboardStatus[]): number {
    const most = this.options.callsPerSecond;
    const theirs = nodes.reduce((sum, { capacity }) => sum + (capacity?.maxPerSecond ?? most), 0);
    return nodes.length === 0 ? most : Math.min(most, theirs);
  }

  private async launchFor(
    campaign: RunningCampaign,
    seats: readonly Seat[],
    now: number,
  ): Promise<TickResult> {
    let left = seats.slice(0, Math.floor(this.allowance.calls));
    let launched = 0;
    let refused = 0;
    let look = left.length;
    for (let round = 0; round < ROUNDS && left.length > 0; round++) {
      const result = await launch(this.options.db, campaign, left, { look, now, house: this.options.house });
      const taken = result.calls.length;
      launched += taken;
      refused += result.refused;
      this.allowance = { ...this.allowance, calls: this.allowance.calls - taken };
      if (taken > 0) {
        const pacer = this.pacers.get(campaign.id);
        for (const { call } of result.calls)
          pacer?.onEvent({ t: now / 1000, type: 'launch', id: call.attemptId });
        await this.send(result.calls, now);
      }
      // Fewer leads than asked for: there are no more. None refused: the seats are filled.
      if (result.refused === 0 || result.looked < look) break;
      const used = new Set(result.calls.map(({ call }) => call.agentId));
      left =
        campaign.mode === 'announcement' ? left.slice(taken) : left.filter((seat) => !used.has(seat.agentId));
      look = LOOK_AGAIN;
    }
    return { launched, refused };
  }

  /** Hands calls over. What fails may have arrived all the same: sending it again is safe, the attempt's id tells it. */
  private async send(calls: Launch['calls'], at: number): Promise<void> {
    const byNode = Map.groupBy(calls, (each) => each.node);
    for (const [node, each] of byNode) {
      try {
        await this.options.bus.sendPlaceCalls(
          node,
          each.map(({ call }) => call),
        );
      } catch (error) {
        this.options.log.warn({ err: error, calls: each.length }, 'calls could not be handed over');
        this.unsent = { at: this.unsent?.at ?? at, calls: [...(this.unsent?.calls ?? []), ...each] };
      }
    }
  }

  private async sendAgain(now: number): Promise<void> {
    const waiting = this.unsent;
    if (!waiting) return;
    this.unsent = null;
    // Too old: the people they were meant for are elsewhere by now. Their leads come back through `reconcile`.
    if (now - waiting.at < SEND_AGAIN_MS) await this.send(waiting.calls, waiting.at);
  }

  private async explain(
    campaigns: readonly RunningCampaign[],
    nodes: readonly SwitchboardStatus[],
    launched: ReadonlyMap<number, number>,
    now: number,
  ): Promise<void> {
    const { db, bus } = this.options;
    const news = campaigns.flatMap((campaign) => {
      const key = whyNot(
        {
          mode: campaign.mode,
          exchangeUp: nodes.length > 0,
          busUp: this.unsent === null,
          live: linesOf(campaign, nodes) + (launched.get(campaign.id) ?? 0),
          nextDueAt: campaign.nextDueAt,
          nextRefusal: campaign.nextRefusal,
          agents: nodes.flatMap((s) => s.agents.filter((a) => campaign.agentIds.includes(a.agentId))),
        },
        now,
      );
      return key === campaign.notDialling ? [] : [{ campaignId: campaign.id, key }];
    });
    await writeNotDialling(db, news);
    const empty = campaigns.filter((c) => c.nextDueAt === null).map((c) => c.id);
    const finished = await finishCampaigns(db, empty);
    for (const id of finished) this.pacers.delete(id);
    const changed = new Set([...news.map((n) => n.campaignId), ...finished]);
    // Screens look for themselves as well: a bus that is down only delays them.
    await Promise.all([...changed].map((id) => bus.publishCampaignChanged(id).catch(() => {})));
  }

  private async tidy(campaigns: readonly RunningCampaign[], now: number): Promise<void> {
    for (const id of this.pacers.keys()) {
      if (!campaigns.some((c) => c.id === id)) this.pacers.delete(id);
    }
    if (now - this.reconciledAt < RECONCILE_EVERY_MS) return;
    // After an outage of the database the switchboard first writes what it could not: give it time before calling calls lost.
    if (now - this.failedAt < placeCallsExpireMs) return;
    this.reconciledAt = now;
    const olderThanMs = this.options.releaseAfterMs ?? 2 * placeCallsExpireMs;
    const released = await reconcile(this.options.db, { now, olderThanMs });
    if (released > 0) this.options.log.warn({ released }, 'attempts that nobody took up were given up');
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

/** Lines of a campaign in use: what we planned and have not heard the end of, or what the switchboards count, if that is more. */
function linesOf(campaign: RunningCampaign, nodes: readonly SwitchboardStatus[]): number {
  const counted = nodes.reduce((sum, status) => sum + (status.lines[String(campaign.id)] ?? 0), 0);
  return Math.max(campaign.lines, counted);
}

/** Seats on exchanges that have room for another call; what is given is taken off `room`. */
function withRoom(seats: readonly Seat[], room: Map<string, number>): Seat[] {
  return seats.filter(({ node }) => {
    const free = room.get(node) ?? 0;
    if (free < 1) return false;
    room.set(node, free - 1);
    return true;
  });
}
