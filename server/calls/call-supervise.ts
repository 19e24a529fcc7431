import type { AgentId, LegId } from '../basics/ids.ts';
import { type Draft, isOn } from './call-draft.ts';
import { endByUs, releaseOwner } from './call-end.ts';
import type { CallEvent } from './call-events.ts';
import type { CallState, Watcher } from './call-state.ts';
import { becomeOwner } from './call-steps.ts';

/**
 * Supervisors on a call: they listen, whisper, join, take it over, end it. Pure. Whom they hear follows from the state
 * (call-media.ts); they never keep a call alive.
 */

/** A supervisor asked for it at his screen, and his browser answers by itself. */
export const watchRingMs = 15_000;

export function watch(call: Draft, event: Extract<CallEvent, { type: 'watch' }>): void {
  const { supervisorId, mode } = event;
  const there = watcherOf(call.state, supervisorId);
  if (there !== null) return setWatcher(call, there[0], { ...there[1], mode });
  if (isOn(call.state, supervisorId)) return;
  if (call.state.phase.name === 'ending') return void call.refuse(supervisorId);
  ringWatcher(call, event, { mode });
}

export function unwatch(call: Draft, supervisorId: AgentId): void {
  const there = watcherOf(call.state, supervisorId);
  if (there !== null) watcherGone(call, there[0]);
}

export function takeOver(call: Draft, event: Extract<CallEvent, { type: 'takeOver' }>): void {
  const there = watcherOf(call.state, event.supervisorId);
  if (there === null && isOn(call.state, event.supervisorId)) return;
  if (!canTakeOver(call.state)) return void call.refuse(event.supervisorId);
  if (there === null) return ringWatcher(call, event, { mode: 'listen', takesOver: true });
  setWatcher(call, there[0], { ...there[1], takesOver: true });
  if (there[1].up) seize(call, there[0], there[1]);
}

export function endBySupervisor(call: Draft): void {
  const { connectedAt, answeredAt, direction } = call.state;
  if (connectedAt !== null) return endByUs(call, 'answered', 'system');
  // Whoever picked up and got nobody was dropped, whoever ended it.
  endByUs(call, direction !== 'hotline' && answeredAt !== null ? 'dropped' : 'cancelled', 'system');
}

export function watcherAnswered(call: Draft, legId: LegId): void {
  const watcher = call.state.watchers[legId];
  if (watcher === undefined || watcher.up) return;
  setWatcher(call, legId, { ...watcher, up: true });
  call.tell(watcher.supervisorId, { type: 'connected' });
  if (watcher.takesOver && canTakeOver(call.state)) seize(call, legId, watcher);
}

export function watcherGone(call: Draft, legId: LegId): void {
  const watcher = call.state.watchers[legId];
  if (watcher === undefined) return;
  forget(call, legId).tell(watcher.supervisorId, { type: 'released', wrapUpMs: null, missed: false });
}

/** The supervisor's page is new: his phone is rung again. False when he is none of this call's. */
export function reattachWatcher(call: Draft, event: Extract<CallEvent, { type: 'reattach' }>): boolean {
  const { agentId, keptLegId, sipUser } = event;
  const there = watcherOf(call.state, agentId);
  if (there === null) return false;
  const [legId, watcher] = there;
  if (keptLegId === legId) return true;
  forget(call, legId);
  if (keptLegId === null) {
    ringWatcher(call, { ...watcher, sipUser }, watcher);
    return true;
  }
  call.keptLeg(agentId, keptLegId, 'supervisor');
  setWatcher(call, keptLegId, { ...watcher, up: false });
  watcherAnswered(call, keptLegId);
  return true;
}

function ringWatcher(
  call: Draft,
  { supervisorId, name, sipUser }: { supervisorId: AgentId; name: string; sipUser: string },
  { mode, takesOver }: Pick<Watcher, 'mode' | 'takesOver'>,
): void {
  const legId = call.newLeg('supervisor', supervisorId);
  const base = { supervisorId, name, sipUser, mode, up: false, since: call.now };
  setWatcher(call, legId, takesOver ? { ...base, takesOver } : base);
  call.do({
    do: 'ringAgent',
    legId,
    agentId: supervisorId,
    sipUser,
    ringMs: watchRingMs,
    autoAnswer: true,
  });
}

/** He becomes the call's agent, whoever had it or was about to. */
function seize(call: Draft, legId: LegId, { supervisorId }: Watcher): void {
  const { phase, consult, notice } = call.state;
  forget(call, legId).leg(legId, { role: 'agent' }).do({ do: 'pop', agentId: supervisorId });
  releaseOwner(call);
  call.set({ agentId: supervisorId });
  if (phase.name === 'dialling') return void call.phase({ ...phase, agentId: supervisorId, legId });
  // The recording notice is heard to its end before anybody is connected.
  if (notice !== null)
    return void call.phase({ name: 'ringing', since: call.now, agentId: supervisorId, legId });
  becomeOwner(call, supervisorId, legId, consult !== null && 'held' in phase && phase.held);
}

function canTakeOver({ phase }: CallState): boolean {
  switch (phase.name) {
    case 'queued':
    case 'popping':
    case 'ringing':
    case 'dialling':
    case 'talking':
    case 'recovering':
    case 'transferring':
    case 'away':
      return true;
    default:
      return false;
  }
}

function watcherOf({ watchers }: CallState, supervisorId: AgentId): [LegId, Watcher] | null {
  const found = Object.entries(watchers).find(([, w]) => w.supervisorId === supervisorId);
  return found === undefined ? null : [found[0] as LegId, found[1]];
}

function setWatcher(call: Draft, legId: LegId, watcher: Watcher): void {
  call.set({ watchers: { ...call.state.watchers, [legId]: watcher } });
}

function forget(call: Draft, legId: LegId): Draft {
  const { [legId]: _gone, ...watchers } = call.state.watchers;
  return call.set({ watchers });
}
