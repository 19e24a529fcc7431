import { activityRow, type RestoredAgent } from '../agents/store.ts';
import type { AgentId, CallId, EpochMs } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import { type Db, type Queryable, transaction } from '../db/pool.ts';
import type { CallEvent } from './call-events.ts';
import type { CallState } from './call-state.ts';
import { contactsOf, type EndedContact } from './contacts.ts';
import type { EndCodes, Outcome } from './outcome.ts';
import {
  type ActRow,
  type EventRow,
  insertAct,
  insertCalls,
  insertEvents,
  type ResultRow,
  upsertLiveCalls,
  writeCustomer,
  writeResult,
} from './store.ts';

/** What campaigns must know of an ended call, inside the transaction that writes its history. */
export interface CampaignSink {
  attemptsEnded(
    tx: Queryable,
    ended: readonly {
      attemptId: string;
      outcome: Outcome;
      codes: EndCodes;
      endedAt: EpochMs;
    }[],
  ): Promise<void>;
  resultGiven(tx: Queryable, result: ResultRow): Promise<void>;
}

/** What contact rules must know of the people we rang by hand, inside the same transaction. `id`: the reservation's. */
export interface ContactSink {
  settle(tx: Queryable, ended: readonly EndedContact[]): Promise<void>;
}

type Item =
  | { readonly kind: 'ended'; readonly state: CallState }
  /** An attempt whose call never came to be. */
  | { readonly kind: 'notPlaced'; readonly attemptId: string; readonly at: EpochMs }
  | { readonly kind: 'result'; readonly result: ResultRow }
  | {
      readonly kind: 'customer';
      readonly callId: CallId;
      readonly agentId: AgentId;
      readonly customerId: number | null;
    }
  | {
      readonly kind: 'activity';
      readonly agentId: number;
      readonly at: EpochMs;
      readonly state: RestoredAgent;
    }
  | { readonly kind: 'act'; readonly act: ActRow }
  | {
      readonly kind: 'decision';
      readonly callId: CallId;
      readonly agentId: number;
      readonly at: EpochMs;
      readonly inputs: unknown;
      readonly why: string;
    };

/**
 * Writes begin at least so far apart; the first after a quiet time begins at once, for what a dying switchboard had not written
 * the next one does not know (an agent who had just handed his call over is called back into it).
 */
const flushEveryMs = 100;
/** What belongs together happens within this. */
const gatherMs = 3;
/** Beyond this the database has been away for long; the ledger on the exchange's disk still has every call. */
const maxItems = 50_000;
const maxEvents = 200_000;

/**
 * The one writer of history. Gathers what ended and happened for a moment and writes it in one transaction: rows of calls,
 * legs, recordings, timeline, campaigns' leads. When the database is away it keeps everything and tries again.
 */
export class HistoryWriter {
  private items: Item[] = [];
  private events: EventRow[] = [];
  private readonly dirty = new Map<CallId, CallState>();
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private failures = 0;
  private begunAt = 0;
  private lost = 0;
  private closed = false;
  private readonly db: Db;
  private readonly node: string;
  private readonly campaigns: CampaignSink;
  private readonly contacts: ContactSink;
  private readonly log: Log;

  constructor(o: {
    db: Db;
    node: string;
    campaigns: CampaignSink;
    contacts: ContactSink;
    log: Log;
  }) {
    this.db = o.db;
    this.node = o.node;
    this.campaigns = o.campaigns;
    this.contacts = o.contacts;
    this.log = o.log;
  }

  /** Items and events waiting to be written. */
  get backlog(): number {
    return this.items.length + this.events.length;
  }

  changed(state: CallState): void {
    if (state.end === null) this.dirty.set(state.callId, state);
    else this.dirty.delete(state.callId);
    this.soon();
  }

  happened(callId: CallId, seq: number, at: EpochMs, event: CallEvent): void {
    const { type, ...data } = withoutSecrets(event);
    if (this.events.length >= maxEvents) this.lost++;
    else this.events.push({ call_id: callId, seq, at: new Date(at).toISOString(), type, data });
    this.soon();
  }

  push(item: Item): void {
    if (this.items.length >= maxItems) {
      if (this.lost++ % 1000 === 0)
        this.log.error({ lost: this.lost }, 'history backlog is full; the ledger has these calls');
      return;
    }
    this.items.push(item);
    this.soon();
  }

  /** Writes everything that is waiting; resolves when it is written or the database refused it. */
  async flush(): Promise<void> {
    while (this.running !== null) await this.running;
    if (this.items.length + this.events.length + this.dirty.size > 0) await this.run();
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.flush();
  }

  private soon(): void {
    if (this.timer !== null || this.running !== null || this.closed) return;
    const rest = Math.max(gatherMs, this.begunAt + flushEveryMs - performance.now());
    const waitMs = this.failures === 0 ? rest : Math.min(5000, 200 * 2 ** this.failures);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.run();
    }, waitMs);
  }

  private run(): Promise<void> {
    this.begunAt = performance.now();
    this.running = this.write().finally(() => {
      this.running = null;
      if (this.items.length + this.events.length + this.dirty.size > 0) this.soon();
    });
    return this.running;
  }

  private async write(): Promise<void> {
    const items = this.items.splice(0, 500);
    const events = this.events.splice(0, 5000);
    const live = [...this.dirty.values()];
    this.dirty.clear();
    try {
      await this.writeAll(items, events, live);
      this.failures = 0;
    } catch (error) {
      if (isRefusal(error)) {
        await this.writeOneByOne(items, events, live);
        return;
      }
      this.failures++;
      this.items = [...items, ...this.items];
      this.events = [...events, ...this.events];
      for (const state of live) if (!this.dirty.has(state.callId)) this.dirty.set(state.callId, state);
      if (this.failures === 1 || this.failures % 20 === 0) {
        this.log.warn(
          { err: error, backlog: this.backlog },
          'history cannot be written now; kept and tried again',
        );
      }
    }
  }

  private async writeAll(
    items: readonly Item[],
    events: readonly EventRow[],
    live: readonly CallState[],
  ): Promise<void> {
    await transaction(this.db, { userId: null, source: 'call' }, async (tx) => {
      if (events.length > 0) await insertEvents(tx, events);
      const ended = items.flatMap((i) => (i.kind === 'ended' ? [i.state] : []));
      if (ended.length > 0) await this.writeEnded(tx, ended);
      const notPlaced = items.flatMap((i) =>
        i.kind === 'notPlaced' ? [notPlacedAttempt(i.attemptId, i.at)] : [],
      );
      if (notPlaced.length > 0) await this.campaigns.attemptsEnded(tx, notPlaced);
      const alive = live.filter((state) => !ended.some((e) => e.callId === state.callId));
      if (alive.length > 0) await upsertLiveCalls(tx, this.node, alive);
      for (const item of items) await this.writeOther(tx, item);
    });
  }

  private async writeEnded(tx: Queryable, ended: readonly CallState[]): Promise<void> {
    await insertCalls(tx, this.node, ended);
    const attempts = ended.flatMap((s) =>
      s.campaign === null || s.end === null
        ? []
        : [
            {
              attemptId: s.callId as string,
              outcome: s.end.outcome,
              codes: s.end.codes,
              endedAt: s.end.at,
            },
          ],
    );
    if (attempts.length > 0) await this.campaigns.attemptsEnded(tx, attempts);
    const contacts = ended.flatMap(contactsOf);
    if (contacts.length > 0) await this.contacts.settle(tx, contacts);
  }

  private async writeOther(tx: Queryable, item: Item): Promise<void> {
    switch (item.kind) {
      case 'ended':
      case 'notPlaced':
        return;
      case 'result':
        return this.writeResult(tx, item.result);
      case 'customer':
        return writeCustomer(tx, item.callId, item.agentId, item.customerId);
      case 'activity':
        await tx.query('INSERT INTO agent_activity (agent_id, node, at, activity) VALUES ($1, $2, $3, $4)', [
          item.agentId,
          this.node,
          new Date(item.at),
          activityRow(item.state),
        ]);
        return;
      case 'act':
        return insertAct(tx, item.act);
      case 'decision':
        await tx.query(
          'INSERT INTO routing_decisions (call_id, agent_id, at, inputs, why) VALUES ($1, $2, $3, $4, $5)',
          [item.callId, item.agentId, new Date(item.at), item.inputs, item.why],
        );
        return;
      default:
        return item satisfies never;
    }
  }

  private async writeResult(tx: Queryable, result: ResultRow): Promise<void> {
    if (await writeResult(tx, result)) await this.campaigns.resultGiven(tx, result);
  }

  /** One item that the database refuses must not hold up the others. */
  private async writeOneByOne(
    items: readonly Item[],
    events: readonly EventRow[],
    live: readonly CallState[],
  ): Promise<void> {
    const singles: { kind: string; item: unknown; write: () => Promise<void> }[] = [
      ...events.map((e) => ({ kind: 'event', item: e, write: () => this.writeAll([], [e], []) })),
      ...items.map((i) => ({ kind: i.kind, item: i, write: () => this.writeAll([i], [], []) })),
      ...live.map((s) => ({ kind: 'live', item: s, write: () => this.writeAll([], [], [s]) })),
    ];
    for (const single of singles) {
      try {
        await single.write();
      } catch (error) {
        if (!isRefusal(error)) {
          // The database went away in the middle: this piece is tried again with the next batch.
          if (single.kind === 'event') this.events.push(single.item as EventRow);
          else if (single.kind !== 'live') this.items.push(single.item as Item);
          continue;
        }
        const reason = error instanceof Error ? error.message : String(error);
        this.log.error(
          { err: error, kind: single.kind },
          'the database refuses a piece of history; it is set aside',
        );
        await this.db
          .query('INSERT INTO history_rejects (kind, item, error) VALUES ($1, $2, $3)', [
            single.kind,
            JSON.stringify(single.item).replaceAll('\\u0000', ''),
            reason,
          ])
          .catch((e: unknown) => this.log.error({ err: e }, 'and it cannot be set aside'));
      }
    }
  }
}

function notPlacedAttempt(attemptId: string, endedAt: EpochMs) {
  return {
    attemptId,
    outcome: 'notPlaced' as const,
    codes: { cause: 0, sipCode: 0 },
    endedAt,
  };
}

/** Integrity and data errors (SQLSTATE 22, 23): the same rows will be refused again. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^2[23]/.test(code);
}

/** Touch tones may be the number of somebody's card: that they were sent is history, what they were is not. */
function withoutSecrets(event: CallEvent): CallEvent {
  return event.type === 'digits' ? { ...event, digits: '*'.repeat(event.digits.length) } : event;
}
