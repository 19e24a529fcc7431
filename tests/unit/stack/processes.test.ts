import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../../scripts/stack/lock.ts';
import { endProcess, identify, isAlive, runCommand, signal } from '../../../scripts/stack/processes.ts';

const sleeper = () => {
  const child = spawn('sleep', ['60']);
  const id = identify(child.pid ?? 0);
  if (!id) throw new Error('no process');
  return id;
};

describe('processes', () => {
  it('one is ended by number and start time', async () => {
    const id = sleeper();
    expect(isAlive(id)).toBe(true);
    expect(await endProcess(id)).toBe(true);
    expect(isAlive(id)).toBe(false);
  });

  it('one with the same number but another start time, or of another boot, is left alone', async () => {
    const id = sleeper();
    expect(signal({ ...id, startedTicks: id.startedTicks - 1 }, 'SIGKILL')).toBe(false);
    expect(signal({ ...id, bootId: 'another' }, 'SIGKILL')).toBe(false);
    expect(isAlive(id)).toBe(true);
    await endProcess(id);
  });

  it('one that does not listen is killed after the patience', async () => {
    const child = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done']);
    await new Promise((ready) => child.stdout.once('data', ready));
    const id = identify(child.pid ?? 0);
    expect(id && (await endProcess(id, 'SIGTERM', 200))).toBe(true);
  });

  it('a failed command tells what it said', async () => {
    await expect(runCommand('sh', ['-c', 'echo because >&2; exit 3'])).rejects.toThrow(
      /failed \(3\):\nbecause/,
    );
  });
});

describe('a lock', () => {
  it('lets one after the other work, and that of a dead process is nobody’s', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dozvon-lock-'));
    const file = join(folder, 'x.lock');
    await writeFile(file, JSON.stringify({ pid: 1, startedTicks: -1, bootId: 'x' }));
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await new Promise((done) => setImmediate(done));
      order.push(`${name} ends`);
    };
    await Promise.all(['a', 'b'].map((name) => withLock(file, () => {}, work(name))));
    expect(order.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
    await rm(folder, { recursive: true });
  });
});
