import { open, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { readFully, type VoiceReader } from './sealed-file.ts';
import { frameBytes, interleave, wavHeader, wavHeaderBytes } from './stereo-wav.ts';

/** Two seconds of talk at a time. */
const framesAtOnce = 16_000;
/** A WAV counts its bytes in 32 bits: 37 hours. */
const mostFrames = Math.floor((0xffff_ffff - wavHeaderBytes) / frameBytes);

const empty = Buffer.alloc(0);

export interface StereoWav {
  /** Bytes of the whole WAV. */
  readonly size: number;
  /** Bytes `from` to `to`, both included. Closes the voices when it ends or is given up. */
  read(from: number, to: number): Readable;
  close(): Promise<void>;
}

/** Two voices as one stereo WAV, customer left. A voice that is missing, or over, is silent; null when neither has a byte. */
export async function stereoOf(
  customer: VoiceReader | null,
  agent: VoiceReader | null,
): Promise<StereoWav | null> {
  const close = async (): Promise<void> => {
    await Promise.all([customer?.close(), agent?.close()]);
  };
  const frames = Math.min(Math.max(customer?.bytes ?? 0, agent?.bytes ?? 0), mostFrames);
  if (frames === 0) {
    await close();
    return null;
  }
  async function* bytes(from: number, to: number): AsyncGenerator<Buffer> {
    try {
      if (from < wavHeaderBytes) yield wavHeader(frames).subarray(from, Math.min(to + 1, wavHeaderBytes));
      const first = Math.max(0, from - wavHeaderBytes);
      const last = to - wavHeaderBytes;
      for (let frame = Math.floor(first / frameBytes); frame * frameBytes <= last; frame += framesAtOnce) {
        const count = Math.min(framesAtOnce, frames - frame);
        const [left, right] = await Promise.all([customer?.read(frame, count), agent?.read(frame, count)]);
        const piece = interleave(left ?? empty, right ?? empty, count);
        const start = frame * frameBytes;
        yield piece.subarray(Math.max(0, first - start), Math.min(piece.length, last + 1 - start));
      }
    } finally {
      await close();
    }
  }
  return {
    size: wavHeaderBytes + frames * frameBytes,
    read: (from, to) => Readable.from(bytes(from, to)),
    close,
  };
}

/**
 * A voice as the exchange wrote it; its length is fixed now, even while the call goes on. Null when it is not there. Files outside of
 * `dir` are not opened, whatever their name says.
 */
export async function openPlain(dir: string, name: string): Promise<VoiceReader | null> {
  const path = await findPlain(dir, name);
  if (path === null) return null;
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    bytes: size,
    read: (position, length) => readFully(file, position, Math.max(0, Math.min(length, size - position))),
    close: () => file.close(),
  };
}

/** Where this file really is; null: not there, or not inside of `dir`. */
export async function findPlain(dir: string, name: string): Promise<string | null> {
  try {
    // Both are resolved to the end: a symbolic link must not lead out either.
    const [root, path] = await Promise.all([realpath(dir), realpath(resolve(dir, name))]);
    return path.startsWith(root + sep) ? path : null;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
