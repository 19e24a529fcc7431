import type { AgentId, LegId } from '../basics/ids.ts';
import type { Decision, Draft } from './call-draft.ts';

/** Steps that bring a customer and an agent together; pure, used by call.ts. */

/** The exchange ends ringing by itself; this much later we stop believing that it will. */
export const overdueMs = 10_000;

/** Into the queue; who waited already keeps his place. */
export function enqueue(call: Draft): Draft {
  call
    .set({ queuedAt: call.state.queuedAt ?? call.now, agentId: null })
    .phase({ name: 'queued', since: call.now })
    .do({ do: 'route' });
  return call.state.notice === null ? call.music(true) : call;
}

/** The card is on the screen (or took too long): now the phone. */
export function ring(call: Draft): Decision {
  const { phase, queue } = call.state;
  if (phase.name !== 'popping' || queue === null) return call.done();
  call.unwind('card');
  if (phase.keptLegId !== null) {
    call.keptLeg(phase.agentId, phase.keptLegId);
    call.phase({ name: 'ringing', since: call.now, agentId: phase.agentId, legId: phase.keptLegId });
    return call.state.notice === null ? connect(call, phase.agentId, phase.keptLegId).done() : call.done();
  }
  const legId = call.newAgentLeg(phase.agentId);
  return call
    .phase({ name: 'ringing', since: call.now, agentId: phase.agentId, legId })
    .wind('ring', call.now + queue.ringMs + overdueMs)
    .do({
      do: 'ringAgent',
      legId,
      agentId: phase.agentId,
      sipUser: phase.sipUser,
      ringMs: queue.ringMs,
      autoAnswer: false,
    })
    .done();
}

/** Customer and agent hear each other. */
export function connect(call: Draft, agentId: AgentId, legId: LegId): Draft {
  call.unwind('ring').unwind('dial').unwind('recover').music(false);
  const { queue, campaign, manual } = call.state;
  const record = queue?.record ?? manual?.record ?? (campaign !== null && campaign.record !== false);
  if (record && call.state.recording === null) {
    const recording = {
      heard: `${call.state.callId}.customer.ulaw`,
      spoken: `${call.state.callId}.agent.ulaw`,
      startedAt: call.now,
      stoppedAt: null,
      pauses: [],
    };
    call.set({ recording }).do({
      do: 'startRecording',
      legId: call.customerLeg,
      heard: recording.heard,
      spoken: recording.spoken,
    });
  }
  return call
    .set({
      agentId,
      answeredAt: call.state.answeredAt ?? call.now,
      connectedAt: call.state.connectedAt ?? call.now,
    })
    .phase({ name: 'talking', since: call.now, agentId, legId, held: false })
    .do({ do: 'join', legIds: [call.customerLeg, legId] })
    .tell(agentId, { type: 'connected' });
}

/** He did not pick up: the caller keeps his place, the agent is not offered this call again. */
export function agentMissed(call: Draft, agentId: AgentId): Draft {
  call
    .unwind('ring')
    .set({ tried: [...call.state.tried, agentId] })
    .tell(agentId, { type: 'released', wrapUpMs: null, missed: true });
  return enqueue(call);
}

/** An agent's leg that nobody hears any more. */
export function forgetLeg(call: Draft, legId: LegId | null): void {
  if (legId === null || call.state.legs[legId] === undefined || call.state.legs[legId].ended !== null) return;
  call
    .leg(legId, { ended: { at: call.now, cause: 0, sipCode: 0 } })
    .do({ do: 'hangUp', legId, reason: 'normal' });
}
