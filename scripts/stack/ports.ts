import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { StepError } from './steps.ts';

/** Every port of one stack. RTP ranges are inclusive. */
export interface Ports {
  readonly https: number;
  readonly wss: number;
  readonly postgres: number;
  readonly valkey: number;
  readonly ari: number;
  readonly ami: number;
  readonly sip: number;
  readonly rtpStart: number;
  readonly rtpEnd: number;
  readonly testHttp: number;
  readonly testAmi: number;
  readonly testSip: number;
  readonly testRtpStart: number;
  readonly testRtpEnd: number;
}

export const defaultBase = 8443;

/**
 * The ports of a stack that begins at `base`: pages at base, the softphones' WSS at base + 1, the exchange from base + 7,
 * the test exchange from base + 17, database and bus at base + 27 and + 28, and 2 x 2,000 ports of voice from the next
 * thousand that is at least 1,000 away. With 8443: 8443, 8444, 8450-8452, 8460-8462, 8470, 8471, 10000-13999. Bases stay
 * below 28,000 (above come the ports that the system itself hands out) and 6,000 apart.
 */
export function portsFor(base: number): Ports {
  const voice = Math.ceil((base + 1000) / 1000) * 1000;
  return {
    https: base,
    wss: base + 1,
    ari: base + 7,
    ami: base + 8,
    sip: base + 9,
    testHttp: base + 17,
    testAmi: base + 18,
    testSip: base + 19,
    postgres: base + 27,
    valkey: base + 28,
    rtpStart: voice,
    rtpEnd: voice + 1999,
    testRtpStart: voice + 2000,
    testRtpEnd: voice + 3999,
  };
}

/** The environment variable that moves each port that is listened on. */
export const portSettings: Readonly<Partial<Record<keyof Ports, string>>> = {
  https: 'HTTP_PORT',
  wss: 'DOZVON_WSS_PORT',
  ari: 'DOZVON_ARI_PORT',
  ami: 'DOZVON_AMI_PORT',
  sip: 'DOZVON_SIP_PORT',
  testHttp: 'DOZVON_TEST_HTTP_PORT',
  testAmi: 'DOZVON_TEST_AMI_PORT',
  testSip: 'DOZVON_TEST_SIP_PORT',
  postgres: 'DOZVON_POSTGRES_PORT',
  valkey: 'DOZVON_VALKEY_PORT',
};

/** Ports from the environment: DOZVON_PORT_BASE moves all, the single settings one each. */
export function portsFromEnvironment(env: Record<string, string | undefined>): Ports {
  const read = (name: string, usual: number): number => {
    const text = env[name];
    if (text === undefined || text === '') return usual;
    const port = Number(text);
    if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
    throw new StepError(
      `${name} is no port number.`,
      `Set ${name} to a number from 1 to 65535, or leave it out.`,
    );
  };
  const ports: Record<string, number> = { ...portsFor(read('DOZVON_PORT_BASE', defaultBase)) };
  for (const [part, name] of Object.entries(portSettings)) ports[part] = read(name, ports[part] ?? 0);
  return ports as unknown as Ports;
}

function canListen(port: number, protocol: 'tcp' | 'udp'): Promise<boolean> {
  return new Promise((resolve) => {
    if (protocol === 'udp') {
      const socket = createSocket('udp4');
      socket.once('error', () => resolve(false));
      socket.bind({ port, address: '0.0.0.0', exclusive: true }, () => socket.close(() => resolve(true)));
    } else {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
    }
  });
}

/**
 * Name and id of the process that holds a port, as far as this user may see. Source: proc(5), /proc/net/tcp (state 0A is
 * LISTEN) and the socket links in /proc/PID/fd.
 */
export function portHolder(port: number, protocol: 'tcp' | 'udp'): string | null {
  const inodes = new Set<string>();
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  for (const file of [`/proc/net/${protocol}`, `/proc/net/${protocol}6`]) {
    for (const line of readOr(file, '').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (!fields[1]?.endsWith(`:${hex}`) || (protocol === 'tcp' && fields[3] !== '0A')) continue;
      inodes.add(`socket:[${fields[9]}]`);
    }
  }
  if (inodes.size === 0) return null;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try {
          return inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
        } catch {
          return false;
        }
      });
      if (holds) return `${programOf(pid)} (process ${pid})`;
    } catch {
      // another user's process: not ours to look into
    }
  }
  return null;
}

/** Programs of the unpacked root run through its loader: then the program is the loader's argument. */
function programOf(pid: string): string {
  const name = readOr(`/proc/${pid}/comm`, 'a process').trim();
  if (!name.startsWith('ld-linux')) return name;
  const program = readOr(`/proc/${pid}/cmdline`, '').split('\0')[3] ?? name;
  return program.slice(program.lastIndexOf('/') + 1);
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

/** Throws a StepError that names every wanted port that is taken, who has it if that can be seen, and its setting. */
export async function checkPorts(wanted: readonly { name: keyof Ports; port: number }[]): Promise<void> {
  const seen = new Map<number, string>();
  const taken: string[] = [];
  for (const { name, port } of wanted) {
    const setting = portSettings[name] ?? 'DOZVON_PORT_BASE';
    const twin = seen.get(port);
    if (twin) taken.push(`  ${port}: both ${twin} and ${setting} want it`);
    seen.set(port, setting);
    for (const protocol of name === 'sip' || name === 'testSip'
      ? (['tcp', 'udp'] as const)
      : (['tcp'] as const)) {
      if (await canListen(port, protocol)) continue;
      const holder = portHolder(port, protocol) ?? 'a process of another user';
      taken.push(`  ${port} (${name}) is held by ${holder}; another port: ${setting}=…`);
      break;
    }
  }
  if (taken.length === 0) return;
  throw new StepError(
    `Ports are taken:\n${taken.join('\n')}`,
    'Stop what holds them, set the named variable, or move all of them: DOZVON_PORT_BASE=18443 npm start',
  );
}
