import type { AgentId, CallId } from '../basics/ids.ts';
import type { Result } from '../basics/refusal.ts';
import type { PlaceCall } from '../bus/schema.ts';
import type { HistoryWriter } from '../calls/history.ts';
import type { Switchboard } from '../calls/switchboard.ts';
import type { SessionUser } from '../http/session.ts';
import type { Command, CommandAnswer, PreviewView } from './schema.ts';

export interface CommandPorts {
  readonly switchboard: Switchboard;
  readonly history: HistoryWriter;
  now(): number;
  customerName(customerId: number): Promise<string | null>;
  preview: {
    next(agentId: number): Promise<PreviewView | null>;
    skip(agentId: number, leadId: number, reason: string): Promise<Result<null>>;
    prepare(agentId: number, leadId: number): Promise<Result<PlaceCall>>;
    shown(agentId: number, preview: PreviewView | null): void;
  };
  /** Absent outside the demo. */
  callHotlineAs: ((customerId: number) => Promise<Result<null>>) | null;
}

const ok: CommandAnswer = { ok: true };
const no = (reason: string, detail?: string): CommandAnswer =>
  detail === undefined ? { ok: false, reason } : { ok: false, reason, detail };

/** What a browser may ask of live things. Each command acts only on the user's own agent and his own call. */
export async function obey(user: SessionUser, command: Command, ports: CommandPorts): Promise<CommandAnswer> {
  const { desk, presence } = ports.switchboard;
  const agentId = user.id as AgentId;
  const agent = presence.get(agentId);
  if (command.type === 'demo.callHotline') return demoCall(command.customerId, ports);
  if (agent === undefined) return no('notAnAgent');
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
    case 'call.resume': {
      const callId = command.callId as CallId;
      if (desk.get(callId)?.agentId !== agentId) return no('notYourCall');
      const type =
        command.type === 'call.hangUp' ? 'hangUp' : command.type === 'call.hold' ? 'hold' : 'resume';
      desk.post(callId, { type, agentId });
      return ok;
    }
    case 'call.attachCustomer':
      return attachCustomer(agentId, command, ports);
    case 'call.result':
      return giveResult(agentId, command, ports);
    case 'wrapUp.finish':
      presence.post(agentId, { type: 'finishWrapUp', callId: command.callId as CallId });
      return ok;
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
      if (!prepared.ok) {
        ports.preview.shown(agentId, null);
        return no(prepared.reason, prepared.detail);
      }
      ports.preview.shown(agentId, null);
      return ports.switchboard.placeCall(prepared.value) ? ok : no('notPlaced');
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
    if (call.agentId !== agentId) return no('notYourCall');
    ports.switchboard.desk.post(callId, { type: 'attachCustomer', agentId, customer });
  } else {
    ports.history.push({ kind: 'customer', callId, agentId, customerId: command.customerId });
  }
  return ok;
}

function giveResult(
  agentId: AgentId,
  command: Extract<Command, { type: 'call.result' }>,
  ports: CommandPorts,
): CommandAnswer {
  const callId = command.callId as CallId;
  const { dispositionId, note } = command;
  const callbackAt = command.callbackAt === null ? null : Date.parse(command.callbackAt);
  if (callbackAt !== null && callbackAt <= ports.now()) return no('callbackInThePast');
  const call = ports.switchboard.desk.get(callId);
  if (call !== undefined && call.agentId !== agentId) return no('notYourCall');
  if (call !== undefined && call.end === null) {
    ports.switchboard.desk.post(callId, { type: 'result', agentId, dispositionId, note, callbackAt });
  } else {
    ports.history.push({ kind: 'result', result: { callId, agentId, dispositionId, note, callbackAt } });
  }
  if (command.finish) ports.switchboard.presence.post(agentId, { type: 'finishWrapUp', callId });
  return ok;
}
