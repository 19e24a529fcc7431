import { request } from 'node:https';

/** Health check inside a container: is the server well, and, with a name, does it see that part? */
const [part] = process.argv.slice(2);
// The certificate is self-made and the way does not leave the private network.
const asked = request(
  {
    host: part ? 'server' : '127.0.0.1',
    port: 8443,
    path: '/health',
    rejectUnauthorized: false,
    timeout: 4000,
  },
  async (response) => {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    const { ok, parts } = JSON.parse(text) as { ok: boolean; parts: Record<string, boolean> };
    process.exit((part ? parts[part] === true : ok) ? 0 : 1);
  },
);
asked.on('timeout', () => asked.destroy(new Error('no answer')));
asked.on('error', () => process.exit(1));
asked.end();
