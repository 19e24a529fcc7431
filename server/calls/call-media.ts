import type { LegId } from '../basics/ids.ts';
import { type Decision, type Draft, isUp } from './call-draft.ts';
import type { Effect, TimerName } from './call-events.ts';
import type { CallState, RecordingFacts } from './call-state.ts';

/**
 * Who hears whom, as it follows from a call's state, and the orders that lead from one state to the next. There is one bridge a
 * call, and whoever is in it hears all others; so a hold, a consultation, a conference and a hand-over differ in who is in it.
 */
export interface Media {
  /** All legs that the call has a use for, the customer's left out. */
  readonly legs: ReadonlySet<LegId>;
  /** Who is in the call's bridge. */
  readonly bridge: readonly LegId[];
  /** The customer hears music. */
  readonly music: boolean;
  /** Who hears that a phone rings. */
  readonly ringback: LegId | null;
  readonly watches: ReadonlyMap<LegId, { readonly targetLegId: LegId; readonly mode: 'listen' | 'whisper' }>;
}

export function mediaOf(state: CallState): Media {
  const legs = legsInUse(state);
  const owner = ownerLeg(state);
  const third = thirdLeg(state);
  const bridge: LegId[] = [];
  if (hearsSomebody(state)) bridge.push(state.callId as string as LegId);
  // On hold he is out of the bridge as well: his kept-up leg may be with his other call meanwhile.
  const { phase } = state;
  if (owner !== null && (phase.name !== 'talking' || !phase.held || third !== null)) bridge.push(owner);
  if (third !== null) bridge.push(third);
  if (phase.name === 'away') bridge.push(phase.legId);
  const watches = new Map<LegId, { targetLegId: LegId; mode: 'listen' | 'whisper' }>();
  const talk = bridge.length > 0;
  for (const [legId, { mode }] of Object.entries(state.watchers) as [
    LegId,
    CallState['watchers'][string],
  ][]) {
    if (!legs.has(legId) || !isUp(state, legId)) continue;
    if (mode === 'barge') {
      if (talk) bridge.push(legId);
    } else if (owner !== null) watches.set(legId, { targetLegId: owner, mode });
  }
  return { legs, bridge, music: hearsMusic(state), ringback: hearsRinging(state, owner), watches };
}

/** All legs that the call has a use for, the customer's left out. Any other living leg of it is to be hung up. */
export function legsInUse(state: CallState): Set<LegId> {
  const { phase, consult } = state;
  const legs = new Set<LegId>();
  if (phase.name === 'ending' || phase.name === 'ended') return legs;
  if ('legId' in phase && phase.legId !== null) legs.add(phase.legId);
  if (consult !== null && consult.legId !== null) legs.add(consult.legId);
  for (const legId of Object.keys(state.watchers) as LegId[]) legs.add(legId);
  return legs;
}

/** The leg of the call's agent once he is in: what supervisors listen to. */
function ownerLeg(state: CallState): LegId | null {
  const { phase } = state;
  if (phase.name !== 'talking' && phase.name !== 'dialling') return null;
  return phase.legId !== null && isUp(state, phase.legId) ? phase.legId : null;
}

/** The third party's leg once agent and third party may hear each other. */
function thirdLeg({ consult, ...rest }: CallState): LegId | null {
  if (consult === null || (consult.step !== 'private' && consult.step !== 'conference')) return null;
  return consult.legId !== null && isUp({ consult, ...rest }, consult.legId) ? consult.legId : null;
}

function hearsSomebody(state: CallState): boolean {
  const { phase } = state;
  switch (phase.name) {
    case 'talking':
      return !phase.held;
    case 'recovering':
      return !phase.held && state.consult?.step === 'conference' && thirdLeg(state) !== null;
    case 'away':
      return true;
    default:
      return false;
  }
}

function hearsMusic(state: CallState): boolean {
  const { phase } = state;
  switch (phase.name) {
    case 'queued':
    case 'popping':
    case 'ringing':
      return state.notice === null;
    case 'transferring':
      return true;
    case 'talking':
      return phase.held;
    case 'recovering':
      // A person whom we rang and who has heard nobody yet is not greeted with music.
      return state.connectedAt !== null && !hearsSomebody(state);
    default:
      return false;
  }
}

/** An agent who dials by his own act hears it ring; in progressive calls he hears the customer's first word and nothing before. */
function hearsRinging(state: CallState, owner: LegId | null): LegId | null {
  const { phase, consult } = state;
  if (phase.name === 'dialling')
    return state.manual !== null || state.campaign?.mode === 'preview' ? owner : null;
  const asked = consult !== null && consult.step !== 'private' && consult.step !== 'conference';
  return phase.name === 'talking' && asked ? owner : null;
}

/** How the orders of a call that is over are sorted: nothing may come after these. */
const last: ReadonlySet<Effect['do']> = new Set(['closeBridge', 'finish']);

/** Completes a decision: winds up timers that nobody waits for any more and orders what leads from the old media to the new. */
export function settle(call: Draft, was: CallState): Decision {
  if (call.state.wanted !== null && call.state.phase.name !== 'queued') call.set({ wanted: null });
  closePauseOfAnotherLeg(call, was);
  const waitedFor = timersWaitedFor(call.state);
  for (const name of Object.keys(call.state.timers) as TimerName[])
    if (!waitedFor.has(name)) call.unwind(name);

  const before = mediaOf(was);
  const after = mediaOf(call.state);
  if (call.state.music !== after.music) call.set({ music: after.music });
  const orders = ordersBetween(call, was, before, after);
  const hangUps = letGo(call, before, after);
  const early = call.effects.filter((e) => !last.has(e.do));
  const late = call.effects.filter((e) => last.has(e.do));
  return { state: call.state, effects: [...orders, ...early, ...hangUps, ...late] };
}

function ordersBetween(call: Draft, was: CallState, before: Media, after: Media): Effect[] {
  const orders: Effect[] = [];
  const { state, customerLeg } = call;
  const alive = (legId: LegId) => state.legs[legId] !== undefined && state.legs[legId].ended === null;
  const over = state.phase.name === 'ending' || state.phase.name === 'ended';
  const customer = !over && alive(customerLeg);

  if (before.ringback !== null && before.ringback !== after.ringback && alive(before.ringback))
    orders.push({ do: 'stopRingback', legId: before.ringback });
  if (was.music && !after.music && customer) orders.push({ do: 'stopMusic', legId: customerLeg });
  for (const legId of before.watches.keys())
    if (!after.watches.has(legId) && alive(legId)) orders.push({ do: 'unwatchLeg', legId });
  for (const legId of before.bridge) {
    if (after.bridge.includes(legId) || !alive(legId)) continue;
    // A leg that is hung up leaves by itself.
    const stays =
      legId === customerLeg ? customer : after.legs.has(legId) || state.legs[legId]?.kept === true;
    if (stays) orders.push({ do: 'part', legId });
  }
  const recording = customer ? recordingOrders(customerLeg, was.recording, state.recording) : [];
  const starts = was.recording === null;
  if (!starts) orders.push(...recording);
  // All of them: a kept-up leg may have been in the bridge of another call since.
  if (after.bridge.some((legId) => !before.bridge.includes(legId)))
    orders.push({ do: 'join', legIds: after.bridge });
  // People first: put before the join, the recording's start held it up by its round trip (answer to bridge 8.3 instead of 3.7 ms).
  if (starts) orders.push(...recording);
  if (!was.music && after.music && customer) orders.push({ do: 'startMusic', legId: customerLeg });
  if (after.ringback !== null && before.ringback !== after.ringback)
    orders.push({ do: 'startRingback', legId: after.ringback });
  for (const [legId, watch] of after.watches) {
    const old = before.watches.get(legId);
    if (old?.targetLegId !== watch.targetLegId || old.mode !== watch.mode)
      orders.push({ do: 'watchLeg', legId, ...watch });
  }
  return orders;
}

function recordingOrders(legId: LegId, was: RecordingFacts | null, is: RecordingFacts | null): Effect[] {
  if (is === null) return [];
  if (was === null) return [{ do: 'startRecording', legId, heard: is.heard, spoken: is.spoken }];
  if (is.stoppedAt !== null) return was.stoppedAt === null ? [{ do: 'stopRecording', legId }] : [];
  const muted = isSilenced(is);
  return muted === isSilenced(was) ? [] : [{ do: 'muteRecording', legId, muted }];
}

/** Hangs up legs that have no use any more. A kept-up leg outlives the call: its part in it is over, nothing else. */
function letGo(call: Draft, before: Media, after: Media): Effect[] {
  const hangUps: Effect[] = [];
  const ordered = (legId: LegId) => call.effects.some((e) => e.do === 'hangUp' && e.legId === legId);
  const atLast = call.state.phase.name === 'ended';
  for (const [legId, leg] of Object.entries(call.state.legs) as [LegId, CallState['legs'][string]][]) {
    if (leg.role === 'customer' || leg.ended !== null || after.legs.has(legId)) continue;
    if (!before.legs.has(legId) && !atLast) continue;
    if (leg.kept) call.leg(legId, { ended: { at: call.now, cause: 16, sipCode: 0 } });
    else if (!ordered(legId)) hangUps.push({ do: 'hangUp', legId, reason: 'normal' });
  }
  return hangUps;
}

/** Is silence being written now? */
export function isSilenced(recording: RecordingFacts | null): boolean {
  return recording?.pauses.at(-1)?.to === null;
}

export function closePause(call: Draft): void {
  const { recording } = call.state;
  const open = recording?.pauses.at(-1);
  if (recording === null || open === undefined || open.to !== null) return;
  call.set({
    recording: { ...recording, pauses: [...recording.pauses.slice(0, -1), { ...open, to: call.now }] },
  });
}

/** Silence is for what this agent asks now: it ends when he is out, be it for a moment. */
function closePauseOfAnotherLeg(call: Draft, was: CallState): void {
  const { phase } = call.state;
  const same = phase.name === 'talking' && was.phase.name === 'talking' && phase.legId === was.phase.legId;
  if (!same) closePause(call);
}

function timersWaitedFor(state: CallState): Set<TimerName> {
  const { phase, consult, listening } = state;
  const names = new Set<TimerName>();
  if (phase.name === 'ended') return names;
  if (phase.name === 'popping') names.add('card');
  if (phase.name === 'ringing') names.add('ring');
  if (phase.name === 'recovering') names.add('recover');
  if (phase.name === 'dialling' || phase.name === 'preparing' || phase.name === 'transferring')
    names.add('dial');
  if (phase.name === 'announcing') names.add('play');
  if (phase.name === 'ending') names.add('ending');
  if (state.wanted !== null) names.add('wanted');
  if (consult !== null && thirdLeg(state) === null) names.add('consult');
  if (isSilenced(state.recording)) names.add('silence');
  if (listening !== null && listening.step !== 'decided' && phase.name !== 'ending') names.add('listen');
  return names;
}
