// The door of every npm script: works with whatever Node (>= 20) the machine has and no package at all.
// It brings node_modules up to package-lock.json, then runs scripts/NAME.ts under the Node 24 that is among the packages.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = join(root, 'node_modules/node/bin/node');
const [name, ...args] = process.argv.slice(2);

function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}

function lockOf(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return null;
  }
}

/** What npm installed (its own hidden lock file, written last) against what package-lock.json asks for. */
function packagesAreCurrent() {
  const wanted = lockOf('package-lock.json');
  const installed = lockOf('node_modules/.package-lock.json');
  if (!wanted || !installed || !existsSync(node)) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  );
}

if (process.platform !== 'linux') {
  fail(
    'Dozvon runs on Linux (Debian 12/13, Ubuntu 24.04). Elsewhere use containers: see docker-compose.yml.',
  );
}
if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node ${process.versions.node} is too old even to begin with: install Node 20 or newer.`);
}
if (!/^[a-z-]+(\/[a-z-]+)?$/.test(name ?? '') || !existsSync(join(root, `scripts/${name}.ts`))) {
  fail(`There is no scripts/${name}.ts.`);
}

// Stopping must work, and fast, whatever state the packages are in, as long as the runtime is there.
if (!(name === 'stop' && existsSync(node)) && !packagesAreCurrent()) {
  const begunAt = Date.now();
  console.log('npm packages: installing …');
  // Not `npm ci`: it insists on packages for other systems, which a company's own registry often does not carry.
  const npm = spawnSync(
    'npm',
    ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: root, stdio: 'inherit' },
  );
  if (npm.status !== 0 || !existsSync(node)) {
    fail(
      'npm install failed (its own words are above). Check the network and the registry that npm is set to (npm config get registry), then try again.',
    );
  }
  console.log(`npm packages: done in ${((Date.now() - begunAt) / 1000).toFixed(1)} s`);
}

const child = spawn(node, [join(root, `scripts/${name}.ts`), ...args], { cwd: root, stdio: 'inherit' });
// Ctrl-C reaches the child by itself (same terminal); we only have to outlive it. The rest is handed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`Could not run ${node}: ${error.message}`));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
