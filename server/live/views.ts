import type { AgentState } from '../agents/agent.ts';
import { callOf } from '../agents/agent.ts';
import type { CallState } from '../calls/call-state.ts';
import type { AgentView, CallPhase, CallView, WrapUpView } from './schema.ts';

/** How living things look to a browser. Pure. */

const iso = (ms: number): string => new Date(ms).toISOString();

export function agentView(agent: AgentState): AgentView {
  const { activity } = agent;
  return {
    kind: 'agent',
    agentId: agent.agentId,
    name: agent.name,
    state: activity.name,
    since: iso(activity.since),
    pauseReason: activity.name === 'paused' ? activity.reason : null,
    callId: callOf(agent),
    phoneOnline: agent.phoneOnline,
    legUp: agent.keptLeg.status === 'up',
    campaignIds: agent.campaignIds,
  };
}

export function callView(call: CallState): CallView {
  return {
    kind: 'call',
    callId: call.callId,
    direction: call.direction,
    phase: phaseOf(call),
    phone: call.phone,
    customerId: call.customer?.id ?? null,
    customerName: call.customer?.name ?? null,
    queueId: call.queue?.queueId ?? null,
    campaignId: call.campaign?.campaignId ?? null,
    leadId: call.campaign?.leadId ?? null,
    agentId: call.agentId,
    offeredAt: iso(call.offeredAt),
    since: iso(call.phase.since),
    outcome: call.end?.outcome ?? null,
  };
}

function phaseOf(call: CallState): CallPhase {
  switch (call.phase.name) {
    case 'recognising':
      return 'greeting';
    case 'popping':
    case 'ringing':
      return 'ringing';
    case 'announcing':
      return 'talking';
    case 'talking':
      return call.phase.held ? 'held' : 'talking';
    case 'dialling':
      return 'dialling';
    case 'queued':
    case 'recovering':
      return call.phase.name;
    case 'ending':
    case 'ended':
      return 'ended';
    default:
      return call.phase satisfies never;
  }
}

export function wrapUpView(agent: AgentState, call: CallState | undefined): WrapUpView | null {
  if (agent.activity.name !== 'wrapUp') return null;
  return {
    kind: 'wrapUp',
    callId: agent.activity.callId,
    customerId: call?.customer?.id ?? null,
    campaignId: call?.campaign?.campaignId ?? null,
    endsAt: iso(agent.activity.endsAt),
    resultSaved: call?.result != null,
  };
}
