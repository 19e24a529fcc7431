import { expect, it } from 'vitest';
import { fallbackCall, type LedgerLine } from '../../../server/calls/fallback-history.ts';

const line = (
  s: number,
  type: string,
  channelId: string,
  channel: string,
  more: Partial<LedgerLine> = {},
): LedgerLine => ({
  at: new Date(1_000_000 + s * 1000),
  type,
  channelId,
  channel,
  caller: '',
  app: '',
  extra: null,
  ...more,
});
const customer = 'PJSIP/trunk-00000001';
const agent = 'PJSIP/agent-7-00000002';
const story = [
  line(0, 'CHAN_START', 'c', customer, { caller: '+79161234567' }),
  line(1, 'FALLBACK', 'c', customer),
  line(2, 'CHAN_START', 'a', agent),
  line(5, 'BRIDGE_ENTER', 'a', agent),
  line(5.1, 'BRIDGE_ENTER', 'c', customer),
  line(9, 'HANGUP', 'c', customer, { extra: { hangupcause: 16, hangupsource: agent } }),
];

it('the ledger tells who talked to whom and for how long, whatever the order of its lines', () => {
  expect(fallbackCall('c', [...story].reverse())).toMatchObject({
    caller: '+79161234567',
    agentId: 7,
    agentLegId: 'a',
    connectedAt: new Date(1_005_000),
    endedAt: new Date(1_009_000),
    hungUpBy: 'agent',
    cause: 16,
  });
});

it('a caller who gave up has no agent', () => {
  const lines = story.filter((l) => l.channelId === 'c' && l.type !== 'BRIDGE_ENTER');
  expect(fallbackCall('c', lines)).toMatchObject({ agentId: null, connectedAt: null });
});

it('a call that goes on, and one that no fallback served, have no story yet', () => {
  expect(fallbackCall('c', story.slice(0, -1))).toBeNull();
  expect(
    fallbackCall(
      'c',
      story.filter((l) => l.type !== 'FALLBACK'),
    ),
  ).toBeNull();
});
