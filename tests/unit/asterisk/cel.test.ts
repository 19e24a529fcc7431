import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCelLine, salvageCelLine } from '../../../server/asterisk/cel.ts';

const quoted = (columns: readonly string[]) => columns.map((c) => `"${c.replaceAll('"', '""')}"`).join(',');
const columns = [
  'HANGUP',
  '1795375672.340042',
  'n1-1795375672.1',
  'n1-1795375672.1',
  'n1-1795375672.1',
  'PJSIP/trunk-00000969',
  'from-trunk',
  '78005553535',
  '+79161112233',
  'Пётр "Кот", <sip:x>',
  'Stasis',
  'dozvon,hotline',
  '{"hangupcause":16,"hangupsource":"","dialstatus":""}',
  '',
];

describe('a line of the ledger', () => {
  it('is read with its quotes, commas and JSON', () => {
    expect(parseCelLine(quoted(columns))).toEqual({
      type: 'HANGUP',
      atSeconds: 1795375672.340042,
      channelId: 'n1-1795375672.1',
      linkedId: 'n1-1795375672.1',
      callId: 'n1-1795375672.1',
      channel: 'PJSIP/trunk-00000969',
      context: 'from-trunk',
      exten: '78005553535',
      caller: '+79161112233',
      app: 'Stasis',
      extra: { hangupcause: 16, hangupsource: '', dialstatus: '' },
    });
  });

  it('has no call while it has no account code', () => {
    expect(parseCelLine(quoted(columns.with(4, '')))?.callId).toBeNull();
  });

  it.each([
    ['empty', ''],
    ['torn', quoted(columns).slice(0, 80)],
    ['one column short', quoted(columns.slice(1))],
    ['one column long', quoted([...columns, 'x'])],
    ['without quotes', columns.join(',')],
    ['without a time', quoted(columns.with(1, 'yesterday'))],
    ['of an endless time', quoted(columns.with(1, '1e99'))],
  ])('that is %s is refused', (_what, line) => {
    expect(parseCelLine(line)).toBeNull();
  });

  it('behind the torn end of another is found', () => {
    const torn = quoted(columns).slice(0, 90);
    const found = salvageCelLine(torn + quoted(columns));
    expect(found?.from).toBe(torn.length);
    expect(found?.event).toEqual(parseCelLine(quoted(columns)));
  });

  it('keeps nothing that PostgreSQL refuses: control characters and halves of characters', () => {
    const event = parseCelLine(
      quoted(columns.with(8, '\u0000\ud800 7').with(12, '{"a\\u0000":"\\ud800","b":[1]}')),
    );
    expect(event?.caller).toBe('\ufffd 7');
    expect(event?.extra).toEqual({ a: '\ufffd', b: '[1]' });
  });

  it('survives extra text that is no JSON', () => {
    expect(parseCelLine(quoted(columns.with(12, '{broken')))?.extra).toEqual({ text: '{broken' });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => void [parseCelLine(line), salvageCelLine(line)]),
    );
  });

  it('gives back every caller that was quoted into it', () => {
    const text = fc.string({ maxLength: 100, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(text, (caller) => {
        expect(parseCelLine(quoted(columns.with(8, caller)))?.caller).toBe(caller);
      }),
    );
  });
});
