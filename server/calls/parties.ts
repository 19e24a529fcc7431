import type { AgentId } from '../basics/ids.ts';
import type { CallState, LegFacts } from './call-state.ts';

/** Who has what to do with a call. Pure. */

/** Users who are on this call now: its agent, the colleague who was asked, supervisors. Nobody once it has ended. */
export function usersOn(call: CallState): AgentId[] {
  if (call.end !== null) return [];
  const users = new Set<AgentId>();
  if (call.agentId !== null) users.add(call.agentId);
  if (call.consult?.agentId != null) users.add(call.consult.agentId);
  for (const { supervisorId } of Object.values(call.watchers)) users.add(supervisorId);
  return [...users];
}

/** Whether this agent had a leg on the call, or has it now: he may say how it went. */
export function tookPart(call: CallState, agentId: AgentId): boolean {
  return (
    call.agentId === agentId ||
    Object.values(call.legs).some((leg) => leg.agentId === agentId && leg.role === 'agent')
  );
}

/** Legs to people outside, in the order in which they were rung. */
export function legsOutside(call: CallState): [legId: string, leg: LegFacts][] {
  const legs = Object.entries(call.legs).filter(([, leg]) => leg.role === 'outside');
  return legs.sort(([a, x], [b, y]) => x.startedAt - y.startedAt || numberOf(a) - numberOf(b));
}

/** Numbers behind those legs: the nth that was rung belongs to the nth hand-over to a number. */
export function outsidePhones(call: CallState): Map<string, string> {
  const phones = call.transfers.flatMap((t) => (t.to === 'outside' && t.toPhone !== null ? [t.toPhone] : []));
  return new Map(
    legsOutside(call).flatMap(([legId], i) => (phones[i] === undefined ? [] : [[legId, phones[i]]])),
  );
}

const numberOf = (legId: string): number => Number(/-(\d+)$/.exec(legId)?.[1] ?? 0);
