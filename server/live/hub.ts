import type { Delta, Entity, Snapshot, Topic } from './schema.ts';

/** Where a topic's deltas go: a room of sockets. */
export type Publish = (room: string, delta: Delta) => void;

/**
 * Versioned state of all topics. A topic is a map of entities; what changes between two flushes goes out as one delta, so a
 * burst of changes costs each browser one message with the newest values. Knows nothing of sockets.
 */
export class Hub {
  private readonly rooms = new Map<string, Room>();
  private readonly publish: Publish;
  private readonly now: () => number;

  constructor(publish: Publish, now: () => number) {
    this.publish = publish;
    this.now = now;
  }

  put(room: string, key: string, entity: Entity): void {
    const r = this.room(room);
    r.entities[key] = entity;
    r.put.add(key);
    r.del.delete(key);
  }

  del(room: string, key: string): void {
    const r = this.rooms.get(room);
    if (r === undefined || !(key in r.entities)) return;
    delete r.entities[key];
    r.put.delete(key);
    r.del.add(key);
  }

  snapshot(room: string): Snapshot {
    const r = this.room(room);
    // Pending changes are part of the picture: flush first, so that the version says so.
    this.flushRoom(room, r);
    return {
      topic: topicOf(room),
      version: r.version,
      serverTime: new Date(this.now()).toISOString(),
      entities: r.entities,
    };
  }

  /** Sends what changed since the last flush. `only`: one room, at once. */
  flush(only?: string): void {
    if (only !== undefined) {
      const r = this.rooms.get(only);
      if (r) this.flushRoom(only, r);
      return;
    }
    for (const [name, r] of this.rooms) this.flushRoom(name, r);
  }

  private flushRoom(name: string, r: Room): void {
    if (r.put.size === 0 && r.del.size === 0) return;
    const put: Record<string, Entity> = {};
    for (const key of r.put) {
      const entity = r.entities[key];
      if (entity) put[key] = entity;
    }
    const delta: Delta = { topic: topicOf(name), from: r.version, to: r.version + 1, put, del: [...r.del] };
    r.version++;
    r.put.clear();
    r.del.clear();
    this.publish(name, delta);
  }

  private room(name: string): Room {
    let r = this.rooms.get(name);
    if (r === undefined) {
      // Versions start at the clock: a browser that knew an earlier server's room never takes the new one for it.
      r = { version: this.now(), entities: {}, put: new Set(), del: new Set() };
      this.rooms.set(name, r);
    }
    return r;
  }
}

interface Room {
  version: number;
  readonly entities: Record<string, Entity>;
  readonly put: Set<string>;
  readonly del: Set<string>;
}

export const boardRoom = 'board';
export const teamRoom = 'team';
export const roomOf = (userId: number): string => `me:${userId}`;

function topicOf(room: string): Topic {
  return room === boardRoom || room === teamRoom ? room : 'me';
}
