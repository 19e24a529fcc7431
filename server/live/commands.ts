import type { AgentState } from '../agents/agent.ts';
import type { AgentId, CallId, E164 } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import type { Result } from '../basics/refusal.ts';
import type { PlaceCall } from '../bus/schema.ts';
import type { ManualFacts } from '../calls/call-state.ts';
import type { HistoryWriter } from '../calls/history.ts';
import { tookPart } from '../calls/parties.ts';
import type { Switchboard } from '../calls/switchboard.ts';
import type { ByHand, Permitted } from '../contact-rules/by-hand.ts';
import type { SessionUser } from '../http/session.ts';
import { commandOnCall, dial, isOnCall, swap, takeWaiting } from './call-commands.ts';
import { no, ok } from './reply.ts';
import type { Command, CommandAnswer, PreviewView } from './schema.ts';
import { isSupervision, supervise } from './supervise.ts';

export interface CommandPorts {
  readonly switchboard: Switchboard;
  readonly history: Pick<HistoryWriter, 'push'>;
  readonly log: Log;
  now(): number;
  /** A new UUID. */
  newId(): string;
  customerName(customerId: number): Promise<string | null>;
  preview: {
    next(agentId: number): Promise<PreviewView | null>;
    skip(agentId: number, leadId: number, reason: string): Promise<Result<null>>;
    prepare(agentId: number, leadId: number): Promise<Result<PlaceCall>>;
    shown(agentId: number, preview: PreviewView | null): void;
  };
  /** Calls by hand: their settings, the reading of a number, the one reservation point. */
  manual: {
    readonly settings: Pick<ManualFacts, 'ringMs' | 'wrapUpMs' | 'record'>;
    parsePhone(raw: string): Result<E164>;
    permit(contact: ByHand): Promise<Result<Permitted>>;
    release(contactId: string): Promise<void>;
  };
  /** The agent said how his call went: his screen shows that it is kept. */
  resultSaved(agentId: AgentId): void;
  /** Absent outside the demo. */
  callHotlineAs: ((customerId: number) => Promise<Result<null>>) | null;
}

/** What a browser may ask of live things. Each command acts only on the user's own agent and calls; supervision apart. */
export async function obey(user: SessionUser, command: Command, ports: CommandPorts): Promise<CommandAnswer> {
  const { presence } = ports.switchboard;
  const agentId = user.id as AgentId;
  const agent = presence.get(agentId);
  if (command.type === 'demo.callHotline') return demoCall(command.customerId, ports);
  if (agent === undefined) return no('notAnAgent');
  if (isSupervision(command)) return supervise(agent, command, ports);
  switch (command.type) {
    case 'agent.ready':
      presence.post(agentId, { type: 'ready' });
      return agent.phoneOnline ? ok : no('phoneOffline');
    case 'agent.pause':
      presence.post(agentId, { type: 'pause', reason: command.reason });
      return ok;
    case 'agent.signOff':
      presence.post(agentId, { type: 'signOff' });
      return ok;
    case 'phone.report':
      presence.post(agentId, { type: 'phoneReport', legIds: command.legIds });
      return ok;
    case 'call.hangUp':
    case 'call.hold':
    case 'call.resume':
    case 'call.transfer':
    case 'call.consult':
    case 'call.cancelConsult':
    case 'call.completeTransfer':
    case 'call.conference':
    case 'call.digits':
    case 'call.pauseRecording':
    case 'call.resumeRecording':
      return commandOnCall(agentId, command, ports);
    case 'call.dial':
      return dial(agent, command, ports);
    case 'call.takeWaiting':
      return takeWaiting(agent, command.callId as CallId, ports);
    case 'call.swap':
      return swap(agent, ports);
    case 'call.attachCustomer':
      return attachCustomer(agentId, command, ports);
    case 'call.result':
      return giveResult(agentId, command, ports);
    case 'wrapUp.finish':
      presence.post(agentId, { type: 'finishWrapUp', callId: command.callId as CallId });
      return ok;
    case 'wrapUp.extend':
      return extendWrapUp(agent, command.callId as CallId, ports);
    case 'preview.next': {
      // A lead is his while he is ready; else it would stay with him unseen.
      if (agent.activity.name !== 'ready') return no('notReady');
      const preview = await ports.preview.next(agentId);
      ports.preview.shown(agentId, preview);
      return preview === null ? no('noLeads') : ok;
    }
    case 'preview.skip': {
      const skipped = await ports.preview.skip(agentId, command.leadId, command.reason);
      if (!skipped.ok) return no(skipped.reason, skipped.detail);
      ports.preview.shown(agentId, await ports.preview.next(agentId));
      return ok;
    }
    case 'preview.dial': {
      if (agent.activity.name !== 'ready') return no('notReady');
      if (agent.keptLeg.status !== 'up') return no('phoneNotConnected');
      const prepared = await ports.preview.prepare(agentId, command.leadId);
      ports.preview.shown(agentId, null);
      if (!prepared.ok) return no(prepared.reason, prepared.detail);
      return ports.switchboard.placing.placeCall(prepared.value) ? ok : no('notPlaced');
    }
    default:
      return command satisfies never;
  }
}

async function demoCall(customerId: number, ports: CommandPorts): Promise<CommandAnswer> {
  if (ports.callHotlineAs === null) return no('demoOnly');
  const called = await ports.callHotlineAs(customerId);
  return called.ok ? ok : no(called.reason, called.detail);
}

function extendWrapUp(agent: AgentState, callId: CallId, ports: CommandPorts): CommandAnswer {
  const { activity, agentId } = agent;
  if (activity.name !== 'wrapUp' || activity.callId !== callId) return no('noWrapUp');
  ports.switchboard.presence.post(agentId, { type: 'extendWrapUp', callId });
  return ports.switchboard.presence.get(agentId)?.activity === activity ? no('noMoreTime') : ok;
}

async function attachCustomer(
  agentId: AgentId,
  command: Extract<Command, { type: 'call.attachCustomer' }>,
  ports: CommandPorts,
): Promise<CommandAnswer> {
  const callId = command.callId as CallId;
  const name = command.customerId === null ? null : await ports.customerName(command.customerId);
  if (command.customerId !== null && name === null) return no('unknownCustomer');
  const customer = command.customerId === null || name === null ? null : { id: command.customerId, name };
  const call = ports.switchboard.desk.get(callId);
  if (call !== undefined && call.end === null) {
    if (!isOnCall(agentId, callId, ports)) return no('notYourCall');
    ports.switchboard.desk.post(callId, { type: 'attachCustomer', agentId, customer });
  } else {
    ports.history.push({ kind: 'customer', callId, agentId, customerId: command.customerId });
  }
  return ok;
}

/** Any agent who had a leg on the call may say how it went; history keeps each one's word. */
function giveResult(
  agentId: AgentId,
  command: Extract<Command, { type: 'call.result' }>,
  ports: CommandPorts,
): CommandAnswer {
  const { desk, presence } = ports.switchboard;
  const callId = command.callId as CallId;
  const { dispositionId, note } = command;
  const callbackAt = command.callbackAt === null ? null : Date.parse(command.callbackAt);
  if (callbackAt !== null && callbackAt <= ports.now()) return no('callbackInThePast');
  const call = desk.get(callId);
  if (call !== undefined && !tookPart(call, agentId)) return no('notYourCall');
  if (call !== undefined && call.end === null && call.agentId === agentId)
    desk.post(callId, { type: 'result', agentId, dispositionId, note, callbackAt });
  ports.history.push({ kind: 'result', result: { callId, agentId, dispositionId, note, callbackAt } });
  desk.noteResult(callId, agentId);
  ports.resultSaved(agentId);
  if (command.finish) presence.post(agentId, { type: 'finishWrapUp', callId });
  return ok;
}
