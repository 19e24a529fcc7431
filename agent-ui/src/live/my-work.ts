import type {
  AgentView,
  CallView,
  Entity,
  PreviewView,
  WaitingView,
  WrapUpView,
} from '../../../server/live/schema.ts';

/** What this user is doing. */
export interface MyWork {
  /** False before the first snapshot. */
  readonly loaded: boolean;
  readonly agent: AgentView | null;
  /** The call that he is on now; null when there is none. */
  readonly call: CallView | null;
  /** How he is on it: it is his; a colleague asked him; he supervises. Null without a call. */
  readonly part: 'own' | 'asked' | 'watching' | null;
  /** Another call of his that is on hold meanwhile. */
  readonly aside: CallView | null;
  /** Calls that wait for him alone, the longest first. */
  readonly waiting: readonly WaitingView[];
  readonly wrapUp: WrapUpView | null;
  readonly preview: PreviewView | null;
}

/**
 * The entities of topic `me` put in order. His agent names his present call; while that news and the call's own are on
 * different deltas, the call that is alive stands in. Pure.
 */
export function workOf(entities: Readonly<Record<string, Entity>>): Omit<MyWork, 'loaded'> {
  let agent: AgentView | null = null;
  let wrapUp: WrapUpView | null = null;
  let preview: PreviewView | null = null;
  const calls: CallView[] = [];
  const waiting: WaitingView[] = [];
  for (const entity of Object.values(entities)) {
    switch (entity.kind) {
      case 'agent':
        agent = entity;
        break;
      case 'call':
        calls.push(entity);
        break;
      case 'wrapUp':
        wrapUp = entity;
        break;
      case 'preview':
        preview = entity;
        break;
      case 'waiting':
        waiting.push(entity);
        break;
      case 'queue':
      case 'campaign':
      case 'part':
        break;
      default:
        entity satisfies never;
    }
  }
  waiting.sort((a, b) => a.since.localeCompare(b.since));
  const aside = calls.find((c) => c.callId === agent?.asideCallId && c.phase !== 'ended') ?? null;
  const others = calls.filter((c) => c !== aside);
  // An ended call may still be listed beside the next one. In wrap-up a call that goes on without him is no call of his.
  const call =
    others.find((c) => c.callId === agent?.callId) ??
    others.find((c) => c.phase !== 'ended' && c.callId !== wrapUp?.callId) ??
    others.find((c) => c.phase === 'ended') ??
    null;
  return { agent, call, part: partOf(call, agent), aside, waiting, wrapUp, preview };
}

function partOf(call: CallView | null, agent: AgentView | null): MyWork['part'] {
  if (call === null || agent === null) return null;
  const me = agent.agentId;
  if (call.agentId === me) return 'own';
  if (call.consult?.agentId === me) return 'asked';
  return call.watchers.some((w) => w.userId === me) ? 'watching' : 'own';
}
