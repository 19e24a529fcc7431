import { join } from 'node:path';

const arm = process.arch === 'arm64';
/** Debian's name for this machine's kind, part of every library folder. */
export const triplet = arm ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
const loader = arm ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2';

/** Command line that runs a program of the unpacked root with the root's own loader and libraries. */
export function rootCommand(root: string, program: string): [string, ...string[]] {
  const lib = join(root, 'usr/lib', triplet);
  const libraries = [lib, join(root, 'lib', triplet), join(lib, 'asterisk'), join(lib, 'pulseaudio')].join(
    ':',
  );
  return [join(lib, loader), '--library-path', libraries, join(root, program)];
}
