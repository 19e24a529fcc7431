import { describe, expect, it } from 'vitest';
import { judge, leaks, pauseSpans, type Span, VoiceMeter } from '../../../server/recordings/inspect.ts';
import { bucketCount } from '../../../server/recordings/schema.ts';
import { quiet, tone } from './sounds.ts';

function heard(sound: Buffer, pauses: readonly Span[] = [], pieceBytes = 65_536) {
  const meter = new VoiceMeter(sound.length, pauses);
  for (let at = 0; at < sound.length; at += pieceBytes) meter.add(sound.subarray(at, at + pieceBytes));
  return { bytes: sound.length, voicedMs: meter.voicedMs, leakedMs: meter.leakedMs, peaks: meter.peaks };
}
const base = { spanMs: 10_000, pauses: [], paddedBytes: 0, talked: true };

describe('a voice', () => {
  it('is heard from -60 dBFS on', () => {
    expect(heard(tone(1000, -57)).voicedMs).toBe(1000);
    expect(heard(tone(1000, -63)).voicedMs).toBe(0);
    expect(heard(quiet(1000)).voicedMs).toBe(0);
    // The least code that is not silence: what an idle line may send.
    expect(heard(Buffer.alloc(8000, 0xfe)).voicedMs).toBe(0);
  });

  it('is measured alike in pieces of any size', () => {
    const sound = Buffer.concat([quiet(333), tone(777, -30), quiet(1111), tone(50, -10)]);
    const whole = heard(sound);
    for (const size of [1, 159, 160, 161, 4096]) expect(heard(sound, [], size)).toEqual(whole);
  });

  it('is drawn where it sounds, square root of its peak', () => {
    const { peaks } = heard(Buffer.concat([quiet(5000), tone(5000, -20)]));
    expect(peaks.length).toBe(bucketCount);
    expect([...peaks.subarray(0, 299)].every((p) => p === 0)).toBe(true);
    // -20 dBFS RMS of a sine is a peak of 0.141: 255 * sqrt(0.141) = 96.
    expect([...peaks.subarray(301)].every((p) => Math.abs(p - 96) <= 2)).toBe(true);
  });

  it('is drawn even if there are fewer samples than places', () => {
    expect([...heard(Buffer.alloc(7, 0x80)).peaks].filter((p) => p > 0)).toHaveLength(7);
    expect(heard(Buffer.alloc(0)).peaks[0]).toBe(0);
  });

  it('is not counted in a pause, and told when it sounds well inside of one', () => {
    const pauses = [{ fromMs: 2000, toMs: 8000 }];
    expect(heard(tone(10_000), pauses)).toMatchObject({ voicedMs: 4000, leakedMs: 4000 });
    const edges = Buffer.concat([tone(2500), quiet(5000), tone(2500)]);
    expect(heard(edges, pauses)).toMatchObject({ voicedMs: 4000, leakedMs: 0 });
  });
});

describe('a recording', () => {
  const voice = heard(tone(10_000));
  const mute = heard(quiet(10_000));

  it('is right when both voices are there, sound, and last as long as the talk', () => {
    const { state, finding } = judge({ ...base, heard: { customer: voice, agent: voice } });
    expect(state).toBe('ok');
    expect(finding).toMatchObject({ spanMs: 10_000, lengthMs: 10_000, missing: [], silent: [] });
  });

  it('is one-sided when a voice is silent from end to end, and says which', () => {
    const { state, finding } = judge({ ...base, heard: { customer: voice, agent: mute } });
    expect([state, finding.silent]).toEqual(['oneSided', ['agent']]);
  });

  it('is not one-sided over a click, a talk too short to say anything, or one that was nearly all paused', () => {
    const click = heard(Buffer.concat([quiet(5000), tone(40), quiet(4960)]));
    expect(judge({ ...base, heard: { customer: click, agent: voice } }).state).toBe('oneSided');
    const brief = { customer: heard(quiet(2500)), agent: heard(tone(2500)) };
    expect(judge({ ...base, spanMs: 2500, heard: brief }).state).toBe('ok');
    const pauses = [{ fromMs: 1000, toMs: 9500 }];
    expect(judge({ ...base, pauses, heard: { customer: mute, agent: voice } }).state).toBe('ok');
    expect(judge({ ...base, talked: false, heard: { customer: mute, agent: voice } }).state).toBe('ok');
  });

  it('is short when more than 1.5 s of the talk are lacking', () => {
    const both = { customer: voice, agent: voice };
    expect(judge({ ...base, spanMs: 11_500, heard: both }).state).toBe('ok');
    expect(judge({ ...base, spanMs: 11_501, heard: both }).state).toBe('short');
    expect(judge({ ...base, spanMs: null, heard: both }).state).toBe('ok');
  });

  it('is missing when a file is not there, unless the talk ended before it could begin', () => {
    const { state, finding } = judge({ ...base, heard: { customer: null, agent: voice } });
    expect([state, finding.missing]).toEqual(['missing', ['customer']]);
    expect(judge({ ...base, heard: { customer: null, agent: null } }).state).toBe('missing');
    expect(judge({ ...base, spanMs: 900, heard: { customer: null, agent: null } }).state).toBe('ok');
  });

  it('that speaks where it was to be silent leaks', () => {
    const loud = heard(tone(10_000), [{ fromMs: 2000, toMs: 8000 }]);
    expect(leaks(judge({ ...base, heard: { customer: voice, agent: loud } }).finding)).toBe(true);
    expect(leaks(judge({ ...base, heard: { customer: voice, agent: voice } }).finding)).toBe(false);
  });
});

it('pauses are told from the start of the recording and end with it', () => {
  const pauses = [
    { from: 900, to: 3000 },
    { from: 5000, to: null },
    { from: 20_000, to: 21_000 },
  ];
  expect(pauseSpans(pauses, 1000, 10_000)).toEqual([
    { fromMs: 0, toMs: 2000 },
    { fromMs: 4000, toMs: 10_000 },
  ]);
});
