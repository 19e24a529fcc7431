import { fileURLToPath } from 'node:url';

/** Where things lie in a checkout. Everything that is made or fetched lies under .dozvon/, which git ignores. */
export const repo = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
export const dozvonDir = `${repo}/.dozvon`;
/** The unpacked system parts: Asterisk, valkey, Festival, sipp, sox with all they need. */
export const rootDir = `${dozvonDir}/root`;
/** Prompts spoken once and shared by all homes. */
export const promptsDir = `${dozvonDir}/prompts`;
/** Data, logs, secrets and state of `npm start`; tests and benches have homes of their own beside it. */
export const defaultHome = `${dozvonDir}/run`;
