import type { CallView, Pop, PreviewView, WrapUpView } from '../../../server/live/schema.ts';

/** What the desk is about right now. */
export interface Subject {
  readonly callId: string | null;
  readonly customerId: number | null;
  readonly phone: string | null;
}

/** The pop as the desk remembers it: what the live topic does not repeat. */
export interface PopFacts {
  readonly callId: string;
  readonly customerId: number | null;
  readonly phone: string | null;
  /** The call that was on the desk when it came: news about that one is older than this pop. */
  readonly before: string | null;
}

export function popFacts(pop: Pop, before: string | null): PopFacts {
  return {
    callId: pop.call.callId,
    customerId: pop.card?.id ?? pop.call.customerId,
    phone: pop.call.phone,
    before,
  };
}

/**
 * Which call and customer the desk shows. Pop and live deltas come by different ways, so either may be first: a pop wins
 * over a call that was there before it, and the live call wins over a pop it has outlived. Pure.
 */
export function subjectOf(o: {
  call: CallView | null;
  wrapUp: WrapUpView | null;
  preview: PreviewView | null;
  pop: PopFacts | null;
}): Subject | null {
  const { call, wrapUp, preview, pop } = o;
  const live = call ?? wrapUp;
  if (pop && (live === null || live.callId === pop.before || live.callId === pop.callId)) {
    // A popped lead stays until the agent takes the next one.
    if (live === null && preview)
      return { callId: null, customerId: preview.customerId, phone: preview.phone };
    const customerId =
      call?.callId === pop.callId
        ? call.customerId
        : (wrapUp?.callId === pop.callId && wrapUp.customerId) || pop.customerId;
    return { callId: pop.callId, customerId, phone: pop.phone };
  }
  if (call) return { callId: call.callId, customerId: call.customerId, phone: call.phone };
  if (wrapUp) return { callId: wrapUp.callId, customerId: wrapUp.customerId, phone: null };
  if (preview) return { callId: null, customerId: preview.customerId, phone: preview.phone };
  return null;
}
