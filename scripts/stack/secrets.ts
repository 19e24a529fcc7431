import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const names = [
  'postgresPassword',
  'valkeyPassword',
  'sessionSecret',
  'ariPassword',
  'amiPassword',
  'testExchangeAmiPassword',
  'recordingsKey',
] as const;

export type Secrets = Readonly<Record<(typeof names)[number], string>>;

/** Reads `home`/secrets.json (mode 600), making the file and any secret it still lacks: 32 bytes each, in hex. */
export async function ensureSecrets(home: string): Promise<Secrets> {
  const file = `${home}/secrets.json`;
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const known = z.record(z.string(), z.string()).parse(JSON.parse(text));
  const made = Object.fromEntries(
    names.map((name) => [name, known[name] ?? randomBytes(32).toString('hex')]),
  ) as Secrets;
  if (names.some((name) => known[name] === undefined)) {
    await writeFile(`${file}.new`, JSON.stringify({ ...known, ...made }, null, 2), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  return made;
}
