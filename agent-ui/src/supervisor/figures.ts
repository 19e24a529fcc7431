import type {
  AgentStateName,
  AgentView,
  CallView,
  CampaignView,
  Entity,
  PartView,
  QueueView,
} from '../../../server/live/schema.ts';

/** What the wallboard shows, computed from the topic `board`. Pure. */

export interface BoardLists {
  readonly agents: readonly AgentView[];
  readonly calls: readonly CallView[];
  readonly queues: readonly QueueView[];
  readonly campaigns: readonly CampaignView[];
  readonly parts: readonly PartView[];
}

const collator = new Intl.Collator('ru', { numeric: true });
const partOrder = ['exchange', 'database', 'bus', 'dialer'];

/**
 * The board's entities by kind, in an order that no live change disturbs: people and queues by name, calls by
 * the time they came (a new call is the last row, never the first), campaigns by age, parts as in the house. Supervisors are among
 * the agents only while they are on a call.
 */
export function boardLists(entities: Readonly<Record<string, Entity>>): BoardLists {
  const agents: AgentView[] = [];
  const calls: CallView[] = [];
  const queues: QueueView[] = [];
  const campaigns: CampaignView[] = [];
  const parts: PartView[] = [];
  for (const entity of Object.values(entities)) {
    if (entity.kind === 'agent') {
      if (entity.role === 'agent' || entity.callId !== null) agents.push(entity);
    } else if (entity.kind === 'call') calls.push(entity);
    else if (entity.kind === 'queue') queues.push(entity);
    else if (entity.kind === 'campaign') campaigns.push(entity);
    else if (entity.kind === 'part') parts.push(entity);
  }
  agents.sort((a, b) => collator.compare(a.name, b.name) || a.agentId - b.agentId);
  calls.sort((a, b) => a.offeredAt.localeCompare(b.offeredAt) || a.callId.localeCompare(b.callId));
  queues.sort((a, b) => collator.compare(a.name, b.name) || a.queueId - b.queueId);
  campaigns.sort((a, b) => a.campaignId - b.campaignId);
  parts.sort((a, b) => partOrder.indexOf(a.name) - partOrder.indexOf(b.name));
  return { agents, calls, queues, campaigns, parts };
}

/** Who can take a call first, who is away last. */
export const statesInOrder: readonly AgentStateName[] = [
  'ready',
  'ringing',
  'talking',
  'hold',
  'wrapUp',
  'paused',
  'offline',
];

export interface BoardFigures {
  readonly waiting: number;
  /** When the longest-waiting caller of all queues was queued (ISO). */
  readonly oldestSince: string | null;
  readonly offered: number;
  readonly answered: number;
  readonly answeredInTime: number;
  readonly abandoned: number;
  /** answeredInTime / (answered + abandoned), 0..1; null before the first call of the day. */
  readonly serviceLevel: number | null;
  readonly agentsByState: Readonly<Record<AgentStateName, number>>;
}

/**
 * The big figures: sums over the queues and a count of agents.
 * Service level is the first of the three published formulas, A_T / (A + B) (facts of the domain, section 2);
 * the screen names it, since the three differ.
 */
export function boardFigures(lists: Pick<BoardLists, 'agents' | 'queues'>): BoardFigures {
  const agentsByState = Object.fromEntries(statesInOrder.map((state) => [state, 0])) as Record<
    AgentStateName,
    number
  >;
  for (const { role, state } of lists.agents) if (role === 'agent') agentsByState[state] += 1;
  let waiting = 0;
  let offered = 0;
  let answered = 0;
  let answeredInTime = 0;
  let abandoned = 0;
  let oldestSince: string | null = null;
  for (const queue of lists.queues) {
    waiting += queue.waiting;
    offered += queue.offered;
    answered += queue.answered;
    answeredInTime += queue.answeredInTime;
    abandoned += queue.abandoned;
    if (queue.oldestSince !== null && (oldestSince === null || queue.oldestSince < oldestSince)) {
      oldestSince = queue.oldestSince;
    }
  }
  return {
    waiting,
    oldestSince,
    offered,
    answered,
    answeredInTime,
    abandoned,
    serviceLevel: serviceLevel({ answered, answeredInTime, abandoned }),
    agentsByState,
  };
}

/** A_T / (A + B) as a share 0..1; null when nobody was answered or abandoned yet. */
export function serviceLevel(
  of: Pick<QueueView, 'answered' | 'answeredInTime' | 'abandoned'>,
): number | null {
  const ended = of.answered + of.abandoned;
  return ended === 0 ? null : of.answeredInTime / ended;
}

/** The row that an arrow key goes to: down from nowhere is the first, up from nowhere the last; the ends hold. Pure. */
export function rowAfter(
  calls: readonly Pick<CallView, 'callId'>[],
  selected: string | null,
  step: 1 | -1,
): string | null {
  const at = calls.findIndex((call) => call.callId === selected);
  const next = at === -1 ? (step === 1 ? 0 : calls.length - 1) : at + step;
  return calls[Math.min(Math.max(next, 0), calls.length - 1)]?.callId ?? null;
}
