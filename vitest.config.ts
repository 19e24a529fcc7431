import { defineConfig } from 'vitest/config';

// Three kinds of tests. Unit: pure and fast, side by side. Contract: one part against the real thing. e2e: a whole Dozvon
// with two exchanges and real browsers. The last two share machines' worth of processes: one file at a time.
const oneByOne = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          globalSetup: ['tests/setup/postgres.ts'],
          ...oneByOne,
        },
      },
      { test: { name: 'e2e', include: ['tests/e2e/**/*.test.ts'], ...oneByOne } },
    ],
  },
});
