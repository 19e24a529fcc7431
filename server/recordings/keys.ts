import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/**
 * Keys of recordings at rest. Each recording has a data key of its own, which lies in its row wrapped (AES-256-GCM) under the
 * house's key. So the house's key can change without a file being touched, and a deleted row makes every copy of its files unreadable.
 */

const nonceBytes = 12;
const tagBytes = 16;

/** The key that wrapped it is not here, or the wrapping was tampered with. */
export class KeyRefused extends Error {}

export interface KeyRing {
  /** New recordings are wrapped under this one. */
  readonly currentId: string;
  readonly ids: readonly string[];
  wrap(dataKey: Buffer, callId: string): Buffer;
  /** Throws KeyRefused. */
  unwrap(wrapped: Buffer, keyId: string, callId: string): Buffer;
}

/** A key's name: says nothing about the key, the same everywhere. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('dozvon recordings key').update(key).digest('hex').slice(0, 16);
}

export const newDataKey = (): Buffer => randomBytes(32);

/** Keys are 32 bytes. */
export function makeKeyRing(current: Buffer, old: readonly Buffer[]): KeyRing {
  const keys = new Map([current, ...old].map((key) => [keyIdOf(key), key]));
  const currentId = keyIdOf(current);
  return {
    currentId,
    ids: [...keys.keys()],
    wrap(dataKey, callId) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(Buffer.from(callId));
      return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap(wrapped, keyId, callId) {
      const key = keys.get(keyId);
      if (key === undefined) throw new KeyRefused(`no key ${keyId} here`);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        })
          .setAAD(Buffer.from(callId))
          .setAuthTag(wrapped.subarray(-tagBytes));
        return Buffer.concat([decipher.update(wrapped.subarray(nonceBytes, -tagBytes)), decipher.final()]);
      } catch (error) {
        throw new KeyRefused('the wrapped key does not fit', { cause: error });
      }
    },
  };
}
