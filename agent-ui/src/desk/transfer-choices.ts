import type { AgentView, Entity, QueueView, TransferTo } from '../../../server/live/schema.ts';
import { guessPhone, matchesName } from '../dial/numbers.ts';

/** Whom a call can go to, as the picker lists it. */
export interface Choice {
  readonly key: string;
  readonly group: 'colleagues' | 'queues' | 'numbers' | 'away';
  /** A name; for an outside number the number as it will probably be read. */
  readonly label: string;
  readonly target: TransferTo;
  readonly agent: AgentView | null;
  readonly queue: QueueView | null;
  /** Why he cannot be asked first (key of `transfer.not.*`); null: he can. */
  readonly notConsult: 'busy' | 'paused' | 'away' | 'phoneOffline' | 'nobody' | null;
  /** Why the call cannot be handed over at once; null: it can. */
  readonly notBlind: 'paused' | 'away' | 'phoneOffline' | null;
  /** Handed over at once, the customer waits until this colleague has finished. */
  readonly waits: boolean;
}

interface Question {
  readonly team: Readonly<Record<string, Entity>>;
  readonly myId: number;
  readonly query: string;
  /** Outside numbers used lately, newest first. */
  readonly lastNumbers: readonly string[];
}

/** The picker's list for what is typed, in the order in which it is shown: who can take the call comes first. Pure. */
export function transferChoices({ team, myId, query, lastNumbers }: Question): readonly Choice[] {
  const choices: Choice[] = [];
  const typed = guessPhone(query);
  for (const entity of Object.values(team)) {
    if (entity.kind === 'agent' && entity.agentId !== myId && matchesName(entity.name, query)) {
      // Supervisors are asked only while they sit at their phones.
      if (entity.role === 'agent' || entity.phoneOnline) choices.push(colleague(entity));
    } else if (entity.kind === 'queue' && matchesName(entity.name, query)) {
      choices.push(department(entity));
    }
  }
  choices.sort((a, b) => rank(a) - rank(b) || a.label.localeCompare(b.label));
  const numbers = lastNumbers.map((number) => guessPhone(number) ?? number);
  const digits = query.replace(/\D/g, '');
  const shown = typed
    ? [typed]
    : query.trim() === ''
      ? numbers
      : digits.length > 1
        ? numbers.filter((n) => n.includes(digits))
        : [];
  const outside = [...new Set(shown)].map(
    (number): Choice => ({
      key: `outside:${number}`,
      group: 'numbers',
      label: number,
      target: { kind: 'outside', phone: typed === number ? query.trim() : number },
      agent: null,
      queue: null,
      notConsult: null,
      notBlind: null,
      waits: false,
    }),
  );
  const absent = choices.filter((c) => c.group === 'away');
  return [...choices.filter((c) => c.group !== 'away'), ...outside, ...absent];
}

function colleague(agent: AgentView): Choice {
  const { state } = agent;
  const not =
    state === 'offline' ? 'away' : state === 'paused' ? 'paused' : agent.phoneOnline ? null : 'phoneOffline';
  const busy = not === null && state !== 'ready';
  return {
    key: `agent:${agent.agentId}`,
    group: not === null ? 'colleagues' : 'away',
    label: agent.name,
    target: { kind: 'agent', agentId: agent.agentId },
    agent,
    queue: null,
    notConsult: not ?? (busy ? 'busy' : null),
    notBlind: not,
    waits: busy,
  };
}

function department(queue: QueueView): Choice {
  return {
    key: `queue:${queue.queueId}`,
    group: 'queues',
    label: queue.name,
    target: { kind: 'queue', queueId: queue.queueId },
    agent: null,
    queue,
    // To hand a call over to a queue where nobody is free means to wait there; to ask it first would keep the agent waiting.
    notConsult: queue.free === 0 ? 'nobody' : null,
    notBlind: null,
    waits: false,
  };
}

function rank({ group, agent }: Choice): number {
  if (group === 'queues') return 10;
  if (group === 'away') return agent?.state === 'offline' ? 31 : 30;
  return agent?.state === 'ready' ? 0 : 1;
}
