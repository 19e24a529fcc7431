import type { AgentId, CallId, EpochMs } from '../basics/ids.ts';

/**
 * Who takes which waiting call, and why. Pure: the same inputs give the same answer, so a stored decision can be replayed.
 * Whoever was asked for by name gets that call first. Then calls are served by their place in the queue; among the agents who
 * may take a call, the one idle longest.
 */
export interface WaitingCall {
  readonly callId: CallId;
  readonly queueId: number;
  readonly queuedAt: EpochMs;
  /** Agents who were offered it and did not pick up. */
  readonly tried: readonly AgentId[];
  /** For the time being it waits for this agent alone, whatever his queues; null: for anybody of its queue. */
  readonly wantedAgentId: AgentId | null;
}

export interface FreeAgent {
  readonly agentId: AgentId;
  readonly queueIds: readonly number[];
  /** Since when he is free. */
  readonly since: EpochMs;
}

export interface Assignment {
  readonly callId: CallId;
  readonly agentId: AgentId;
  readonly why: string;
}

/** Ties are broken by id, so that nothing depends on the order of the inputs. */
export function pick(calls: readonly WaitingCall[], agents: readonly FreeAgent[]): Assignment[] {
  const free = [...agents].sort((a, b) => a.since - b.since || a.agentId - b.agentId);
  const waiting = [...calls].sort((a, b) => a.queuedAt - b.queuedAt || (a.callId < b.callId ? -1 : 1));
  const taken = new Set<AgentId>();
  const assignments: Assignment[] = [];
  for (const { callId, wantedAgentId } of waiting) {
    if (wantedAgentId === null || taken.has(wantedAgentId)) continue;
    if (!free.some((a) => a.agentId === wantedAgentId)) continue;
    taken.add(wantedAgentId);
    assignments.push({ callId, agentId: wantedAgentId, why: 'asked for' });
  }
  for (const call of waiting) {
    if (call.wantedAgentId !== null) continue;
    if (taken.size === free.length) break;
    const able = free.filter((a) => !taken.has(a.agentId) && a.queueIds.includes(call.queueId));
    // Somebody who did not pick up is asked again only when there is nobody else.
    const winner = able.find((a) => !call.tried.includes(a.agentId)) ?? able[0];
    if (winner === undefined) continue;
    taken.add(winner.agentId);
    const again = call.tried.includes(winner.agentId) ? ', asked before' : '';
    assignments.push({
      callId: call.callId,
      agentId: winner.agentId,
      why: `idle longest of ${able.length} able${again}`,
    });
  }
  return assignments;
}
