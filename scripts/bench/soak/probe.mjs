// Loaded into server and dialer by the soak bench (--import): writes every few seconds what only the process itself knows.
// Plain JavaScript, because it is read before anything else of the process.
import { renameSync, writeFileSync } from 'node:fs';

const dir = process.env.SOAK_PROBE_DIR;
if (dir) {
  const file = `${dir}/${process.pid}.json`;
  const tell = () => {
    // What is garbage is not held: only what stays counts.
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const resources = {};
    for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
    writeFileSync(`${file}.new`, JSON.stringify({ at: Date.now(), heapUsed, external, resources }));
    renameSync(`${file}.new`, file);
  };
  setInterval(tell, 10_000).unref();
}
