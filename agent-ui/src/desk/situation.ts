import type { AgentStateName, CallPhase } from '../../../server/live/schema.ts';
import type { MyWork } from '../live/my-work.ts';

/** What the agent is in the middle of, finer than his call's phase: who hears whom, and what he should do now. */
export type Situation =
  | CallPhase
  | 'joining'
  | 'consultQueued'
  | 'consultRinging'
  | 'consultPrivate'
  | 'conference'
  | 'askedRinging'
  | 'askedPrivate'
  | 'watching'
  | 'wrapUp';

/** Null: there is no call. `picked`: his phone is up for it already. Pure. */
export function situationOf(
  work: Pick<MyWork, 'call' | 'part' | 'wrapUp'>,
  picked: boolean,
): Situation | null {
  const { call, part, wrapUp } = work;
  if (call === null || (call.phase === 'ended' && wrapUp)) return wrapUp ? 'wrapUp' : null;
  if (part === 'watching') return 'watching';
  const step = call.consult?.step;
  if (step === 'conference') return 'conference';
  if (part === 'asked') {
    if (step === 'private') return 'askedPrivate';
    return picked ? 'joining' : 'askedRinging';
  }
  if (step === 'private') return 'consultPrivate';
  if (step === 'ringing') return 'consultRinging';
  if (step === 'queued') return 'consultQueued';
  // He has picked up, and the recording notice is still being played to the customer.
  if (call.phase === 'ringing' && picked) return 'joining';
  return call.phase;
}

/** The colour of a situation: that of the agent's state which goes with it. */
export const situationColours: Record<Situation, AgentStateName> = {
  greeting: 'offline',
  queued: 'ringing',
  ringing: 'ringing',
  dialling: 'ringing',
  talking: 'talking',
  held: 'hold',
  recovering: 'paused',
  transferring: 'ringing',
  away: 'offline',
  ended: 'offline',
  joining: 'ringing',
  consultQueued: 'hold',
  consultRinging: 'hold',
  consultPrivate: 'hold',
  conference: 'talking',
  askedRinging: 'ringing',
  askedPrivate: 'talking',
  watching: 'talking',
  wrapUp: 'wrapUp',
};
