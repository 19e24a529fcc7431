import { describe, expect, it } from 'vitest';
import { interleave, wavHeader } from '../../../server/recordings/stereo-wav.ts';

describe('two µ-law voices as one WAV', () => {
  it('decodes the values that G.711 names', () => {
    const codes = [0xff, 0x7f, 0x80, 0x00, 0xf0, 0xef];
    const wav = interleave(Uint8Array.from(codes), new Uint8Array(), codes.length);
    expect(codes.map((_, i) => wav.readInt16LE(i * 4))).toEqual([0, 0, 32124, -32124, 120, 132]);
  });

  it('puts the customer left, the agent right, and silence where a voice is over', () => {
    const wav = interleave(Uint8Array.of(0x80, 0x80), Uint8Array.of(0x00), 2);
    expect([0, 2, 4, 6].map((at) => wav.readInt16LE(at))).toEqual([32124, -32124, 32124, 0]);
  });

  it('says in its header how long it is', () => {
    const header = wavHeader(8000);
    expect(header.length).toBe(44);
    expect(header.toString('latin1', 0, 4) + header.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ');
    expect([header.readUInt16LE(22), header.readUInt32LE(24), header.readUInt32LE(40)]).toEqual([
      2, 8000, 32_000,
    ]);
    expect(header.readUInt32LE(4)).toBe(32_036);
  });
});
