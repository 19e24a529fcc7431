import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One value, or several lines that we made ourselves. */
export type TemplateValue = string | number | { readonly lines: readonly string[] };

/**
 * Characters that end a value in Asterisk's files (comment, section, quote, line) or begin an expression in its
 * dialplan. A value with one of them is refused rather than escaped: Asterisk escapes differently in each file.
 */
const harmless = /^[^\p{Cc};[\]{}"'`\\$<>|]*$/u;

function checked(name: string, value: TemplateValue): string {
  const lines = typeof value === 'object' ? value.lines : [String(value)];
  for (const line of lines) {
    const ours = typeof value === 'object';
    if (
      line !== line.trim() ||
      (!ours && !harmless.test(line)) ||
      /[\r\n]/.test(line) ||
      line.startsWith('#')
    ) {
      // The value itself is not shown: it may be a secret.
      throw new Error(
        `The setting ${name} holds a character that Asterisk's configuration files cannot carry.`,
      );
    }
  }
  return lines.join('\n');
}

/** Fills every {{NAME}} of a text. Throws on a missing value and on one that could break out of its line. */
export function fillTemplate(
  text: string,
  values: Readonly<Record<string, TemplateValue>>,
  file: string,
): string {
  return text.replaceAll(/\{\{([A-Z_]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Template ${file} wants ${name}, which is not given.`);
    return checked(name, value);
  });
}

/** Renders all *.conf of the folders into outDir, later folders winning. Files are readable by their owner only: they hold secrets. */
export async function renderTemplates(
  folders: readonly string[],
  outDir: string,
  values: Readonly<Record<string, TemplateValue>>,
): Promise<void> {
  await mkdir(outDir, { recursive: true, mode: 0o700 });
  for (const folder of folders) {
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.conf'))) {
      const text = fillTemplate(await readFile(join(folder, file), 'utf8'), values, file);
      await writeFile(join(outDir, file), text, { mode: 0o600 });
    }
  }
}
