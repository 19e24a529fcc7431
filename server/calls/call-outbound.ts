import type { AgentId, LegId } from '../basics/ids.ts';
import { listen, type Sound, startListening } from './answering-machine.ts';
import { type Draft, legSince } from './call-draft.ts';
import { apologise, endByUs, finish, longestPlayMs, unknownCodes } from './call-end.ts';
import type { CallEvent } from './call-events.ts';
import type { CallState, Phase } from './call-state.ts';
import { connect, overdueMs } from './call-steps.ts';

/** Calls that go out: campaigns, and numbers that agents dial by themselves; pure. */

/** A person we rang waits at most so long for an agent (Telemarketing Sales Rule and its likes: 2 s). */
export const abandonAfterMs = 2000;
/** An agent who dials is at his screen, and his browser answers by itself: longer than this it does not take. */
export const ownPhoneRingMs = 15_000;

/** Nobody has said yet what call this is. */
export function isNew({ queue, campaign, manual }: CallState): boolean {
  return queue === null && campaign === null && manual === null;
}

export function placed(call: Draft, event: Extract<CallEvent, { type: 'placed' }>): void {
  if (!isNew(call.state)) return;
  const { campaign, agent, phone, customer } = event;
  call.set({ phone, phoneRaw: phone, campaign, customer, agentId: agent?.agentId ?? null });
  if (agent !== null) call.keptLeg(agent.agentId, agent.legId).do({ do: 'pop', agentId: agent.agentId });
  dialCustomer(call, agent, campaign);
}

export function placedManually(call: Draft, event: Extract<CallEvent, { type: 'placedManually' }>): void {
  const { agentId, keptLegId, manual, phone, customer, sipUser } = event;
  if (!isNew(call.state)) return void call.refuse(agentId);
  call
    .set({ phone, phoneRaw: phone, manual, customer, agentId, direction: 'manual' })
    .do({ do: 'pop', agentId });
  if (keptLegId !== null) {
    return dialCustomer(call.keptLeg(agentId, keptLegId), { agentId, legId: keptLegId }, manual);
  }
  ringHisPhone(call, agentId, sipUser);
}

/** His own phone first, so that nobody answers into silence. */
export function ringHisPhone(call: Draft, agentId: AgentId, sipUser: string): void {
  const legId = call.newLeg('agent', agentId);
  call
    .phase({ name: 'preparing', since: call.now, agentId, legId })
    .wind('dial', call.now + ownPhoneRingMs + overdueMs)
    .do({ do: 'ringAgent', legId, agentId, sipUser, ringMs: ownPhoneRingMs, autoAnswer: true });
}

export function dialCustomer(
  call: Draft,
  agent: { agentId: AgentId; legId: LegId } | null,
  { ringMs, callerId }: { readonly ringMs: number; readonly callerId: string | null },
): void {
  call
    .addLeg(call.customerLeg, legSince('customer', call.now, null))
    .phase({
      name: 'dialling',
      since: call.now,
      agentId: agent?.agentId ?? null,
      legId: agent?.legId ?? null,
    })
    .wind('dial', call.now + ringMs + overdueMs)
    .do({ do: 'dialCustomer', ringMs, callerId });
}

export function customerPickedUp(call: Draft, phase: Extract<Phase, { name: 'dialling' }>): void {
  const { campaign } = call.state;
  call.set({ answeredAt: call.now });
  if (phase.agentId !== null && phase.legId !== null && call.isUp(phase.legId)) {
    connect(call, phase.agentId, phase.legId);
  } else if (phase.agentId !== null) {
    // His leg was lost while we dialled (a refresh): the person waits a moment for him, no longer than may be.
    const { agentId, legId } = phase;
    call
      .phase({ name: 'recovering', since: call.now, agentId, legId, held: false })
      .wind('recover', call.now + abandonAfterMs);
  } else if (campaign?.announcement != null) {
    const playbackId = `announcement-${call.state.callId}`;
    call
      .set({ connectedAt: call.now })
      .phase({ name: 'announcing', since: call.now, playbackId })
      .wind('play', call.now + longestPlayMs)
      .do({ do: 'play', legId: call.customerLeg, playbackId, prompts: [campaign.announcement] });
  } else {
    apologise(call);
  }
  // Who dials a number by himself hears himself what answers.
  if (campaign === null) return;
  call.set({ listening: startListening }).do({ do: 'watchSpeech', legId: call.customerLeg });
}

/** What the far end's speech says about a person or a machine. */
export function heard(call: Draft, sound: Sound): void {
  const { listening, phase } = call.state;
  if (listening === null || listening.step === 'decided') return;
  const { now: next, lookAgainAt } = listen(listening, sound);
  call.set({ listening: next }).unwind('listen');
  if (lookAgainAt !== null) call.wind('listen', lookAgainAt);
  if (next.step !== 'decided') return;
  call.do({ do: 'unwatchSpeech', legId: call.customerLeg });
  if (next.verdict === 'human') return;
  if (phase.name === 'announcing') call.do({ do: 'stopPlaying', playbackId: phase.playbackId });
  endByUs(call, 'answeringMachine', 'system');
}

/** The exchange did not take the order to dial. */
export function notDialled(call: Draft, kind: string): void {
  if (call.state.phase.name !== 'dialling') return;
  // Timed out, the call may or may not live: it is ended, and we wait for the news.
  if (kind === 'timeout') return endByUs(call, 'notPlaced', 'system');
  call.set({ verdict: { outcome: 'notPlaced', by: 'system' } });
  finish(call, unknownCodes);
}
