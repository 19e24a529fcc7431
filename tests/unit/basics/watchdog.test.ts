import pino from 'pino';
import { expect, it, vi } from 'vitest';
import { Buffers } from '../../../server/basics/buffers.ts';
import { Watchdog } from '../../../server/basics/watchdog.ts';

/** A log that keeps its messages, and a clock that goes when it is told to. */
function house() {
  const told: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => told.push(JSON.parse(line).msg) });
  let now = 0;
  const dead: string[] = [];
  const watchdog = new Watchdog({ now: () => now, log, onDead: (loop) => dead.push(loop) });
  const wait = (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      now += 1000;
      watchdog.look();
    }
  };
  return { told, log, dead, watchdog, wait, jump: (ms: number) => (now += ms) };
}

it('a loop that stops going round is late, told once, and on time again after its next beat', () => {
  const { told, watchdog, wait } = house();
  const { beat } = watchdog.add({ name: 'ledger', lateAfterMs: 3000 });
  wait(3);
  expect(watchdog.views()).toEqual([
    { name: 'ledger', ageMs: 3000, lateAfterMs: 3000, state: 'onTime', lates: 0 },
  ]);
  wait(5);
  expect(watchdog.views()[0]).toMatchObject({ state: 'late', lates: 1 });
  expect(told).toEqual(['a loop is late']);
  beat();
  wait(1);
  expect(watchdog.views()[0]).toMatchObject({ state: 'onTime', ageMs: 1000 });
  expect(told).toEqual(['a loop is late', 'a loop goes round again']);
});

it('a loop that hangs for long ends the process, once', () => {
  const { dead, watchdog, wait } = house();
  watchdog.add({ name: 'tick', lateAfterMs: 1000, deadAfterMs: 20_000 });
  watchdog.add({ name: 'patient', lateAfterMs: 1000, deadAfterMs: null });
  wait(20);
  expect(dead).toEqual([]);
  wait(60);
  expect(dead).toEqual(['tick']);
});

it('silence while its parts are away is not held against a loop', () => {
  const { told, dead, watchdog, wait } = house();
  let database = false;
  watchdog.add({ name: 'history', lateAfterMs: 2000, deadAfterMs: 10_000, needs: () => database });
  wait(60);
  expect(watchdog.views()[0]).toMatchObject({ state: 'waiting', ageMs: 0 });
  database = true;
  wait(2);
  expect([told, dead]).toEqual([[], []]);
  wait(10);
  expect(dead).toEqual(['history']);
});

it('a process that was frozen and thawed finds no loop late, and tells how long it stood still', () => {
  const { told, dead, watchdog, wait, jump } = house();
  watchdog.add({ name: 'tick', lateAfterMs: 3000, deadAfterMs: 20_000 });
  wait(1);
  jump(600_000);
  watchdog.look();
  expect(dead).toEqual([]);
  expect(watchdog.views()[0]).toMatchObject({ state: 'onTime', ageMs: 3000 });
  expect(watchdog.eventLoop()).toEqual({ lagMs: 599_000, worstLagMs: 599_000 });
  expect(told).toEqual(['the event loop stood still']);
});

it('repeated work goes on after a failure, is never run twice at once, and ends when told', async () => {
  vi.useFakeTimers();
  try {
    const { watchdog } = house();
    const failures: unknown[] = [];
    let running = 0;
    let rounds = 0;
    const end = watchdog.every(
      { name: 'sweep', lateAfterMs: 5000, everyMs: 100, onError: (error) => failures.push(error) },
      async () => {
        expect(++running).toBe(1);
        await new Promise((done) => setTimeout(done, 250));
        running--;
        if (++rounds === 2) throw new Error('once');
      },
    );
    await vi.advanceTimersByTimeAsync(350 * 4 + 10);
    expect([rounds, failures.length]).toEqual([4, 1]);
    end();
    await vi.advanceTimersByTimeAsync(5000);
    expect([rounds, watchdog.views()]).toEqual([4, []]);
    watchdog.close();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('a buffer tells before it is full, what it lost, and its highest mark', () => {
  const { told, log } = house();
  const buffers = new Buffers(log);
  let size = 0;
  let lost = 0;
  const withdraw = buffers.add({ name: 'history', limit: 100, size: () => size, lost: () => lost });
  for (const now of [10, 85, 90, 70, 85, 40, 81]) {
    size = now;
    buffers.look();
  }
  expect(told).toEqual(['a buffer is nearly full', 'a buffer is nearly full']);
  lost = 3;
  buffers.look();
  buffers.look();
  expect(told.at(-1)).toBe('a full buffer lost something');
  expect(told).toHaveLength(3);
  expect(buffers.views()).toEqual([{ name: 'history', size: 81, limit: 100, peak: 90, lost: 3 }]);
  withdraw();
  expect(buffers.views()).toEqual([]);
});
