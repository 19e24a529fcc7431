import pino from 'pino';

export type Log = pino.Logger;

/**
 * Phone numbers, names and amounts never stand in a message's text. They may be given as fields under `personal`,
 * which is removed unless LOG_PERSONAL=1 is set for a hunt.
 */
export function makeLog(name: string, level: string): Log {
  const redact = process.env.LOG_PERSONAL === '1' ? [] : ['personal'];
  return pino({
    name,
    level,
    redact: { paths: redact, remove: true },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}
