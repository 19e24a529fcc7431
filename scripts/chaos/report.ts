import { median } from '../bench/figures.ts';
import type { BlowKind, CallStep } from './plan.ts';

/** One blow and what came of it. */
export interface BlowResult {
  readonly number: number;
  readonly at: number;
  readonly kind: BlowKind;
  /** The step that was struck; `any`: the wanted one did not come in time. */
  readonly step: CallStep | 'any';
  readonly target: string;
  /** Conversations that stood when it fell, by the customer's channel. */
  readonly conversations: readonly string[];
  /** From the moment when every part was back until all screens were right; null: not within half a minute. */
  readonly rightMs: number | null;
  /** What was wrong five seconds after everything was back. */
  readonly wrong: readonly string[];
  /** Refresh and crash: until the customer's tone was heard again; null: nothing to hear. */
  readonly voiceMs: number | null;
}

export interface Totals {
  readonly kills: number;
  readonly conversations: number;
  readonly dropped: number;
  readonly droppedByExchange: number;
  readonly turnedAway: number;
  readonly ledgerRows: number;
  readonly historyRows: number;
  readonly lost: number;
  readonly doubled: number;
  readonly differences: number;
  readonly noServerCallers: number;
  readonly noServerAnswered: number;
  readonly rightMedianMs: number;
  readonly rightMaxMs: number;
  /** After a refresh; null: none fell into a talk. */
  readonly voiceMedianMs: number | null;
  readonly voiceMaxMs: number | null;
  /** From a new tab's opening, after the old page's process had died. */
  readonly voiceAfterCrashMaxMs: number | null;
  readonly networkCalls: number;
  readonly ownDeaths: number;
  readonly leftOver: number;
}

const none = Number.NaN;
const seconds = (ms: number | null) => (ms === null || Number.isNaN(ms) ? '-' : (ms / 1000).toFixed(1));

/** Rows by kind and step, for people. */
export function tableOf(
  results: readonly BlowResult[],
  drops: ReadonlyMap<number, number>,
): (string | number)[][] {
  const rows: (string | number)[][] = [
    ['blow', 'step', 'times', 'conversations', 'dropped', 'right s (median)', 'max', 'voice s (max)'],
  ];
  const groups = Map.groupBy(results, (r) => `${r.kind} ${r.step}`);
  for (const key of [...groups.keys()].sort()) {
    const group = groups.get(key) ?? [];
    const right = group.map((r) => r.rightMs ?? Number.POSITIVE_INFINITY);
    const voices = group.flatMap((r) => (r.voiceMs === null ? [] : [r.voiceMs]));
    const first = group[0];
    if (first === undefined) continue;
    rows.push([
      first.kind,
      first.step,
      group.length,
      group.reduce((sum, r) => sum + r.conversations.length, 0),
      group.reduce((sum, r) => sum + (drops.get(r.number) ?? 0), 0),
      seconds(median(right)),
      seconds(Math.max(...right)),
      seconds(voices.length === 0 ? none : Math.max(...voices)),
    ]);
  }
  return rows;
}

/** Promises that were broken, in words; the program ends with 1 when there is one. */
export function brokenPromises(totals: Totals): string[] {
  const broken: string[] = [];
  const must = (kept: boolean, words: string) => {
    if (!kept) broken.push(words);
  };
  must(totals.dropped === 0, `${totals.dropped} conversations were dropped`);
  must(totals.lost === 0, `${totals.lost} calls are not in history`);
  must(totals.doubled === 0, `${totals.doubled} calls are doubled in history`);
  must(totals.differences === 0, `${totals.differences} differences between ledger and history`);
  must(
    totals.rightMaxMs <= 5000,
    `a screen was wrong ${seconds(totals.rightMaxMs)} s after everything was back`,
  );
  must((totals.voiceMaxMs ?? 0) <= 3000, `voice came back ${seconds(totals.voiceMaxMs)} s after a refresh`);
  must(
    totals.noServerAnswered === totals.noServerCallers,
    `${totals.noServerCallers - totals.noServerAnswered} of ${totals.noServerCallers} callers without a server were not answered`,
  );
  must(totals.ownDeaths === 0, `${totals.ownDeaths} parts ended by themselves`);
  must(totals.leftOver === 0, `${totals.leftOver} things were left over at the end`);
  return broken;
}
