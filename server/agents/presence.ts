import type { AgentId, CallId, EpochMs, LegId } from '../basics/ids.ts';
import type { Role } from '../users/schema.ts';
import {
  type AgentEffect,
  type AgentEvent,
  type AgentState,
  callOf,
  decideAgent,
  isFree,
  newAgent,
} from './agent.ts';
import type { RestoredAgent } from './store.ts';

/** What agents' machines ask of the house. */
export interface PresenceEffects {
  ringKeptLeg(agent: AgentState, legId: LegId): void;
  hangUpLeg(legId: LegId): void;
  route(): void;
  reattach(callId: CallId, agent: AgentState, keptLegId: LegId | null): void;
  fallbackMember(agent: AgentState, as: 'available' | 'paused' | 'absent'): void;
  changed(agent: AgentState, was: AgentState): void;
}

/** How long an agent's last page may be gone (a refresh, a dead battery) before he counts as absent. */
export const absentAfterMs = 30_000;

/** All agents of this node: holds their states, runs their timers, hands on their effects. The only writer of agent states. */
export class Presence {
  private readonly agents = new Map<AgentId, AgentState>();
  private readonly byUser = new Map<string, AgentId>();
  private readonly timers = new Map<AgentId, NodeJS.Timeout>();
  private readonly absences = new Map<AgentId, NodeJS.Timeout>();
  private readonly effects: PresenceEffects;
  private readonly now: () => EpochMs;
  private readonly queue: { agentId: AgentId; event: AgentEvent }[] = [];
  private draining = false;

  constructor(effects: PresenceEffects, now: () => EpochMs) {
    this.effects = effects;
    this.now = now;
  }

  /** Makes a user known; of one who is only name and role are changed. */
  add(
    user: { agentId: AgentId; name: string; role: Role; campaignIds: readonly number[] },
    restored?: RestoredAgent,
  ): void {
    const { agentId, name, role, campaignIds } = user;
    const known = this.agents.get(agentId);
    if (known !== undefined) {
      if (known.name === name && known.role === role) return;
      const renamed = { ...known, name, role };
      this.agents.set(agentId, renamed);
      return this.effects.changed(renamed, known);
    }
    const state = { ...newAgent(agentId, name, this.now(), role), campaignIds, ...restored };
    this.agents.set(agentId, state);
    this.effects.changed(state, state);
    this.byUser.set(state.sipUser, agentId);
    const { activity } = state;
    if (activity.name === 'wrapUp') this.wind(agentId, activity.endsAt);
    if (activity.name !== 'offline') this.pageGone(agentId);
  }

  get(agentId: AgentId): AgentState | undefined {
    return this.agents.get(agentId);
  }

  ofSipUser(sipUser: string): AgentState | undefined {
    const agentId = this.byUser.get(sipUser);
    return agentId === undefined ? undefined : this.agents.get(agentId);
  }

  ofKeptLeg(legId: LegId): AgentState | undefined {
    const agentId = Number(/^ag-(\d+)-keep-/.exec(legId)?.[1]) as AgentId;
    return this.agents.get(agentId);
  }

  all(): IterableIterator<AgentState> {
    return this.agents.values();
  }

  free(): AgentState[] {
    return [...this.agents.values()].filter(isFree);
  }

  /** Takes a free agent for a call; false when he is not free (any more). */
  reserve(agentId: AgentId, callId: CallId): boolean {
    const agent = this.agents.get(agentId);
    if (agent === undefined || !isFree(agent)) return false;
    this.post(agentId, { type: 'reserved', callId });
    return true;
  }

  /** Takes a user for a call of his own doing (he dials, he listens in), also from a pause; false when another call has him. */
  reserveOwn(agentId: AgentId, callId: CallId): boolean {
    const { activity } = this.agents.get(agentId) ?? {};
    if (activity?.name === 'wrapUp') this.post(agentId, { type: 'finishWrapUp', callId: activity.callId });
    this.post(agentId, { type: 'reserved', callId, own: true });
    const agent = this.agents.get(agentId);
    return agent !== undefined && callOf(agent) === callId;
  }

  /** Every event of every agent passes here, one at a time, in order. */
  post(agentId: AgentId, event: AgentEvent): void {
    this.queue.push({ agentId, event });
    if (this.draining) return;
    this.draining = true;
    try {
      for (let item = this.queue.shift(); item !== undefined; item = this.queue.shift())
        this.step(item.agentId, item.event);
    } finally {
      this.draining = false;
    }
  }

  /** One more open page of his; the returned function takes it back. */
  pageOpened(agentId: AgentId): () => void {
    clearTimeout(this.absences.get(agentId));
    this.absences.delete(agentId);
    this.post(agentId, { type: 'pageOpened' });
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.post(agentId, { type: 'pageClosed' });
      if (this.agents.get(agentId)?.pages === 0) this.pageGone(agentId);
    };
  }

  /** Each second: looks after kept-up legs that did not come up, and wrap-ups whose timer was lost. */
  watch(): void {
    for (const agentId of this.agents.keys()) this.post(agentId, { type: 'timer' });
  }

  close(): void {
    for (const timer of [...this.timers.values(), ...this.absences.values()]) clearTimeout(timer);
  }

  private step(agentId: AgentId, event: AgentEvent): void {
    const was = this.agents.get(agentId);
    if (was === undefined) return;
    const { state, effects } = decideAgent(was, event, this.now());
    this.agents.set(agentId, state);
    if (state !== was) this.effects.changed(state, was);
    for (const effect of effects) this.perform(state, effect);
  }

  private perform(agent: AgentState, effect: AgentEffect): void {
    switch (effect.do) {
      case 'ringKeptLeg':
        return this.effects.ringKeptLeg(agent, effect.legId);
      case 'hangUpLeg':
        return this.effects.hangUpLeg(effect.legId);
      case 'setTimer':
        return this.wind(agent.agentId, effect.at);
      case 'route':
        return this.effects.route();
      case 'reattach':
        return this.effects.reattach(effect.callId, agent, effect.keptLegId);
      case 'fallbackMember':
        return this.effects.fallbackMember(agent, effect.as);
      default:
        return effect satisfies never;
    }
  }

  private wind(agentId: AgentId, at: EpochMs): void {
    clearTimeout(this.timers.get(agentId));
    const timer = setTimeout(() => this.post(agentId, { type: 'timer' }), Math.max(0, at - this.now()) + 1);
    this.timers.set(agentId, timer);
  }

  private pageGone(agentId: AgentId): void {
    clearTimeout(this.absences.get(agentId));
    this.absences.set(
      agentId,
      setTimeout(() => this.post(agentId, { type: 'absent' }), absentAfterMs),
    );
  }
}

export { callOf };
