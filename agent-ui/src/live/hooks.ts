import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type {
  AgentView,
  CallView,
  Entity,
  PreviewView,
  Topic,
  WrapUpView,
} from '../../../server/live/schema.ts';
import { type Connection, readConnection, readTopic, wantTopic, watchLive } from './client.ts';

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

export interface MyWork {
  /** False before the first snapshot. */
  readonly loaded: boolean;
  readonly agent: AgentView | null;
  /** The live call; null when there is none. */
  readonly call: CallView | null;
  readonly wrapUp: WrapUpView | null;
  readonly preview: PreviewView | null;
}

/** What this agent is doing, from the topic `me`. */
export function useMe(): MyWork {
  const entities = useTopic('me');
  return useMemo(() => {
    let agent: AgentView | null = null;
    let call: CallView | null = null;
    let wrapUp: WrapUpView | null = null;
    let preview: PreviewView | null = null;
    for (const entity of Object.values(entities)) {
      switch (entity.kind) {
        case 'agent':
          agent = entity;
          break;
        case 'call':
          // An ended call may still be listed beside the next one.
          if (call === null || call.phase === 'ended') call = entity;
          break;
        case 'wrapUp':
          wrapUp = entity;
          break;
        case 'preview':
          preview = entity;
          break;
        case 'queue':
        case 'campaign':
        case 'part':
          break;
        default:
          entity satisfies never;
      }
    }
    return { loaded: entities !== nothing, agent, call, wrapUp, preview };
  }, [entities]);
}
