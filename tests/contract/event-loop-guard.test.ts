import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

const guard = new URL('../../server/event-loop-guard.ts', import.meta.url).href;

/** A process of its own that guards its event loop and then does something. */
async function run(what: string): Promise<{ signal: string | null; code: number | null; said: string }> {
  const script = `import { guardEventLoop } from '${guard}';
    const end = guardEventLoop({ stuckMs: 500, everyMs: 50 });
    setTimeout(() => { ${what} }, 200);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { signal, code, said };
}

describe('the guard of the event loop', () => {
  it('kills a process whose event loop never comes back, and says why', async () => {
    const ended = await run('for (;;);');
    expect(ended.signal).toBe('SIGKILL');
    expect(ended.said).toContain('the event loop stands still');
  });

  it('leaves a process alone that works in pieces, and does not keep it from ending', async () => {
    const ended = await run(
      'const until = Date.now() + 1500; const piece = () => { const end = Date.now() + 80; while (Date.now() < end); if (Date.now() < until) setTimeout(piece, 60); }; piece();',
    );
    expect(ended).toMatchObject({ signal: null, code: 0 });
  });
});
