import type { AgentState } from '../agents/agent.ts';
import { callOf, maxWrapUpExtensions } from '../agents/agent.ts';
import type { CallState, Consult } from '../calls/call-state.ts';
import type { AgentView, CallPhase, CallView, ConsultView, WaitingView, WrapUpView } from './schema.ts';

/** How living things look to a browser. Pure. */

/** Which of the supervisors on his call an agent sees. */
export type SupervisionShown = 'always' | 'barge' | 'never';
/** Whose screen a view is for: the board sees everything, a user what the house shows him and his own part in it. */
export type Viewer = 'board' | { readonly userId: number; readonly supervision: SupervisionShown };

const iso = (ms: number): string => new Date(ms).toISOString();

export function agentView(agent: AgentState, setBy: string | null = null): AgentView {
  const { activity, takenSince } = agent;
  // The fallback queue's caller is a talk as well, though not one of ours.
  const taken = activity.name === 'ready' && takenSince !== null;
  return {
    kind: 'agent',
    agentId: agent.agentId,
    name: agent.name,
    role: agent.role,
    state: taken ? 'talking' : activity.name,
    since: iso(taken ? takenSince : activity.since),
    pauseReason: activity.name === 'paused' ? activity.reason : null,
    callId: callOf(agent),
    asideCallId: agent.aside,
    phoneOnline: agent.phoneOnline,
    legUp: agent.keptLeg.status === 'up',
    campaignIds: agent.campaignIds,
    setBy,
  };
}

export function callView(call: CallState, viewer: Viewer): CallView {
  const pause = call.recording?.pauses.at(-1);
  const silent = pause !== undefined && pause.to === null;
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
    consult: call.consult && consultView(call.consult),
    recording:
      call.recording === null || call.recording.stoppedAt !== null ? 'off' : silent ? 'paused' : 'on',
    recordingPausedAt: silent ? iso(pause.from) : null,
    notes: call.notes.map(({ agentId, at, text }) => ({ agentId, at: iso(at), text })),
    watchers: Object.values(call.watchers)
      .filter((w) => shows(viewer, w))
      .map(({ supervisorId, name, mode }) => ({ userId: supervisorId, name, mode })),
  };
}

function shows(viewer: Viewer, { supervisorId, mode, up }: CallState['watchers'][string]): boolean {
  if (viewer !== 'board' && viewer.userId === supervisorId) return true;
  if (viewer === 'board' || !up) return up;
  return viewer.supervision === 'always' || (viewer.supervision === 'barge' && mode === 'barge');
}

function consultView({ target, agentId, step, since }: Consult): ConsultView {
  return {
    to: target.kind === 'busyAgent' ? 'agent' : target.kind,
    name:
      target.kind === 'queue' ? target.queue.name : target.kind === 'outside' ? target.phone : target.name,
    agentId,
    step: step === 'popping' ? 'ringing' : step,
    since: iso(since),
  };
}

/** A call that waits for one agent; null when it waits for nobody or for everybody. */
export function waitingView(call: CallState): { agentId: number; view: WaitingView } | null {
  if (call.wanted === null || call.phase.name !== 'queued') return null;
  return {
    agentId: call.wanted.agentId,
    view: {
      kind: 'waiting',
      callId: call.callId,
      phone: call.phone,
      customerName: call.customer?.name ?? null,
      since: iso(call.phase.since),
      until: iso(call.wanted.until),
      fromAgentId: call.transfers.at(-1)?.fromAgentId ?? null,
    },
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
    case 'preparing':
    case 'dialling':
      return 'dialling';
    case 'queued':
    case 'recovering':
    case 'transferring':
    case 'away':
      return call.phase.name;
    case 'ending':
    case 'ended':
      return 'ended';
    default:
      return call.phase satisfies never;
  }
}

/** `resultSaved`: has this agent said how the call went? */
export function wrapUpView(
  agent: AgentState,
  call: CallState | undefined,
  resultSaved: boolean,
): WrapUpView | null {
  if (agent.activity.name !== 'wrapUp') return null;
  return {
    kind: 'wrapUp',
    callId: agent.activity.callId,
    customerId: call?.customer?.id ?? null,
    campaignId: call?.campaign?.campaignId ?? null,
    endsAt: iso(agent.activity.endsAt),
    resultSaved,
    extendable: agent.activity.extended < maxWrapUpExtensions,
  };
}
