import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

/** Registers a SIP phone over UDP, digest and all (RFC 3261, RFC 2617), so that credentials are proved without a browser. */
export async function registerPhone(options: {
  port: number;
  user: string;
  password: string;
  /** 0 signs out. */
  expiresS: number;
  callId?: string;
}): Promise<{ status: number }> {
  const { port, user, password, expiresS } = options;
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    const own = `127.0.0.1:${socket.address().port}`;
    const tag = randomBytes(6).toString('hex');
    const send = (cseq: number, authorization: string) =>
      new Promise<string>((done, failed) => {
        const late = setTimeout(() => failed(new Error('no answer to REGISTER')), 3000);
        socket.once('message', (data) => {
          clearTimeout(late);
          done(String(data));
        });
        socket.send(
          [
            `REGISTER sip:127.0.0.1:${port} SIP/2.0`,
            `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${tag}${cseq};rport`,
            `From: <sip:${user}@127.0.0.1>;tag=${tag}`,
            `To: <sip:${user}@127.0.0.1>`,
            `Call-ID: ${tag}`,
            `CSeq: ${cseq} REGISTER`,
            `Contact: <sip:${user}@127.0.0.1:5999>`,
            `Expires: ${expiresS}`,
            'Max-Forwards: 70',
            ...(authorization ? [authorization] : []),
            'Content-Length: 0',
            '',
            '',
          ].join('\r\n'),
          port,
          '127.0.0.1',
        );
      });
    const challenge = await send(1, '');
    const value = (name: string) => new RegExp(`${name}="?([^",\\r\\n]+)`).exec(challenge)?.[1] ?? '';
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const uri = `sip:127.0.0.1:${port}`;
    const cnonce = randomBytes(6).toString('hex');
    const secret = md5(`${user}:${value('realm')}:${password}`);
    const answer = md5(`${secret}:${value('nonce')}:00000001:${cnonce}:auth:${md5(`REGISTER:${uri}`)}`);
    const opaque = value('opaque') ? `, opaque="${value('opaque')}"` : '';
    const reply = await send(
      2,
      `Authorization: Digest username="${user}", realm="${value('realm')}", nonce="${value('nonce')}", uri="${uri}", response="${answer}", algorithm=MD5, qop=auth, nc=00000001, cnonce="${cnonce}"${opaque}`,
    );
    return { status: Number(/^SIP\/2\.0 (\d+)/.exec(reply)?.[1] ?? 0) };
  } finally {
    socket.close();
  }
}
