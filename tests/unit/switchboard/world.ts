import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { RestoredAgent } from '../../../server/agents/store.ts';
import type { AgentId, CallId, E164, LegId } from '../../../server/basics/ids.ts';
import type { Result } from '../../../server/basics/refusal.ts';
import type { CallState } from '../../../server/calls/call-state.ts';
import type { Exchange, ExchangeEvent } from '../../../server/calls/exchange.ts';
import type { HistoryWriter } from '../../../server/calls/history.ts';
import type { ActRow, QueueRow } from '../../../server/calls/store.ts';
import { Switchboard } from '../../../server/calls/switchboard.ts';
import type { ByHand, Permitted } from '../../../server/contact-rules/by-hand.ts';
import { type CommandPorts, obey } from '../../../server/live/commands.ts';
import type { Command, CommandAnswer } from '../../../server/live/schema.ts';
import { silentLog } from '../../setup/api.ts';
import { ExchangeTwin } from '../../twins/exchange.ts';

export const anna = 1 as AgentId;
export const boris = 2 as AgentId;
export const vera = 3 as AgentId;
export const darya = 5 as AgentId;
const people = [
  { agentId: anna, name: 'anna', role: 'agent' as const },
  { agentId: boris, name: 'boris', role: 'agent' as const },
  { agentId: vera, name: 'vera', role: 'agent' as const },
  { agentId: darya, name: 'darya', role: 'supervisor' as const },
];
const queue = (queueId: number, hotlineNumber: string, agentIds: number[]): QueueRow => ({
  queueId,
  name: `queue ${queueId}`,
  hotlineNumber,
  agentIds,
  ringMs: 2000,
  wrapUpMs: 60_000,
  record: true,
  answerWithinMs: 20_000,
});
/** Anna answers the hotline; Boris and Vera the second queue. */
export const hotline = '78005550001';
export const secondQueue = 2;
const queues = [queue(1, hotline, [anna]), queue(secondQueue, '78005550002', [boris, vera])];
/** Picks up at once and stays (docs/test-exchange.md). */
export const picksUp = '+79991000000';
export const neverPicksUp = '+79991020000';

/**
 * The switchboard on the exchange's twin, as people see it: they press keys (`says`), and what is looked at is who hears whom.
 * `restart` kills it as a power cut would: what it had told the database is all that the next one knows.
 */
export class World {
  readonly twin = new ExchangeTwin(20);
  readonly acts: ActRow[] = [];
  readonly ended: CallState[] = [];
  /** Which supervisor put each agent into his present state. */
  readonly setBy = new Map<AgentId, string | null>();
  readonly results: { callId: string; agentId: number; dispositionId: number }[] = [];
  readonly popped: [agentId: number, callId: string][] = [];
  readonly settled: string[] = [];
  /** What the contact rules say to each number dialled by hand. */
  permit: (contact: ByHand) => Result<Permitted> = () => ({ ok: true, value: { customer: null } });
  board: Switchboard;
  private live = new Map<CallId, string>();
  private activities = new Map<number, string>();
  private cutOff = () => {};
  private ids = 0;

  constructor() {
    for (const { agentId } of people) this.twin.addAgentPhone(`agent-${agentId}`, picksUp);
    this.board = this.start();
  }

  close(): void {
    this.board.close();
    this.twin.close();
  }

  async restart(): Promise<void> {
    // Killed before another word is said; nothing that is under way comes to its end.
    this.cutOff();
    this.board.close();
    this.board = this.start();
    await vi.waitFor(() => expect(this.board.reconciler.lastSurvey()).not.toBeNull());
  }

  private start(): Switchboard {
    let alive = true;
    const handlers: ((event: ExchangeEvent) => void)[] = [];
    this.cutOff = () => {
      alive = false;
    };
    const dead = new Promise<never>(() => {});
    const exchange = new Proxy(this.twin as Exchange, {
      get: (twin, name: keyof Exchange) => {
        if (name === 'onEvent')
          return (handle: (event: ExchangeEvent) => void) => {
            handlers.push(handle);
            twin.onEvent((event) => {
              if (alive && event.type !== 'exchangeUp') handle(event);
            });
          };
        return (...args: never[]) =>
          alive ? (twin[name] as (...a: never[]) => unknown).apply(twin, args) : dead;
      },
    });
    const board = new Switchboard({
      exchange,
      history: this.history(() => alive),
      log: silentLog,
      node: 'n1',
      now: Date.now,
      lookUp: async () => [{ id: 7, name: 'customer', account: null }],
      parseCaller: (from) => (from === 'anonymous' ? null : (`+${from}` as E164)),
      pop: async (agentId, call) => void this.popped.push([agentId, call.callId]),
      fallbackMember: () => {},
      surveyed: () => {},
      callChanged: () => {},
      agentChanged: (agent, _was, setBy) => void this.setBy.set(agent.agentId, setBy),
    });
    for (const person of people) {
      const restored = this.activities.get(person.agentId);
      board.presence.add(
        { ...person, campaignIds: [] },
        restored === undefined ? undefined : (JSON.parse(restored) as RestoredAgent),
      );
      board.presence.pageOpened(person.agentId);
    }
    board.setQueues(queues);
    board.restore([...this.live.values()].map((text) => JSON.parse(text) as CallState));
    setImmediate(() => {
      for (const handle of handlers) handle({ type: 'exchangeUp', at: Date.now() });
    });
    return board;
  }

  private history(alive: () => boolean): Pick<HistoryWriter, 'changed' | 'happened' | 'push'> {
    return {
      changed: (call) => {
        if (!alive()) return;
        if (call.end === null) this.live.set(call.callId, JSON.stringify(call));
        else this.live.delete(call.callId);
      },
      happened: () => {},
      push: (item) => {
        if (!alive()) return;
        if (item.kind === 'ended') this.ended.push(item.state);
        else if (item.kind === 'act') this.acts.push(item.act);
        else if (item.kind === 'result') this.results.push(item.result);
        else if (item.kind === 'activity') this.activities.set(item.agentId, JSON.stringify(item.state));
      },
    };
  }

  // -------------------------------------------------------------- what people do

  says(agentId: AgentId, command: Command): Promise<CommandAnswer> {
    const person = people.find((p) => p.agentId === agentId);
    if (person === undefined) throw new Error('nobody');
    const user = { id: agentId, login: person.name, name: person.name, role: person.role };
    return obey(user, command, this.ports());
  }

  private ports(): CommandPorts {
    return {
      switchboard: this.board,
      history: this.history(() => true),
      log: silentLog,
      now: Date.now,
      newId: () => `00000000-0000-4000-8000-${String(++this.ids).padStart(12, '0')}`,
      customerName: async () => 'customer',
      preview: {
        next: async () => null,
        skip: async () => ({ ok: true, value: null }),
        prepare: async () => ({ ok: false, reason: 'notYours' }),
        shown: () => {},
      },
      manual: {
        settings: { ringMs: 30_000, wrapUpMs: 30_000, record: true },
        parsePhone: (raw) => ({ ok: true, value: raw as E164 }),
        permit: async (contact) => this.permit(contact),
        release: async (contactId) => void this.settled.push(contactId),
      },
      resultSaved: () => {},
      callHotlineAs: null,
    };
  }

  async ready(...agentIds: AgentId[]): Promise<void> {
    await vi.waitFor(() => expect(this.board.presence.get(darya)?.phoneOnline).toBe(true));
    for (const agentId of agentIds) await this.says(agentId, { type: 'agent.ready' });
  }

  /** A customer rings the hotline and talks with Anna. */
  async talk(): Promise<CallId> {
    await this.ready(anna);
    const callId = this.twin.customerCalls({ from: '79990000001', to: hotline });
    await this.hear(callId, { customer: ['anna'], anna: ['customer'] });
    return callId;
  }

  /** From now on the exchange takes no orders to dial. */
  refuseToDial(error: Error): void {
    this.twin.dialCustomer = () => Promise.reject(error);
  }

  hangsUp(callId: CallId): void {
    this.twin.farEndHangsUp(callId as string as LegId);
  }

  // -------------------------------------------------------------- what is to be seen

  call(callId: CallId): CallState {
    const call = this.board.desk.get(callId);
    if (call === undefined) throw new Error('no such call');
    return call;
  }

  activity(agentId: AgentId): string | undefined {
    return this.board.presence.get(agentId)?.activity.name;
  }

  /** Waits until exactly these hear each other, by their names; who hears nobody is not named. */
  async hear(callId: CallId, expected: Record<string, string[]>): Promise<void> {
    await vi.waitFor(() => expect(this.whoHears(callId)).toEqual(expected), { timeout: 3000, interval: 5 });
    // It stays so: what was under way has arrived.
    await sleep(30);
    expect(this.whoHears(callId)).toEqual(expected);
  }

  private whoHears(callId: CallId): Record<string, string[]> {
    const legs = this.board.desk.get(callId)?.legs ?? {};
    const nameOf = (legId: string) => {
      const leg = legs[legId];
      if (leg === undefined) return `stray ${legId}`;
      return leg.agentId === null ? leg.role : (people.find((p) => p.agentId === leg.agentId)?.name ?? '?');
    };
    const heard: Record<string, string[]> = {};
    for (const legId of Object.keys(legs)) {
      const names = this.twin.hears(legId).map(nameOf).sort();
      if (names.length > 0) heard[nameOf(legId)] = names;
    }
    return heard;
  }

  /** Waits until nothing is left: no leg, no bridge, nobody held for a call. */
  async allOver(): Promise<void> {
    await vi.waitFor(
      () => {
        expect(this.twin.legIds()).toEqual([]);
        expect(this.twin.bridgeIds()).toEqual([]);
        expect(this.board.desk.living()).toEqual([]);
        for (const agent of this.board.presence.all()) {
          expect(['ringing', 'talking', 'hold']).not.toContain(agent.activity.name);
          expect(agent.aside).toBeNull();
        }
      },
      { timeout: 3000, interval: 5 },
    );
  }
}
