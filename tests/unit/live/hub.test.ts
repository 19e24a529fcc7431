import fc from 'fast-check';
import { expect, it } from 'vitest';
import { boardRoom, Hub } from '../../../server/live/hub.ts';
import type { Delta, Entity } from '../../../server/live/schema.ts';

const part = (up: boolean): Entity => ({ kind: 'part', name: 'bus', up, since: '2026-01-01T00:00:00.000Z' });

it('a burst of changes goes out as one delta with the newest values', () => {
  const sent: Delta[] = [];
  const hub = new Hub(
    (_room, delta) => sent.push(delta),
    () => 1,
  );
  hub.put(boardRoom, 'part:bus', part(false));
  hub.put(boardRoom, 'part:bus', part(true));
  hub.flush();
  expect(sent).toHaveLength(1);
  expect(sent[0]?.put['part:bus']).toEqual(part(true));
});

it('a browser that applies every delta after its snapshot has what the server has', () => {
  const act = fc.record({
    kind: fc.constantFrom('put', 'del', 'flush', 'join'),
    key: fc.constantFrom('a', 'b', 'c'),
    up: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const browser: { version: number; entities: Record<string, Entity> }[] = [];
      const hub = new Hub(
        (_room, delta) => {
          for (const b of browser) {
            expect(delta.from).toBe(b.version);
            Object.assign(b.entities, delta.put);
            for (const key of delta.del) delete b.entities[key];
            b.version = delta.to;
          }
        },
        () => 1,
      );
      for (const { kind, key, up } of acts) {
        if (kind === 'put') hub.put(boardRoom, key, part(up));
        else if (kind === 'del') hub.del(boardRoom, key);
        else if (kind === 'flush') hub.flush();
        else {
          const { version, entities } = hub.snapshot(boardRoom);
          browser.push({ version, entities: structuredClone(entities) });
        }
      }
      hub.flush();
      for (const b of browser) expect(b.entities).toEqual(hub.snapshot(boardRoom).entities);
    }),
  );
});
