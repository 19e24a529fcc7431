import { type AgentState, callOf } from '../agents/agent.ts';
import type { AgentId, CallId } from '../basics/ids.ts';
import { usersOn } from '../calls/parties.ts';
import type { CommandPorts } from './commands.ts';
import { no, ok } from './reply.ts';
import type { Command, CommandAnswer } from './schema.ts';

/** What supervisors do to other people's calls and states. Each act, refused ones too, goes into the record of acts. */

type Supervision = Extract<Command, { type: `supervise.${string}` }>;

export function isSupervision(command: Command): command is Supervision {
  return command.type.startsWith('supervise.');
}

export function supervise(supervisor: AgentState, command: Supervision, ports: CommandPorts): CommandAnswer {
  const { desk } = ports.switchboard;
  const callId = 'callId' in command ? (command.callId as CallId) : null;
  const agentId = 'agentId' in command ? command.agentId : ((callId && desk.get(callId)?.agentId) ?? null);
  // The role as it stands now, not that of his sign-in.
  const answer = supervisor.role === 'agent' ? no('notAllowed') : act(supervisor, command, ports);
  ports.history.push({
    kind: 'act',
    act: {
      userId: supervisor.agentId,
      at: ports.now(),
      act: nameOf(command),
      callId,
      agentId,
      detail: detailOf(command, answer),
    },
  });
  return answer;
}

/** Under this name it stands in the record. */
function nameOf(command: Supervision): string {
  return command.type === 'supervise.watch' ? command.mode : command.type.slice('supervise.'.length);
}

function detailOf(command: Supervision, answer: CommandAnswer): Record<string, unknown> {
  const wish = command.type === 'supervise.setState' ? { state: command.state, reason: command.reason } : {};
  return answer.ok ? wish : { ...wish, refused: answer.reason };
}

function act(supervisor: AgentState, command: Supervision, ports: CommandPorts): CommandAnswer {
  const { desk } = ports.switchboard;
  const supervisorId = supervisor.agentId;
  if (command.type === 'supervise.setState') return setState(supervisor, command, ports);
  const callId = command.callId as CallId;
  const call = desk.get(callId);
  if (call === undefined || call.end !== null) return no('noSuchCall');
  switch (command.type) {
    case 'supervise.watch':
    case 'supervise.takeOver':
      return comeIn(supervisor, callId, command, ports);
    case 'supervise.unwatch':
      if (!Object.values(call.watchers).some((w) => w.supervisorId === supervisorId))
        return no('notYourCall');
      desk.post(callId, { type: 'unwatch', supervisorId });
      return ok;
    case 'supervise.end':
      desk.post(callId, { type: 'endBySupervisor', supervisorId });
      return desk.get(callId) === call ? no('notNow') : ok;
    default:
      return command satisfies never;
  }
}

/** He comes onto the call himself, with his own phone, or changes how he is on it. */
function comeIn(
  supervisor: AgentState,
  callId: CallId,
  command: Extract<Supervision, { type: 'supervise.watch' | 'supervise.takeOver' }>,
  ports: CommandPorts,
): CommandAnswer {
  const { desk, presence } = ports.switchboard;
  const { agentId: supervisorId, name, sipUser } = supervisor;
  if (desk.get(callId)?.agentId === supervisorId) return no('yourOwnCall');
  if (!supervisor.phoneOnline) return no('phoneOffline');
  if (!ports.switchboard.isExchangeUp) return no('exchangeDown');
  if (callOf(supervisor) !== callId && !presence.reserveOwn(supervisorId, callId)) return no('onACall');
  desk.post(
    callId,
    command.type === 'supervise.watch'
      ? { type: 'watch', supervisorId, name, sipUser, mode: command.mode }
      : { type: 'takeOver', supervisorId, name, sipUser },
  );
  const after = desk.get(callId);
  if (after !== undefined && usersOn(after).includes(supervisorId)) return ok;
  presence.post(supervisorId, { type: 'released', callId, wrapUpMs: null, missed: false });
  return no('notNow');
}

function setState(
  supervisor: AgentState,
  command: Extract<Supervision, { type: 'supervise.setState' }>,
  { switchboard }: CommandPorts,
): CommandAnswer {
  const { presence } = switchboard;
  const agentId = command.agentId as AgentId;
  const { state, reason } = command;
  if (presence.get(agentId)?.role !== 'agent') return no('notAnAgent');
  if (state === 'paused' && reason === null) return no('reasonNeeded');
  switchboard.setStateBy(agentId, supervisor.name, () => {
    if (state === 'ready') presence.post(agentId, { type: 'ready' });
    else if (state === 'offline') presence.post(agentId, { type: 'signOff' });
    else if (reason !== null) presence.post(agentId, { type: 'pause', reason });
  });
  return ok;
}
