import { callOf } from '../agents/agent.ts';
import type { Presence } from '../agents/presence.ts';
import type { AgentId, CallId, E164 } from '../basics/ids.ts';
import type { Result } from '../basics/refusal.ts';
import type { TransferTo } from '../live/schema.ts';
import type { QueueFacts, TransferTarget } from './call-state.ts';
import type { Desk } from './desk.ts';
import { usersOn } from './parties.ts';
import type { QueueRow } from './store.ts';

interface Ports {
  readonly desk: Desk;
  readonly presence: Presence;
  queues(): readonly QueueRow[];
  ownNumber(): string | null;
}

const no = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });

/** Whom a call may be handed to, and the reservations that go with it. */
export class Targets {
  private readonly ports: Ports;

  constructor(ports: Ports) {
    this.ports = ports;
  }

  /** A colleague or a queue. A colleague who is free is reserved for the call: give the target to the call, then `settle`. */
  inHouse(
    by: AgentId,
    callId: CallId,
    to: Exclude<TransferTo, { kind: 'outside' }>,
    how: 'transfer' | 'consult',
  ): Result<TransferTarget> {
    return to.kind === 'queue'
      ? this.queue(by, to.queueId, how)
      : this.colleague(by, callId, to.agentId as AgentId, how);
  }

  /** A number whose contact is permitted. */
  outside(phone: E164): TransferTarget {
    return { kind: 'outside', phone, callerId: this.ports.ownNumber() };
  }

  /** The call may have gone another way meanwhile: a colleague whom it does not know is let go. */
  settle(callId: CallId, target: TransferTarget): void {
    if (target.kind !== 'agent') return;
    const { desk, presence } = this.ports;
    const { agentId } = target;
    const call = desk.get(callId);
    const agent = presence.get(agentId);
    if (agent === undefined || callOf(agent) !== callId) return;
    if (call === undefined || !usersOn(call).includes(agentId))
      presence.post(agentId, { type: 'released', callId, wrapUpMs: null, missed: false });
  }

  /** The queue that takes the customer back when a call has none of its own: one of this agent's, else the first. */
  fallback(by: AgentId): QueueFacts | null {
    const queues = this.ports.queues();
    const queue = queues.find((q) => q.agentIds.includes(by)) ?? queues[0];
    return queue === undefined ? null : factsOf(queue);
  }

  private queue(by: AgentId, queueId: number, how: 'transfer' | 'consult'): Result<TransferTarget> {
    const queue = this.ports.queues().find((q) => q.queueId === queueId);
    if (queue === undefined) return no('noSuchQueue');
    const signedIn = (agentId: number) => {
      const agent = this.ports.presence.get(agentId as AgentId);
      return agent !== undefined && agent.activity.name !== 'offline' && agent.pages > 0;
    };
    // The agent himself would wait for nobody while his customer hears music.
    const others = queue.agentIds.filter((agentId) => agentId !== by);
    if (how === 'consult' && !others.some(signedIn)) return no('nobodyInQueue');
    return { ok: true, value: { kind: 'queue', queue: factsOf(queue) } };
  }

  private colleague(
    by: AgentId,
    callId: CallId,
    agentId: AgentId,
    how: 'transfer' | 'consult',
  ): Result<TransferTarget> {
    const { presence } = this.ports;
    const agent = presence.get(agentId);
    if (agentId === by) return no('notToYourself');
    if (agent === undefined || agent.pages === 0 || !agent.phoneOnline) return no('agentAway');
    const { activity, name, sipUser, keptLeg } = agent;
    // A pause is a wish to be left alone; whoever is on a call or writes about one is there in a moment.
    if (activity.name === 'offline' || activity.name === 'paused') return no('agentAway');
    if (presence.reserve(agentId, callId)) {
      const keptLegId = keptLeg.status === 'up' ? keptLeg.legId : null;
      return { ok: true, value: { kind: 'agent', agentId, name, sipUser, keptLegId } };
    }
    return how === 'consult' ? no('agentBusy') : { ok: true, value: { kind: 'busyAgent', agentId, name } };
  }
}

function factsOf({ queueId, name, ringMs, wrapUpMs, record }: QueueRow): QueueFacts {
  return { queueId, name, ringMs, wrapUpMs, record };
}
