import type { CdrRow } from '../stack/test-exchange.ts';
import type { Act } from './robot.ts';

/** Why each customer's call ended. Every customer's own will and every agent's act is known, so what is left is a drop. Pure. */

export type Verdict =
  /** He did what he meant to do: hung up, or gave up ringing. */
  | 'ownWill'
  | 'agent'
  /** It died with the exchange. */
  | 'exchange'
  /** The house ended it by its rules: a machine was heard, an announcement was over. */
  | 'byRule'
  /** He was in a conversation and nobody wanted its end. */
  | 'dropped'
  /** He was sent away before anybody spoke to him. */
  | 'turnedAway';

export interface CustomerStory {
  readonly cdr: CdrRow;
  /** When he would have ended it himself; null: never. */
  readonly ownEndAt: number | null;
  /** The call as the house knows it; null when it is not known. */
  readonly callId: string | null;
  /** Since when he was in a conversation as far as was seen; null: never. */
  readonly talkedSince: number | null;
  readonly agentIds: ReadonlySet<number>;
  /** Its outcome in history. */
  readonly outcome: string | null;
}

/** Clocks, and hang-ups on their way. */
const toleranceMs = 800;
/** A wish to hang up may wait in a frozen server's inbox. */
const lateActMs = 45_000;
/** A hang-up by SIP, past the server, is done at once; whatever his panel called the call. */
const promptActMs = 2000;

export function judge(
  { cdr, ownEndAt, callId, talkedSince, agentIds, outcome }: CustomerStory,
  acts: readonly Act[],
  exchangeDeaths: readonly { readonly from: number; readonly until: number | null }[],
): Verdict {
  const { endedAt } = cdr;
  if (ownEndAt !== null && endedAt >= ownEndAt - toleranceMs) return 'ownWill';
  const died = exchangeDeaths.some(
    ({ from, until }) =>
      cdr.startedAt <= (until ?? endedAt) &&
      endedAt >= from - toleranceMs &&
      cdr.startedAt <= endedAt &&
      from <= endedAt,
  );
  if (died) return 'exchange';
  const hungUp = acts.some(
    (act) =>
      act.what === 'hangUp' &&
      act.at <= endedAt + toleranceMs &&
      ((act.callId === callId && act.at >= endedAt - lateActMs) ||
        (agentIds.has(act.agentId) && act.at >= endedAt - promptActMs)),
  );
  if (hungUp) return 'agent';
  if (outcome === 'answeringMachine') return 'byRule';
  return talkedSince === null ? 'turnedAway' : 'dropped';
}

/**
 * Calls by number on both sides: how many the telephone network saw, how many stand in history. `perhaps`: those of history that
 * may never have reached the network.
 */
export function countByNumber(
  network: readonly string[],
  history: readonly string[],
  perhaps: readonly string[],
): { lost: string[]; doubled: string[] } {
  const count = (list: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const number of list) counts.set(number, (counts.get(number) ?? 0) + 1);
    return counts;
  };
  const [seen, told, more] = [count(network), count(history), count(perhaps)];
  const lost = [...seen]
    .filter(([number, n]) => (told.get(number) ?? 0) + (more.get(number) ?? 0) < n)
    .map(([number]) => number);
  const doubled = [...told].filter(([number, n]) => (seen.get(number) ?? 0) < n).map(([number]) => number);
  return { lost, doubled };
}
