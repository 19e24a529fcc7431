import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { rootCommand } from './root-command.ts';

const run = promisify(execFile);
const listFile = resolve(import.meta.dirname, '../../asterisk/prompts.json');
/** No figures: Festival's Russian voice gives up its whole batch on a date such as 22.11.2026. */
const speakable = z
  .string()
  .min(1)
  .max(600)
  .regex(/^[^\d"\\\p{Cc}]+$/u, 'write figures and dates as words');
const listSchema = z.record(
  z.string().regex(/^[a-z0-9-]{1,64}$/),
  z.object({ ru: speakable, en: speakable }),
);

const voices = {
  ru: { folder: 'russian/msu_ru_nsh_clunits', scheme: 'voice_msu_ru_nsh_clunits' },
  en: { folder: 'english/kal_diphone', scheme: 'voice_kal_diphone' },
} as const;

/**
 * Makes promptsDir/{ru,en}/NAME.ulaw (8 kHz) for every prompt of asterisk/prompts.json whose text is new; a second run
 * does nothing. English is made when Festival's English voice is in the root; the exchange plays Russian where it is not.
 * One Festival process a language: starting it and loading the voice costs more than a sentence. Resolves to the number made.
 */
export async function makePrompts(options: {
  root: string;
  promptsDir: string;
  log: (line: string) => void;
}): Promise<number> {
  const { root, promptsDir, log } = options;
  const list = listSchema.parse(JSON.parse(await readFile(listFile, 'utf8')));
  let made = 0;
  for (const language of ['ru', 'en'] as const) {
    const dir = join(promptsDir, language);
    const voice = voices[language];
    await mkdir(dir, { recursive: true });
    const festivalData = join(root, 'usr/share/festival');
    if (!existsSync(join(festivalData, 'voices', voice.folder))) {
      log(`no Festival voice for ${language}: prompts of this language are left out`);
      continue;
    }
    const stampFile = join(dir, '.texts.json');
    const stamps: Record<string, string> = await readFile(stampFile, 'utf8').then(JSON.parse, () => ({}));
    const wanted = Object.entries(list).map(([name, texts]) => ({
      name,
      text: texts[language],
      stamp: createHash('sha256').update(`${voice.scheme}\n${texts[language]}`).digest('hex'),
      file: join(dir, `${name}.ulaw`),
    }));
    const missing = wanted.filter(({ name, stamp, file }) => stamps[name] !== stamp || !existsSync(file));
    if (missing.length === 0) continue;
    log(`speaking ${missing.length} prompts (${language})`);
    const work = join(dir, '.new');
    await rm(work, { recursive: true, force: true });
    await mkdir(work);
    const script = join(work, 'prompts.scm');
    const lines = missing.map(
      ({ name, text }) =>
        `(utt.save.wave (utt.synth (Utterance Text "${text}")) "${join(work, name)}.wav" 'riff)`,
    );
    await writeFile(script, [`(${voice.scheme})`, ...lines].join('\n'));
    const [festival, ...festivalArgs] = rootCommand(root, 'usr/bin/festival');
    await run(festival, [...festivalArgs, '--datadir', festivalData, '-b', script], { timeout: 120_000 });
    const [sox, ...soxArgs] = rootCommand(root, 'usr/bin/sox');
    for (const { name, file, stamp } of missing) {
      const spoken = join(work, `${name}.ulaw`);
      await run(sox, [
        ...soxArgs,
        join(work, `${name}.wav`),
        '-r',
        '8000',
        '-c',
        '1',
        '-t',
        'ul',
        spoken,
        'norm',
        '-6',
      ]);
      await rename(spoken, file);
      stamps[name] = stamp;
    }
    await writeFile(stampFile, JSON.stringify(stamps));
    await rm(work, { recursive: true, force: true });
    made += missing.length;
  }
  return made;
}
