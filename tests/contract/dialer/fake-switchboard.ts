import type { Bus, PlaceCall, SwitchboardStatus } from '../../../server/bus/schema.ts';
import type { Outcome } from '../../../server/calls/outcome.ts';
import { finishAttempts } from '../../../server/campaigns/finish.ts';
import { type Db, transaction } from '../../../server/db/pool.ts';
import type { AgentStateName } from '../../../server/live/schema.ts';

/**
 * A switchboard without an exchange: takes place-calls, notes every call as living, and ends it as the test says. Counts what it
 * was asked to dial, so that a number dialled twice shows.
 */
export class FakeSwitchboard {
  readonly dialled: PlaceCall[] = [];
  readonly agents = new Map<number, AgentStateName>();
  exchangeUp = true;
  /** Batches being dealt with. */
  busy = 0;
  /** null: the call goes on until `end`. */
  outcome: (call: PlaceCall) => Outcome | null = () => 'answered';
  private readonly db: Db;
  private readonly bus: Bus;
  private readonly living = new Map<string, PlaceCall>();
  private readonly known = new Set<string>();
  private readonly now: () => number;

  constructor(db: Db, bus: Bus, now: () => number = Date.now) {
    this.db = db;
    this.bus = bus;
    this.now = now;
  }

  listen(): Promise<void> {
    return this.bus.onPlaceCalls('n1', async (calls) => {
      this.busy++;
      await this.take(calls).finally(() => this.busy--);
    });
  }

  private async take(calls: PlaceCall[]): Promise<void> {
    const fresh = calls.filter((call) => !this.known.has(call.attemptId));
    for (const call of fresh) {
      this.known.add(call.attemptId);
      this.dialled.push(call);
      this.living.set(call.attemptId, call);
      if (call.agentId !== null) this.agents.set(call.agentId, 'talking');
    }
    await this.db.query(
      `INSERT INTO live_calls (call_id, node, state, updated_at) SELECT id, 'n1', '{}', $2 FROM unnest($1::text[]) id`,
      [fresh.map((c) => c.attemptId), new Date(this.now())],
    );
    const ends = fresh.flatMap((call) => {
      const outcome = this.outcome(call);
      return outcome === null ? [] : [{ call, outcome }];
    });
    await this.end(ends);
  }

  async end(ends: { call: PlaceCall; outcome: Outcome }[]): Promise<void> {
    await transaction(this.db, { userId: null, source: 'test' }, async (tx) => {
      await finishAttempts(
        tx,
        ends.map(({ call, outcome }) => ({
          attemptId: call.attemptId,
          outcome,
          sipCode: 0,
          cause: 16,
          endedAt: this.now(),
        })),
      );
      await tx.query(`DELETE FROM live_calls WHERE call_id = ANY ($1)`, [
        ends.map(({ call }) => call.attemptId),
      ]);
    });
    for (const { call } of ends) {
      this.living.delete(call.attemptId);
      if (call.agentId !== null) this.agents.set(call.agentId, 'ready');
    }
  }

  calls(): PlaceCall[] {
    return [...this.living.values()];
  }

  status(): SwitchboardStatus {
    const lines: Record<string, number> = {};
    for (const { campaignId } of this.living.values()) lines[campaignId] = (lines[campaignId] ?? 0) + 1;
    return {
      node: 'n1',
      at: this.now(),
      exchangeUp: this.exchangeUp,
      agents: [...this.agents].map(([agentId, state]) => ({
        agentId,
        state,
        since: 0,
        legUp: true,
        campaignIds: [],
      })),
      lines,
    };
  }
}
