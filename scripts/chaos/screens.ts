import type { AgentView, CallPhase, CallView, Snapshot } from '../../server/live/schema.ts';
import type { DeskLook } from './desk.ts';
import type { ExchangeSight } from './exchange-watch.ts';

/** Compares what pages show, what the server believes and what the exchange does. Pure. */

type Entities = Snapshot['entities'];

export interface Looks {
  /** The server's picture just before and just after the pages and the exchange were looked at: what changed is not judged. */
  readonly before: Entities;
  readonly after: Entities;
  readonly sight: ExchangeSight;
  readonly desks: readonly {
    readonly userId: number;
    readonly login: string;
    readonly look: DeskLook | null;
  }[];
  readonly board: DeskLook | null;
}

/** A call's phase wears the colour of the agent's state that goes with it (agent-ui/src/ui/state.tsx). */
const badgeOf: Partial<Record<CallPhase, string>> = {
  ringing: 'ringing',
  dialling: 'ringing',
  talking: 'talking',
  held: 'hold',
  recovering: 'paused',
};

/** Everything that is not right, in words; empty: all screens are right. */
export function wrongOn({ before, after, sight, desks, board }: Looks): string[] {
  const steady = Object.entries(after).filter(
    ([key, entity]) => JSON.stringify(before[key]) === JSON.stringify(entity),
  );
  const agents = steady.map(([, e]) => e).filter((e): e is AgentView => e.kind === 'agent');
  const calls = steady.map(([, e]) => e).filter((e): e is CallView => e.kind === 'call');
  return [
    ...desks.flatMap((desk) => wrongAtDesk(desk, agents, calls)),
    ...wrongOnBoard(board, agents, calls),
    ...wrongAtServer(agents, calls, before, after, sight),
  ];
}

function wrongAtDesk(
  { userId, login, look }: Looks['desks'][number],
  agents: readonly AgentView[],
  calls: readonly CallView[],
): string[] {
  if (look === null) return [`${login}: the page does not answer`];
  if (look.live !== 'up') return [`${login}: connection ${look.live}`];
  if (look.elsewhere) return [`${login}: the page believes that the work is elsewhere`];
  const agent = agents.find((a) => a.agentId === userId);
  if (agent === undefined) return [];
  const wrong: string[] = [];
  if (look.agentState !== agent.state)
    wrong.push(`${login}: the page says ${look.agentState}, the server ${agent.state}`);
  const call = calls.find((c) => c.callId === agent.callId);
  if (agent.callId !== null && look.callId !== agent.callId)
    wrong.push(`${login}: the page shows call ${look.callId || 'none'}, the server ${agent.callId}`);
  // With a third party the panel tells of that one.
  const plain = call !== undefined && call.consult === null && call.agentId === userId;
  const badge = plain ? badgeOf[call.phase] : undefined;
  if (call !== undefined && badge !== undefined && look.callId === call.callId && look.callState !== badge)
    wrong.push(`${login}: the call looks ${look.callState}, it is ${call.phase} (${call.callId})`);
  return wrong;
}

function wrongOnBoard(
  board: DeskLook | null,
  agents: readonly AgentView[],
  calls: readonly CallView[],
): string[] {
  if (board === null) return ['board: the page does not answer'];
  if (board.live !== 'up') return [`board: connection ${board.live}`];
  const { agentRows } = board;
  if (agentRows === null) return ['board: not shown'];
  const wrong = agents
    // Supervisors have a row only while they are at work themselves.
    .filter(
      (a) => (a.role === 'agent' || agentRows[a.agentId] !== undefined) && agentRows[a.agentId] !== a.state,
    )
    .map((a) => `board: agent ${a.agentId} is ${agentRows[a.agentId]}, the server says ${a.state}`);
  for (const call of calls) {
    const row = board.callRows[call.callId];
    // A long table draws what is in view only.
    if (row !== undefined && row !== call.phase)
      wrong.push(`board: call ${call.callId} is ${row}, the server says ${call.phase}`);
  }
  return wrong;
}

function wrongAtServer(
  agents: readonly AgentView[],
  calls: readonly CallView[],
  before: Entities,
  after: Entities,
  sight: ExchangeSight,
): string[] {
  const wrong: string[] = [];
  for (const call of calls) {
    const { callId, phase, agentId } = call;
    const there = sight.customers.has(callId);
    if (!there && phase !== 'dialling' && phase !== 'ended')
      wrong.push(`server: call ${callId} is ${phase}, the exchange has no such customer`);
    if (there && phase === 'talking' && agentId !== null && call.consult == null) {
      const talks = sight.conversations.some((c) => c.customerId === callId && c.agentIds.includes(agentId));
      if (!talks)
        wrong.push(`server: call ${callId} talks with agent ${agentId}, on the exchange it does not`);
    }
  }
  for (const [callId, { inApp }] of sight.customers) {
    if (inApp && before[`call:${callId}`] === undefined && after[`call:${callId}`] === undefined)
      wrong.push(`server: does not know customer ${callId}`);
  }
  for (const { customerId, agentIds, ours } of sight.conversations) {
    if (ours) continue;
    for (const agentId of agentIds) {
      if (agents.find((a) => a.agentId === agentId)?.state === 'ready')
        wrong.push(`server: agent ${agentId} is ready, the fallback queue has him (${customerId})`);
    }
  }
  return wrong;
}
