import type { AgentState } from '../agents/agent.ts';
import { callsOf } from '../agents/agent.ts';
import type { AgentId, CallId, LegId } from '../basics/ids.ts';
import type { CallState } from './call-state.ts';
import type { ExchangeSurvey } from './exchange.ts';
import { usersOn } from './parties.ts';

/** What we believe and what lives on the exchange, compared. Pure. */

export const orphanKinds = ['calls', 'legEnds', 'agents', 'callers', 'legs', 'bridges'] as const;
export type OrphanKind = (typeof orphanKinds)[number];

export type Orphan =
  /** A call whose customer's leg is gone: a place in the queue without a caller, a talk with nobody. */
  | { readonly kind: 'calls'; readonly callId: CallId; readonly legId: LegId }
  /** Another leg that a call counts on and that is gone. */
  | { readonly kind: 'legEnds'; readonly callId: CallId; readonly legId: LegId }
  /** An agent who is held for a call that does not know him. */
  | { readonly kind: 'agents'; readonly agentId: AgentId; readonly callId: CallId }
  /** A hotline customer whom nobody serves. */
  | { readonly kind: 'callers'; readonly legId: LegId }
  /** A leg of ours that nobody counts on. */
  | { readonly kind: 'legs'; readonly legId: LegId }
  /** A bridge without a living call. */
  | { readonly kind: 'bridges'; readonly callId: CallId };

export interface Belief {
  /** Every call that is remembered, ended or not. */
  call(callId: CallId): CallState | undefined;
  readonly living: readonly CallState[];
  readonly agents: readonly AgentState[];
}

/** Of a leg that we dialled the id is a UUID; the exchange made a hotline caller's. */
const oneWeDialled = /^[0-9a-f]{8}-[0-9a-f]{4}-/;

/**
 * Everything that hangs in the air. `askedAbout`: the legs that calls counted on when the exchange was asked; a leg that was
 * ordered since then may be missing from its answer.
 */
export function findOrphans(
  belief: Belief,
  survey: ExchangeSurvey,
  askedAbout: ReadonlySet<LegId>,
): Orphan[] {
  const orphans: Orphan[] = [];
  // A caller whom the exchange has given to its fallback queue is with us no more; the ledger will tell how he fared.
  const alive = new Set<string>(survey.legs.filter((leg) => leg.role !== 'other').map((leg) => leg.legId));
  const counted = new Set<string>();
  for (const { callId, legs } of belief.living) {
    for (const [id, leg] of Object.entries(legs)) {
      const legId = id as LegId;
      if (leg.ended !== null) continue;
      counted.add(legId);
      if (alive.has(legId) || !askedAbout.has(legId)) continue;
      orphans.push({ kind: leg.role === 'customer' ? 'calls' : 'legEnds', callId, legId });
    }
  }
  for (const agent of belief.agents) {
    if (agent.keptLeg.status !== 'none') counted.add(agent.keptLeg.legId);
    for (const callId of callsOf(agent)) {
      const call = belief.call(callId);
      if (call === undefined || !usersOn(call).includes(agent.agentId))
        orphans.push({ kind: 'agents', agentId: agent.agentId, callId });
    }
  }
  for (const { legId, role } of survey.legs) {
    if (role === 'other' || counted.has(legId)) continue;
    const unserved = role === 'customer' && !oneWeDialled.test(legId);
    const known = belief.call(legId as string as CallId) !== undefined;
    orphans.push({ kind: unserved && !known ? 'callers' : 'legs', legId });
  }
  for (const { callId } of survey.bridges) {
    const call = belief.call(callId);
    if (call === undefined || call.end !== null) orphans.push({ kind: 'bridges', callId });
  }
  return orphans;
}

/** The same orphan has the same key in each survey. */
export function keyOf(orphan: Orphan): string {
  switch (orphan.kind) {
    case 'calls':
    case 'legEnds':
    case 'callers':
    case 'legs':
      return `${orphan.kind} ${orphan.legId}`;
    case 'agents':
      return `${orphan.kind} ${orphan.agentId} ${orphan.callId}`;
    case 'bridges':
      return `${orphan.kind} ${orphan.callId}`;
    default:
      return orphan satisfies never;
  }
}
