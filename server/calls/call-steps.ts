import type { AgentId, LegId } from '../basics/ids.ts';
import { type Draft, isOn } from './call-draft.ts';
import { releaseOwner } from './call-end.ts';
import type { CallEvent } from './call-events.ts';
import { closeTransfer, openEntry } from './call-notes.ts';
import type { CallState } from './call-state.ts';

/** Steps that bring a customer and an agent together; pure. */

/** How long the agent's screen may take to show the card before his phone rings all the same. */
export const cardWaitMs = 500;
/** How long a customer is held for an agent whose leg is gone (refresh, lost network). */
export const recoverMs = 30_000;
/** The exchange ends ringing by itself; this much later we stop believing that it will. */
export const overdueMs = 10_000;
/** How long a handed-over call waits for one agent before anybody of the queue may take it. */
export const wantedMs = 60_000;

/** Into the queue; who waited already keeps his place. `wanted`: for a while this agent alone may take it. */
export function enqueue(call: Draft, wanted: AgentId | null = null): void {
  const until = call.now + wantedMs;
  call
    .set({
      queuedAt: call.state.queuedAt ?? call.now,
      agentId: null,
      wanted: wanted === null ? null : { agentId: wanted, until },
    })
    .phase({ name: 'queued', since: call.now })
    .do({ do: 'route' });
  if (wanted !== null) call.wind('wanted', until);
}

/** He is to have this call: first the card, then the ring. */
export function popTo(call: Draft, to: { agentId: AgentId; sipUser: string; keptLegId: LegId | null }): void {
  const { agentId, sipUser, keptLegId } = to;
  call
    .set({ agentId })
    .phase({ name: 'popping', since: call.now, agentId, sipUser, keptLegId })
    .do({ do: 'pop', agentId })
    .wind('card', call.now + cardWaitMs);
}

/** The card is on the screen (or took too long): now the phone. */
export function ring(call: Draft): void {
  const { phase, queue } = call.state;
  if (phase.name !== 'popping' || queue === null) return;
  const { agentId, keptLegId, sipUser } = phase;
  if (keptLegId !== null) {
    call.keptLeg(agentId, keptLegId).phase({ name: 'ringing', since: call.now, agentId, legId: keptLegId });
    if (call.state.notice === null) connect(call, agentId, keptLegId);
    return;
  }
  const legId = call.newLeg('agent', agentId);
  call
    .phase({ name: 'ringing', since: call.now, agentId, legId })
    .wind('ring', call.now + queue.ringMs + overdueMs)
    .do({ do: 'ringAgent', legId, agentId, sipUser, ringMs: queue.ringMs, autoAnswer: false });
}

/** Customer and agent are together. `held`: he comes back to a customer whom he had put on hold. */
export function connect(call: Draft, agentId: AgentId, legId: LegId, held = false): void {
  const { state } = call;
  if (state.recording === null && isRecorded(state)) {
    call.set({
      recording: {
        heard: `${state.callId}.customer.ulaw`,
        spoken: `${state.callId}.agent.ulaw`,
        startedAt: call.now,
        stoppedAt: null,
        pauses: [],
      },
    });
  }
  const entry = openEntry(state);
  if (entry !== null && state.consult === null)
    closeTransfer(call, entry.to === 'agent' && entry.toAgentId !== agentId ? 'returned' : 'completed');
  call
    .set({
      agentId,
      answeredAt: state.answeredAt ?? call.now,
      connectedAt: state.connectedAt ?? call.now,
    })
    .phase({ name: 'talking', since: call.now, agentId, legId, held })
    .tell(agentId, { type: held ? 'held' : 'connected' });
}

function isRecorded({ queue, campaign, manual }: CallState): boolean {
  if (campaign !== null) return campaign.record ?? true;
  return manual?.record ?? queue?.record ?? false;
}

/** Another one becomes the call's agent, whoever it was before. Should his leg be away just now, he is waited for. */
export function becomeOwner(call: Draft, agentId: AgentId, legId: LegId | null, held = false): void {
  if (call.state.agentId !== agentId) releaseOwner(call);
  call.set({ agentId });
  if (legId !== null && call.isUp(legId)) return connect(call, agentId, legId, held);
  call.phase({ name: 'recovering', since: call.now, agentId, legId, held });
  call.wind('recover', call.now + recoverMs);
}

/** He did not pick up: the caller keeps his place, and who handed the call over gets it back. */
export function agentMissed(call: Draft, agentId: AgentId): void {
  const entry = openEntry(call.state);
  const back = entry?.toAgentId === agentId ? entry.fromAgentId : null;
  if (back !== null) closeTransfer(call, 'returned');
  releaseOwner(call, true);
  call.set({ tried: [...call.state.tried.filter((id) => id !== agentId), agentId] });
  enqueue(call, back);
}

/** The router has found somebody. */
export function assigned(call: Draft, event: Extract<CallEvent, { type: 'assigned' }>): void {
  const { agentId, sipUser, keptLegId } = event;
  const { phase, consult } = call.state;
  if (isOn(call.state, agentId)) return;
  if (phase.name === 'queued') return popTo(call, event);
  // The call went another way meanwhile: the agent must not stay reserved for it.
  if (consult === null || consult.step !== 'queued') return void call.refuse(agentId);
  call
    .set({ consult: { ...consult, agentId, sipUser, keptLegId, step: 'popping' } })
    .do({ do: 'pop', agentId })
    .wind('consult', call.now + cardWaitMs);
}
