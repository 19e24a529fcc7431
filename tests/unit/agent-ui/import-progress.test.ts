import { expect, test } from 'vitest';
import {
  addSample,
  importPace,
  type ProgressSample,
} from '../../../agent-ui/src/campaigns/import-progress.ts';

test('one poll tells the share but no pace', () => {
  const samples = addSample([], { rows: 10, bytesRead: 250 }, 0);
  expect(importPace(samples, 1000)).toEqual({ share: 0.25, rowsPerSecond: null, leftMs: null });
});

test('rows per second and time left follow from the polls', () => {
  let samples: readonly ProgressSample[] = [];
  samples = addSample(samples, { rows: 0, bytesRead: 0 }, 0);
  samples = addSample(samples, { rows: 500, bytesRead: 20_000 }, 1000);
  expect(importPace(samples, 100_000)).toEqual({ share: 0.2, rowsPerSecond: 500, leftMs: 4000 });
});

test('an import that stands still promises no end', () => {
  let samples: readonly ProgressSample[] = addSample([], { rows: 5, bytesRead: 50 }, 0);
  samples = addSample(samples, { rows: 5, bytesRead: 50 }, 2000);
  expect(importPace(samples, 100).leftMs).toBeNull();
});

test('polls older than ten seconds are forgotten', () => {
  let samples: readonly ProgressSample[] = addSample([], { rows: 0, bytesRead: 0 }, 0);
  samples = addSample(samples, { rows: 10, bytesRead: 10 }, 9000);
  samples = addSample(samples, { rows: 20, bytesRead: 20 }, 12_000);
  expect(samples.map((sample) => sample.atMs)).toEqual([9000, 12_000]);
});

test('an empty file does not divide by nothing', () => {
  expect(importPace(addSample([], { rows: 0, bytesRead: 0 }, 0), 0).share).toBe(0);
});
