import { existsSync } from 'node:fs';
import { unpackDebian } from './debian.ts';
import { withLock } from './lock.ts';
import { dozvonDir, rootDir } from './places.ts';
import { type Progress, StepError } from './steps.ts';

/** Debian testing has Asterisk 22 LTS; 12 and 13 have none. Each package with a file that shows it is there. */
const parts: Readonly<Record<string, string>> = {
  asterisk: 'usr/sbin/asterisk',
  'asterisk-core-sounds-ru-wav': 'usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU',
  'asterisk-core-sounds-en-wav': 'usr/share/asterisk/sounds/en_US_f_Allison',
  'asterisk-moh-opsound-wav': 'usr/share/asterisk/moh',
  'valkey-server': 'usr/bin/valkey-server',
  festival: 'usr/bin/festival',
  'festvox-ru': 'usr/share/festival/voices/russian',
  'sip-tester': 'usr/bin/sipp',
  sox: 'usr/bin/sox',
};

export function systemPartsMissing(): string[] {
  return Object.entries(parts).flatMap(([name, file]) => (existsSync(`${rootDir}/${file}`) ? [] : [name]));
}

/** Brings the unpacked root up to what this version needs; nothing to do is the usual case. Safe beside another start. */
export async function ensureSystemParts(progress: Progress, signal?: AbortSignal): Promise<void> {
  if (systemPartsMissing().length === 0) return;
  await withLock(
    `${dozvonDir}/install.lock`,
    (pid) => progress(`another start (process ${pid}) is installing: waiting`),
    async () => {
      if (systemPartsMissing().length === 0) return;
      await unpackDebian(
        { release: 'forky', packages: Object.keys(parts), target: rootDir, work: `${dozvonDir}/apt`, signal },
        progress,
      );
      const still = systemPartsMissing();
      if (still.length > 0) {
        throw new StepError(
          `Debian's packages no longer hold what they did: ${still.join(', ')}.`,
          'This version of Dozvon is older than the archive: take a newer one.',
        );
      }
    },
  );
}
