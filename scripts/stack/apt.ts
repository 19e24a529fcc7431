/**
 * Finding the Debian mirror that this machine already uses. Pure: texts in, answer out.
 * Formats: sources.list(5), one-line (.list) and deb822 (.sources).
 */

/** Addresses of every enabled `deb` source, in order. */
export function sourceUris(fileName: string, text: string): string[] {
  return fileName.endsWith('.sources') ? deb822Uris(text) : oneLineUris(text);
}

function oneLineUris(text: string): string[] {
  const uris: string[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+\S/.exec(line);
    if (match?.[1]) uris.push(match[1]);
  }
  return uris;
}

function deb822Uris(text: string): string[] {
  const uris: string[] = [];
  const unfolded = text.replace(/^#.*\n?/gm, '').replace(/\n[ \t]+/g, ' ');
  for (const stanza of unfolded.split(/\n\s*\n/)) {
    const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'im').exec(stanza)?.[1]?.trim() ?? '';
    if (/^(no|false|0|off)$/i.test(field('Enabled'))) continue;
    if (!field('Types').split(/\s+/).includes('deb')) continue;
    uris.push(...field('URIs').split(/\s+/).filter(Boolean));
  }
  return uris;
}

/**
 * The first address that holds Debian's main archive: by custom its path ends with /debian. Security and third-party
 * archives have other paths. `readMirrorList` gives the text behind a `mirror+file:` address (Debian's cloud images).
 */
export function debianMirror(
  uris: readonly string[],
  readMirrorList: (path: string) => string,
): string | null {
  for (const uri of uris) {
    const list = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
    const candidates = list ? readMirrorList(list).split(/\s+/) : [uri];
    const found = candidates.find((candidate) => /^https?:\/\/\S+\/debian\/?$/.test(candidate));
    if (found) return found.replace(/\/$/, '');
  }
  return null;
}

/** The archive named in python-apt's template for Debian, which Ubuntu ships as well. */
export function templateMirror(text: string): string | null {
  return /^BaseURI:\s*(https?:\/\/\S+\/debian)\/?\s*$/m.exec(text)?.[1] ?? null;
}
