import type { Presence } from '../agents/presence.ts';
import type { AgentId, CallId, EpochMs } from '../basics/ids.ts';
import { pick, type WaitingCall } from '../routing/router.ts';
import type { CallState } from './call-state.ts';
import type { Desk } from './desk.ts';
import type { HistoryWriter } from './history.ts';
import type { QueueRow } from './store.ts';

/** Brings the router what waits and who is free, and carries out what it says. */
export class Matchmaker {
  private readonly desk: Desk;
  private readonly presence: Presence;
  private readonly history: Pick<HistoryWriter, 'push'>;
  private readonly now: () => EpochMs;
  private queues: readonly QueueRow[] = [];
  private looking = false;

  constructor(o: {
    desk: Desk;
    presence: Presence;
    history: Pick<HistoryWriter, 'push'>;
    now: () => EpochMs;
  }) {
    this.desk = o.desk;
    this.presence = o.presence;
    this.history = o.history;
    this.now = o.now;
  }

  setQueues(queues: readonly QueueRow[]): void {
    this.queues = queues;
    this.look();
  }

  /** Looks once, after everything that happens now has happened. */
  look(): void {
    if (this.looking) return;
    this.looking = true;
    queueMicrotask(() => {
      this.looking = false;
      this.lookNow();
    });
  }

  /** How many agents of this queue could take a call this moment. */
  freeIn(queueId: number): number {
    const agentIds = this.queues.find((q) => q.queueId === queueId)?.agentIds ?? [];
    return this.presence.free().filter((a) => agentIds.includes(a.agentId)).length;
  }

  private lookNow(): void {
    const waiting = this.desk.living().flatMap(entriesOf);
    if (waiting.length === 0) return;
    const agents = this.presence.free().map((a) => ({
      agentId: a.agentId,
      queueIds: this.queues.filter((q) => q.agentIds.includes(a.agentId)).map((q) => q.queueId),
      since: a.activity.since,
    }));
    if (agents.length === 0) return;
    for (const { callId, agentId, why } of pick(waiting, agents)) {
      if (!this.assign(callId, agentId)) continue;
      this.history.push({
        kind: 'decision',
        callId,
        agentId,
        at: this.now(),
        inputs: { waiting: waiting.slice(0, 100), agents: agents.slice(0, 100) },
        why,
      });
    }
  }

  /** Reserves a free agent and gives him the call; false when he is not free (any more). */
  private assign(callId: CallId, agentId: AgentId): boolean {
    const agent = this.presence.get(agentId);
    if (agent === undefined || !this.presence.reserve(agentId, callId)) return false;
    const keptLegId = agent.keptLeg.status === 'up' ? agent.keptLeg.legId : null;
    this.desk.post(callId, { type: 'assigned', agentId, sipUser: agent.sipUser, keptLegId });
    return true;
  }
}

/** A call waits for itself while it is queued, and for a third party while its consultation looks for somebody. */
function entriesOf(call: CallState): WaitingCall[] {
  const { callId, consult, tried } = call;
  if (call.phase.name === 'queued') {
    return [
      {
        callId,
        queueId: call.queue?.queueId ?? 0,
        queuedAt: call.queuedAt ?? call.offeredAt,
        tried,
        wantedAgentId: call.wanted?.agentId ?? null,
      },
    ];
  }
  if (consult?.step !== 'queued' || consult.target.kind !== 'queue') return [];
  const { queueId } = consult.target.queue;
  return [{ callId, queueId, queuedAt: consult.since, tried, wantedAgentId: null }];
}
