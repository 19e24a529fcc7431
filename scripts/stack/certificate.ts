import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { generate } from 'selfsigned';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

const dayMs = 86_400_000;

/**
 * A self-signed certificate for this machine's names and addresses, made once. Pages and the softphone's WSS use the
 * same one, so a browser asks about it once. It is made again two weeks before it ends or when the host is renamed; not
 * when an address changes, or every new network would ask the agents to trust it anew.
 */
export async function ensureCertificate(home: string): Promise<Certificate> {
  const certFile = `${home}/tls/cert.pem`;
  const keyFile = `${home}/tls/key.pem`;
  if (isGood(await readFile(certFile, 'utf8').catch(() => ''))) return { certFile, keyFile };
  await mkdir(`${home}/tls`, { recursive: true });
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list?.map((i) => i.address) ?? []);
  const ips = new Set(['127.0.0.1', '::1', ...addresses.filter((address) => !address.startsWith('fe80'))]);
  const made = await generate([{ name: 'commonName', value: 'Dozvon' }], {
    keySize: 2048,
    algorithm: 'sha256',
    // Browsers refuse certificates that are valid for longer than 825 days.
    notAfterDate: new Date(Date.now() + 800 * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...[...new Set(['localhost', hostname()])].map((value) => ({ type: 2 as const, value })),
          ...[...ips].map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  // The key first: a certificate that is there always has its key.
  for (const [file, text] of [
    [keyFile, made.private],
    [certFile, made.cert],
  ] as const) {
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  return { certFile, keyFile };
}

function isGood(pem: string): boolean {
  try {
    const certificate = new X509Certificate(pem);
    const endsAt = Date.parse(certificate.validTo);
    return endsAt > Date.now() + 14 * dayMs && certificate.checkHost(hostname()) !== undefined;
  } catch {
    return false;
  }
}
