import { describe, expect, it } from 'vitest';
import type { AriEvent, Bridge, Channel } from '../../../server/asterisk/ari-model.generated.ts';
import { surveyOf, translate } from '../../../server/asterisk/translate.ts';

const timestamp = '2026-11-22T18:47:54.089+0300';
const at = Date.UTC(2026, 10, 22, 15, 47, 54, 89);
const rest = { application: 'dozvon', timestamp };

function channel(change: Partial<Channel> & { app?: string; data?: string } = {}): Channel {
  const { app = 'Stasis', data = 'dozvon,hotline,78005553535', ...other } = change;
  return {
    id: 'n1-1.1',
    protocol_id: '',
    name: 'PJSIP/trunk-1',
    state: 'Up',
    caller: { name: '', number: '+79161112233' },
    connected: { name: '', number: '' },
    accountcode: 'n1-1.1',
    dialplan: { context: 'x', exten: 's', priority: 1, app_name: app, app_data: data },
    creationtime: timestamp,
    language: 'ru',
    ...other,
  };
}

describe('events of ARI in our words', () => {
  it('takes a hotline caller with his strings cleaned and cut', () => {
    const caller = { number: '+7\u0000916\r\n', name: `Имя\u0007${'x'.repeat(300)}` };
    const event: AriEvent = {
      type: 'StasisStart',
      ...rest,
      args: ['hotline', '78005553535'],
      channel: channel({ caller }),
    };
    expect(translate(event)).toEqual({
      type: 'callOffered',
      callId: 'n1-1.1',
      from: '+7916',
      fromName: `Имя${'x'.repeat(125)}`,
      to: '78005553535',
      at,
    });
  });

  it('takes the entry of a leg that we rang for its answer', () => {
    const event: AriEvent = {
      type: 'StasisStart',
      ...rest,
      args: ['customer', 'n1-1.1'],
      channel: channel(),
    };
    expect(translate(event)).toEqual({ type: 'legAnswered', legId: 'n1-1.1', at });
  });

  it('tells a state "Up" of a hotline caller only; a leg that we rang is not ours before it enters', () => {
    const event = (app: string): AriEvent => ({
      type: 'ChannelStateChange',
      ...rest,
      channel: channel({ app }),
    });
    expect(translate(event('Stasis'))?.type).toBe('legAnswered');
    expect(translate(event('AppDial2'))).toBeNull();
  });

  it('gives 200 as the last status of an answered leg and the network status of an unanswered one', () => {
    const end = (state: Channel['state'], tech_cause?: number): AriEvent => ({
      type: 'ChannelDestroyed',
      ...rest,
      cause: 17,
      cause_txt: '',
      channel: channel({ state }),
      ...(tech_cause === undefined ? {} : { tech_cause }),
    });
    expect(translate(end('Up', 486))).toMatchObject({ cause: 17, sipCode: 200 });
    expect(translate(end('Down', 486))).toMatchObject({ cause: 17, sipCode: 486 });
    expect(translate(end('Ringing'))).toMatchObject({ sipCode: 0 });
  });

  it('keeps the channels through which a supervisor listens to itself', () => {
    const snoop = channel({ id: 'snoop-listen-ag-9-c1-1~0123456789ab', accountcode: '' });
    const events: AriEvent[] = [
      { type: 'StasisStart', ...rest, args: ['watch'], channel: snoop },
      { type: 'ChannelDestroyed', ...rest, cause: 16, cause_txt: '', channel: snoop },
    ];
    expect(events.map((event) => translate(event))).toEqual([null, null]);
    expect(surveyOf([snoop], []).legs).toEqual([]);
  });

  it('makes nothing of what it does not know', () => {
    expect(translate({ type: 'BrandNew' } as unknown as AriEvent)).toBeNull();
  });
});

describe('the survey', () => {
  const bridge = (id: string, channels: string[]) => ({ id, channels }) as unknown as Bridge;

  it('knows who is who, and believes the bridge more than the account code', () => {
    const { legs, bridges } = surveyOf(
      [
        channel(),
        channel({ id: 'c2', accountcode: 'c2', app: 'AppDial2', data: '(Outgoing Line)', state: 'Ringing' }),
        channel({ id: 'ag-7-c1-1', accountcode: 'c1', data: 'dozvon,agent,c1,7' }),
        channel({ id: 'out-c1-1', accountcode: 'c1', data: 'dozvon,outside,c1' }),
        channel({ id: 'fallback', accountcode: 'fallback', app: 'Queue', data: 'hotline' }),
        channel({ id: 'janitor', accountcode: '', app: 'Wait', data: '5' }),
      ],
      [bridge('call-c2', ['ag-7-c1-1']), bridge('other', ['x'])],
    );
    expect(legs).toEqual([
      { legId: 'n1-1.1', callId: 'n1-1.1', role: 'customer', up: true, agentId: null },
      { legId: 'c2', callId: 'c2', role: 'customer', up: false, agentId: null },
      { legId: 'ag-7-c1-1', callId: 'c2', role: 'agent', up: true, agentId: 7 },
      { legId: 'out-c1-1', callId: 'c1', role: 'outside', up: true, agentId: null },
      { legId: 'fallback', callId: 'fallback', role: 'other', up: true, agentId: null },
      { legId: 'janitor', callId: null, role: 'other', up: true, agentId: null },
    ]);
    expect(bridges).toEqual([{ callId: 'c2', legIds: ['ag-7-c1-1'] }]);
  });
});
