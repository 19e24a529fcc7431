import type { EpochMs } from '../basics/ids.ts';

/** One line of the ledger, as much of it as a call's story needs. */
export interface LedgerRow {
  readonly at: EpochMs;
  readonly type: string;
  readonly channelId: string;
  /** The exchange's name of the channel: PJSIP/trunk-…, PJSIP/agent-7-…, Snoop/…, Local/… */
  readonly channel: string;
  readonly exten: string;
  readonly caller: string;
  readonly extra: Readonly<Record<string, unknown>> | null;
}

export interface Span {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

export interface ProjectedLeg {
  readonly legId: string;
  /** agent: a softphone of ours, supervisors' too; the ledger does not know in what part its owner was on. */
  readonly role: 'customer' | 'agent' | 'outside';
  readonly agentId: number | null;
  /** A kept-up leg: it was there before the call and goes on after it; its times are those of its part in this call. */
  readonly kept: boolean;
  readonly startedAt: EpochMs;
  readonly answeredAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
  /** Q.850, 0 when unknown. */
  readonly cause: number;
  /** When it was in one bridge with the customer. */
  readonly together: readonly Span[];
}

export interface ProjectedCall {
  readonly callId: string;
  readonly direction: 'in' | 'out';
  /** As the telephone network wrote it; hostile text. */
  readonly caller: string;
  readonly called: string;
  readonly offeredAt: EpochMs;
  /** The customer's channel came up: outbound he picked up, inbound we did. */
  readonly answeredAt: EpochMs | null;
  /** The exchange's own queue took the caller, no server being there. */
  readonly fallbackAt: EpochMs | null;
  /** Customer and somebody first in one bridge. An announcement has no bridge. */
  readonly connectedAt: EpochMs | null;
  readonly end: {
    readonly at: EpochMs;
    /** exchangeDied: the exchange went down under the call; `at` is the last that it wrote. */
    readonly how: 'hangup' | 'exchangeDied';
    readonly cause: number;
    readonly by: 'customer' | 'agent' | 'system';
  } | null;
  /** From offer (or fallback's take-over) to the first talk, else to the end. Inbound only. */
  readonly waitMs: number | null;
  /** From the first talk to the end: hold and consultation count, as in history. */
  readonly talkMs: number | null;
  /** Part of talkMs in which the customer was in no bridge with anybody: hold, a lost leg. */
  readonly aloneMs: number | null;
  readonly legs: readonly ProjectedLeg[];
}

const agentChannel = /^PJSIP\/agent-(\d+)-/;
const trunkChannel = /^PJSIP\/(?!agent-\d)/;

/**
 * A channel that is a customer's, and so a call: from the carrier or dialled to him. Agents' phones, outside parties of a call
 * (`out-…`), snoops, the janitor's and the echo test's Local channels are none.
 */
export function isCustomer(row: Pick<LedgerRow, 'channelId' | 'channel'>): boolean {
  return (
    trunkChannel.test(row.channel) && !row.channelId.startsWith('out-') && !row.channelId.startsWith('ag-')
  );
}

/**
 * The story of one call, told by its lines of the ledger in any order: those of its channels and those of the bridges that
 * its customer was in. `diedAt`: the exchange's last sign of life before it was started anew, for calls without an end. Null: its beginning is not there.
 * Source of the types' meaning: Asterisk's CEL specification.
 */
export function projectCall(
  callId: string,
  rows: readonly LedgerRow[],
  diedAt: EpochMs | null = null,
): ProjectedCall | null {
  const sorted = [...rows].sort((a, b) => a.at - b.at);
  const own = sorted.filter((row) => row.channelId === callId);
  const start = own.find((row) => row.type === 'CHAN_START') ?? null;
  if (start === null || !isCustomer(start)) return null;
  const first = (type: string) => own.find((row) => row.type === type);
  const hangUp = first('HANGUP');
  const lastAt = sorted.at(-1)?.at ?? start.at;
  const end: ProjectedCall['end'] =
    hangUp !== undefined
      ? { at: hangUp.at, how: 'hangup', cause: causeOf(hangUp), by: byWhom(hangUp) }
      : diedAt !== null && diedAt >= start.at
        ? { at: Math.max(diedAt, lastAt), how: 'exchangeDied', cause: 0, by: 'system' }
        : null;
  // Who is in a bridge now stays there for all that is known.
  const until = end?.at ?? Number.POSITIVE_INFINITY;

  const stays = bridgeStays(sorted, until);
  const customers = stays.get(callId) ?? [];
  const legs = [legOf(callId, own, 'customer', null, end?.at ?? null, [])];
  for (const [legId, lines] of Map.groupBy(sorted, (row) => row.channelId)) {
    if (legId === callId) continue;
    const role = roleOf(lines[0]!);
    if (role === null) continue;
    const together = overlaps(customers, stays.get(legId) ?? [], until);
    const agentId = Number(agentChannel.exec(lines[0]!.channel)?.[1] ?? Number.NaN);
    const began = lines.some((row) => row.type === 'CHAN_START');
    // A kept-up leg that only met another party of this call, not the customer, is told by its bridge as well.
    if (!began && together.length === 0 && !stays.has(legId)) continue;
    legs.push(legOf(legId, lines, role, Number.isNaN(agentId) ? null : agentId, end?.at ?? null, together));
  }

  const spoken = merged(legs.flatMap((leg) => leg.together));
  const connectedAt = spoken[0]?.from ?? null;
  const outbound = start.exten === 's' || start.exten === '';
  const fallbackAt = first('FALLBACK')?.at ?? null;
  const talkMs = connectedAt === null || end === null ? null : end.at - connectedAt;
  return {
    callId,
    direction: outbound ? 'out' : 'in',
    caller: own.find((row) => row.caller !== '')?.caller ?? '',
    called: outbound ? '' : start.exten,
    offeredAt: start.at,
    answeredAt: first('ANSWER')?.at ?? null,
    fallbackAt,
    connectedAt,
    end,
    waitMs: outbound || end === null ? null : (connectedAt ?? end.at) - (fallbackAt ?? start.at),
    talkMs,
    aloneMs: talkMs === null ? null : talkMs - spoken.reduce((sum, span) => sum + span.to - span.from, 0),
    legs,
  };
}

function roleOf(row: LedgerRow): 'agent' | 'outside' | null {
  if (agentChannel.test(row.channel)) return 'agent';
  return row.channelId.startsWith('out-') ? 'outside' : null;
}

function legOf(
  legId: string,
  lines: readonly LedgerRow[],
  role: ProjectedLeg['role'],
  agentId: number | null,
  callEndedAt: EpochMs | null,
  together: readonly Span[],
): ProjectedLeg {
  const first = (type: string) => lines.find((row) => row.type === type);
  const kept = first('CHAN_START') === undefined;
  const hangUp = first('HANGUP');
  const entered = first('BRIDGE_ENTER')?.at ?? lines[0]!.at;
  const left = lines.findLast((row) => row.type === 'BRIDGE_EXIT')?.at ?? null;
  return {
    legId,
    role,
    agentId,
    kept,
    startedAt: kept ? entered : first('CHAN_START')!.at,
    answeredAt: kept ? entered : (first('ANSWER')?.at ?? null),
    endedAt: hangUp?.at ?? (kept ? left : null) ?? callEndedAt,
    cause: hangUp === undefined ? 0 : causeOf(hangUp),
    together,
  };
}

interface Stay extends Span {
  readonly bridgeId: string;
}

/** Who was in which bridge when. An exit that the ledger lacks is the next entry, the channel's end or the call's. */
function bridgeStays(sorted: readonly LedgerRow[], until: EpochMs): Map<string, Stay[]> {
  const stays = new Map<string, Stay[]>();
  const inside = new Map<string, { bridgeId: string; from: EpochMs }>();
  const leave = (channelId: string, to: EpochMs) => {
    const stay = inside.get(channelId);
    if (stay === undefined) return;
    inside.delete(channelId);
    const list = stays.get(channelId) ?? [];
    if (to >= stay.from) list.push({ ...stay, to });
    stays.set(channelId, list);
  };
  for (const { type, channelId, channel, at, extra } of sorted) {
    // A snoop hears, it does not talk.
    if (channel.startsWith('Snoop/')) continue;
    const bridgeId = String(extra?.bridge_id ?? '');
    if (type === 'BRIDGE_ENTER') {
      leave(channelId, at);
      inside.set(channelId, { bridgeId, from: at });
    } else if (
      type === 'HANGUP' ||
      (type === 'BRIDGE_EXIT' && inside.get(channelId)?.bridgeId === bridgeId)
    ) {
      leave(channelId, at);
    }
  }
  for (const channelId of [...inside.keys()]) leave(channelId, until);
  return stays;
}

function overlaps(a: readonly Stay[], b: readonly Stay[], until: EpochMs): Span[] {
  const spans: Span[] = [];
  for (const one of a) {
    for (const other of b) {
      const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
      // Together at last, and the exchange died: that it was a moment is all that the ledger knows.
      if (one.bridgeId === other.bridgeId && (from < to || (from === to && to === until)))
        spans.push({ from, to });
    }
  }
  return spans;
}

/** The same time covered by as few spans as can be, in order. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && span.from <= last.to)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else result.push(span);
  }
  return result;
}

function causeOf(hangUp: LedgerRow): number {
  const cause = Number(hangUp.extra?.hangupcause ?? 0);
  return Number.isInteger(cause) ? cause : 0;
}

function byWhom(hangUp: LedgerRow): 'customer' | 'agent' | 'system' {
  const source = String(hangUp.extra?.hangupsource ?? '');
  if (agentChannel.test(source)) return 'agent';
  return source !== '' && source === hangUp.channel ? 'customer' : 'system';
}
