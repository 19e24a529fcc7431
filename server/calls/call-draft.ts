import type { AgentId, EpochMs, LegId } from '../basics/ids.ts';
import type { AgentNews, Effect, TimerName } from './call-events.ts';
import type { CallState, LegFacts, Phase } from './call-state.ts';

export interface Decision {
  readonly state: CallState;
  readonly effects: readonly Effect[];
}

/**
 * A state being changed, with the effects gathered so far. Lives for one `decide` only. Who hears whom is not ordered here:
 * it follows from the state (call-media.ts).
 */
export class Draft {
  readonly now: EpochMs;
  readonly effects: Effect[] = [];
  state: CallState;

  constructor(state: CallState, now: EpochMs) {
    this.state = state;
    this.now = now;
  }

  get customerLeg(): LegId {
    return this.state.callId as string as LegId;
  }

  set(change: Partial<CallState>): this {
    this.state = { ...this.state, ...change };
    return this;
  }

  phase(phase: Phase): this {
    return this.set({ phase });
  }

  leg(legId: LegId, change: Partial<LegFacts>): this {
    const was = this.state.legs[legId];
    if (was === undefined) return this;
    return this.set({ legs: { ...this.state.legs, [legId]: { ...was, ...change } } });
  }

  addLeg(legId: LegId, leg: LegFacts): this {
    return this.set({ legs: { ...this.state.legs, [legId]: leg } });
  }

  /** A leg that is about to be rung. `agentId` null: somebody outside. */
  newLeg(role: 'agent' | 'supervisor' | 'outside', agentId: AgentId | null): LegId {
    const { callId, legCount } = this.state;
    const who = agentId === null ? 'out' : `ag-${agentId}`;
    const legId = `${who}-${callId}-${legCount + 1}` as LegId;
    this.set({ legCount: legCount + 1 });
    this.addLeg(legId, { ...legSince(role, this.now, null), agentId });
    return legId;
  }

  /** An agent's kept-up leg comes to this call, perhaps for the second time. */
  keptLeg(agentId: AgentId, legId: LegId, role: 'agent' | 'supervisor' = 'agent'): this {
    const was = this.state.legs[legId] ?? legSince(role, this.now, this.now);
    return this.addLeg(legId, { ...was, role, agentId, kept: true, ended: null });
  }

  isUp(legId: LegId): boolean {
    return isUp(this.state, legId);
  }

  do(...effects: Effect[]): this {
    this.effects.push(...effects);
    return this;
  }

  wind(name: TimerName, at: EpochMs): this {
    this.set({ timers: { ...this.state.timers, [name]: at } });
    return this.do({ do: 'setTimer', name, at });
  }

  unwind(name: TimerName): this {
    if (this.state.timers[name] === undefined) return this;
    const { [name]: _gone, ...timers } = this.state.timers;
    return this.set({ timers }).do({ do: 'clearTimer', name });
  }

  tell(agentId: AgentId, what: AgentNews): this {
    return this.do({ do: 'tellAgent', agentId, what });
  }

  /** Nothing for him to do here. An agent who was reserved for this call must not stay so; one who is on it stays. */
  refuse(agentId: AgentId): this {
    if (isOn(this.state, agentId)) return this;
    return this.tell(agentId, { type: 'released', wrapUpMs: null, missed: false });
  }
}

export function isUp(state: CallState, legId: LegId): boolean {
  const leg = state.legs[legId];
  return leg !== undefined && leg.answeredAt !== null && leg.ended === null;
}

/** Has this call a use for him: is he its agent, the colleague who was asked, a supervisor on it? */
export function isOn(state: CallState, agentId: AgentId): boolean {
  if (state.phase.name === 'ended') return false;
  if (state.agentId === agentId || state.consult?.agentId === agentId) return true;
  return Object.values(state.watchers).some((w) => w.supervisorId === agentId);
}

export function legSince(role: LegFacts['role'], startedAt: EpochMs, answeredAt: EpochMs | null): LegFacts {
  return { role, agentId: null, kept: false, startedAt, rang: false, answeredAt, ended: null };
}
