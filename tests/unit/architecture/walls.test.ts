import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

/** Each wall is seen to hold: a small house with one deliberately bad file, looked at with the real rules. */
const repo = join(import.meta.dirname, '../../..');
const scratch = join(repo, '.dozvon/tmp');
mkdirSync(scratch, { recursive: true });
// Inside the checkout, so that packages are found as they are from the real house.
const plot = mkdtempSync(join(scratch, 'walls-'));
afterAll(() => rmSync(plot, { recursive: true, force: true }));

const cruiser = [
  join(repo, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
  '--config',
  join(repo, '.dependency-cruiser.cjs'),
  '--no-progress',
];

const sound = {
  'server/calls/call.ts': `import { z } from 'zod';\nimport type { Shape } from './schema.ts';\nexport const s: Shape = z;\n`,
  'server/calls/schema.ts': `import { z } from 'zod';\nexport type Shape = typeof z;\n`,
  'server/calls/routes.ts': `import express from 'express';\nexport const r = express;\n`,
  'server/calls/store.ts': `import pg from 'pg';\nexport const s = pg;\n`,
  'server/agents/agent.ts': `import { s } from '../calls/call.ts';\nexport const a = s;\n`,
  'server/agents/store.ts': `import { s } from '../calls/store.ts';\nexport const a = s;\n`,
  'server/basics/ids.ts': 'export const id = 1;\n',
  'server/asterisk/ami.ts': `import { createConnection } from 'node:net';\nexport const c = createConnection;\n`,
  'dialer/pacing.ts': `import { id } from '../server/basics/ids.ts';\nexport const p = id;\n`,
  'agent-ui/src/main.tsx': `import { id } from '../../server/basics/ids.ts';\nimport '../../server/calls/schema.ts';\nexport const m = id;\n`,
};

let houses = 0;
function build(files: Record<string, string>): string {
  const house = join(plot, String(houses++));
  for (const [file, text] of Object.entries({ ...sound, ...files })) {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), text);
  }
  return house;
}

/** Names of the rules that this house breaks. */
function broken(files: Record<string, string>): string[] {
  const ran = spawnSync(
    process.execPath,
    [...cruiser, '--output-type', 'json', 'server', 'dialer', 'agent-ui'],
    { cwd: build(files), encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  const told = JSON.parse(ran.stdout) as { summary: { violations: { rule: { name: string } }[] } };
  return [...new Set(told.summary.violations.map(({ rule }) => rule.name))].sort();
}

describe("the house's walls", () => {
  it('a sound house breaks none', () => {
    expect(broken({})).toEqual([]);
  });

  it.each([
    ['a pure file that reads files', 'server/calls/call.ts', `import 'node:fs';`, 'pure-files-touch-nothing'],
    [
      'a pure file that asks for chance',
      'server/calls/agent.ts',
      `import { randomUUID } from 'crypto';\nexport const r = randomUUID;`,
      'pure-files-touch-nothing',
    ],
    [
      'a schema that opens the database',
      'server/calls/schema.ts',
      `import pg from 'pg';\nexport const p = pg;\nexport type Shape = unknown;`,
      'pure-files-open-nothing',
    ],
    [
      'a pacing that speaks to the bus',
      'dialer/pacing.ts',
      `import Redis from 'ioredis';\nexport const r = Redis;`,
      'pure-files-open-nothing',
    ],
    [
      'a decision that runs SQL',
      'server/routing/router.ts',
      `import { s } from '../calls/store.ts';\nexport const r = s;`,
      'pure-files-use-no-doors',
    ],
    [
      'a page that imports a store',
      'agent-ui/src/main.tsx',
      `import { s } from '../../server/calls/store.ts';\nexport const m = s;`,
      'pages-take-only-shapes',
    ],
    [
      'a server that imports a page',
      'server/live/live.ts',
      `import { m } from '../../agent-ui/src/main.tsx';\nexport const l = m;`,
      'server-knows-no-pages',
    ],
    [
      'a file that reaches itself',
      'server/basics/ids.ts',
      `import { p } from '../../dialer/pacing.ts';\nexport const id = p;`,
      'no-circles',
    ],
    [
      "a feature that uses another's HTTP side",
      'server/agents/store.ts',
      `import { r } from '../calls/routes.ts';\nexport const a = r;`,
      'features-keep-their-doors',
    ],
    [
      'a foundation that imports a feature',
      'server/db/pool.ts',
      `import { s } from '../calls/call.ts';\nexport const p = s;`,
      'base-knows-no-feature',
    ],
    [
      'a feature that opens a connection to the exchange',
      'server/calls/desk.ts',
      `import { connect } from 'node:net';\nexport const d = connect;`,
      'only-asterisk-speaks-to-the-exchange',
    ],
    [
      'a feature that opens a WebSocket',
      'server/calls/desk.ts',
      `import { WebSocket } from 'ws';\nexport const d = WebSocket;`,
      'only-asterisk-speaks-to-the-exchange',
    ],
    ['an import that leads nowhere', 'server/calls/desk.ts', `import './nowhere.ts';`, 'not-installed'],
  ])('%s is found', (_what, file, text, rule) => {
    expect(broken({ [file]: `${text}\n` })).toContain(rule);
  });

  it('no two folders of the server import each other, shapes in schema.ts aside', () => {
    const told = execFileSync(process.execPath, [...cruiser, '--output-type', 'json', 'server'], {
      cwd: repo,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const { modules } = JSON.parse(told) as {
      modules: { source: string; dependencies: { resolved: string }[] }[];
    };
    const folderOf = (path: string) => /^server\/([^/]+)\//.exec(path)?.[1];
    const arrows = new Map<string, string>();
    for (const { source, dependencies } of modules) {
      for (const { resolved } of dependencies) {
        const [from, to] = [folderOf(source), folderOf(resolved)];
        if (from && to && from !== to && !resolved.endsWith('/schema.ts')) {
          arrows.set(`${from} > ${to}`, `${source} imports ${resolved}`);
        }
      }
    }
    const mutual = [...arrows].flatMap(([arrow, where]) => {
      const back = arrows.get(arrow.split(' > ').reverse().join(' > '));
      return back ? [`${where}, but ${back}`] : [];
    });
    expect(arrows.size).toBeGreaterThan(5);
    expect(mutual).toEqual([]);
  });
});
