import type { Delta, Entity, Snapshot } from '../../../server/live/schema.ts';

/** A topic as this browser knows it. `null`: no snapshot yet. Pure; see server/live/schema.ts for the protocol. */
export interface TopicState {
  readonly version: number;
  readonly entities: Readonly<Record<string, Entity>>;
}

export function fromSnapshot(snapshot: Snapshot): TopicState {
  return { version: snapshot.version, entities: snapshot.entities };
}

/** The topic after a delta, or null when the delta does not fit: then the snapshot must be asked for again. */
export function applyDelta(state: TopicState | null, delta: Delta): TopicState | null {
  if (state === null || delta.from !== state.version) return null;
  const entities = { ...state.entities, ...delta.put };
  for (const key of delta.del) delete entities[key];
  return { version: delta.to, entities };
}
