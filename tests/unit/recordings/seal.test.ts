import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyRefused, keyIdOf, makeKeyRing, newDataKey } from '../../../server/recordings/keys.ts';
import type { Voice } from '../../../server/recordings/schema.ts';
import { openSealed, SealBroken, seal } from '../../../server/recordings/sealed-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dozvon-seal-'));
});
afterAll(() => rm(folder, { recursive: true }));

// Three pieces and a bit.
const sound = Buffer.from(Array.from({ length: 200_001 }, (_, i) => (i * 7919) % 251));
const dataKey = newDataKey();

async function sealed(name: string, content = sound, voice: Voice = 'customer') {
  const path = join(folder, name);
  await seal({
    path,
    dataKey,
    voice,
    plainBytes: content.length,
    read: async (at, length) => content.subarray(at, at + length),
  });
  return { path, dataKey, voice, plainBytes: content.length };
}
const readAt = async (of: Parameters<typeof openSealed>[0], at: number, length: number) => {
  const file = await openSealed(of);
  try {
    return await file.read(at, length);
  } finally {
    await file.close();
  }
};

describe('a sealed voice', () => {
  it('is read at any place without the rest', async () => {
    const of = await sealed('ranges');
    for (const [at, length] of [
      [0, 1],
      [0, 200_001],
      [65_535, 2],
      [65_536, 65_536],
      [131_000, 10_000],
      [200_000, 500],
      [200_001, 5],
    ] as const) {
      expect((await readAt(of, at, length)).equals(sound.subarray(at, at + length))).toBe(true);
    }
  });

  it('shows nothing of what is in it', async () => {
    const content = Buffer.alloc(100_000, 0xff);
    const { path } = await sealed('opaque', content);
    expect((await readFile(path)).includes(Buffer.alloc(16, 0xff))).toBe(false);
  });

  it('may be empty', async () => {
    const of = await sealed('empty', Buffer.alloc(0));
    expect(await readAt(of, 0, 100)).toHaveLength(0);
  });

  it('is refused when a bit, a piece, its end, its voice, its length or its key is another', async () => {
    const refused = async (of: Parameters<typeof openSealed>[0], at = 0) =>
      expect(readAt(of, at, 10)).rejects.toThrow(SealBroken);
    const bit = await sealed('bit');
    const bytes = await readFile(bit.path);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    await writeFile(bit.path, bytes);
    await refused(bit);
    // The second piece put in the place of the first.
    const moved = await sealed('moved');
    const whole = await readFile(moved.path);
    const piece = 65_536 + 16;
    whole.copy(whole, 8, 8 + piece, 8 + 2 * piece);
    await writeFile(moved.path, whole);
    await refused(moved);
    const cut = await sealed('cut');
    await truncate(cut.path, 8 + 3 * piece);
    await refused(cut, 199_000);
    const right = await sealed('right');
    await refused({ ...right, voice: 'agent' });
    await refused({ ...right, plainBytes: 200_000 });
    await refused({ ...right, dataKey: newDataKey() });
  });
});

describe('the key of a recording', () => {
  const [old, present] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

  it('opens under the key that wrapped it, also when that is an earlier one', () => {
    const wrapped = makeKeyRing(old, []).wrap(dataKey, 'call-1');
    const ring = makeKeyRing(present, [old]);
    expect(ring.unwrap(wrapped, keyIdOf(old), 'call-1').equals(dataKey)).toBe(true);
    expect(ring.currentId).toBe(keyIdOf(present));
  });

  it('is refused for another call, by another key, or changed', () => {
    const ring = makeKeyRing(present, []);
    const wrapped = ring.wrap(dataKey, 'call-1');
    expect(() => ring.unwrap(wrapped, ring.currentId, 'call-2')).toThrow(KeyRefused);
    expect(() => ring.unwrap(wrapped, keyIdOf(old), 'call-1')).toThrow(KeyRefused);
    expect(() => makeKeyRing(old, []).unwrap(wrapped, keyIdOf(old), 'call-1')).toThrow(KeyRefused);
    wrapped[20] = (wrapped[20] ?? 0) ^ 1;
    expect(() => ring.unwrap(wrapped, ring.currentId, 'call-1')).toThrow(KeyRefused);
    expect(() => ring.unwrap(Buffer.alloc(0), ring.currentId, 'call-1')).toThrow(KeyRefused);
  });
});
