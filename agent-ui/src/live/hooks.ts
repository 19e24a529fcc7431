import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Entity, Topic } from '../../../server/live/schema.ts';
import { type Connection, readConnection, readTopic, wantTopic, watchLive } from './client.ts';
import { type MyWork, workOf } from './my-work.ts';

export type { MyWork };

const nothing: Readonly<Record<string, Entity>> = {};

export function useConnection(): Connection {
  return useSyncExternalStore(watchLive, readConnection);
}

/** All entities of a topic, subscribed while the component is mounted. Redraws on every delta; an entity that did not change keeps its identity, so memoised rows rest. */
export function useTopic(topic: Topic): Readonly<Record<string, Entity>> {
  useEffect(() => wantTopic(topic), [topic]);
  return useSyncExternalStore(watchLive, () => readTopic(topic)?.entities ?? nothing);
}

/** The supervisor's board: every agent, call, queue, campaign and part, by entity key. `loaded` is false before the first snapshot. */
export function useBoard(): { loaded: boolean; entities: Readonly<Record<string, Entity>> } {
  const entities = useTopic('board');
  return { loaded: entities !== nothing, entities };
}

/** What this user is doing, from the topic `me`. */
export function useMe(): MyWork {
  const entities = useTopic('me');
  return useMemo(() => ({ loaded: entities !== nothing, ...workOf(entities) }), [entities]);
}
