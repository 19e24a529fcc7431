import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Voice } from './schema.ts';

/**
 * One voice at rest: eight bytes that name the format, then pieces of 64 KiB of µ-law, each AES-256-GCM with its tag behind it, so
 * that any place can be read without the rest. Nonce: the voice and the piece's number, unique because each sealing has a key of
 * its own. A piece also vouches for the whole's length: none can be moved, swapped, doubled or cut off unseen.
 */

const magic = Buffer.from('DZVREC1\n', 'latin1');
const pieceBytes = 65_536;
const tagBytes = 16;

/** The file is not what was sealed: damaged, cut, of another recording. */
export class SealBroken extends Error {}

function nonceOf(voice: Voice, piece: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce[0] = voice === 'customer' ? 1 : 2;
  nonce.writeUInt32BE(piece, 8);
  return nonce;
}

const vouched = (voice: Voice, plainBytes: number): Buffer => Buffer.from(`${voice} ${plainBytes}`);
const placeOf = (piece: number): number => magic.length + piece * (pieceBytes + tagBytes);

/**
 * Writes `plainBytes` bytes that `read` gives as a sealed file at `path`; whatever lay there is replaced at the end, in one step, once
 * all is on disk.
 */
export async function seal(o: {
  path: string;
  dataKey: Buffer;
  voice: Voice;
  plainBytes: number;
  read: (position: number, length: number) => Promise<Buffer>;
}): Promise<void> {
  const { path, dataKey, voice, plainBytes } = o;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.write(magic, 0, magic.length, 0);
    for (let at = 0, piece = 0; at < plainBytes; at += pieceBytes, piece++) {
      const plain = await o.read(at, Math.min(pieceBytes, plainBytes - at));
      const cipher = createCipheriv('aes-256-gcm', dataKey, nonceOf(voice, piece));
      cipher.setAAD(vouched(voice, plainBytes));
      const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      await file.write(sealed, 0, sealed.length, placeOf(piece));
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  await syncFolder(dirname(path));
}

/** A name in a folder is on disk once the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Reads at any place of a voice; shorter than asked only at its end. */
export interface VoiceReader {
  readonly bytes: number;
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Opens what `seal` wrote. Reading throws SealBroken where the file is not what was sealed; a file that is not there throws ENOENT. */
export async function openSealed(o: {
  path: string;
  dataKey: Buffer;
  voice: Voice;
  plainBytes: number;
}): Promise<VoiceReader> {
  const { dataKey, voice, plainBytes } = o;
  const file = await open(o.path, 'r');
  // Players read on from where they were: the last piece is used again.
  let kept: { piece: number; plain: Buffer } | null = null;
  const pieceOf = async (piece: number): Promise<Buffer> => {
    if (kept?.piece === piece) return kept.plain;
    const length = Math.min(pieceBytes, plainBytes - piece * pieceBytes);
    const plain = unseal(await readFully(file, placeOf(piece), length + tagBytes), piece);
    kept = { piece, plain };
    return plain;
  };
  const unseal = (sealed: Buffer, piece: number): Buffer => {
    try {
      const decipher = createDecipheriv('aes-256-gcm', dataKey, nonceOf(voice, piece), {
        authTagLength: tagBytes,
      })
        .setAAD(vouched(voice, plainBytes))
        .setAuthTag(sealed.subarray(-tagBytes));
      return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
    } catch (error) {
      throw new SealBroken(`piece ${piece} is not what was sealed`, { cause: error });
    }
  };
  return {
    bytes: plainBytes,
    async read(position, length) {
      const end = Math.min(plainBytes, position + length);
      const parts: Buffer[] = [];
      for (let at = position; at < end; ) {
        const piece = Math.floor(at / pieceBytes);
        const start = piece * pieceBytes;
        const part = (await pieceOf(piece)).subarray(at - start, end - start);
        parts.push(part);
        at += part.length;
      }
      return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    },
    close: () => file.close(),
  };
}

/** Reads until `length` bytes or the file's end. */
export async function readFully(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
