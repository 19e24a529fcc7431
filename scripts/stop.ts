import { defaultHome } from './stack/places.ts';
import { isAlive, signal, waitUntil } from './stack/processes.ts';
import { endLeftovers, forgetState, leftovers, readState } from './stack/state.ts';

/** `npm stop`: asks the running `npm start` to end and waits; ends by itself what is left after that. */
const patienceMs = 45_000;
const state = readState(defaultHome);
if (!state || (!isAlive(state.owner) && leftovers(state).length === 0)) {
  if (state) forgetState(defaultHome);
  console.log('Dozvon does not run here.');
} else {
  if (signal(state.owner, 'SIGTERM')) {
    console.log(`Stopping ${state.url} …`);
    await waitUntil(() => !isAlive(state.owner), patienceMs);
    signal(state.owner, 'SIGKILL');
  }
  // Read again: parts may have been started anew meanwhile.
  const ended = await endLeftovers(readState(defaultHome) ?? state);
  if (ended.length > 0) console.log(`Ended what was left: ${ended.join(', ')}.`);
  const left = leftovers(state);
  if (left.length > 0) {
    console.error(`Still running: ${left.map((part) => `${part.name} (process ${part.pid})`).join(', ')}.`);
    process.exit(1);
  }
  forgetState(defaultHome);
  console.log('Stopped.');
}
