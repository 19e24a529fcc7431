import { type FileHandle, open, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import type { RecordingFiles } from './history-read.ts';
import { frameBytes, interleave, wavHeader, wavHeaderBytes } from './stereo-wav.ts';

export interface OpenRecording {
  /** Bytes of the whole WAV. */
  readonly size: number;
  /** Bytes `from` to `to`, both included. Closes the files when it ends or is given up. */
  read(from: number, to: number): Readable;
  close(): Promise<void>;
}

/** Two seconds of talk at a time. */
const framesAtOnce = 16_000;
/** A WAV counts its bytes in 32 bits: 37 hours. */
const mostFrames = Math.floor((0xffff_ffff - wavHeaderBytes) / frameBytes);

/**
 * Opens a call's two voices for reading as one stereo WAV; its size is fixed now, even while the call goes on. A voice that
 * is missing is silent; null when neither is there. Files outside of `dir` are not opened, whatever their name says.
 */
export async function openRecording(dir: string, files: RecordingFiles): Promise<OpenRecording | null> {
  const voices = await Promise.all([openInside(dir, files.customerFile), openInside(dir, files.agentFile)]);
  const close = async (): Promise<void> => {
    await Promise.all(voices.map((voice) => voice?.close()));
  };
  const sizes = await Promise.all(voices.map(async (voice) => (voice ? (await voice.stat()).size : 0)));
  const frames = Math.min(Math.max(...sizes), mostFrames);
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
        const [customer, agent] = await Promise.all(voices.map((voice) => readPart(voice, frame, count)));
        const piece = interleave(customer ?? empty, agent ?? empty, count);
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

const empty = Buffer.alloc(0);

async function readPart(voice: FileHandle | null, position: number, length: number): Promise<Buffer> {
  if (!voice) return empty;
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await voice.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function openInside(dir: string, name: string): Promise<FileHandle | null> {
  try {
    // Both are resolved to the end: a symbolic link must not lead out either.
    const [root, path] = await Promise.all([realpath(dir), realpath(resolve(dir, name))]);
    return path.startsWith(root + sep) ? await open(path, 'r') : null;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
