import { expect, it } from 'vitest';
import { Admission } from '../../../server/asterisk/admission.ts';

const limits = { calls: 1000, perSecond: 100 };

/** Asks for `perSecond` calls each second for so many seconds, each ended after a second; returns how many were taken in each. */
function ask(
  admission: Admission,
  o: { from: number; seconds: number; perSecond: number; lagMs?: number },
): number[] {
  const taken: number[] = [];
  for (let s = 0; s < o.seconds; s++) {
    let n = 0;
    for (let i = 0; i < o.perSecond; i++) {
      const now = o.from + s * 1000 + (i * 1000) / o.perSecond;
      admission.heard(now - 5 - (o.lagMs ?? 0), now);
      if (!admission.take(`${s}-${i}`, true, now)) continue;
      n++;
      admission.ended(`${s}-${i}`);
    }
    taken.push(n);
  }
  return taken;
}

it('takes what is asked below its rate, and its rate and no more above it', () => {
  const admission = new Admission(limits, 0);
  expect(ask(admission, { from: 0, seconds: 3, perSecond: 80 })).toEqual([80, 80, 80]);
  const [, ...steady] = ask(admission, { from: 3000, seconds: 5, perSecond: 400 });
  for (const n of steady) expect(n).toBeGreaterThanOrEqual(99);
  for (const n of steady) expect(n).toBeLessThanOrEqual(101);
});

it('halves what it takes while the exchange falls behind, and comes back slowly once it has caught up', () => {
  const admission = new Admission(limits, 0);
  ask(admission, { from: 0, seconds: 2, perSecond: 100 });
  const lagging = ask(admission, { from: 2000, seconds: 4, perSecond: 200, lagMs: 600 });
  expect(lagging.at(-1)).toBeLessThan(20);
  expect(admission.capacity(6000)).toMatchObject({ lagMs: 600 });
  const after = ask(admission, { from: 6000, seconds: 25, perSecond: 200 });
  expect(after[2]).toBeLessThan(40);
  expect(after.at(-1)).toBeGreaterThanOrEqual(99);
});

it('one late event is the road, not the exchange', () => {
  const admission = new Admission(limits, 0);
  for (let now = 0; now < 10_000; now += 50) admission.heard(now - (now % 500 === 0 ? 2000 : 5), now);
  expect(admission.capacity(10_000).maxPerSecond).toBe(100);
});

it('a clock that differs from ours by an hour is no lag', () => {
  const admission = new Admission(limits, 0);
  for (let now = 0; now < 200_000; now += 100) admission.heard(now + 3_600_000, now);
  expect(admission.capacity(200_000)).toEqual({ maxPerSecond: 100, freeCalls: 950, lagMs: 0 });
  // Set back by a minute it looks late until the old difference is forgotten.
  for (let now = 200_000; now < 400_000; now += 100) admission.heard(now + 3_540_000, now);
  expect(admission.capacity(400_000)).toMatchObject({ maxPerSecond: 100, lagMs: 0 });
});

it('callers of the hotline are counted before calls of ours, and are never refused', () => {
  const admission = new Admission(limits, 0);
  for (let i = 0; i < 60; i++) admission.came(`caller-${i}`, 0);
  expect(admission.take('ours', true, 0)).toBe(false);
  expect(admission.take('a transfer', false, 0)).toBe(true);
  expect(admission.take('ours', true, 500)).toBe(true);
  expect(admission.refusals()).toBe(1);
});

it('no call of ours is added to a full exchange; the last places are for people', () => {
  const admission = new Admission({ calls: 100, perSecond: 1000 }, 0);
  for (let i = 0; i < 95; i++) admission.came(`caller-${i}`, i * 10);
  expect(admission.take('ours', true, 10_000)).toBe(false);
  expect(admission.capacity(10_000).freeCalls).toBe(0);
  for (let i = 0; i < 5; i++) expect(admission.take(`out-${i}`, false, 10_000)).toBe(true);
  expect(admission.take('out-6', false, 10_000)).toBe(false);
  admission.resurvey(['caller-1']);
  expect(admission.take('ours', true, 10_000)).toBe(true);
});
