import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';

const secretNames = [
  'POSTGRES_PASSWORD',
  'VALKEY_PASSWORD',
  'SESSION_SECRET',
  'ARI_PASSWORD',
  'AMI_PASSWORD',
  'TEST_EXCHANGE_AMI_PASSWORD',
  'RECORDINGS_KEY',
];

/** NAME=value lines, as docker compose reads them. */
export function readEnvFile(text: string): Record<string, string> {
  const entries = text.split('\n').flatMap((line) => {
    const match = /^([A-Z_][A-Z0-9_]*)=(.*)$/.exec(line.trim());
    return match?.[1] ? [[match[1], match[2] ?? '']] : [];
  });
  return Object.fromEntries(entries);
}

/** Writes the settings and secrets of docker-compose.yml; what the file says already stays. Mode 600. */
export async function ensureEnvFile(
  file: string,
  settings: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const known = readEnvFile(text);
  const wanted = {
    ...settings,
    ...Object.fromEntries(secretNames.map((name) => [name, randomBytes(32).toString('hex')])),
  };
  const added = Object.entries(wanted).filter(([name]) => known[name] === undefined);
  if (added.length > 0) {
    const lines = added.map(([name, value]) => `${name}=${value}`).join('\n');
    await writeFile(`${file}.new`, `${text}${text && !text.endsWith('\n') ? '\n' : ''}${lines}\n`, {
      mode: 0o600,
    });
    await rename(`${file}.new`, file);
  }
  return { ...Object.fromEntries(added), ...known };
}
