import type { AgentStateName } from '../server/live/schema.ts';

/** Why a running campaign does not dial right now, as the key of one sentence. Pure. */
export type NotDialling =
  | 'exchangeDown' // no switchboard speaks, or its exchange is away
  | 'noLeads' // nothing left that waits
  | 'notDueYet' // everything waits for its next time
  | 'outsideHours' // … because nobody may be called at this hour there
  | 'limitReached' // … because they were called often enough
  | 'noAgents' // none of its agents is signed in
  | 'agentsPaused'
  | 'agentsNotConnected' // ready, but the kept-up leg is not standing
  | 'agentsBusy'
  | 'busDown'; // calls cannot be handed over

export interface Situation {
  readonly mode: 'preview' | 'progressive' | 'announcement';
  readonly exchangeUp: boolean;
  readonly busUp: boolean;
  /** Calls launched in this tick or living. */
  readonly live: number;
  /** When the next waiting lead is due; null: none waits. */
  readonly nextDueAt: number | null;
  /** The contact rule that put that lead off, if one did. */
  readonly nextRefusal: string | null;
  /** Its agents who are known to a switchboard. */
  readonly agents: readonly { readonly state: AgentStateName; readonly legUp: boolean }[];
}

export function whyNot(situation: Situation, now: number): NotDialling | null {
  const { mode, agents, nextDueAt, nextRefusal } = situation;
  if (situation.live > 0) return null;
  if (!situation.exchangeUp) return 'exchangeDown';
  if (!situation.busUp) return 'busDown';
  if (nextDueAt === null) return 'noLeads';
  if (nextDueAt > now) {
    return nextRefusal === 'outsideHours' || nextRefusal === 'limitReached' ? nextRefusal : 'notDueYet';
  }
  if (mode === 'announcement') return null;
  const present = agents.filter((agent) => agent.state !== 'offline');
  if (present.length === 0) return 'noAgents';
  if (present.every((agent) => agent.state === 'paused')) return 'agentsPaused';
  if (mode === 'preview') return null;
  const ready = present.filter((agent) => agent.state === 'ready');
  if (ready.length > 0 && ready.every((agent) => !agent.legUp)) return 'agentsNotConnected';
  return ready.length === 0 ? 'agentsBusy' : null;
}
