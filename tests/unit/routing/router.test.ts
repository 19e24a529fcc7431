import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentId, CallId } from '../../../server/basics/ids.ts';
import { type FreeAgent, pick, type WaitingCall } from '../../../server/routing/router.ts';

const call = (
  id: string,
  queuedAt: number,
  queueId = 1,
  tried: number[] = [],
  wanted: number | null = null,
): WaitingCall => ({
  callId: id as CallId,
  queueId,
  queuedAt,
  tried: tried as AgentId[],
  wantedAgentId: wanted as AgentId | null,
});
const agent = (id: number, since: number, queueIds = [1]): FreeAgent => ({
  agentId: id as AgentId,
  queueIds,
  since,
});
const pairs = (calls: WaitingCall[], agents: FreeAgent[]) =>
  pick(calls, agents).map((a) => [a.callId, a.agentId]);

it('the caller who waits longest gets the agent idle longest', () => {
  expect(pairs([call('b', 20), call('a', 10)], [agent(1, 50), agent(2, 40)])).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
});

it('a caller whose queue has no free agent does not hold up the next', () => {
  expect(pairs([call('a', 10, 9), call('b', 20)], [agent(1, 0)])).toEqual([['b', 1]]);
});

it('an agent who did not pick up is asked again only when there is nobody else', () => {
  expect(pairs([call('a', 10, 1, [1])], [agent(1, 0), agent(2, 5)])).toEqual([['a', 2]]);
  expect(pairs([call('a', 10, 1, [1])], [agent(1, 0)])).toEqual([['a', 1]]);
});

it('a call that waits for one agent is taken by nobody else, and by him before all others', () => {
  expect(pairs([call('a', 10), call('b', 20, 9, [], 2)], [agent(1, 50), agent(2, 40)])).toEqual([
    ['b', 2],
    ['a', 1],
  ]);
  expect(pairs([call('a', 10, 1, [], 2)], [agent(1, 0)])).toEqual([]);
});

const anyCalls = fc.uniqueArray(
  fc.record({
    callId: fc.string({ minLength: 1 }),
    queueId: fc.nat(3),
    queuedAt: fc.nat(100),
    tried: fc.array(fc.nat(8), { maxLength: 2 }),
    wantedAgentId: fc.option(fc.nat(8)),
  }),
  { selector: (c) => c.callId, maxLength: 12 },
) as unknown as fc.Arbitrary<WaitingCall[]>;
const anyAgents = fc.uniqueArray(
  fc.record({ agentId: fc.nat(8), queueIds: fc.array(fc.nat(3), { maxLength: 3 }), since: fc.nat(100) }),
  {
    selector: (a) => a.agentId,
  },
) as unknown as fc.Arbitrary<FreeAgent[]>;

it('nobody is given twice, everybody may take what he gets, and no able agent idles while a call waits for him', () => {
  fc.assert(
    fc.property(anyCalls, anyAgents, (calls, agents) => {
      const given = pick(calls, agents);
      expect(new Set(given.map((g) => g.callId)).size).toBe(given.length);
      expect(new Set(given.map((g) => g.agentId)).size).toBe(given.length);
      for (const g of given) {
        const call = calls.find((c) => c.callId === g.callId);
        if (call?.wantedAgentId != null) expect(g.agentId).toBe(call.wantedAgentId);
        else expect(agents.find((a) => a.agentId === g.agentId)?.queueIds).toContain(call?.queueId);
      }
      for (const idle of agents.filter((a) => !given.some((g) => g.agentId === a.agentId))) {
        const left = calls.filter((c) => !given.some((g) => g.callId === c.callId));
        const forHim = (c: WaitingCall) =>
          c.wantedAgentId === null ? idle.queueIds.includes(c.queueId) : c.wantedAgentId === idle.agentId;
        expect(left.some(forHim)).toBe(false);
      }
    }),
  );
});

it('the answer does not depend on the order of the inputs', () => {
  fc.assert(
    fc.property(anyCalls, anyAgents, (calls, agents) => {
      expect(pick([...calls].reverse(), [...agents].reverse())).toEqual(pick(calls, agents));
    }),
  );
});
