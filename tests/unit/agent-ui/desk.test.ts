import { describe, expect, it } from 'vitest';
import { legOf } from '../../../agent-ui/src/desk/legs.ts';
import { situationOf } from '../../../agent-ui/src/desk/situation.ts';
import { transferChoices } from '../../../agent-ui/src/desk/transfer-choices.ts';
import { workOf } from '../../../agent-ui/src/live/my-work.ts';
import type { PhoneLeg } from '../../../agent-ui/src/softphone/phone-port.ts';
import { refusalText } from '../../../agent-ui/src/ui/refusal.ts';
import { setLanguage } from '../../../agent-ui/src/ui/words.ts';
import type {
  AgentView,
  CallView,
  ConsultView,
  Entity,
  QueueView,
  WaitingView,
  WrapUpView,
} from '../../../server/live/schema.ts';

const at = '2026-11-22T12:00:00.000Z';
const me = 7;

const agent = (part: Partial<AgentView> = {}): AgentView => ({
  kind: 'agent',
  agentId: me,
  name: 'Анна Соколова',
  role: 'agent',
  state: 'ready',
  since: at,
  pauseReason: null,
  callId: null,
  asideCallId: null,
  phoneOnline: true,
  legUp: false,
  campaignIds: [],
  ...part,
});
const call = (callId: string, part: Partial<CallView> = {}): CallView => ({
  kind: 'call',
  callId,
  direction: 'hotline',
  phase: 'talking',
  phone: '+79161234567',
  customerId: 1,
  customerName: 'Иванов',
  queueId: 1,
  campaignId: null,
  leadId: null,
  agentId: me,
  offeredAt: at,
  since: at,
  outcome: null,
  consult: null,
  recording: 'on',
  notes: [],
  watchers: [],
  ...part,
});
const consult = (part: Partial<ConsultView> = {}): ConsultView => ({
  to: 'agent',
  name: 'Борис',
  agentId: 8,
  step: 'private',
  since: at,
  ...part,
});
const wrapUp = (callId: string): WrapUpView => ({
  kind: 'wrapUp',
  callId,
  customerId: 1,
  campaignId: null,
  endsAt: at,
  resultSaved: false,
  extendable: true,
});
const waiting = (callId: string, since: string): WaitingView => ({
  kind: 'waiting',
  callId,
  phone: null,
  customerName: null,
  since,
  until: at,
  fromAgentId: 8,
});
const entities = (...all: Entity[]): Record<string, Entity> =>
  Object.fromEntries(all.map((one, i) => [`${one.kind}:${i}`, one]));

describe('my work', () => {
  it('is the call that my agent names, and the other one lies aside', () => {
    const work = workOf(
      entities(
        call('a', { phase: 'held' }),
        call('b'),
        agent({ callId: 'b', asideCallId: 'a', state: 'talking' }),
      ),
    );
    expect(work).toMatchObject({ call: { callId: 'b' }, aside: { callId: 'a' }, part: 'own' });
  });

  it('shows a living call while the news of my agent are still on their way', () => {
    expect(workOf(entities(call('old', { phase: 'ended' }), call('new'), agent())).call?.callId).toBe('new');
  });

  it('lets a call go that goes on without me while I wrap it up', () => {
    const handedOver = call('a', { agentId: 8 });
    expect(workOf(entities(handedOver, wrapUp('a'), agent({ state: 'wrapUp' }))).call).toBeNull();
  });

  it('says how I am on a call: mine, asked, watching', () => {
    const part = (of: CallView) => workOf(entities(of, agent({ callId: of.callId }))).part;
    expect(part(call('a'))).toBe('own');
    expect(part(call('a', { agentId: 8, consult: consult({ agentId: me }) }))).toBe('asked');
    expect(part(call('a', { agentId: 8, watchers: [{ userId: me, name: 'Анна', mode: 'listen' }] }))).toBe(
      'watching',
    );
  });

  it('puts who has waited longest first', () => {
    const work = workOf(
      entities(waiting('late', '2026-11-22T12:00:09Z'), waiting('early', '2026-11-22T12:00:01Z')),
    );
    expect(work.waiting.map((w) => w.callId)).toEqual(['early', 'late']);
  });
});

describe('the situation', () => {
  const of = (view: CallView, picked = true) =>
    situationOf(workOf(entities(view, agent({ callId: view.callId }))), picked);

  it('tells a consultation from a plain hold', () => {
    expect(of(call('a', { phase: 'held' }))).toBe('held');
    expect(of(call('a', { phase: 'held', consult: consult({ step: 'ringing' }) }))).toBe('consultRinging');
    expect(of(call('a', { phase: 'held', consult: consult() }))).toBe('consultPrivate');
    expect(of(call('a', { consult: consult({ step: 'conference' }) }))).toBe('conference');
  });

  it('is another one for who was asked', () => {
    const asked = (step: ConsultView['step']) =>
      call('a', { agentId: 8, phase: 'held', consult: consult({ agentId: me, step }) });
    expect(of(asked('ringing'), false)).toBe('askedRinging');
    expect(of(asked('ringing'), true)).toBe('joining');
    expect(of(asked('private'))).toBe('askedPrivate');
    expect(of(asked('conference'))).toBe('conference');
  });

  it('is wrap-up once the call has ended, and nothing without a call', () => {
    expect(situationOf(workOf(entities(call('a', { phase: 'ended' }), wrapUp('a'), agent())), false)).toBe(
      'wrapUp',
    );
    expect(situationOf(workOf(entities(agent())), false)).toBeNull();
  });
});

describe('whom a call can go to', () => {
  const queue = (part: Partial<QueueView> = {}): QueueView => ({
    kind: 'queue',
    queueId: 3,
    name: 'Биллинг',
    waiting: 2,
    oldestSince: null,
    offered: 0,
    answered: 0,
    answeredInTime: 0,
    abandoned: 0,
    ...part,
  });
  const team = entities(
    agent(),
    agent({ agentId: 8, name: 'Борис Орлов', state: 'talking' }),
    agent({ agentId: 9, name: 'Вера Белова' }),
    agent({ agentId: 10, name: 'Глеб Нилов', state: 'offline', phoneOnline: false }),
    agent({ agentId: 11, name: 'Дарья Сотник', role: 'supervisor', state: 'offline', phoneOnline: false }),
    queue(),
  );
  const ask = (query: string, lastNumbers: string[] = []) =>
    transferChoices({ team, myId: me, query, lastNumbers });

  it('lists who is free first, then who is busy, queues, last numbers, and who is away; never oneself', () => {
    expect(ask('', ['89161234567']).map((c) => c.label)).toEqual([
      'Вера Белова',
      'Борис Орлов',
      'Биллинг',
      '+79161234567',
      'Глеб Нилов',
    ]);
  });

  it('a busy colleague cannot be asked, but the customer may wait for him', () => {
    expect(ask('борис')[0]).toMatchObject({ notConsult: 'busy', notBlind: null, waits: true });
  });

  it('who is away or on a pause takes nothing', () => {
    expect(ask('глеб')[0]).toMatchObject({ notConsult: 'away', notBlind: 'away', waits: false });
    const paused = { x: agent({ agentId: 9, state: 'paused', pauseReason: 'lunch' }) };
    expect(transferChoices({ team: paused, myId: me, query: '', lastNumbers: [] })[0]?.notBlind).toBe(
      'paused',
    );
  });

  it('nobody free in a queue: it can be handed over to, not asked', () => {
    const full = { q: queue({ free: 0 }) };
    expect(transferChoices({ team: full, myId: me, query: '', lastNumbers: [] })[0]).toMatchObject({
      notConsult: 'nobody',
      notBlind: null,
    });
  });

  it('a typed number is a choice of its own, sent as it was typed', () => {
    expect(ask('8 (916) 123-45-67')).toMatchObject([
      { group: 'numbers', label: '+79161234567', target: { kind: 'outside', phone: '8 (916) 123-45-67' } },
    ]);
  });
});

describe('the leg of a call', () => {
  const leg = (legId: string, callId: string | null): PhoneLeg => ({
    legId,
    callId,
    fromNumber: '',
    fromName: '',
    auto: false,
    stage: 'up',
    since: 0,
  });
  const a = leg('1', 'a');
  const b = leg('2', 'b');
  const keptUp = leg('3', null);

  it('is its own one, else the kept-up one, never another call’s', () => {
    expect(legOf({ leg: b, legs: [a, b] }, 'a')).toBe(a);
    expect(legOf({ leg: b, legs: [b, keptUp] }, 'a')).toBe(keptUp);
    expect(legOf({ leg: b, legs: [b] }, 'a')).toBeNull();
    expect(legOf({ leg: b, legs: [a, b] }, null)).toBe(b);
  });
});

describe('a refusal', () => {
  it('says in words from when it would be allowed', () => {
    setLanguage('ru');
    expect(refusalText('outsideHours', '2026-11-23T05:00:00.000Z')).toMatch(
      /неурочное время.*Можно будет 23\.11\.2026/,
    );
    expect(refusalText('doNotCall', null)).toBe('Номер в чёрном списке: звонить нельзя.');
  });
});
