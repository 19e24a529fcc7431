import { type AgentState, callOf } from '../agents/agent.ts';
import type { AgentId, CallId, E164 } from '../basics/ids.ts';
import type { Result } from '../basics/refusal.ts';
import type { CallState, TransferTarget } from '../calls/call-state.ts';
import { handOverContactId } from '../calls/contacts.ts';
import { usersOn } from '../calls/parties.ts';
import type { CommandPorts } from './commands.ts';
import { no, ok } from './reply.ts';
import type { Command, CommandAnswer, TransferTo } from './schema.ts';

/** What an agent does with his calls. */

type OnCall = Extract<
  Command,
  {
    type: `call.${'hangUp' | 'hold' | 'resume' | 'transfer' | 'consult' | 'cancelConsult' | 'completeTransfer' | 'conference' | 'digits' | 'pauseRecording' | 'resumeRecording'}`;
  }
>;

/** Is he on this living call, as its agent or as the colleague who was asked? */
export function isOnCall(agentId: AgentId, callId: CallId, { switchboard }: CommandPorts): boolean {
  const call = switchboard.desk.get(callId);
  return call !== undefined && usersOn(call).includes(agentId);
}

export async function commandOnCall(
  agentId: AgentId,
  command: OnCall,
  ports: CommandPorts,
): Promise<CommandAnswer> {
  const { desk, targets } = ports.switchboard;
  const callId = command.callId as CallId;
  const call = desk.get(callId);
  if (call === undefined || call.end !== null) return no('notYourCall');
  // Whoever is on a call may leave it; everything else is its agent's.
  if (command.type === 'call.hangUp') {
    if (!isOnCall(agentId, callId, ports)) return no('notYourCall');
    desk.post(callId, { type: 'hangUp', agentId });
    return ok;
  }
  if (call.agentId !== agentId) return no('notYourCall');
  switch (command.type) {
    case 'call.hold':
    case 'call.resume':
      desk.post(callId, { type: command.type === 'call.hold' ? 'hold' : 'resume', agentId });
      return ok;
    case 'call.transfer':
    case 'call.consult':
      return handOver(agentId, call, command, ports);
    case 'call.cancelConsult':
      if (call.consult === null) return no('noConsult');
      desk.post(callId, { type: 'cancelConsult', agentId });
      return ok;
    case 'call.conference':
      if (call.consult?.step !== 'private') return no('noConsult');
      desk.post(callId, { type: 'conference', agentId });
      return ok;
    case 'call.completeTransfer': {
      const fallback = targets.fallback(agentId);
      if (call.consult === null) return no('noConsult');
      if (fallback === null) return no('noSuchQueue');
      desk.post(callId, { type: 'completeTransfer', agentId, fallback });
      return desk.get(callId) === call ? no('notNow') : ok;
    }
    case 'call.digits':
      if (call.phase.name !== 'talking') return no('notTalking');
      desk.post(callId, { type: 'digits', agentId, digits: command.digits });
      return ok;
    case 'call.pauseRecording':
    case 'call.resumeRecording': {
      if (call.recording === null || call.recording.stoppedAt !== null) return no('notRecorded');
      const type = command.type === 'call.pauseRecording' ? 'pauseRecording' : 'resumeRecording';
      desk.post(callId, { type, agentId });
      return ok;
    }
    default:
      return command satisfies never;
  }
}

/** Hands the call over, or asks somebody first. */
async function handOver(
  agentId: AgentId,
  before: CallState,
  command: Extract<Command, { type: 'call.transfer' | 'call.consult' }>,
  ports: CommandPorts,
): Promise<CommandAnswer> {
  const { switchboard } = ports;
  const { desk, targets } = switchboard;
  const { callId } = before;
  const { note, target: to } = command;
  const refused = notToHandOver(before);
  if (refused !== null) return no(refused);
  if (!switchboard.isExchangeUp) return no('exchangeDown');
  const fallback = targets.fallback(agentId);
  if (fallback === null) return no('noSuchQueue');
  const how = command.type === 'call.transfer' ? 'transfer' : 'consult';
  const contactId = handOverContactId(callId, before.transfers.length);
  const target =
    to.kind === 'outside' ? await outside(to, contactId, ports) : targets.inHouse(agentId, callId, to, how);
  if (!target.ok) return no(target.reason, target.detail);
  desk.post(
    callId,
    how === 'transfer'
      ? { type: 'transfer', agentId, target: target.value, note, fallback }
      : { type: 'consult', agentId, target: target.value, note },
  );
  if (desk.get(callId)?.transfers.length !== before.transfers.length) return ok;
  // It went another way while we asked: nobody may stay reserved, nothing counted.
  targets.settle(callId, target.value);
  if (to.kind === 'outside') await ports.manual.release(contactId);
  return no('notNow');
}

function notToHandOver({ phase, consult }: CallState): string | null {
  if (phase.name !== 'talking') return 'notTalking';
  return consult === null ? null : 'consultOpen';
}

async function outside(
  to: Extract<TransferTo, { kind: 'outside' }>,
  id: string,
  { manual, switchboard }: CommandPorts,
): Promise<Result<TransferTarget>> {
  const phone = manual.parsePhone(to.phone);
  if (!phone.ok) return phone;
  const permitted = await manual.permit({ id, phone: phone.value, purpose: 'service', customerId: null });
  return permitted.ok ? { ok: true, value: switchboard.targets.outside(phone.value) } : permitted;
}

/** Click-to-call: the contact rules are asked, the agent's phone is put up, the customer is rung. */
export async function dial(
  agent: AgentState,
  command: Extract<Command, { type: 'call.dial' }>,
  ports: CommandPorts,
): Promise<CommandAnswer> {
  const { manual, switchboard } = ports;
  const { agentId } = agent;
  const { purpose, customerId } = command;
  if (!agent.phoneOnline) return no('phoneOffline');
  if (callOf(agent) !== null || agent.aside !== null || agent.takenSince !== null) return no('onACall');
  if (!switchboard.isExchangeUp) return no('exchangeDown');
  const phone: Result<E164> = manual.parsePhone(command.phone);
  if (!phone.ok) return no(phone.reason);
  const id = ports.newId();
  const permitted = await manual.permit({ id, phone: phone.value, purpose, customerId });
  if (!permitted.ok) return no(permitted.reason, permitted.detail);
  const placed = switchboard.placing.placeManually({
    callId: id as CallId,
    agentId,
    phone: phone.value,
    manual: { ...manual.settings, purpose },
    customer: permitted.value.customer,
  });
  if (placed) return ok;
  // A call came to him while the rules were asked.
  await manual.release(id);
  return no(switchboard.isExchangeUp ? 'onACall' : 'exchangeDown');
}

/** Takes a call that waits for him; the one he is on is held. */
export function takeWaiting(agent: AgentState, callId: CallId, ports: CommandPorts): CommandAnswer {
  const { desk, presence } = ports.switchboard;
  const { agentId, sipUser, keptLeg } = agent;
  const call = desk.get(callId);
  if (call?.phase.name !== 'queued' || call.wanted?.agentId !== agentId) return no('notWaiting');
  if (!agent.phoneOnline) return no('phoneOffline');
  const present = callOf(agent);
  if (present === null) {
    if (!presence.reserveOwn(agentId, callId)) return no('notReady');
  } else {
    if (agent.aside !== null) return no('twoCallsAlready');
    const refused = putAside(agentId, present, ports);
    if (refused !== null) return no(refused);
    presence.post(agentId, { type: 'takeSecond', callId });
  }
  const keptLegId = keptLeg.status === 'up' ? keptLeg.legId : null;
  desk.post(callId, { type: 'assigned', agentId, sipUser, keptLegId });
  return ok;
}

/** Back to the call that he put aside. */
export function swap(agent: AgentState, ports: CommandPorts): CommandAnswer {
  const { desk, presence } = ports.switchboard;
  const { agentId, aside } = agent;
  const present = callOf(agent);
  if (aside === null || present === null) return no('noSecondCall');
  const refused = putAside(agentId, present, ports);
  if (refused !== null) return no(refused);
  presence.post(agentId, { type: 'swap' });
  desk.post(aside, { type: 'resume', agentId });
  return ok;
}

/** Holds the call he is on; the reason when that cannot be. */
function putAside(agentId: AgentId, callId: CallId, { switchboard }: CommandPorts): string | null {
  const call = switchboard.desk.get(callId);
  if (call?.agentId !== agentId || call.phase.name !== 'talking') return 'notTalking';
  if (call.consult !== null) return 'consultOpen';
  if (!call.phase.held) switchboard.desk.post(callId, { type: 'hold', agentId });
  return null;
}
