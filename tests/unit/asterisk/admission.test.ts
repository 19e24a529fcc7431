import { expect, it } from 'vitest';
import { Admission } from '../../../server/asterisk/admission.ts';

const limits = { calls: 1000, perSecond: 100 };

/** So many calls that they could be why it is behind. */
function crowd(admission: Admission): Admission {
  for (let i = 0; i < 20; i++) admission.came(`crowd-${i}`, -1000);
  return admission;
}

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
      admission.answered(`${s}-${i}`);
      n++;
      admission.ended(`${s}-${i}`);
    }
    taken.push(n);
  }
  return taken;
}

/** One that has found its full rate. */
function warm(): Admission {
  const admission = new Admission(limits, -60_000);
  for (let now = -60_000; now < 0; now += 250) admission.heard(now - 5, now);
  return admission;
}

it('takes what is asked below its rate, and its rate and no more above it', () => {
  const admission = warm();
  expect(ask(admission, { from: 0, seconds: 3, perSecond: 80 })).toEqual([80, 80, 80]);
  const [, ...steady] = ask(admission, { from: 3000, seconds: 5, perSecond: 400 });
  for (const n of steady) expect(n).toBeGreaterThanOrEqual(99);
  for (const n of steady) expect(n).toBeLessThanOrEqual(101);
});

it('halves what it takes when the exchange falls behind, stops when it is far behind, and comes back slowly', () => {
  const admission = crowd(warm());
  ask(admission, { from: 0, seconds: 2, perSecond: 100 });
  const lagging = ask(admission, { from: 2000, seconds: 4, perSecond: 200, lagMs: 600 });
  expect(lagging.at(-1)).toBeLessThanOrEqual(51);
  expect(admission.capacity(6000)).toMatchObject({ lagMs: 600, maxPerSecond: 50 });
  expect(ask(admission, { from: 6000, seconds: 3, perSecond: 200, lagMs: 3000 }).at(-1)).toBe(0);
  const after = ask(admission, { from: 9000, seconds: 25, perSecond: 200 });
  expect(after[2]).toBeLessThan(60);
  expect(after.at(-1)).toBeGreaterThanOrEqual(99);
});

it('an exchange that answers no order any more is behind, though no event says so', () => {
  const admission = warm();
  for (let now = 0; now < 3000; now += 100) admission.take(`order-${now}`, true, now);
  expect(admission.take('one more', true, 3000)).toBe(false);
  expect(admission.capacity(3000).lagMs).toBe(3000);
  for (let now = 0; now < 3000; now += 100) admission.answered(`order-${now}`);
  expect(admission.take('one more', true, 3001)).toBe(true);
});

it('the few calls of a quiet exchange are placed however late a busy machine makes its events', () => {
  const admission = warm();
  expect(ask(admission, { from: 0, seconds: 5, perSecond: 2, lagMs: 3000 })).toEqual([2, 2, 2, 2, 2]);
});

it('one late event is the road, not the exchange', () => {
  const admission = new Admission(limits, 0);
  for (let now = 0; now < 20_000; now += 50) admission.heard(now - (now % 500 === 0 ? 2000 : 5), now);
  expect(admission.capacity(20_000).maxPerSecond).toBe(100);
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
  for (let i = 0; i < 30; i++) admission.came(`caller-${i}`, 0);
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

/**
 * An exchange that does 120 calls a second while little waits, and less the more waits in its task queues, as Asterisk does past its
 * limit; it answers an order and tells of a call when it comes to it. Returns calls done a second in the last half of two minutes in which
 * `perSecond` were asked for.
 */
function underLoad(perSecond: number, admission: Admission | null): number {
  const queue: { id: string; at: number }[] = [];
  let [done, counted, work, asked, n] = [0, 0, 0, 0, 0];
  const stepMs = 10;
  for (let now = 0; now < 120_000; now += stepMs) {
    if (now === 60_000) counted = done;
    for (asked += (perSecond * stepMs) / 1000; asked >= 1; asked--) {
      const id = String(n++);
      if (admission === null || admission.take(id, true, now)) queue.push({ id, at: now });
    }
    work += (120 / (1 + (queue.length / 100) ** 2)) * (stepMs / 1000);
    for (; work >= 1 && queue.length > 0; work--) {
      const { id, at } = queue.shift()!;
      admission?.answered(id);
      admission?.heard(at, now + 5);
      admission?.ended(id);
      done++;
    }
    work = Math.min(work, 1);
  }
  return (done - counted) / 60;
}

it('keeps an exchange near its best rate where without it next to nothing is done', () => {
  const kept = [150, 400, 1000].map((asked) =>
    underLoad(asked, new Admission({ calls: 1e9, perSecond: 300 }, 0)),
  );
  const without = [150, 400, 1000].map((asked) => underLoad(asked, null));
  for (const rate of without) expect(rate).toBeLessThan(5);
  for (const rate of kept) expect(rate).toBeGreaterThan(80);
});
