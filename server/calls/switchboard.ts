import type { AgentState } from '../agents/agent.ts';
import { callOf, Presence } from '../agents/presence.ts';
import type { AgentId, CallId, E164, EpochMs, LegId } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import type { SwitchboardStatus } from '../bus/schema.ts';
import type { CallState } from './call-state.ts';
import { Desk } from './desk.ts';
import type { CallOffered, Exchange, ExchangeEvent } from './exchange.ts';
import type { HistoryWriter } from './history.ts';
import { Matchmaker } from './matching.ts';
import { Placing } from './placing.ts';
import { Reconciler } from './reconcile.ts';
import type { QueueRow } from './store.ts';
import { Targets } from './targets.ts';

export interface SwitchboardPorts {
  readonly exchange: Exchange;
  readonly history: Pick<HistoryWriter, 'changed' | 'happened' | 'push'>;
  readonly log: Log;
  readonly node: string;
  now(): EpochMs;
  lookUp(phone: string): Promise<CallState['candidates']>;
  /** A caller's number as the SIP side wrote it, to E.164; null when it is none. */
  parseCaller(from: string): E164 | null;
  pop(agentId: number, call: CallState): Promise<void>;
  fallbackMember(agent: AgentState, as: 'available' | 'paused' | 'absent'): void;
  /** What lives on the exchange was compared with what we believe. */
  surveyed(): void;
  callChanged(call: CallState): void;
  /** `setBy`: the supervisor who put him into his present state. */
  agentChanged(agent: AgentState, was: AgentState, setBy: string | null): void;
}

/**
 * The live-call part of the server, one per exchange node: joins calls (desk), agents (presence) and the router (matching) to
 * the exchange. It holds no rules of its own; those are in call.ts, agent.ts and router.ts.
 */
export class Switchboard {
  readonly desk: Desk;
  readonly presence: Presence;
  readonly placing: Placing;
  readonly matching: Matchmaker;
  readonly targets: Targets;
  readonly reconciler: Reconciler;
  private readonly ports: SwitchboardPorts;
  private queues: readonly QueueRow[] = [];
  private exchangeUp = false;
  /** Who put an agent into a state, and into which: shown until he leaves it. */
  private readonly setBy = new Map<AgentId, { name: string; activity: AgentState['activity'] }>();
  /** Who said what an agent becomes after his call: it is that supervisor's doing when it comes. */
  private readonly setNextBy = new Map<AgentId, { name: string; next: AgentState['next'] }>();

  constructor(ports: SwitchboardPorts) {
    this.ports = ports;
    const { exchange, history, log, now } = ports;
    this.presence = new Presence(
      {
        ringKeptLeg: (agent, legId) => this.ringKeptLeg(agent, legId),
        hangUpLeg: (legId) => this.hangUpLeg(legId),
        route: () => this.matching.look(),
        reattach: (callId, { agentId, sipUser }, keptLegId) =>
          this.desk.post(callId, { type: 'reattach', agentId, sipUser, keptLegId }),
        // The exchange's own fallback queue is for those who serve queues.
        fallbackMember: (agent, as) => {
          if (agent.role === 'agent') ports.fallbackMember(agent, as);
        },
        changed: (agent, was) => this.agentChanged(agent, was),
      },
      now,
    );
    this.desk = new Desk({
      exchange,
      log,
      now,
      lookUp: ports.lookUp,
      pop: ports.pop,
      tellAgent: (agentId, callId, what) => this.presence.post(agentId as AgentId, { ...what, callId }),
      route: () => this.matching.look(),
      changed: (call) => {
        history.changed(call);
        ports.callChanged(call);
      },
      happened: (callId, seq, at, event) => history.happened(callId, seq, at, event),
      ended: (call) => history.push({ kind: 'ended', state: call }),
    });
    const { desk, presence } = this;
    this.matching = new Matchmaker({ desk, presence, history, now });
    this.placing = new Placing({
      desk,
      presence,
      history,
      now,
      exchangeUp: () => this.exchangeUp,
      ownNumber: () => this.ownNumber(),
    });
    this.targets = new Targets({
      desk,
      presence,
      queues: () => this.queues,
      ownNumber: () => this.ownNumber(),
    });
    this.reconciler = new Reconciler({
      desk,
      presence,
      exchange,
      log,
      now,
      takeIn: (legId, offer) => this.takeIn(legId, offer),
      surveyed: ports.surveyed,
      route: () => this.matching.look(),
    });
    exchange.onEvent((event) => this.onExchangeEvent(event));
  }

  setQueues(queues: readonly QueueRow[]): void {
    this.queues = queues;
    this.matching.setQueues(queues);
  }

  get isExchangeUp(): boolean {
    return this.exchangeUp;
  }

  status(): SwitchboardStatus {
    const lines: Record<string, number> = {};
    for (const call of this.desk.living()) {
      if (call.campaign === null) continue;
      const key = String(call.campaign.campaignId);
      lines[key] = (lines[key] ?? 0) + 1;
    }
    const agents = [...this.presence.all()]
      .filter((a) => a.role === 'agent')
      .map((a) => ({
        agentId: a.agentId as number,
        state: stateForDialer(a),
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

  /** What `act` changes of this agent's activity, now or after his call, is a supervisor's doing. */
  setStateBy(agentId: AgentId, supervisor: string, act: () => void): void {
    const was = this.presence.get(agentId);
    act();
    const agent = this.presence.get(agentId);
    if (agent === undefined) return;
    if (agent.activity === was?.activity) {
      if (agent.next !== was.next) this.setNextBy.set(agentId, { name: supervisor, next: agent.next });
      return;
    }
    this.setBy.set(agentId, { name: supervisor, activity: agent.activity });
    this.ports.agentChanged(agent, agent, supervisor);
  }

  close(): void {
    this.reconciler.close();
    this.desk.close();
    this.presence.close();
  }

  /** The number that customers see when nobody named one: the first queue's. */
  private ownNumber(): string | null {
    const number = this.queues[0]?.hotlineNumber;
    return number === undefined ? null : `+${number.replace(/^\+/, '')}`;
  }

  private agentChanged(agent: AgentState, was: AgentState): void {
    const { activity, aside, next, keptLeg } = agent;
    if (
      activity !== was.activity ||
      aside !== was.aside ||
      next !== was.next ||
      (keptLeg !== was.keptLeg && (keptLeg.status === 'up' || was.keptLeg.status === 'up'))
    ) {
      this.ports.history.push({
        kind: 'activity',
        agentId: agent.agentId,
        at: this.ports.now(),
        state: { activity, aside, next, keptLeg },
      });
    }
    const ahead = this.setNextBy.get(agent.agentId);
    if (ahead !== undefined && was.next === ahead.next && next !== ahead.next) {
      this.setNextBy.delete(agent.agentId);
      if (activity !== was.activity && activity.name === ahead.next.name)
        this.setBy.set(agent.agentId, { name: ahead.name, activity });
    }
    const setBy = this.setBy.get(agent.agentId);
    if (setBy !== undefined && setBy.activity !== activity) this.setBy.delete(agent.agentId);
    this.ports.agentChanged(agent, was, this.setBy.get(agent.agentId)?.name ?? null);
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
      case 'phoneOffline':
      case 'phoneTaken':
      case 'phoneGivenBack': {
        const agent = this.presence.ofSipUser(event.sipUser);
        if (agent) this.presence.post(agent.agentId, { type: event.type });
        return;
      }
      case 'exchangeUp':
        this.exchangeUp = true;
        return this.reconciler.connected();
      case 'exchangeDown':
        this.exchangeUp = false;
        return this.reconciler.disconnected();
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
    const { queueId, name, ringMs, wrapUpMs, record } = queue;
    const offered = {
      type: 'offered',
      phone: this.ports.parseCaller(event.from),
      phoneRaw: event.from,
      calledNumber: event.to,
      queue: { queueId, name, ringMs, wrapUpMs, record },
    } as const;
    // In the exchange's time: it may have waited for us (a frozen process, a restart).
    this.desk.open(event.callId, 'hotline', offered, Math.min(event.at, this.ports.now()));
  }

  /** A customer whose call was lost with the last moments of an earlier switchboard: served as a new caller. */
  private takeIn(legId: LegId, offer: CallOffered | undefined): void {
    if (offer !== undefined) return this.callOffered(offer);
    const callId = legId as string as CallId;
    this.callOffered({ type: 'callOffered', callId, from: '', fromName: '', to: '', at: this.ports.now() });
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
    if (keeper === undefined) {
      const callId = this.desk.callOfLeg(legId);
      if (callId !== undefined) this.desk.post(callId, { type: 'legEnded', legId, cause, sipCode });
      return;
    }
    // His present call and the one he put aside both stand on it.
    const calls = new Set(this.desk.callsWithLeg(legId));
    const present = callOf(keeper);
    if (present !== null) calls.add(present);
    this.presence.post(keeper.agentId, { type: 'legGone', legId });
    for (const callId of calls) this.desk.post(callId, { type: 'legEnded', legId, cause, sipCode });
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
}

/** Without a page or a phone he cannot take a call, whatever he pressed; with the fallback queue's caller on it he is in a talk. */
function stateForDialer({
  activity,
  pages,
  phoneOnline,
  takenSince,
}: AgentState): SwitchboardStatus['agents'][number]['state'] {
  if (activity.name !== 'ready') return activity.name;
  if (pages === 0 || !phoneOnline) return 'offline';
  return takenSince === null ? 'ready' : 'talking';
}
