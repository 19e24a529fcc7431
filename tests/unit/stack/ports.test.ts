import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkPorts, portsFor, portsFromEnvironment } from '../../../scripts/stack/ports.ts';
import { StepError } from '../../../scripts/stack/steps.ts';

describe('ports of a stack', () => {
  it('are all different, also from those of a stack 6,000 higher', () => {
    const numbers = [...Object.values(portsFor(8443)), ...Object.values(portsFor(14_443))];
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('can be moved together and one by one', () => {
    const ports = portsFromEnvironment({ DOZVON_PORT_BASE: '18000', HTTP_PORT: '443' });
    expect(ports).toMatchObject({ https: 443, wss: 18_001, rtpStart: 19_000 });
  });

  it('refuse what is no port, naming the setting', () => {
    expect(() => portsFromEnvironment({ DOZVON_AMI_PORT: '99999' })).toThrow(/DOZVON_AMI_PORT/);
  });

  it('a taken one is told with who holds it and which setting moves it', async () => {
    const holder = createServer();
    await new Promise<void>((listening) => holder.listen(0, '127.0.0.1', listening));
    const address = holder.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      const refusal = await checkPorts([{ name: 'valkey', port }]).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(StepError);
      expect((refusal as StepError).message).toContain(`${port} (valkey) is held by`);
      expect((refusal as StepError).message).toContain(`process ${process.pid}`);
      expect((refusal as StepError).message).toContain('DOZVON_VALKEY_PORT');
    } finally {
      await new Promise((closed) => holder.close(closed));
    }
  });

  it('two parts that want the same one are told as well', async () => {
    const twins = checkPorts([
      { name: 'ari', port: 27_991 },
      { name: 'ami', port: 27_991 },
    ]);
    await expect(twins).rejects.toThrow(/both/);
  });
});
