import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianMirror, sourceUris, templateMirror } from './apt.ts';
import { CommandError, runCommand } from './processes.ts';
import { type Progress, StepError } from './steps.ts';

/** Fetching packages of any Debian release and unpacking them into a folder, without root and without installing. */

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The Debian mirror of this host: DEBIAN_MIRROR, its own apt sources, or python-apt's template (Ubuntu). */
function findMirror(env: Record<string, string | undefined>): string {
  const given = env.DEBIAN_MIRROR;
  if (given) return given.replace(/\/$/, '');
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).sort() : [])
      .filter((name) => /\.(list|sources)$/.test(name))
      .map((name) => join(folder, name)),
  ];
  const uris = files.flatMap((file) => sourceUris(file, readIfThere(file)));
  const found =
    debianMirror(uris, readIfThere) ??
    templateMirror(readIfThere('/usr/share/python-apt/templates/Debian.info'));
  if (found) return found;
  throw new StepError(
    "This machine's apt sources name no Debian mirror.",
    'Set DEBIAN_MIRROR to one (its path usually ends with /debian) and start again: DEBIAN_MIRROR=http://… npm start',
  );
}

function aptOptions(work: string, sources: { list: string; parts: string }): string[] {
  const set = {
    'Dir::State': `${work}/state`,
    'Dir::State::status': `${work}/state/status`,
    'Dir::Cache': `${work}/cache`,
    'Dir::Etc::sourcelist': sources.list,
    'Dir::Etc::sourceparts': sources.parts,
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': '',
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'Debug::NoLocking': '1',
    'Dpkg::Use-Pty': '0',
  };
  return Object.entries(set).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

const keyringPlaces = ['gpg', 'pgp'].map((end) => `/usr/share/keyrings/debian-archive-keyring.${end}`);

/** Debian's public keys: the host's own, or from the package of that name in the host's own archive (Ubuntu). */
async function findKeyring(work: string, progress: Progress, signal?: AbortSignal): Promise<string> {
  const has = (base: string) => keyringPlaces.map((place) => base + place).find((place) => existsSync(place));
  const there = has('') ?? has(`${work}/keys`);
  if (there) return there;
  progress("fetching Debian's keys");
  const host = `${work}/host`;
  await prepare(host);
  const options = aptOptions(host, { list: '/etc/apt/sources.list', parts: '/etc/apt/sources.list.d' });
  try {
    await runCommand('apt-get', [...options, 'update', '-q'], { ...(signal && { signal }) });
    await runCommand('apt-get', [...options, 'download', '-q', 'debian-archive-keyring'], {
      cwd: host,
      ...(signal && { signal }),
    });
    for (const name of (await readdir(host)).filter((n) => n.endsWith('.deb'))) {
      await runCommand('dpkg', ['-x', join(host, name), `${work}/keys`], { ...(signal && { signal }) });
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new StepError(
      `Debian's keys could not be fetched from this machine's package archive.\n${error.message}`,
      'Install the package debian-archive-keyring (sudo apt-get install debian-archive-keyring) and start again.',
    );
  }
  const found = has(`${work}/keys`);
  if (found) return found;
  throw new StepError(
    'The package debian-archive-keyring holds no keyring where it used to.',
    'Install it by hand (sudo apt-get install debian-archive-keyring) and start again.',
  );
}

async function prepare(work: string): Promise<void> {
  await mkdir(`${work}/state/lists/partial`, { recursive: true });
  await mkdir(`${work}/cache/archives/partial`, { recursive: true });
  await writeFile(`${work}/state/status`, '');
}

export interface Unpacking {
  /** Debian's code name, e.g. forky. */
  readonly release: string;
  readonly packages: readonly string[];
  /** Packages that come along but are not to be unpacked (regular expression on the name). */
  readonly without?: RegExp;
  /** Becomes the unpacked tree, by one rename at the very end. */
  readonly target: string;
  /** Kept when it fails, so that the next try goes on with what is already here; removed afterwards. */
  readonly work: string;
  readonly signal?: AbortSignal | undefined;
}

/** Downloads the packages with all they depend on and unpacks them. Whole or not at all. */
export async function unpackDebian(order: Unpacking, progress: Progress): Promise<void> {
  const { work, target } = order;
  const withSignal = order.signal ? { signal: order.signal } : {};
  for (const tool of ['apt-get', 'dpkg']) {
    if (!['/usr/bin', '/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/${tool}`))) {
      throw new StepError(
        `This machine has no ${tool}.`,
        'npm start fetches Debian packages: use Debian or Ubuntu, or the containers of docker-compose.yml.',
      );
    }
  }
  const mirror = findMirror(process.env);
  await prepare(work);
  const keyring = await findKeyring(work, progress, order.signal);
  const list = `${work}/sources.list`;
  await writeFile(list, `deb [signed-by=${keyring}] ${mirror} ${order.release} main\n`);
  const options = aptOptions(work, { list, parts: '-' });
  const fetched = `Check that ${mirror} can be reached (proxy: apt's own settings are used) and that the disk has 2 GB free, then start again: what is already downloaded is kept. DEBIAN_MIRROR=… names another mirror.`;
  try {
    progress('reading package lists');
    await runCommand('apt-get', [...options, 'update', '-q'], withSignal);
    let total = 0;
    let got = 0;
    await runCommand('apt-get', [...options, 'install', '-y', '-q', '--download-only', ...order.packages], {
      ...withSignal,
      onLine(line) {
        total = Number(/(\d+) newly installed/.exec(line)?.[1] ?? total);
        if (/^Get:\d+/.test(line)) progress(`downloading package ${++got} of ${total}`);
      },
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new StepError(`Packages could not be fetched.\n${error.message}`, fetched);
  }
  const archives = `${work}/cache/archives`;
  const debs = (await readdir(archives)).filter((n) => n.endsWith('.deb') && !order.without?.test(n));
  const half = `${target}.half`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { recursive: true });
  try {
    for (const [index, deb] of debs.entries()) {
      progress(`unpacking ${index + 1} of ${debs.length}`);
      await runCommand('dpkg', ['-x', join(archives, deb), half], withSignal);
    }
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    if (!(error instanceof CommandError)) throw error;
    throw new StepError(`A package could not be unpacked.\n${error.message}`, fetched);
  }
  await chmod(half, 0o755);
  await rm(`${target}.old`, { recursive: true, force: true });
  if (existsSync(target)) await rename(target, `${target}.old`);
  await rename(half, target);
  await rm(`${target}.old`, { recursive: true, force: true });
  await rm(work, { recursive: true, force: true });
}
