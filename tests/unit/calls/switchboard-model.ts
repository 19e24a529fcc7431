import { expect } from 'vitest';
import {
  type AgentEvent,
  type AgentState,
  callOf,
  callsOf,
  decideAgent,
  isFree,
  newAgent,
} from '../../../server/agents/agent.ts';
import type { AgentId, E164, LegId } from '../../../server/basics/ids.ts';
import { decide, newCall } from '../../../server/calls/call.ts';
import type { CallEvent, Effect, TimerName } from '../../../server/calls/call-events.ts';
import type { CallState, TransferTarget } from '../../../server/calls/call-state.ts';
import { pick } from '../../../server/routing/router.ts';
import { callId, campaign, customerLeg, queue } from './call-world.ts';

/**
 * One call, three agents and a supervisor with a switchboard and an exchange around them, all in memory. The exchange carries
 * orders out at once; its news may be delivered late, in any order, twice or never.
 */
interface Leg {
  /** ringing, up; a leg that has ended is not there. */
  up: boolean;
  readonly agentId: AgentId | null;
  readonly kept: boolean;
  /** Its browser page is still there. */
  real: boolean;
  music: boolean;
  ringback: boolean;
  watches: string | null;
}

type News =
  | { type: 'legRinging' | 'legAnswered'; legId: LegId }
  | { type: 'legEnded'; legId: LegId; cause: number; sipCode: number }
  | { type: 'cardShown'; agentId: AgentId }
  | { type: 'lookedUp' }
  | { type: 'playbackEnded'; playbackId: string }
  | { type: 'orderFailed'; order: string; legId: LegId; kind: string };

const outsidePhone = '+79160000000' as E164;
const secondQueue = { ...queue, queueId: 2, name: 'Вторая', wrapUpMs: 5000 };
const manual = { ringMs: 30_000, wrapUpMs: 10_000, record: true, callerId: null, purpose: 'service' };
export const beginnings = [
  'hotline',
  'progressive',
  'preview',
  'announcement',
  'manual',
  'manualKept',
] as const;
export type Beginning = (typeof beginnings)[number];

export class SwitchboardModel {
  now = 1_000_000;
  call: CallState;
  readonly agents = new Map<AgentId, AgentState>();
  readonly supervisor = 9 as AgentId;
  readonly legs = new Map<LegId, Leg>();
  bridge: Set<LegId> | null = null;
  muted = false;
  recording = false;
  news: News[] = [];
  finished = 0;
  /** The next order to ring fails in this way. */
  failNext: 'refused' | 'timeout' | null = null;
  private readonly inbox: CallEvent[] = [];
  private deciding = false;

  constructor(beginning: Beginning) {
    const direction =
      beginning === 'hotline' ? 'hotline' : beginning.startsWith('manual') ? 'manual' : 'campaign';
    this.call = newCall(callId, direction, this.now);
    for (const id of [1, 2, 3, 9] as AgentId[]) {
      this.agents.set(id, newAgent(id, `A${id}`, this.now, id === 9 ? 'supervisor' : 'agent'));
      for (const type of ['pageOpened', 'phoneOnline', 'ready'] as const) this.tellAgent(id, { type });
    }
    this.tellAgent(2 as AgentId, { type: 'campaigns', campaignIds: [1] });
    for (const legId of this.legs.keys()) this.farEnd(legId, true);
    this.deliverAll();
    this.begin(beginning);
  }

  private begin(beginning: Beginning): void {
    const phone = '+79161234567' as E164;
    const anna = 1 as AgentId;
    const boris = 2 as AgentId;
    const keptLegId = this.keptOf(boris);
    switch (beginning) {
      case 'hotline':
        this.legs.set(customerLeg, newLeg(null, false));
        return this.post({ type: 'offered', phone, phoneRaw: phone, calledNumber: '1', queue });
      case 'manual':
      case 'manualKept': {
        const agentId = beginning === 'manual' ? anna : boris;
        this.tellAgent(agentId, { type: 'reserved', callId, own: true });
        return this.post({
          type: 'placedManually',
          phone,
          manual,
          agentId,
          sipUser: `agent-${agentId}`,
          keptLegId: beginning === 'manual' ? null : keptLegId,
          customer: null,
        });
      }
      case 'announcement': {
        const facts = { ...campaign, mode: 'announcement' as const, announcement: 'a' };
        return this.post({ type: 'placed', phone, campaign: facts, agent: null, customer: null });
      }
      default: {
        if (keptLegId === null) throw new Error('no kept-up leg');
        this.tellAgent(boris, { type: 'reserved', callId });
        const agent = { agentId: boris, legId: keptLegId };
        this.post({
          type: 'placed',
          phone,
          campaign: { ...campaign, mode: beginning },
          agent,
          customer: null,
        });
      }
    }
  }

  agent(id: number): AgentState {
    const state = this.agents.get(id as AgentId);
    if (state === undefined) throw new Error(`no agent ${id}`);
    return state;
  }

  keptOf(agentId: AgentId): LegId | null {
    const { keptLeg } = this.agent(agentId);
    return keptLeg.status === 'up' ? keptLeg.legId : null;
  }

  // ---------------------------------------------------------------- the switchboard

  post(event: CallEvent): void {
    this.inbox.push(event);
    if (this.deciding) return;
    this.deciding = true;
    for (let next = this.inbox.shift(); next !== undefined; next = this.inbox.shift()) {
      const { state, effects } = decide(this.call, next, this.now);
      // As if another switchboard had taken it up from its stored copy, each time.
      this.call = JSON.parse(JSON.stringify(state)) as CallState;
      if (!isPlain(state)) expect(this.call).toStrictEqual(state);
      for (const effect of effects) this.perform(effect);
    }
    this.deciding = false;
    this.route();
  }

  tellAgent(agentId: AgentId, event: AgentEvent): void {
    const { state, effects } = decideAgent(this.agent(agentId), event, this.now);
    this.agents.set(agentId, state);
    for (const effect of effects) {
      if (effect.do === 'ringKeptLeg') this.legs.set(effect.legId, newLeg(agentId, true));
      if (effect.do === 'hangUpLeg') this.end(effect.legId);
      if (effect.do === 'route' && !this.deciding) this.route();
      if (effect.do === 'reattach')
        this.post({ type: 'reattach', agentId, sipUser: state.sipUser, keptLegId: effect.keptLegId });
    }
  }

  private route(): void {
    const { phase, consult, queue: at, wanted, tried } = this.call;
    const asks = consult?.step === 'queued' && consult.target.kind === 'queue' ? consult.target.queue : null;
    const queued = phase.name === 'queued' ? at : asks;
    if (queued === null) return;
    const wantedAgentId = wanted !== null && wanted.until > this.now ? wanted.agentId : null;
    const waiting = [{ callId, queueId: queued.queueId, queuedAt: 0, tried, wantedAgentId }];
    const free = [...this.agents.values()]
      .filter((a) => isFree(a) && a.role === 'agent')
      .map((a) => ({ agentId: a.agentId, queueIds: [1, 2], since: a.activity.since }));
    for (const { agentId } of pick(waiting, free)) {
      const keptLegId = this.keptOf(agentId);
      this.tellAgent(agentId, { type: 'reserved', callId });
      this.post({ type: 'assigned', agentId, sipUser: `agent-${agentId}`, keptLegId });
    }
  }

  target(kind: number, to: number): TransferTarget | null {
    if (kind === 0) return { kind: 'outside', phone: outsidePhone, callerId: null };
    if (kind === 1) return { kind: 'queue', queue: to % 2 === 0 ? queue : secondQueue };
    const agentId = [1, 2, 3, 9][to % 4] as AgentId;
    const agent = this.agent(agentId);
    if (!isFree(agent)) return { kind: 'busyAgent', agentId, name: agent.name };
    this.tellAgent(agentId, { type: 'reserved', callId });
    return {
      kind: 'agent',
      agentId,
      name: agent.name,
      sipUser: agent.sipUser,
      keptLegId: this.keptOf(agentId),
    };
  }

  supervise(type: 'watch' | 'takeOver', mode: 'listen' | 'whisper' | 'barge'): void {
    const chief = this.agent(this.supervisor);
    if (callOf(chief) === null) this.tellAgent(chief.agentId, { type: 'reserved', callId, own: true });
    if (callOf(this.agent(chief.agentId)) !== callId) return;
    const who = { supervisorId: chief.agentId, name: chief.name, sipUser: chief.sipUser };
    this.post(type === 'watch' ? { type, ...who, mode } : { type, ...who });
  }

  fire(name: TimerName): void {
    this.now = Math.max(this.now, this.call.timers[name] ?? 0);
    this.post({ type: 'timer', name });
  }

  // ---------------------------------------------------------------- the exchange

  private perform(effect: Effect): void {
    switch (effect.do) {
      case 'ringAgent':
        return this.ring(effect.legId, effect.agentId, effect.do);
      case 'dialOutside':
        return this.ring(effect.legId, null, effect.do);
      case 'dialCustomer':
        return this.ring(customerLeg, null, effect.do);
      case 'answer':
        return this.farEnd(effect.legId, true);
      case 'join':
        this.bridge ??= new Set();
        for (const legId of effect.legIds) if (this.legs.get(legId)?.up) this.bridge.add(legId);
        return;
      case 'part':
        this.bridge?.delete(effect.legId);
        return;
      case 'closeBridge':
        this.bridge = null;
        return;
      case 'startMusic':
      case 'stopMusic':
        return this.change(effect.legId, { music: effect.do === 'startMusic' });
      case 'startRingback':
      case 'stopRingback':
        return this.change(effect.legId, { ringback: effect.do === 'startRingback' });
      case 'watchLeg':
        return this.change(effect.legId, { watches: `${effect.targetLegId} ${effect.mode}` });
      case 'unwatchLeg':
        return this.change(effect.legId, { watches: null });
      case 'startRecording':
      case 'stopRecording':
        this.recording = effect.do === 'startRecording' && this.legs.has(effect.legId);
        this.muted = false;
        return;
      case 'muteRecording':
        this.muted = effect.muted && this.recording;
        return;
      case 'hangUp':
        // A kept-up leg outlives every call.
        expect(this.legs.get(effect.legId)?.kept).not.toBe(true);
        return this.end(effect.legId);
      case 'pop':
        this.news.push({ type: 'cardShown', agentId: effect.agentId });
        return;
      case 'play':
        this.news.push({ type: 'playbackEnded', playbackId: effect.playbackId });
        return;
      case 'lookUp':
        this.news.push({ type: 'lookedUp' });
        return;
      case 'tellAgent':
        return this.tellAgent(effect.agentId, { ...effect.what, callId });
      case 'finish':
        this.finished += 1;
        return;
      default:
        return;
    }
  }

  private ring(legId: LegId, agentId: AgentId | null, order: string): void {
    const failure = this.failNext;
    this.failNext = null;
    if (failure !== 'refused') this.legs.set(legId, newLeg(agentId, false));
    if (failure !== null) this.news.push({ type: 'orderFailed', order, legId, kind: failure });
  }

  private change(legId: LegId, change: Partial<Leg>): void {
    const leg = this.legs.get(legId);
    if (leg !== undefined) Object.assign(leg, change);
  }

  /** The far end of a leg picks up, or is gone. */
  farEnd(legId: LegId, answers: boolean): void {
    const leg = this.legs.get(legId);
    if (leg === undefined) return;
    if (!answers) return this.end(legId);
    if (leg.up) return;
    leg.up = true;
    this.news.push({ type: 'legAnswered', legId });
  }

  private end(legId: LegId): void {
    const leg = this.legs.get(legId);
    if (leg === undefined) return;
    this.legs.delete(legId);
    this.bridge?.delete(legId);
    for (const other of this.legs.values()) if (other.watches?.startsWith(`${legId} `)) other.watches = null;
    if (legId === customerLeg) this.recording = this.muted = false;
    this.news.push({ type: 'legEnded', legId, cause: 16, sipCode: 0 });
  }

  /** His page is reloaded: nothing of his legs is left in it, though the exchange knows nothing of that. */
  refresh(agentId: AgentId): void {
    for (const leg of this.legs.values()) if (leg.agentId === agentId) leg.real = false;
    this.report(agentId);
  }

  report(agentId: AgentId): void {
    const legIds = [...this.legs].filter(([, l]) => l.agentId === agentId && l.real).map(([legId]) => legId);
    this.tellAgent(agentId, { type: 'phoneReport', legIds });
  }

  deliver(index: number, keep = false): void {
    const [event] = keep ? this.news.slice(index, index + 1) : this.news.splice(index, 1);
    if (event !== undefined) this.take(event);
  }

  private take(event: News): void {
    switch (event.type) {
      case 'lookedUp':
        return this.post({ type: 'lookedUp', candidates: [] });
      case 'playbackEnded':
        return this.post({ ...event, failed: false });
      case 'legEnded':
      case 'legAnswered': {
        const keeper = Number(/^ag-(\d+)-keep-/.exec(event.legId)?.[1] ?? 0) as AgentId;
        if (keeper === 0) return this.post(event);
        const on = callsOf(this.agent(keeper)).includes(callId);
        const type = event.type === 'legEnded' ? 'legGone' : 'legUp';
        this.tellAgent(keeper, { type, legId: event.legId });
        if (event.type === 'legEnded' && on) this.post(event);
        return;
      }
      default:
        return this.post(event);
    }
  }

  isKeepers(event: News): boolean {
    return 'legId' in event && event.legId.includes('-keep-');
  }

  deliverAll(): void {
    while (this.news.length > 0) this.deliver(0);
  }

  /** All news has come, the exchange has been surveyed, all pages have said which legs they have. */
  settle(): void {
    for (let round = 0; round < 20; round++) {
      // A browser answers kept-up legs by itself.
      for (const [legId, leg] of [...this.legs]) if (leg.kept && leg.real) this.farEnd(legId, true);
      this.deliverAll();
      for (const [legId, leg] of Object.entries(this.call.legs) as [LegId, CallState['legs'][string]][]) {
        if (leg.ended !== null) continue;
        const real = this.legs.get(legId);
        if (real === undefined) this.post({ type: 'legEnded', legId, cause: 0, sipCode: 0 });
        else if (real.up && leg.answeredAt === null) this.post({ type: 'legAnswered', legId });
      }
      if (this.call.notice !== null)
        this.post({ type: 'playbackEnded', playbackId: this.call.notice, failed: true });
      if (this.call.phase.name === 'recognising') this.post({ type: 'lookedUp', candidates: [] });
      for (const agentId of this.agents.keys()) this.report(agentId);
      if (this.news.length === 0) return;
    }
    throw new Error('it does not come to rest');
  }
}

/** Would it come back from JSON as it was? */
function isPlain(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isPlain);
  const simple = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  return simple && Object.values(value).every(isPlain);
}

function newLeg(agentId: AgentId | null, kept: boolean): Leg {
  return { up: false, agentId, kept, real: true, music: false, ringback: false, watches: null };
}
