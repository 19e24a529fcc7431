import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcementCalls, refill } from '../../../dialer/announcement.ts';
import { createPacer, type PacingState } from '../../../dialer/pacing.ts';
import { shareAgents } from '../../../dialer/share.ts';
import { type Situation, whyNot } from '../../../dialer/why.ts';

const none = { n: 0, t: [], id: [] };
const state = (changes: Partial<PacingState>): PacingState => ({
  t: 100,
  idle: 0,
  talking: 0,
  wrapping: 0,
  paused: 0,
  loggedIn: 10,
  held: 0,
  lines: 0,
  lineLimit: 30,
  cps: 100,
  ringTimeout: 25,
  holdMax: 2,
  ringing: none,
  amd: none,
  talk: none,
  wrap: none,
  ...changes,
});

describe('the progressive rule', () => {
  const pacer = createPacer({ target: 0.03 });
  it('gives every idle agent one call, less those under way', () => {
    expect(pacer.decide(state({ idle: 5 }))).toBe(5);
    expect(pacer.decide(state({ idle: 5, ringing: { ...none, n: 2 }, amd: { ...none, n: 1 } }))).toBe(2);
    expect(pacer.decide(state({ idle: 5, held: 5 }))).toBe(0);
  });
  it('never asks for more than the lines, the calls a second, or less than none', () => {
    expect(pacer.decide(state({ idle: 50, lines: 25 }))).toBe(5);
    expect(pacer.decide(state({ idle: 50, lines: 31 }))).toBe(0);
    const fast = createPacer({ target: 0.03 });
    fast.onEvent({ t: 99.5, type: 'launch' });
    expect(fast.decide(state({ idle: 50, cps: 3 }))).toBe(2);
    expect(fast.decide(state({ idle: 50, cps: 3, t: 101 }))).toBe(3);
  });
  it('never lets more calls be under way than there are idle agents', () => {
    const small = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(small, small, small, small, (idle, held, ringing, lines) => {
        const n = pacer.decide(state({ idle, held, lines, ringing: { ...none, n: ringing } }));
        expect(Number.isInteger(n) && n >= 0).toBe(true);
        if (n > 0) expect(n + held + ringing).toBeLessThanOrEqual(idle);
      }),
    );
  });
});

describe('an announcement', () => {
  it('fills its lines', () => {
    expect(announcementCalls({ lines: 10, lineLimit: 30 })).toBe(20);
    expect(announcementCalls({ lines: 40, lineLimit: 30 })).toBe(0);
  });
  it('earns its calls a second, but does not save them up', () => {
    expect(refill({ calls: 0, at: 0 }, 100, 100)).toEqual({ calls: 10, at: 100 });
    expect(refill({ calls: 0, at: 0 }, 100, 3_600_000).calls).toBe(50);
    expect(refill({ calls: 0, at: 0 }, 1, 10_000).calls).toBe(1);
  });
});

describe('agents of several campaigns', () => {
  const agents = [1, 2, 3, 4].map((agentId) => ({ agentId, node: 'n1', since: 100 - agentId }));
  const ids = (share: readonly { agentId: number }[] | undefined) => share?.map((a) => a.agentId);

  it('are used once, and halved between campaigns with the same people', () => {
    const shares = shareAgents(agents, [
      { campaignId: 1, agentIds: [1, 2, 3, 4], busy: 0 },
      { campaignId: 2, agentIds: [1, 2, 3, 4], busy: 0 },
    ]);
    expect([...ids(shares.get(1))!, ...ids(shares.get(2))!].sort()).toEqual([1, 2, 3, 4]);
    expect(shares.get(1)).toHaveLength(2);
  });
  it('go first to the campaign that has fewest at work', () => {
    const shares = shareAgents(agents.slice(0, 1), [
      { campaignId: 1, agentIds: [1, 2], busy: 1 },
      { campaignId: 2, agentIds: [1, 2], busy: 0 },
    ]);
    expect(ids(shares.get(2))).toEqual([1]);
  });
  it('the longest idle comes first, and nobody works where he is no member', () => {
    const shares = shareAgents(agents, [{ campaignId: 1, agentIds: [1, 4], busy: 0 }]);
    expect(ids(shares.get(1))).toEqual([4, 1]);
  });
});

describe('why a campaign does not dial', () => {
  const now = 1000;
  const why = (changes: Partial<Situation>) =>
    whyNot(
      {
        mode: 'progressive',
        exchangeUp: true,
        busUp: true,
        live: 0,
        nextDueAt: now,
        nextRefusal: null,
        agents: [{ state: 'ready', legUp: true }],
        ...changes,
      },
      now,
    );
  it.each<[string | null, Partial<Situation>]>([
    [null, {}],
    [null, { live: 1, exchangeUp: false }],
    ['exchangeDown', { exchangeUp: false }],
    ['busDown', { busUp: false }],
    ['noLeads', { nextDueAt: null }],
    ['notDueYet', { nextDueAt: now + 1 }],
    ['outsideHours', { nextDueAt: now + 1, nextRefusal: 'outsideHours' }],
    ['noAgents', { agents: [] }],
    ['noAgents', { agents: [{ state: 'offline', legUp: false }] }],
    ['agentsPaused', { agents: [{ state: 'paused', legUp: true }] }],
    [
      'agentsBusy',
      {
        agents: [
          { state: 'talking', legUp: true },
          { state: 'paused', legUp: true },
        ],
      },
    ],
    ['agentsNotConnected', { agents: [{ state: 'ready', legUp: false }] }],
    [null, { mode: 'announcement', agents: [] }],
    [null, { mode: 'preview', agents: [{ state: 'talking', legUp: true }] }],
  ])('%s', (key, situation) => {
    expect(why(situation)).toBe(key);
  });
});
