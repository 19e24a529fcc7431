import { describe } from 'vitest';
import { MemoryHub, memoryBus } from '../../../server/bus/memory.ts';
import { busSuite } from '../../contract/bus/bus.suite.ts';

describe('the bus in memory', () => {
  const hub = new MemoryHub();
  busSuite(async () => memoryBus(hub));
});
