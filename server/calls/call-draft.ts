import type { AgentId, EpochMs, LegId } from '../basics/ids.ts';
import type { AgentNews, CallState, Effect, LegFacts, Phase, TimerName } from './call-state.ts';

export interface Decision {
  readonly state: CallState;
  readonly effects: readonly Effect[];
}

/** A state being changed, with the effects gathered so far. Lives for one `decide` only. */
export class Draft {
  now: EpochMs;
  state: CallState;
  private effects: Effect[] = [];

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

  newAgentLeg(agentId: AgentId): LegId {
    const legId = `ag-${agentId}-${this.state.callId}-${this.state.legCount + 1}` as LegId;
    this.set({ legCount: this.state.legCount + 1 });
    this.addLeg(legId, {
      role: 'agent',
      agentId,
      kept: false,
      startedAt: this.now,
      rang: false,
      answeredAt: null,
      ended: null,
    });
    return legId;
  }

  keptLeg(agentId: AgentId, legId: LegId): this {
    return this.addLeg(legId, {
      role: 'agent',
      agentId,
      kept: true,
      startedAt: this.now,
      rang: false,
      answeredAt: this.now,
      ended: null,
    });
  }

  isUp(legId: LegId): boolean {
    const leg = this.state.legs[legId];
    return leg !== undefined && leg.answeredAt !== null && leg.ended === null;
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

  music(on: boolean): this {
    if (this.state.music === on) return this;
    this.set({ music: on });
    return this.do(
      on ? { do: 'startMusic', legId: this.customerLeg } : { do: 'stopMusic', legId: this.customerLeg },
    );
  }

  tell(agentId: AgentId, what: AgentNews): this {
    return this.do({ do: 'tellAgent', agentId, what });
  }

  done(): Decision {
    return { state: this.state, effects: this.effects };
  }
}

export function customerLegSince(startedAt: EpochMs, answeredAt: EpochMs | null): LegFacts {
  return { role: 'customer', agentId: null, kept: false, startedAt, rang: false, answeredAt, ended: null };
}
