import type { AgentId, CallId, E164, LegId } from '../../../server/basics/ids.ts';
import { decide, newCall } from '../../../server/calls/call.ts';
import type { AgentNews, CallEvent, Effect } from '../../../server/calls/call-events.ts';
import { mediaOf } from '../../../server/calls/call-media.ts';
import type {
  CallState,
  CampaignFacts,
  ManualFacts,
  QueueFacts,
  TransferTarget,
} from '../../../server/calls/call-state.ts';

export const callId = 'n1-1.1' as CallId;
export const customerLeg = callId as string as LegId;
export const anna = 1 as AgentId;
export const boris = 2 as AgentId;
export const chief = 9 as AgentId;
export const kept = 'ag-1-keep-0-1' as LegId;
export const queue: QueueFacts = {
  queueId: 1,
  name: 'Горячая линия',
  ringMs: 20_000,
  wrapUpMs: 60_000,
  record: true,
};
export const secondQueue: QueueFacts = { ...queue, queueId: 2, name: 'Техподдержка', wrapUpMs: 5000 };
export const manual: ManualFacts = {
  ringMs: 30_000,
  wrapUpMs: 10_000,
  record: false,
  callerId: null,
  purpose: 'service',
};
/** Boris, free and reserved for the call. */
export const toBoris: Extract<TransferTarget, { kind: 'agent' }> = {
  kind: 'agent',
  agentId: boris,
  name: 'Борис',
  sipUser: 'agent-2',
  keptLegId: null,
};
export const outside: TransferTarget = { kind: 'outside', phone: '+79160000000' as E164, callerId: null };
export const gone = { cause: 16, sipCode: 0 };
export const campaign: CampaignFacts = {
  campaignId: 1,
  campaignName: 'Опрос',
  leadId: 1,
  mode: 'progressive',
  announcement: null,
  scriptText: '',
  wrapUpMs: 30_000,
  ringMs: 25_000,
  callerId: null,
};

/** One call played event by event; each test reads as the story of a call. */
export class Story {
  now = 1_000_000;
  state: CallState;
  readonly done: Effect[] = [];

  constructor(direction: CallState['direction'] = 'hotline') {
    this.state = newCall(callId, direction, this.now);
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  tell(event: CallEvent): Effect[] {
    const { state, effects } = decide(this.state, event, this.now);
    this.state = state;
    this.done.push(...effects);
    return [...effects];
  }

  /** A hotline caller who stands in the queue, the notice over. */
  queued(): this {
    this.tell({
      type: 'offered',
      phone: '+79161234567' as E164,
      phoneRaw: '79161234567',
      calledNumber: '88005553535',
      queue,
    });
    this.tell({ type: 'lookedUp', candidates: [{ id: 7, name: 'Иванов', account: '100' }] });
    this.tell({ type: 'playbackEnded', playbackId: `notice-${callId}`, failed: false });
    return this;
  }

  /** … whose card is on Anna's screen and whose call rings at her phone. Returns the leg. */
  ringing(): LegId {
    this.queued();
    this.tell({ type: 'assigned', agentId: anna, sipUser: 'agent-1', keptLegId: null });
    const effects = this.tell({ type: 'cardShown', agentId: anna });
    const ring = effects.find((e) => e.do === 'ringAgent');
    if (ring?.do !== 'ringAgent') throw new Error('the phone does not ring');
    return ring.legId;
  }

  talking(): LegId {
    const legId = this.ringing();
    this.tell({ type: 'legAnswered', legId });
    return legId;
  }

  /** A campaign call being dialled, Anna's kept-up leg waiting in its bridge. */
  dialling(facts: CampaignFacts = campaign, agent: AgentId | null = anna): this {
    this.tell({
      type: 'placed',
      phone: '+79161234567' as E164,
      campaign: facts,
      agent: agent === null ? null : { agentId: agent, legId: kept },
      customer: null,
    });
    return this;
  }

  /** The leg that has just been ordered to ring. */
  lastRung(): LegId {
    const ring = this.done.findLast((e) => e.do === 'ringAgent' || e.do === 'dialOutside');
    if (ring === undefined || !('legId' in ring)) throw new Error('nothing rings');
    return ring.legId;
  }

  answered(legId = this.lastRung()): LegId {
    this.tell({ type: 'legAnswered', legId });
    return legId;
  }

  /** Anna asks Boris, who picks up. Returns both legs. */
  consulting(target: TransferTarget = toBoris): { anna: LegId; third: LegId } {
    const leg = this.talking();
    this.tell({ type: 'consult', agentId: anna, target, note: 'про роутер' });
    if (target.kind === 'agent') this.tell({ type: 'cardShown', agentId: boris });
    return { anna: leg, third: this.answered() };
  }

  /** Everybody in the call's bridge. */
  get together(): LegId[] {
    return [...mediaOf(this.state).bridge].sort();
  }

  /** What an agent was told since the last time this was asked. */
  toldTo(agentId: AgentId): AgentNews[] {
    const news: AgentNews[] = [];
    for (const e of this.done.splice(0)) if (e.do === 'tellAgent' && e.agentId === agentId) news.push(e.what);
    return news;
  }

  saw(what: Effect['do']): boolean {
    return this.done.some((e) => e.do === what);
  }
}
