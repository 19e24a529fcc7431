import { describe, expect, it } from 'vitest';
import { readWaveform, secondsAfterKey, secondsAt } from '../../../agent-ui/src/recordings/waveform.ts';

describe('the waveform', () => {
  it('draws both voices, silence as a line, and refuses what is none', () => {
    const bytes = new Uint8Array(1200);
    bytes[0] = 255;
    bytes[600] = 51;
    const drawn = readWaveform(btoa(String.fromCharCode(...bytes)));
    expect(drawn?.customer).toMatch(/^M0 1V0\.00h1V1zM1 1V0\.98h1V1z/);
    expect(drawn?.agent).toMatch(/^M0 1V0\.80h1V1z/);
    expect(readWaveform('AAAA')).toBeNull();
    expect(readWaveform('no base64 at all!')).toBeNull();
  });
});

describe('the playing point', () => {
  it('goes where it is clicked, and not beyond the ends', () => {
    expect(secondsAt(50, 200, 60_000)).toBe(15);
    expect(secondsAt(-5, 200, 60_000)).toBe(0);
    expect(secondsAt(500, 200, 60_000)).toBe(60);
    expect(secondsAt(5, 0, 60_000)).toBe(0);
  });

  it('goes by arrow keys 5 s, with Shift 1 s, by pages 30 s, to both ends', () => {
    const by = (key: string, shift = false) => secondsAfterKey(key, shift, 20, 60_000);
    expect(['ArrowRight', 'ArrowLeft', 'PageUp', 'PageDown', 'Home', 'End'].map((key) => by(key))).toEqual([
      25, 15, 50, 0, 0, 60,
    ]);
    expect(by('ArrowRight', true)).toBe(21);
    expect(by('a')).toBeNull();
  });
});
