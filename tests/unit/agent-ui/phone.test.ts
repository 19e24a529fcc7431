import { describe, expect, it } from 'vitest';
import { findDevice } from '../../../agent-ui/src/softphone/devices.ts';
import { loudnessDb, speechShare } from '../../../agent-ui/src/softphone/level.ts';
import { onsetOf } from '../../../agent-ui/src/softphone/onset.ts';
import {
  type Counts,
  isDead,
  type LegWatch,
  lookAtLeg,
  mosOf,
  newLegWatch,
  noCounts,
  transmissionRating,
} from '../../../agent-ui/src/softphone/quality.ts';

/** Looks once a second for `seconds` at a leg whose counts grow by `grow` each second. */
function follow(was: LegWatch, fromMs: number, seconds: number, grow: Partial<Counts>): LegWatch {
  let watch = was;
  for (let s = 1; s <= seconds; s++) {
    const counts = { ...watch.counts };
    for (const key of ['received', 'lost', 'signsOfLife'] as const) counts[key] += grow[key] ?? 0;
    for (const key of ['jitterMs', 'rttMs', 'lostThere'] as const) counts[key] = grow[key] ?? 0;
    watch = lookAtLeg(watch, counts, fromMs + s * 1000);
  }
  return watch;
}

const voice = { received: 50, signsOfLife: 8600, rttMs: 30, jitterMs: 3 };

describe('a leg’s media path', () => {
  it('is alive while voice comes, and dead three seconds after everything fell silent', () => {
    const talk = follow(newLegWatch(0), 0, 10, voice);
    expect(isDead(talk, 10_900)).toBe(false);
    const silent = follow(talk, 10_000, 3, {});
    expect(isDead(silent, 13_000)).toBe(false);
    expect(isDead(follow(silent, 13_000, 1, {}), 14_000)).toBe(true);
  });

  it('is alive without any voice as long as the network’s own checks are answered', () => {
    let watch = follow(newLegWatch(0), 0, 5, voice);
    for (let round = 0; round < 20; round++) {
      const at = 5000 + round * 3000;
      watch = follow(watch, at, 2, {});
      watch = follow(watch, at + 2000, 1, { signsOfLife: 1 });
      expect(isDead(watch, at + 3000)).toBe(false);
    }
    expect(isDead(follow(watch, 65_000, 8, {}), 73_000)).toBe(true);
  });

  it('is not held dead for the time that the computer slept', () => {
    const talk = follow(newLegWatch(0), 0, 10, voice);
    const woken = lookAtLeg(talk, talk.counts, 3_600_000);
    expect(isDead(woken, 3_600_000)).toBe(false);
    expect(isDead(follow(woken, 3_600_000, 8, {}), 3_608_000)).toBe(true);
  });
});

describe('the voice’s quality', () => {
  it('is the E-model’s: 93.2 at best, some users dissatisfied below 80, and a score of 4.4 at best', () => {
    expect(transmissionRating({ delayMs: 0, lossPercent: 0 })).toBeCloseTo(93.2);
    // G.107: 150 ms one way are hardly noticed, 400 ms are.
    expect(transmissionRating({ delayMs: 150, lossPercent: 0 })).toBeGreaterThan(85);
    expect(transmissionRating({ delayMs: 400, lossPercent: 0 })).toBeLessThan(60);
    expect(transmissionRating({ delayMs: 20, lossPercent: 5 })).toBeLessThan(80);
    expect(mosOf(93.2)).toBeCloseTo(4.41, 2);
    expect(mosOf(50)).toBeCloseTo(2.58, 2);
    expect(mosOf(0)).toBe(1);
  });

  it('counts losses between two looks, in either direction', () => {
    const fine = follow(newLegWatch(0), 0, 4, voice);
    expect(fine.quality).toMatchObject({
      lossPercent: 0,
      jitterMs: 3,
      rttMs: 30,
      grade: 'good',
      warn: false,
    });
    const here = follow(fine, 4000, 2, { ...voice, received: 45, lost: 5 });
    expect(here.quality).toMatchObject({ lossPercent: 10, cause: 'loss', grade: 'poor' });
    const there = follow(fine, 4000, 2, { ...voice, lostThere: 0.08 });
    expect(there.quality).toMatchObject({ lossPercent: 8, cause: 'loss' });
  });

  it('is good when nothing came and nothing was lost', () => {
    expect(follow(newLegWatch(0), 0, 4, {}).quality).toMatchObject({ grade: 'good', warn: false });
  });

  it('warns after the second bad look and calms down after the fourth good one', () => {
    const fine = follow(newLegWatch(0), 0, 4, voice);
    const bad = { ...voice, received: 47, lost: 3 };
    const once = follow(fine, 4000, 2, bad);
    expect(once.quality).toMatchObject({ grade: 'fair', warn: false });
    const twice = follow(once, 6000, 2, bad);
    expect(twice.quality?.warn).toBe(true);
    const better = follow(twice, 8000, 6, voice);
    expect(better.quality).toMatchObject({ grade: 'good', warn: true });
    expect(follow(better, 14_000, 2, voice).quality?.warn).toBe(false);
  });

  it('warns at once when it is poor, and names delay and jitter for what they are', () => {
    const fine = follow(newLegWatch(0), 0, 4, voice);
    expect(follow(fine, 4000, 2, { ...voice, rttMs: 900 }).quality).toMatchObject({
      warn: true,
      cause: 'delay',
    });
    expect(follow(fine, 4000, 2, { ...voice, jitterMs: 200 }).quality).toMatchObject({ cause: 'jitter' });
  });

  it('starts from nothing', () => {
    expect(lookAtLeg(newLegWatch(0), noCounts, 1000).quality).toBeNull();
  });
});

describe('a chosen device', () => {
  const headset = { id: 'a', label: 'Jabra' };
  it('is found by its id, by its name when ids have changed, and missed when it is gone', () => {
    expect(findDevice([headset], headset)).toBe(headset);
    expect(findDevice([{ id: 'b', label: 'Jabra' }], headset)).toEqual({ id: 'b', label: 'Jabra' });
    expect(findDevice([{ id: 'c', label: 'Built-in' }], headset)).toBeNull();
    expect(findDevice([{ id: 'c', label: '' }], { id: 'a', label: '' })).toBeNull();
    expect(findDevice([headset], null)).toBeNull();
  });
});

const rate = 48_000;
const tone = (hz: number, level: number, from: number, to: number): ((i: number) => number) => {
  return (i) => (i >= from && i < to ? level * Math.sin((2 * Math.PI * hz * i) / rate) : 0);
};
const wave = (...parts: ((i: number) => number)[]): Float32Array =>
  Float32Array.from({ length: 32_768 }, (_, i) => parts.reduce((sum, part) => sum + part(i), 0));

describe('the echo’s delay', () => {
  const pip = tone(1900, 0.08, 12_000, 12_000 + 3840);
  it('is found to some milliseconds, also under a loud voice', () => {
    expect(Math.abs(onsetOf(wave(pip), rate, 1900)! - 12_000)).toBeLessThan(0.004 * rate);
    const spoken = wave(pip, tone(700, 0.37, 0, 40_000));
    expect(Math.abs(onsetOf(spoken, rate, 1900)! - 12_000)).toBeLessThan(0.004 * rate);
  });
  it('is not invented out of silence, a voice or a steady tone', () => {
    expect(onsetOf(wave(), rate, 1900)).toBeNull();
    expect(onsetOf(wave(tone(700, 0.37, 0, 40_000)), rate, 1900)).toBeNull();
    expect(onsetOf(wave(tone(1900, 0.2, 0, 40_000)), rate, 1900)).toBeNull();
  });
});

describe('loudness', () => {
  it('is 0 dB for a full square, -3 for a full sine, -100 for silence', () => {
    expect(loudnessDb(new Float32Array(1024).fill(1))).toBeCloseTo(0);
    expect(loudnessDb(wave(tone(1000, 1, 0, 40_000)))).toBeCloseTo(-3, 1);
    expect(loudnessDb(new Float32Array(1024))).toBe(-100);
  });
  it('tells speech from an office', () => {
    expect(speechShare(wave(tone(200, 0.05, 0, 40_000)))).toBe(1);
    expect(speechShare(wave(tone(200, 0.002, 0, 40_000)))).toBe(0);
  });
});
