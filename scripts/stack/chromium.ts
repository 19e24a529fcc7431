import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { unpackDebian } from './debian.ts';
import { withLock } from './lock.ts';
import { dozvonDir } from './places.ts';
import { CommandError, runCommand } from './processes.ts';
import { type Progress, StepError } from './steps.ts';

export interface ChromiumLaunch {
  readonly executablePath: string;
  readonly env: Record<string, string>;
  readonly args: string[];
}

const unpacked = `${dozvonDir}/chromium`;

/** What a softphone in a headless browser needs; the rest keeps the browser from talking to anybody but us. */
const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  // The stack of a test speaks RTP on 127.0.0.1, which browsers leave out of their candidates otherwise.
  '--allow-loopback-in-peer-connection',
];

function installed(): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/bin', '/usr/local/bin');
  for (const path of folders.flatMap((folder) => names.map((name) => `${folder}/${name}`))) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not this one
    }
  }
  return null;
}

function launchOf(executablePath: string, libraries: readonly string[]): ChromiumLaunch {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  if (libraries.length > 0) env.LD_LIBRARY_PATH = libraries.join(':');
  // Chromium's own sandbox refuses to run as root.
  return { executablePath, env, args: process.getuid?.() === 0 ? ['--no-sandbox', ...flags] : flags };
}

/** The browser unpacked by `ensureChromium`; its own libraries beside the host's, the host's libc. */
function unpackedLaunch(): ChromiumLaunch | null {
  const binary = `${unpacked}/usr/lib/chromium/chromium`;
  if (!existsSync(binary)) return null;
  const libraries = [
    `${unpacked}/usr/lib/chromium`,
    ...globSync(`${unpacked}/{usr/lib,lib}/*-linux-gnu`),
    ...globSync(`${unpacked}/usr/lib/*-linux-gnu/{pulseaudio,nss}`),
  ];
  return launchOf(binary, libraries);
}

/** CHROMIUM, the system's Chromium or Chrome, or the one under .dozvon/: what playwright-core's `launch` wants. */
export async function findChromium(): Promise<ChromiumLaunch> {
  const given = process.env.CHROMIUM;
  if (given) {
    if (existsSync(given)) return launchOf(given, []);
    throw new StepError(
      'CHROMIUM names a file that is not there.',
      'Set CHROMIUM to a Chromium or Chrome program.',
    );
  }
  const path = installed();
  const launch = path ? launchOf(path, []) : unpackedLaunch();
  if (launch) return launch;
  throw new StepError(
    'No Chromium was found.',
    'Install chromium, set CHROMIUM=…, or run npm test, which fetches one.',
  );
}

/**
 * Makes sure that there is a browser for the tests. Without one it is unpacked from Debian 12's packages: older than any
 * host we support, so that it runs on the host's libc (it starts itself anew, which a foreign loader cannot follow).
 */
export async function ensureChromium(progress: Progress, signal?: AbortSignal): Promise<ChromiumLaunch> {
  if (!process.env.CHROMIUM && !installed() && !unpackedLaunch()) {
    await withLock(
      `${dozvonDir}/install.lock`,
      (pid) => progress(`another start (process ${pid}) is installing: waiting`),
      async () => {
        if (unpackedLaunch()) return;
        await unpackDebian(
          {
            release: 'bookworm',
            packages: ['chromium', 'fonts-dejavu-core'],
            without: /^(libc6|libc-bin|libgcc-s1|libstdc\+\+6|gcc-\d+-base)_/,
            target: unpacked,
            work: `${dozvonDir}/apt-chromium`,
            signal,
          },
          progress,
        );
      },
    );
  }
  const launch = await findChromium();
  try {
    await runCommand(launch.executablePath, ['--version', ...launch.args], {
      env: launch.env,
      timeout: 20_000,
    });
  } catch (error) {
    const said =
      error instanceof CommandError ? error.output.trim().split('\n').slice(-3).join('\n') : String(error);
    throw new StepError(
      `Chromium does not run here:\n${said}`,
      'Install it with the system (sudo apt-get install chromium), or set CHROMIUM to one that runs.',
    );
  }
  return launch;
}
