/**
 * Two raw µ-law voices (ITU-T G.711, 8000 bytes a second each) as one stereo WAV of 16-bit PCM, left the customer, right the
 * agent. Pure. µ-law itself would be half as long, but not every browser plays it in a WAV.
 */

export const wavHeaderBytes = 44;
/** One sample of both voices. */
export const frameBytes = 4;
const sampleRate = 8000;

/** What a line says when nobody speaks: the code of zero. */
export const silence = 0xff;

/** G.711: bits are sent inverted; sign, 3 bits of exponent, 4 of mantissa; 33 is the bias, scaled from 14 to 16 bits. */
function decodeMuLaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

/** µ-law code -> 16-bit sample. */
export const linear = Int16Array.from({ length: 256 }, (_, byte) => decodeMuLaw(byte));

/** The 44 bytes before `frames` stereo samples (RIFF WAVE, format 1). */
export function wavHeader(frames: number): Buffer {
  const dataBytes = frames * frameBytes;
  const header = Buffer.alloc(wavHeaderBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(wavHeaderBytes - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(2, 22); // channels
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * frameBytes, 28);
  header.writeUInt16LE(frameBytes, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** Interleaves `frames` samples; where a voice has fewer bytes it is silent. */
export function interleave(customer: Uint8Array, agent: Uint8Array, frames: number): Buffer {
  const out = Buffer.allocUnsafe(frames * frameBytes);
  for (let i = 0; i < frames; i++) {
    out.writeInt16LE(linear[customer[i] ?? silence] ?? 0, i * frameBytes);
    out.writeInt16LE(linear[agent[i] ?? silence] ?? 0, i * frameBytes + 2);
  }
  return out;
}
