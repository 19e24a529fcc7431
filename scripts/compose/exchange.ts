import { z } from 'zod';
import { writePbxConfig, writeTestExchangeConfig } from '../stack/asterisk.ts';

/**
 * Entry point of the exchange's containers: writes the configuration for `pbx` or `test-exchange` from the environment,
 * then becomes Asterisk.
 */
const port = z.coerce.number().int().min(1).max(65_535);
const env = z
  .object({
    /** First three bytes of the private network, e.g. 172.31.77 */
    SUBNET: z.string().regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/),
    ADDRESS: z.ipv4(),
    AMI_PASSWORD: z.string().min(16),
    ARI_PASSWORD: z.string().default(''),
    PBX_HOST: z.string().default(''),
    TRUNK_HOST: z.string().default(''),
    TRUNK_PORT: port.default(5060),
    HOTLINE_NUMBERS: z.string().default(''),
    ASTERISK_NODE: z.string().default('n1'),
  })
  .parse(process.env);

const common = {
  root: '/',
  home: '/exchange',
  promptsDir: '/prompts',
  mediaAddress: env.ADDRESS,
  controlBind: '0.0.0.0',
  controlPermit: `${env.SUBNET}.0/24`,
};
const voice = { rtpStart: 10_000, rtpEnd: 11_999 };

if (process.argv[2] === 'pbx') {
  await writePbxConfig({
    ...common,
    ports: { http: 8088, wss: 8089, ami: 5038, sip: 5060, ...voice },
    secrets: {
      ariUser: 'dozvon',
      ariPassword: env.ARI_PASSWORD,
      amiUser: 'dozvon',
      amiPassword: env.AMI_PASSWORD,
    },
    trunk: { host: env.TRUNK_HOST || `${env.SUBNET}.20`, port: env.TRUNK_PORT },
    tls: { certFile: '/tls/tls/cert.pem', keyFile: '/tls/tls/key.pem' },
    wssBind: '0.0.0.0',
    node: env.ASTERISK_NODE,
    hotlineNumbers: env.HOTLINE_NUMBERS.split(',').filter(Boolean),
  });
} else {
  await writeTestExchangeConfig({
    ...common,
    ports: { ami: 5038, sip: 5060, ...voice },
    secrets: { amiUser: 'dozvon', amiPassword: env.AMI_PASSWORD },
    pbx: { host: env.PBX_HOST, port: 5060 },
  });
}
// As many files as allowed, up to 65,536: above that Asterisk's own starting of programs gets slow.
const raise =
  'h=$(ulimit -Hn); if [ "$h" = unlimited ] || [ "$h" -gt 65536 ]; then h=65536; fi; ulimit -n "$h"';
const asterisk = 'exec /usr/sbin/asterisk -C /exchange/etc/asterisk.conf -f -n';
process.execve?.('/bin/sh', ['sh', '-c', `${raise}; ${asterisk}`], { ...process.env, TZ: 'UTC' });
