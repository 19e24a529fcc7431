import { describe, expect, it } from 'vitest';
import { layOut } from '../../scripts/bench/harness.ts';
import { callSteps } from '../../scripts/chaos/plan.ts';
import { runChaos } from '../../scripts/chaos/run.ts';
import { dozvonDir } from '../../scripts/stack/places.ts';
import { quiet } from '../../scripts/stack/steps.ts';

describe('a Dozvon at work is struck at every part', () => {
  it('nobody is dropped, no call is lost or doubled, every screen comes right', async () => {
    const report = await runChaos({
      seed: 7,
      minutes: 3,
      kills: 13,
      steps: callSteps,
      gentle: true,
      home: `${dozvonDir}/e2e-9`,
      portBase: 22_900,
      agents: 3,
      callerGapMs: 6000,
      robotLines: 1,
      reporter: { ...quiet, line: (text) => console.log(text) },
    });
    console.log(layOut(report.table));
    console.log(report.totals);
    for (const failure of report.failures) console.log(failure);
    expect(report.broken).toEqual([]);
    expect(report.totals.kills).toBeGreaterThanOrEqual(10);
    expect(report.totals.conversations).toBeGreaterThan(0);
  }, 420_000);
});
