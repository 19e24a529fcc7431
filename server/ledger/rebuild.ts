import { type Outcome, outcomeOfUnanswered } from '../calls/outcome.ts';
import type { ProjectedCall, ProjectedLeg } from './projection.ts';
import type { HistoryCall } from './verify.ts';

/** What must be written so that history tells what the ledger tells. Pure. */

/** Beyond this the server's times are not its own reaction time but a mistake: it was away. */
export const toleranceMs = 1000;

/** Fields of a row of `calls`, by column; times in milliseconds since 1970. */
export interface CallFields {
  queued_at: number | null;
  answered_at: number | null;
  connected_at: number | null;
  ended_at: number;
  wait_ms: number | null;
  talk_ms: number | null;
  agent_id: number | null;
  outcome: Outcome;
  cause: number;
  hung_up_by: 'customer' | 'agent' | 'system';
  fallback: boolean;
}

export type Rebuild =
  | { readonly do: 'write'; readonly fields: CallFields; readonly legs: readonly ProjectedLeg[] }
  | {
      readonly do: 'repair';
      readonly fields: Partial<CallFields>;
      /** The same fields as they were. */
      readonly before: Partial<CallFields>;
      readonly legs: readonly ProjectedLeg[];
    };

/** Null: nothing to do, or the call is not over. `announcement`: a robot's call, which needs no agent to be answered. */
export function rebuild(
  call: ProjectedCall,
  history: HistoryCall | null,
  announcement: boolean,
): Rebuild | null {
  if (call.end === null) return null;
  const told = fieldsOf(call, announcement);
  const legs = call.legs.filter((leg) => leg.role === 'customer' || leg.together.length > 0);
  if (history === null) return { do: 'write', fields: told, legs };
  // The exchange's own queue served him: what a dying server believed of him is void.
  const fields: Partial<CallFields> =
    call.fallbackAt !== null && !history.fallback ? told : corrections(call, told, history);
  const before = Object.fromEntries(
    Object.keys(fields).map((key) => [key, history.fields[key as keyof CallFields]]),
  ) as Partial<CallFields>;
  const missing = legs.filter(
    (leg) => leg.role !== 'customer' && longest(leg) > toleranceMs && !hasLeg(history, leg, call.callId),
  );
  if (Object.keys(fields).length === 0 && missing.length === 0) return null;
  return { do: 'repair', fields, before, legs: missing };
}

function fieldsOf(call: ProjectedCall, announcement: boolean): CallFields {
  const { end, connectedAt, answeredAt, direction } = call;
  if (end === null) throw new Error('a call that goes on has no end');
  const inbound = direction === 'in';
  return {
    queued_at: inbound ? (call.fallbackAt ?? call.offeredAt) : null,
    answered_at: inbound ? connectedAt : answeredAt,
    connected_at: connectedAt ?? (announcement ? answeredAt : null),
    ended_at: end.at,
    wait_ms: call.waitMs,
    talk_ms:
      connectedAt !== null ? call.talkMs : announcement && answeredAt !== null ? end.at - answeredAt : null,
    agent_id: lastAgent(call),
    outcome: outcomeOf(call, announcement),
    cause: end.cause,
    hung_up_by: end.by,
    fallback: true,
  };
}

function outcomeOf(call: ProjectedCall, announcement: boolean): Outcome {
  if (call.connectedAt !== null) return 'answered';
  if (call.direction === 'in') return 'abandoned';
  if (call.answeredAt !== null) return announcement ? 'answered' : 'dropped';
  // CEL knows neither the SIP status nor whether his phone rang.
  return outcomeOfUnanswered({ cause: call.end?.cause ?? 0, sipCode: 0 }, true);
}

/** What of a row is wrong by more than the tolerance. Outcomes that a person or a rule gave stay, except "nobody talked" where they did. */
function corrections(call: ProjectedCall, told: CallFields, history: HistoryCall): Partial<CallFields> {
  const was = history.fields;
  const fixed: Partial<CallFields> = {};
  // Where the exchange died, nobody knows the end to the second.
  if (call.end?.how === 'hangup' && apart(was.ended_at, told.ended_at)) fixed.ended_at = told.ended_at;
  const talked = (call.talkMs ?? 0) > toleranceMs;
  if (talked && was.connected_at === null && talkless.includes(was.outcome)) {
    Object.assign(fixed, {
      connected_at: told.connected_at,
      answered_at: was.answered_at ?? told.answered_at,
      outcome: 'answered',
      agent_id: was.agent_id ?? told.agent_id,
    });
  } else if (
    call.connectedAt !== null &&
    was.connected_at !== null &&
    apart(was.connected_at, call.connectedAt)
  ) {
    fixed.connected_at = call.connectedAt;
  } else if (told.connected_at === null && was.connected_at !== null && (was.talk_ms ?? 0) > toleranceMs) {
    // He was joined to a leg that was dead already: a live person who heard nobody.
    Object.assign(fixed, { connected_at: null, talk_ms: null });
    if (was.outcome === 'answered') fixed.outcome = told.outcome;
  } else if (call.direction === 'out' && was.answered_at === null && call.answeredAt !== null) {
    // He picked up while no server was there, and counts as one whom nobody talked to.
    if (picklessOutbound.includes(was.outcome))
      Object.assign(fixed, { answered_at: call.answeredAt, outcome: told.outcome });
  }
  // Nobody, or one whose phone had only begun to ring: the call is his who talked last.
  const met = was.agent_id !== null && call.legs.some((leg) => leg.agentId === was.agent_id);
  if (!met && told.agent_id !== null) fixed.agent_id ??= told.agent_id;
  const endedAt = fixed.ended_at ?? was.ended_at;
  const connectedAt = fixed.connected_at === undefined ? was.connected_at : fixed.connected_at;
  const talkMs = connectedAt === null ? null : Math.max(0, endedAt - connectedAt);
  if (talkMs !== null && (was.talk_ms === null || Math.abs(talkMs - was.talk_ms) > toleranceMs))
    fixed.talk_ms = talkMs;
  const moved = fixed.connected_at !== undefined || (connectedAt === null && fixed.ended_at !== undefined);
  if (moved && was.queued_at !== null && was.wait_ms !== null) {
    const waitMs = Math.max(0, (connectedAt ?? endedAt) - was.queued_at);
    if (Math.abs(waitMs - was.wait_ms) > toleranceMs) fixed.wait_ms = waitMs;
  }
  return fixed;
}

const talkless: readonly Outcome[] = [
  'abandoned',
  'noAnswer',
  'cancelled',
  'failed',
  'notPlaced',
  'noResponse',
];

const picklessOutbound: readonly Outcome[] = ['noAnswer', 'failed', 'notPlaced', 'noResponse'];

const apart = (a: number, b: number) => Math.abs(a - b) > toleranceMs;

/** Longest time in one bridge with the customer, ms. */
export function longest(leg: ProjectedLeg): number {
  return leg.together.reduce((most, span) => Math.max(most, span.to - span.from), 0);
}

/** Kept-up legs stand in history under the id of this call's part of them. */
export function hasLeg(history: HistoryCall, leg: ProjectedLeg, callId: string): boolean {
  return history.legs.some(
    ({ legId, agentId }) =>
      legId === leg.legId ||
      legId === `${leg.legId}@${callId}` ||
      // A call that came back to its agent may stand under one of his legs.
      (leg.agentId !== null && agentId === leg.agentId),
  );
}

function lastAgent(call: ProjectedCall): number | null {
  let last: { agentId: number; to: number } | null = null;
  for (const { agentId, together } of call.legs) {
    const to = together.at(-1)?.to;
    if (agentId !== null && to !== undefined && (last === null || to >= last.to)) last = { agentId, to };
  }
  return last?.agentId ?? null;
}
