import type { CommandAnswer } from './schema.ts';

/** Answers to commands. */
export const ok: CommandAnswer = { ok: true };
export const no = (reason: string, detail?: string): CommandAnswer =>
  detail === undefined ? { ok: false, reason } : { ok: false, reason, detail };
