import fc from 'fast-check';
import { expect, it } from 'vitest';
import { callOf, isFree } from '../../../server/agents/agent.ts';
import type { AgentId, LegId } from '../../../server/basics/ids.ts';
import type { TimerName } from '../../../server/calls/call-events.ts';
import { callId, customerLeg, queue } from './call-world.ts';
import { checkRest } from './switchboard-checks.ts';
import { type Beginning, beginnings, SwitchboardModel } from './switchboard-model.ts';

/** Three numbers say what happens; what they mean depends on what can happen, so that every story is a possible one. */
interface Step {
  readonly act: number;
  readonly who: number;
  readonly how: number;
}

const modes = ['listen', 'whisper', 'barge'] as const;

/** Deeds by name, so that a failing story can be read. */
const deeds: Record<string, (w: SwitchboardModel, who: number, how: number) => void> = {
  deliver: (w, _who, how) => w.deliver(how % Math.max(1, w.news.length)),
  deliverFirst: (w) => w.deliver(0),
  deliverAll: (w) => w.deliverAll(),
  double: (w, _who, how) => w.deliver(how % Math.max(1, w.news.length), true),
  lose: (w, _who, how) => {
    const event = w.news[how % Math.max(1, w.news.length)];
    if (event !== undefined && !w.isKeepers(event) && event.type !== 'orderFailed')
      w.news.splice(w.news.indexOf(event), 1);
  },
  answer: (w, _who, how) => leg(w, how, (l) => w.farEnd(l, true)),
  answerLast: (w) => leg(w, w.legs.size - 1, (l) => w.farEnd(l, true)),
  drop: (w, _who, how) => leg(w, how, (l) => w.farEnd(l, false)),
  refuse: (w, _who, how) => leg(w, how, (l) => !w.legs.get(l)?.up && w.farEnd(l, false)),
  failNext: (w, _who, how) => {
    w.failNext = how % 2 === 0 ? 'refused' : 'timeout';
  },
  refresh: (w, who) => w.refresh(agent(who)),
  timer: (w, _who, how) => {
    const names = Object.keys(w.call.timers) as TimerName[];
    const name = names[how % Math.max(1, names.length)];
    if (name !== undefined) w.fire(name);
  },
  ready: (w, who) => {
    w.tellAgent(agent(who), { type: 'finishWrapUp', callId });
    w.tellAgent(agent(who), { type: 'ready' });
    w.post({ type: 'timer', name: 'wanted' });
  },
  keepLeg: (w, who, how) =>
    w.tellAgent(agent(who), { type: 'campaigns', campaignIds: how % 2 === 0 ? [1] : [] }),
  watchLegs: (w, who) => {
    w.now += 20_000;
    w.tellAgent(agent(who), { type: 'timer' });
  },
  hangUp: (w, who) => w.post({ type: 'hangUp', agentId: agent(who) }),
  hold: (w, who) => w.post({ type: 'hold', agentId: agent(who) }),
  resume: (w, who) => w.post({ type: 'resume', agentId: agent(who) }),
  transfer: (w, who, how) => {
    const target = w.target(how % 4, who + how);
    const agentId = w.call.agentId ?? agent(who);
    if (target !== null) w.post({ type: 'transfer', agentId, target, note: 'x', fallback: queue });
  },
  consult: (w, who, how) => {
    const target = w.target(how % 4, who + how);
    const agentId = w.call.agentId ?? agent(who);
    if (target !== null) w.post({ type: 'consult', agentId, target, note: '' });
  },
  cancelConsult: (w) => owner(w, (agentId) => w.post({ type: 'cancelConsult', agentId })),
  complete: (w) => owner(w, (agentId) => w.post({ type: 'completeTransfer', agentId, fallback: queue })),
  conference: (w) => owner(w, (agentId) => w.post({ type: 'conference', agentId })),
  digits: (w) => owner(w, (agentId) => w.post({ type: 'digits', agentId, digits: '1' })),
  pause: (w) => owner(w, (agentId) => w.post({ type: 'pauseRecording', agentId })),
  goOn: (w) => owner(w, (agentId) => w.post({ type: 'resumeRecording', agentId })),
  watch: (w, _who, how) => w.supervise('watch', modes[how % 3] ?? 'listen'),
  unwatch: (w) => w.post({ type: 'unwatch', supervisorId: w.supervisor }),
  takeOver: (w) => w.supervise('takeOver', 'listen'),
  endIt: (w, _who, how) => how % 5 === 0 && w.post({ type: 'endBySupervisor', supervisorId: w.supervisor }),
};
/** Everybody who is rung picks up, all news is in. */
function getOn(w: SwitchboardModel): void {
  for (let i = 0; i < 4; i++) {
    w.deliverAll();
    for (const legId of [...w.legs.keys()]) w.farEnd(legId, true);
  }
  w.deliverAll();
}

/** How often each is done: what ends a story soon is rare, what makes one longer frequent. */
const rare = new Set([
  'hangUp',
  'drop',
  'refuse',
  'endIt',
  'digits',
  'failNext',
  'lose',
  'keepLeg',
  'watchLegs',
]);
const frequent = new Set([
  'getOn',
  'answerLast',
  'deliverAll',
  'consult',
  'transfer',
  'conference',
  'watch',
  'ready',
]);
deeds.getOn = getOn;
const names = Object.keys(deeds).flatMap((name) =>
  Array<string>(rare.has(name) ? 1 : frequent.has(name) ? 6 : 2).fill(name),
);

function leg(w: SwitchboardModel, how: number, act: (legId: LegId) => unknown): void {
  const legIds = [...w.legs.keys()];
  const legId = legIds[how % Math.max(1, legIds.length)];
  if (legId !== undefined) act(legId);
}
function agent(who: number): AgentId {
  return [1, 2, 3, 9][who % 4] as AgentId;
}
function owner(w: SwitchboardModel, act: (agentId: AgentId) => void): void {
  if (w.call.agentId !== null) act(w.call.agentId);
}

const steps = fc.array(fc.record({ act: fc.nat(names.length - 1), who: fc.nat(3), how: fc.nat(11) }), {
  maxLength: 70,
  size: 'max',
});

/** Half of the news comes at once, so that stories get somewhere. */
function play(beginning: Beginning, story: readonly Step[]) {
  const w = new SwitchboardModel(beginning);
  // Half of the stories begin in the middle of a talk.
  if (story.length % 2 === 1) getOn(w);
  const told: string[] = [];
  try {
    for (const { act, who, how } of story) {
      const name = names[act] ?? '';
      told.push(`${name}(${who}, ${how})`);
      w.now += how * 100;
      deeds[name]?.(w, who, how);
      told.push(`  ${w.call.phase.name} ${w.call.consult?.step ?? ''}`);
      if (who === 0) w.deliverAll();
      reached.add(`${w.call.phase.name} ${w.call.consult?.step ?? 'alone'}`);
    }
  } catch (error) {
    throw new Error(`${beginning}:\n${told.join('\n')}\n${String(error)}`, { cause: error });
  }
  return { w, told };
}

function must(beginning: Beginning, told: readonly string[], w: SwitchboardModel, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw new Error(
      `${beginning}:\n${told.join('\n')}\n${String(error)}\n${JSON.stringify(w.call, null, 1)}`,
      { cause: error },
    );
  }
}

const runs = Number(process.env.PROPERTY_RUNS ?? 400);
/** Phases and steps of consultations that the stories came to. */
const reached = new Set<string>();

it('whatever happens, once the news is in everybody is where the call believes him to be', () => {
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), steps, (beginning, story) => {
      const { w, told } = play(beginning, story);
      must(beginning, told, w, () => {
        w.settle();
        checkRest(w);
      });
    }),
    { numRuns: runs },
  );
});

it('whatever happens, a call comes to rest with its timers: it ends, it is talked, or it waits for a person', () => {
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), steps, (beginning, story) => {
      const { w, told } = play(beginning, story);
      must(beginning, told, w, () => {
        w.settle();
        for (let round = 0; round < 100; round++) {
          const due = (Object.entries(w.call.timers) as [TimerName, number][]).sort((a, b) => a[1] - b[1])[0];
          if (due === undefined) break;
          w.fire(due[0]);
          w.settle();
          checkRest(w);
        }
        expect(w.call.timers).toEqual({});
        expect(['talking', 'queued', 'away', 'ended', 'ringing']).toContain(w.call.phase.name);
        if (w.call.phase.name === 'queued') expect([1, 2, 3].filter((id) => isFree(w.agent(id)))).toEqual([]);
      });
    }),
    { numRuns: runs },
  );
});

it('whatever happens, a customer who hangs up leaves nobody and nothing behind', () => {
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), steps, (beginning, story) => {
      const { w, told } = play(beginning, story);
      must(beginning, told, w, () => {
        w.settle();
        if (w.call.phase.name === 'preparing') w.fire('dial');
        w.farEnd(customerLeg, false);
        w.settle();
        if (w.call.phase.name === 'ending') w.fire('ending');
        w.settle();
        checkRest(w);
        expect(w.call.end).not.toBeNull();
        expect([...w.agents.values()].filter((a) => callOf(a) !== null)).toEqual([]);
        expect([...w.legs.values()].filter((l) => !l.kept)).toEqual([]);
        expect(w.call.transfers.filter((t) => t.ended === null)).toEqual([]);
      });
    }),
    { numRuns: runs },
  );
});

it('such stories get about', () => {
  expect([...reached]).toEqual(
    expect.arrayContaining([
      'queued alone',
      'recovering alone',
      'transferring alone',
      'away alone',
      'talking queued',
      'talking ringing',
      'talking private',
      'talking conference',
      'recovering private',
    ]),
  );
});
