import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentState } from '../agents/agent.ts';
import { callOf, Presence } from '../agents/presence.ts';
import type { AgentId, CallId, E164, EpochMs, LegId } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import type { PlaceCall, SwitchboardStatus } from '../bus/schema.ts';
import { pick } from '../routing/router.ts';
import type { CallState } from './call-state.ts';
import { Desk } from './desk.ts';
import type { Exchange, ExchangeEvent } from './exchange.ts';
import type { HistoryWriter } from './history.ts';
import type { QueueRow } from './store.ts';

export interface SwitchboardPorts {
  readonly exchange: Exchange;
  readonly history: HistoryWriter;
  readonly log: Log;
  readonly node: string;
  now(): EpochMs;
  lookUp(phone: string): Promise<CallState['candidates']>;
  /** A caller's number as the SIP side wrote it, to E.164; null when it is none. */
  parseCaller(from: string): E164 | null;
  pop(agentId: number, call: CallState): Promise<void>;
  fallbackMember(agent: AgentState, as: 'available' | 'paused' | 'absent'): void;
  callChanged(call: CallState): void;
  agentChanged(agent: AgentState, was: AgentState): void;
}

/** The dialer's orders come each tenth of a second and more; placed within this they do not pile up. */
const placingBeatMs = 5;
const placingBeats = 18;

/**
 * The live-call part of the server, one per exchange node: joins calls (desk), agents (presence) and the router to the
 * exchange. It holds no rules of its own; those are in call.ts, agent.ts and router.ts.
 */
export class Switchboard {
  readonly desk: Desk;
  readonly presence: Presence;
  private readonly ports: SwitchboardPorts;
  private queues: readonly QueueRow[] = [];
  private routing = false;
  private exchangeUp = false;

  constructor(ports: SwitchboardPorts) {
    this.ports = ports;
    const { exchange, history } = ports;
    this.presence = new Presence(
      {
        ringKeptLeg: (agent, legId) => this.ringKeptLeg(agent, legId),
        hangUpLeg: (legId) => this.hangUpLeg(legId),
        route: () => this.route(),
        reattach: (callId, agent, keptLegId) =>
          this.desk.post(callId, {
            type: 'reattach',
            agentId: agent.agentId,
            sipUser: agent.sipUser,
            keptLegId,
          }),
        fallbackMember: ports.fallbackMember,
        changed: (agent, was) => {
          if (agent.activity !== was.activity) {
            history.push({
              kind: 'activity',
              agentId: agent.agentId,
              at: ports.now(),
              activity: agent.activity,
            });
          }
          ports.agentChanged(agent, was);
        },
      },
      ports.now,
    );
    this.desk = new Desk({
      exchange,
      log: ports.log,
      now: ports.now,
      lookUp: ports.lookUp,
      pop: ports.pop,
      tellAgent: (agentId, callId, what) => this.presence.post(agentId as AgentId, { ...what, callId }),
      route: () => this.route(),
      changed: (call) => {
        history.changed(call);
        ports.callChanged(call);
      },
      happened: (callId, seq, at, event) => history.happened(callId, seq, at, event),
      ended: (call) => history.push({ kind: 'ended', state: call }),
    });
    exchange.onEvent((event) => this.onExchangeEvent(event));
  }

  setQueues(queues: readonly QueueRow[]): void {
    this.queues = queues;
    this.route();
  }

  /**
   * Places the dialer's calls, a few in each beat, all within a tenth of a second: the exchange answers 25 INVITEs at once
   * later than the same 25 one after another. Each gets an end, at worst `notPlaced`, so that no lead stays claimed.
   */
  async placeCalls(orders: readonly PlaceCall[]): Promise<void> {
    const perBeat = Math.ceil(orders.length / placingBeats);
    for (const [i, order] of orders.entries()) {
      if (i > 0 && i % perBeat === 0) await sleep(placingBeatMs);
      this.placeCall(order);
    }
  }

  placeCall(order: PlaceCall): boolean {
    const callId = order.attemptId as string as CallId;
    // The bus delivers at least once; the attempt's id is the call's id, so a call we know is never dialled again.
    if (this.desk.get(callId) !== undefined) return true;
    const agent = order.agentId === null ? null : this.presence.get(order.agentId as AgentId);
    const legId = agent?.keptLeg.status === 'up' ? agent.keptLeg.legId : null;
    const held = agent == null || (legId !== null && this.presence.reserve(agent.agentId, callId));
    if (!this.exchangeUp || !held || (order.agentId !== null && agent == null)) {
      this.ports.history.push({ kind: 'notPlaced', attemptId: order.attemptId, at: this.ports.now() });
      return false;
    }
    const { campaignId, campaignName, leadId, mode, announcement, scriptText, wrapUpMs, ringMs, callerId, record } =
      order;
    this.desk.open(callId, 'campaign', {
      type: 'placed',
      phone: order.phone as E164,
      campaign: {
        campaignId,
        campaignName,
        leadId,
        mode,
        announcement,
        scriptText,
        wrapUpMs,
        ringMs,
        callerId: callerId ?? this.ownNumber(),
        record,
      },
      agent: agent && legId !== null ? { agentId: agent.agentId, legId } : null,
      customer: order.customerId === null ? null : { id: order.customerId, name: order.leadName },
    });
    return true;
  }

  /** Whom a customer sees calling when the campaign names no number: never nobody (230-FZ art. 7 forbids a hidden number). */
  private ownNumber(): string | null {
    const number = this.queues[0]?.hotlineNumber;
    return number === undefined ? null : `+${number.replace(/^\+/, '')}`;
  }

  status(): SwitchboardStatus {
    const lines: Record<string, number> = {};
    for (const call of this.desk.living()) {
      if (call.campaign === null) continue;
      const key = String(call.campaign.campaignId);
      lines[key] = (lines[key] ?? 0) + 1;
    }
    const agents = [...this.presence.all()].map((a) => ({
      agentId: a.agentId as number,
      // Without a page or a phone he cannot take a call, whatever he pressed.
      state:
        a.activity.name === 'ready' && !(a.pages > 0 && a.phoneOnline)
          ? ('offline' as const)
          : a.activity.name,
      since: a.activity.since,
      legUp: a.keptLeg.status === 'up',
      campaignIds: [...a.campaignIds],
    }));
    return { node: this.ports.node, at: this.ports.now(), exchangeUp: this.exchangeUp, agents, lines };
  }

  /** Takes up what an earlier switchboard left; call before the exchange connects. */
  restore(calls: readonly CallState[]): void {
    for (const call of calls) this.desk.adopt(call);
  }

  close(): void {
    this.desk.close();
    this.presence.close();
  }

  // -------------------------------------------------------------- the exchange speaks

  private onExchangeEvent(event: ExchangeEvent): void {
    switch (event.type) {
      case 'callOffered':
        return this.callOffered(event);
      case 'legRinging':
      case 'legAnswered':
        return this.legNews(event.legId, event.type);
      case 'legEnded':
        return this.legEnded(event);
      case 'playbackEnded': {
        const { playbackId, failed } = event;
        return this.desk.post(event.legId as string as CallId, { type: 'playbackEnded', playbackId, failed });
      }
      case 'digit':
        return;
      case 'speechStarted':
        return this.desk.post(event.legId as string as CallId, { type: 'speechStarted', legId: event.legId });
      case 'speechEnded':
        return this.desk.post(event.legId as string as CallId, {
          type: 'speechEnded',
          legId: event.legId,
          speechMs: event.speechMs,
        });
      case 'phoneOnline':
      case 'phoneOffline': {
        const agent = this.presence.ofSipUser(event.sipUser);
        if (agent) this.presence.post(agent.agentId, { type: event.type });
        return;
      }
      case 'exchangeUp':
        this.exchangeUp = true;
        void this.reconcile();
        return;
      case 'exchangeDown':
        this.exchangeUp = false;
        return;
      default:
        return event satisfies never;
    }
  }

  private callOffered(event: Extract<ExchangeEvent, { type: 'callOffered' }>): void {
    const queue = this.queues.find((q) => q.hotlineNumber === event.to) ?? this.queues[0];
    if (queue === undefined) {
      this.ports.log.error({ callId: event.callId }, 'a call came in and there is no queue; hung up');
      void this.ports.exchange.hangUp(event.callId as string as LegId, 'normal').catch(() => {});
      return;
    }
    this.desk.open(event.callId, 'hotline', {
      type: 'offered',
      phone: this.ports.parseCaller(event.from),
      phoneRaw: event.from,
      calledNumber: event.to,
      queue: {
        queueId: queue.queueId,
        name: queue.name,
        ringMs: queue.ringMs,
        wrapUpMs: queue.wrapUpMs,
        record: queue.record,
      },
    });
  }

  private legNews(legId: LegId, type: 'legRinging' | 'legAnswered'): void {
    const keeper = this.presence.ofKeptLeg(legId);
    if (keeper !== undefined) {
      if (type === 'legAnswered') this.presence.post(keeper.agentId, { type: 'legUp', legId });
      return;
    }
    const callId = this.desk.callOfLeg(legId);
    if (callId !== undefined) this.desk.post(callId, { type, legId });
  }

  private legEnded(event: Extract<ExchangeEvent, { type: 'legEnded' }>): void {
    const { legId, cause, sipCode } = event;
    const keeper = this.presence.ofKeptLeg(legId);
    const callId = keeper === undefined ? this.desk.callOfLeg(legId) : callOf(keeper);
    if (keeper !== undefined) this.presence.post(keeper.agentId, { type: 'legGone', legId });
    if (callId != null) this.desk.post(callId, { type: 'legEnded', legId, cause, sipCode });
  }

  // -------------------------------------------------------------- what agents' machines ask

  private ringKeptLeg(agent: AgentState, legId: LegId): void {
    const { agentId, sipUser } = agent;
    this.ports.exchange
      .ringAgent({
        legId,
        callId: null,
        agentId,
        sipUser,
        callerId: null,
        callerName: null,
        ringMs: 10_000,
        autoAnswer: true,
      })
      .catch((error: unknown) => {
        this.ports.log.warn({ err: error, agentId }, 'a kept-up leg could not be rung');
        this.presence.post(agentId, { type: 'legGone', legId });
      });
  }

  private hangUpLeg(legId: LegId): void {
    this.ports.exchange.hangUp(legId, 'normal').catch((error: unknown) => {
      this.ports.log.debug({ err: error }, 'a leg to be hung up was gone already');
    });
  }

  // -------------------------------------------------------------- who takes whom

  /** Looks once, after everything that happens now has happened. */
  private route(): void {
    if (this.routing) return;
    this.routing = true;
    queueMicrotask(() => {
      this.routing = false;
      this.routeNow();
    });
  }

  private routeNow(): void {
    const waiting = this.desk
      .living()
      .filter((c) => c.phase.name === 'queued')
      .map((c) => ({
        callId: c.callId,
        queueId: c.queue?.queueId ?? 0,
        queuedAt: c.queuedAt ?? c.offeredAt,
        tried: c.tried,
      }));
    if (waiting.length === 0) return;
    const agents = this.presence.free().map((a) => ({
      agentId: a.agentId,
      queueIds: this.queues.filter((q) => q.agentIds.includes(a.agentId)).map((q) => q.queueId),
      since: a.activity.since,
    }));
    for (const { callId, agentId, why } of pick(waiting, agents)) {
      const agent = this.presence.get(agentId);
      if (agent === undefined || !this.presence.reserve(agentId, callId)) continue;
      this.ports.history.push({
        kind: 'decision',
        callId,
        agentId,
        at: this.ports.now(),
        inputs: { waiting: waiting.slice(0, 100), agents: agents.slice(0, 100) },
        why,
      });
      const keptLegId = agent.keptLeg.status === 'up' ? agent.keptLeg.legId : null;
      this.desk.post(callId, { type: 'assigned', agentId, sipUser: agent.sipUser, keptLegId });
    }
  }

  // -------------------------------------------------------------- after a gap

  /**
   * Nothing is replayed after a lost connection, so what lives on the exchange is compared with what we believe: legs of ours
   * that are gone have ended, agents' legs that nobody knows are hung up, callers we do not know are taken in.
   */
  private async reconcile(): Promise<void> {
    let survey: Awaited<ReturnType<Exchange['survey']>>;
    try {
      survey = await this.ports.exchange.survey();
    } catch (error) {
      this.ports.log.warn({ err: error }, 'the exchange cannot be surveyed now');
      return;
    }
    // A caller whom the exchange has given to its fallback queue is with us no more; the ledger will tell how he fared.
    const alive = new Set<string>(survey.legs.filter((leg) => leg.role !== 'other').map((leg) => leg.legId));
    const gone = { cause: 0, sipCode: 0 };
    for (const call of this.desk.living()) {
      if (call.recording !== null) this.keepRecording(call.callId, call.recording);
      // The end of a notice that was playing may have been missed: nobody shall be kept apart by it.
      if (call.notice !== null)
        this.desk.post(call.callId, { type: 'playbackEnded', playbackId: call.notice, failed: true });
      for (const [legId, leg] of Object.entries(call.legs) as [LegId, CallState['legs'][string]][]) {
        if (leg.ended !== null) continue;
        if (!alive.has(legId)) this.desk.post(call.callId, { type: 'legEnded', legId, ...gone });
        else if (leg.answeredAt === null && survey.legs.find((l) => l.legId === legId)?.up) {
          this.desk.post(call.callId, { type: 'legAnswered', legId });
        }
      }
    }
    const online = new Set(survey.onlinePhones);
    for (const agent of this.presence.all()) {
      const type = online.has(agent.sipUser) ? 'phoneOnline' : 'phoneOffline';
      this.presence.post(agent.agentId, { type });
      if (agent.keptLeg.status !== 'none' && !alive.has(agent.keptLeg.legId)) {
        this.presence.post(agent.agentId, { type: 'legGone', legId: agent.keptLeg.legId });
      }
      // He was with a call that has ended while we were away.
      const callId = callOf(agent);
      if (callId !== null && this.desk.get(callId)?.end !== null) {
        this.presence.post(agent.agentId, { type: 'released', callId, wrapUpMs: null, missed: false });
      }
    }
    for (const leg of survey.legs) {
      if (leg.role === 'customer' && this.desk.callOfLeg(leg.legId) === undefined)
        this.unknownCustomer(leg.legId);
      if (leg.role !== 'agent') continue;
      const keeper = this.presence.ofKeptLeg(leg.legId);
      const known = keeper ? keeper.keptLeg.status !== 'none' && keeper.keptLeg.legId === leg.legId : false;
      if (!known && this.desk.callOfLeg(leg.legId) === undefined) this.hangUpLeg(leg.legId);
    }
    this.route();
  }

  /** Recordings outlive us, but the next change of agents would spoil one that this process knows nothing of. */
  private keepRecording(callId: CallId, { heard, spoken }: NonNullable<CallState['recording']>): void {
    this.ports.exchange
      .startRecording(callId as string as LegId, { heard, spoken })
      .catch((error: unknown) =>
        this.ports.log.warn({ err: error, callId }, 'a recording could not be taken up'),
      );
  }

  /** A customer whose call was lost with the last moments of an earlier switchboard: served as a new caller without a number. */
  private unknownCustomer(legId: LegId): void {
    const oneWeDialled = /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(legId);
    if (oneWeDialled) return this.hangUpLeg(legId);
    this.callOffered({
      type: 'callOffered',
      callId: legId as string as CallId,
      from: '',
      fromName: '',
      to: '',
      at: this.ports.now(),
    });
  }
}
