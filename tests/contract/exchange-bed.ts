import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import {
  type PbxHandle,
  startPbx,
  startTestExchange,
  type TestExchangeHandle,
} from '../../scripts/stack/asterisk.ts';
import { ensureCertificate } from '../../scripts/stack/certificate.ts';
import { promptsDir, rootDir } from '../../scripts/stack/places.ts';
import { type Ports, portsFor } from '../../scripts/stack/ports.ts';
import { makePrompts } from '../../scripts/stack/prompts.ts';
import { TestExchange } from '../../scripts/stack/test-exchange.ts';
import { connectExchange, type ExchangeConnection } from '../../server/asterisk/exchange.ts';

/** The number that the bed's exchange answers. */
export const hotlineNumber = '78005553535';

export interface ExchangeBed {
  readonly ports: Ports;
  readonly pbx: PbxHandle;
  /** Starts the product's exchange again after it was killed, as it was. */
  restartPbx(): Promise<void>;
  readonly net: TestExchangeHandle;
  readonly customers: TestExchange;
  readonly config: Parameters<typeof connectExchange>[0]['config'];
  connect(): ExchangeConnection;
  /**
   * An agent's phone on the test exchange: it behaves as that number there (docs/test-exchange.md). A plain SIP endpoint,
   * since the test exchange is no browser.
   */
  addAgentPhone(sipUser: string, number: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The product's exchange and the test exchange on ports of their own, in a folder that is removed at the end. `network`:
 * the SIP port of another telephone network; the test exchange is not started then.
 */
export async function startExchangeBed(
  basePort: number,
  { network }: { network?: number } = {},
): Promise<ExchangeBed> {
  const home = await mkdtemp(join(tmpdir(), 'dozvon-exchange-'));
  const ports = portsFor(basePort);
  const networkPort = network ?? ports.testSip;
  const secret = () => randomBytes(12).toString('hex');
  const secrets = { ariUser: 'dozvon', ariPassword: secret(), amiUser: 'dozvon', amiPassword: secret() };
  await makePrompts({ root: rootDir, promptsDir, log: () => {} });
  const common = { root: rootDir, promptsDir, mediaAddress: '127.0.0.1' };
  const netSecrets = { amiUser: 'net', amiPassword: secret() };
  const pbxOptions = {
    ...common,
    home: join(home, 'pbx'),
    ports: {
      http: ports.ari,
      wss: ports.wss,
      ami: ports.ami,
      sip: ports.sip,
      rtpStart: ports.rtpStart,
      rtpEnd: ports.rtpEnd,
    },
    secrets,
    trunk: { host: '127.0.0.1', port: networkPort },
    tls: await ensureCertificate(home),
    node: 'n1',
    hotlineNumbers: [hotlineNumber],
  };
  const starts = await Promise.allSettled([
    startPbx(pbxOptions),
    network === undefined
      ? startTestExchange({
          ...common,
          home: join(home, 'net'),
          ports: {
            ami: ports.testAmi,
            sip: ports.testSip,
            rtpStart: ports.testRtpStart,
            rtpEnd: ports.testRtpEnd,
          },
          secrets: netSecrets,
          pbx: { host: '127.0.0.1', port: ports.sip },
        })
      : null,
  ]);
  const [pbxStart, netStart] = starts;
  if (pbxStart.status === 'rejected' || netStart.status === 'rejected') {
    // One of the two may be up: a busy port must leave neither it nor the folder behind.
    for (const start of starts) if (start.status === 'fulfilled') await start.value?.stop();
    await rm(home, { recursive: true, force: true });
    throw pbxStart.status === 'rejected' ? pbxStart.reason : (netStart as PromiseRejectedResult).reason;
  }
  let pbx = pbxStart.value;
  const net = netStart.value;
  const customers = new TestExchange(
    '127.0.0.1',
    ports.testAmi,
    netSecrets.amiUser,
    netSecrets.amiPassword,
    net?.cdrFile ?? '',
  );
  const config = {
    ASTERISK_ARI_URL: `http://127.0.0.1:${ports.ari}/ari`,
    ASTERISK_ARI_USER: secrets.ariUser,
    ASTERISK_ARI_PASSWORD: secrets.ariPassword,
    ASTERISK_AMI_HOST: '127.0.0.1',
    ASTERISK_AMI_PORT: ports.ami,
    ASTERISK_AMI_USER: secrets.amiUser,
    ASTERISK_AMI_PASSWORD: secrets.amiPassword,
    ASTERISK_TRUNK: 'trunk',
    ASTERISK_RECORDINGS_DIR: pbx.recordingsDir,
  };
  const put = async (type: string, id: string, fields: Record<string, string>) => {
    const response = await fetch(
      `${config.ASTERISK_ARI_URL}/asterisk/config/dynamic/res_pjsip/${type}/${id}`,
      {
        method: 'PUT',
        headers: {
          authorization: `Basic ${Buffer.from(`${secrets.ariUser}:${secrets.ariPassword}`).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          fields: Object.entries(fields).map(([attribute, value]) => ({ attribute, value })),
        }),
      },
    );
    if (!response.ok) throw new Error(`${type} ${id}: ${response.status} ${await response.text()}`);
  };
  return {
    ports,
    get pbx() {
      return pbx;
    },
    async restartPbx() {
      pbx = await startPbx(pbxOptions);
    },
    get net() {
      if (net === null) throw new Error('This bed has another telephone network.');
      return net;
    },
    customers,
    config,
    connect: () =>
      connectExchange({ config, log: pino({ level: process.env.LOG_LEVEL ?? 'silent', base: null }) }),
    async addAgentPhone(sipUser, number) {
      await put('aor', sipUser, { contact: `sip:${number}@127.0.0.1:${networkPort}` });
      await put('endpoint', sipUser, {
        transport: 'transport-udp',
        context: 'from-agent',
        allow: '!all,ulaw',
        aors: sipUser,
        direct_media: 'no',
        rtp_symmetric: 'yes',
        media_address: '127.0.0.1',
        bind_rtp_to_media_address: 'yes',
      });
    },
    async stop() {
      await customers.close();
      await Promise.all([pbx.stop(), net?.stop()]);
      await rm(home, { recursive: true, force: true });
    },
  };
}
