import type { AgentState } from '../agents/agent.ts';
import { callsOf } from '../agents/agent.ts';
import type { AgentId, CallId, LegId } from '../basics/ids.ts';
import { isUp } from './call-draft.ts';
import type { Effect } from './call-events.ts';
import { isSilenced, legsInUse, mediaOf } from './call-media.ts';
import type { CallState } from './call-state.ts';
import type { ExchangeSurvey } from './exchange.ts';
import { usersOn } from './parties.ts';

/** What we believe and what lives on the exchange, compared. Pure. */

export const orphanKinds = ['calls', 'legEnds', 'agents', 'callers', 'legs', 'bridges', 'places'] as const;
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
  | { readonly kind: 'bridges'; readonly callId: CallId }
  /** Somebody of a living call is in its bridge who must not hear the others, or is not in it who must. */
  | { readonly kind: 'places'; readonly callId: CallId };

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
  for (const call of belief.living) {
    const { callId } = call;
    const used = legsInUse(call);
    for (const [id, leg] of Object.entries(call.legs)) {
      const legId = id as LegId;
      if (leg.ended !== null) continue;
      // A leg without a use was to be hung up: its order may have been lost.
      if (leg.role === 'customer' || leg.kept || used.has(legId)) counted.add(legId);
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
  for (const call of belief.living) {
    const should = mediaOf(call).bridge.filter((legId) => alive.has(legId));
    const are = inBridge(survey, call.callId);
    if (should.length !== are.size || should.some((legId) => !are.has(legId)))
      orphans.push({ kind: 'places', callId: call.callId });
  }
  return orphans;
}

/** Who is in a call's bridge. */
export function inBridge(survey: ExchangeSurvey, callId: CallId): ReadonlySet<LegId> {
  return new Set(survey.bridges.find((bridge) => bridge.callId === callId)?.legIds);
}

/**
 * The orders that put a call's media where its state wants them, whatever became of the orders of those who died on the way;
 * told again they change nothing. `present`: who is in its bridge now.
 */
export function repairs(call: CallState, present: ReadonlySet<LegId>): Effect[] {
  const { phase, recording } = call;
  if (phase.name === 'ending' || phase.name === 'ended') return [];
  const customer = call.callId as string as LegId;
  const { bridge, music, ringback, watches } = mediaOf(call);
  const orders: Effect[] = [];
  for (const legId of present) if (!bridge.includes(legId)) orders.push({ do: 'part', legId });
  if (isUp(call, customer)) {
    if (!music) orders.push({ do: 'stopMusic', legId: customer });
    if (recording !== null && recording.stoppedAt !== null)
      orders.push({ do: 'stopRecording', legId: customer });
    else if (recording !== null) {
      const { heard, spoken, pauses } = recording;
      orders.push({ do: 'startRecording', legId: customer, heard, spoken });
      if (pauses.length > 0)
        orders.push({ do: 'muteRecording', legId: customer, muted: isSilenced(recording) });
    }
  }
  if (bridge.some((legId) => !present.has(legId))) orders.push({ do: 'join', legIds: bridge });
  if (music && isUp(call, customer)) orders.push({ do: 'startMusic', legId: customer });
  if (ringback !== null) orders.push({ do: 'startRingback', legId: ringback });
  for (const [legId, watch] of watches) orders.push({ do: 'watchLeg', legId, ...watch });
  return orders;
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
    case 'places':
      return `${orphan.kind} ${orphan.callId}`;
    default:
      return orphan satisfies never;
  }
}
