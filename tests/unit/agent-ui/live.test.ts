import { describe, expect, it } from 'vitest';
import { subjectOf } from '../../../agent-ui/src/desk/subject.ts';
import { applyDelta, fromSnapshot } from '../../../agent-ui/src/live/topic.ts';
import type { CallView, PartView, WrapUpView } from '../../../server/live/schema.ts';

const part = (name: PartView['name'], up: boolean): PartView => ({
  kind: 'part',
  name,
  up,
  since: '2026-11-22T12:00:00Z',
});
const state = fromSnapshot({
  topic: 'board',
  version: 7,
  serverTime: '2026-11-22T12:00:00Z',
  entities: { a: part('bus', true), b: part('dialer', true) },
});

describe('a topic', () => {
  it('takes a delta that fits, and keeps what it does not touch', () => {
    const next = applyDelta(state, {
      topic: 'board',
      from: 7,
      to: 8,
      put: { a: part('bus', false) },
      del: ['b'],
    });
    expect(next).toEqual({ version: 8, entities: { a: part('bus', false) } });
    expect(state.entities['b']).toEqual(part('dialer', true));
  });

  it('refuses a delta with a gap, an old one, and one before the snapshot', () => {
    expect(applyDelta(state, { topic: 'board', from: 8, to: 9, put: {}, del: [] })).toBeNull();
    expect(applyDelta(state, { topic: 'board', from: 6, to: 7, put: {}, del: [] })).toBeNull();
    expect(applyDelta(null, { topic: 'board', from: 0, to: 1, put: {}, del: [] })).toBeNull();
  });
});

describe('the desk’s subject', () => {
  const call = (callId: string, customerId: number | null): CallView => ({
    kind: 'call',
    callId,
    direction: 'hotline',
    phase: 'talking',
    phone: '+79160000000',
    customerId,
    customerName: null,
    queueId: 1,
    campaignId: null,
    leadId: null,
    agentId: 1,
    offeredAt: '2026-11-22T12:00:00Z',
    since: '2026-11-22T12:00:00Z',
    outcome: null,
    consult: null,
    recording: 'on',
    notes: [],
    watchers: [],
  });
  const wrapUp = (callId: string): WrapUpView => ({
    kind: 'wrapUp',
    callId,
    customerId: null,
    campaignId: null,
    endsAt: null,
    resultSaved: false,
    extendable: true,
  });
  const pop = { callId: 'new', customerId: 5, phone: '+79161111111', before: 'old' };
  const nothing = { call: null, wrapUp: null, preview: null, pop: null };

  it('is the popped call before its own news arrives, even beside the call before it', () => {
    expect(subjectOf({ ...nothing, pop })).toMatchObject({ callId: 'new', customerId: 5 });
    expect(subjectOf({ ...nothing, pop, wrapUp: wrapUp('old') })).toMatchObject({
      callId: 'new',
      customerId: 5,
    });
  });

  it('follows the customer that the call is attached to', () => {
    expect(subjectOf({ ...nothing, pop, call: call('new', 8) })).toMatchObject({
      callId: 'new',
      customerId: 8,
    });
    expect(subjectOf({ ...nothing, pop, call: call('new', null) })).toMatchObject({
      callId: 'new',
      customerId: null,
    });
  });

  it('keeps the card through the wrap-up', () => {
    expect(subjectOf({ ...nothing, pop, wrapUp: wrapUp('new') })).toMatchObject({
      callId: 'new',
      customerId: 5,
    });
  });

  it('is the live call when another one has come since', () => {
    expect(subjectOf({ ...nothing, pop, call: call('newer', 9) })).toMatchObject({
      callId: 'newer',
      customerId: 9,
    });
  });
});
