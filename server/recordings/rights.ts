import type { Result } from '../basics/refusal.ts';
import type { Role } from '../users/schema.ts';

/** What people do with a recording. `see`: its length, waveform and state. */
export type RecordingAct = 'see' | 'play' | 'download' | 'hold' | 'delete';

/**
 * Who may do what: an agent plays what he was on himself; a supervisor plays and downloads everything and holds it for a dispute;
 * an administrator deletes as well. Pure. `agentIds`: whoever had a leg on the call.
 */
export function mayDo(
  user: { readonly id: number; readonly role: Role },
  act: RecordingAct,
  recording: { readonly agentIds: readonly number[]; readonly deleted: boolean; readonly held: boolean },
): Result<null> {
  const watches = user.role !== 'agent';
  if (!watches && !recording.agentIds.includes(user.id)) return { ok: false, reason: 'notOnThisCall' };
  switch (act) {
    case 'see':
      return { ok: true, value: null };
    case 'play':
      return recording.deleted ? { ok: false, reason: 'recordingDeleted' } : { ok: true, value: null };
    case 'download':
    case 'hold':
      if (!watches) return { ok: false, reason: 'supervisorsOnly' };
      return recording.deleted ? { ok: false, reason: 'recordingDeleted' } : { ok: true, value: null };
    case 'delete':
      if (user.role !== 'administrator') return { ok: false, reason: 'administratorsOnly' };
      if (recording.deleted) return { ok: false, reason: 'recordingDeleted' };
      return recording.held ? { ok: false, reason: 'recordingHeld' } : { ok: true, value: null };
    default:
      return act satisfies never;
  }
}
