import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallId, LegId } from '../../server/basics/ids.ts';
import { filesOf, hz, Voices } from './voices.ts';

let v: Voices;
beforeAll(async () => {
  v = await Voices.start(23_900);
}, 90_000);
afterAll(() => v?.stop());

const { customer: C, anna: A, boris: B, outside: O, supervisor: S } = hz;
/** Long enough to be found in the file: 0.1 s is lost at each change of voices, 0.2 s at an attended transfer. */
const stay = { forMs: 900 };

async function hold(callId: CallId): Promise<void> {
  await v.exchange.part(callId, callId as string as LegId);
  await v.exchange.startMusic(callId as string as LegId);
}
async function unhold(callId: CallId, ...others: LegId[]): Promise<void> {
  await v.exchange.stopMusic(callId as string as LegId);
  await v.exchange.join(callId, [callId as string as LegId, ...others]);
}

/** Ends the call and reads what was recorded: who is heard in the agent's file, one after another; the customer's is his alone. */
async function recorded(callId: CallId, ...legs: LegId[]): Promise<string[]> {
  await v.hangUp(callId, ...legs);
  const { heard, spoken } = await v.recorded(callId);
  expect(heard.map(({ who }) => who)).toEqual(['customer']);
  // Music has its own silences.
  const voices = spoken.filter(({ who }) => who !== 'music' && who !== 'silence');
  for (const one of voices) expect(one.ms).toBeGreaterThan(550);
  return voices.map(({ who }) => who);
}

describe.each([false, true])('a recording has each voice in its file (kept-up legs: %s)', (kept) => {
  const third = (callId: CallId) => v.ring(kept ? null : callId, 'boris');

  it('through a consultation, a conference, and two again', { timeout: 30_000 }, async () => {
    const { callId, anna } = await v.talk(kept);
    await v.hear([[callId, [A]]], stay);
    await hold(callId);
    const boris = await third(callId);
    await v.exchange.join(callId, [anna, boris]);
    await v.hear(
      [
        [anna, [B]],
        [boris, [A]],
      ],
      stay,
    );
    await unhold(callId);
    await v.hear([[callId, [A, B]]], stay);
    if (kept) await v.exchange.part(callId, boris);
    else await v.hangUp(boris);
    await v.hear([[callId, [A]]], stay);
    if (kept) await v.hangUp(boris);
    expect(await recorded(callId, anna)).toEqual(['anna', 'anna+boris', 'anna']);
  });

  it('through a conference that the first agent leaves', { timeout: 30_000 }, async () => {
    const { callId, anna } = await v.talk(kept);
    await v.hear([[callId, [A]]], stay);
    await hold(callId);
    const boris = await third(callId);
    await v.exchange.join(callId, [anna, boris]);
    await v.hear([[boris, [A]]], stay);
    await unhold(callId);
    await v.hear([[callId, [A, B]]], stay);
    if (kept) await v.exchange.part(callId, anna);
    else await v.hangUp(anna);
    await v.hear([[callId, [B]]], stay);
    if (kept) await v.hangUp(anna);
    expect(await recorded(callId, boris)).toEqual(['anna', 'anna+boris', 'boris']);
  });

  it('through an attended transfer', { timeout: 30_000 }, async () => {
    const { callId, anna } = await v.talk(kept);
    await v.hear([[callId, [A]]], stay);
    await hold(callId);
    const boris = await third(callId);
    await v.exchange.join(callId, [anna, boris]);
    await v.hear([[boris, [A]]], stay);
    await unhold(callId, boris);
    if (kept) await v.exchange.part(callId, anna);
    else await v.hangUp(anna);
    await v.hear([[callId, [B]]], stay);
    if (kept) await v.hangUp(anna);
    const who = await recorded(callId, boris);
    // For the moment between joining and leaving all three may be heard.
    expect(who.filter((one) => one !== 'anna+boris')).toEqual(['anna', 'boris']);
  });

  it('through a blind transfer', { timeout: 30_000 }, async () => {
    const { callId, anna } = await v.talk(kept);
    await v.hear([[callId, [A]]], stay);
    if (kept) await v.exchange.part(callId, anna);
    else await v.hangUp(anna);
    await v.exchange.startMusic(callId as string as LegId);
    const boris = await third(callId);
    await v.hearsMusic(callId);
    await unhold(callId, boris);
    await v.hear([[callId, [B]]], stay);
    if (kept) await v.hangUp(anna);
    expect(await recorded(callId, boris)).toEqual(['anna', 'boris']);
  });
});

describe('a recording has each voice in its file', { timeout: 30_000 }, () => {
  it('through a conference with somebody outside, until it is stopped', async () => {
    const { callId, customer, anna } = await v.talk();
    await v.hear([[callId, [A]]], stay);
    await hold(callId);
    const outside = await v.dialOutside(callId);
    await v.exchange.join(callId, [anna, outside]);
    await v.hear([[outside, [A]]], stay);
    await unhold(callId);
    await v.hear([[callId, [A, O]]], stay);
    await v.hangUp(anna);
    await v.hear([[callId, [O]]], stay);
    await v.exchange.stopRecording(customer);
    await v.hear(
      [
        [callId, [O]],
        [outside, [C]],
      ],
      { forMs: 300 },
    );
    expect(await recorded(callId, outside)).toEqual(['anna', 'anna+outside', 'outside']);
  });

  it('and a supervisor only while he has barged in, not while he listens or whispers', async () => {
    const { callId, anna } = await v.talk();
    const boss = await v.ring(callId, 'supervisor');
    await v.exchange.watchLeg({ legId: boss, targetLegId: anna, mode: 'whisper' });
    await v.hear(
      [
        [callId, [A]],
        [anna, [C, S]],
      ],
      { forMs: 1500 },
    );
    await v.exchange.watchLeg({ legId: boss, targetLegId: anna, mode: 'listen' });
    await v.hear(
      [
        [callId, [A]],
        [anna, [C]],
      ],
      stay,
    );
    await v.exchange.unwatchLeg(boss);
    await v.exchange.join(callId, [boss]);
    await v.hear([[callId, [A, S]]], stay);
    await v.exchange.part(callId, boss);
    await v.exchange.watchLeg({ legId: boss, targetLegId: anna, mode: 'whisper' });
    await v.hear(
      [
        [callId, [A]],
        [anna, [C, S]],
      ],
      stay,
    );
    expect(await recorded(callId, anna, boss)).toEqual(['anna', 'anna+supervisor', 'anna']);
  });

  it('and silence in both while it is muted: voices before and after, nothing cut out', async () => {
    const { callId, customer, anna } = await v.talk();
    const begun = performance.now();
    await v.hear([[callId, [A]]], stay);
    await v.exchange.muteRecording(customer, true);
    await v.hear(
      [
        [callId, [A]],
        [anna, [C]],
      ],
      { forMs: 1500 },
    );
    await v.exchange.muteRecording(customer, false);
    await v.hear([[callId, [A]]], stay);
    const ms = performance.now() - begun;
    await v.hangUp(customer, anna);
    const { heard, spoken, ms: recordedMs } = await v.recorded(callId);
    expect(Math.abs(recordedMs - ms)).toBeLessThan(250);
    for (const [found, who] of [
      [heard, 'customer'],
      [spoken, 'anna'],
    ] as const) {
      expect(found.map((one) => one.who)).toEqual([who, 'silence', who]);
      expect(found[1]!.ms).toBeGreaterThan(1300);
    }
  });

  it('and stays muted through a change of agents and of servers', async () => {
    const { callId, customer, anna } = await v.talk();
    await v.hear([[callId, [A]]], stay);
    await v.exchange.muteRecording(customer, true);
    const boris = await v.ring(callId, 'boris');
    await v.hangUp(anna);
    await v.exchange.join(callId, [boris]);
    await v.hear(
      [
        [callId, [B]],
        [boris, [C]],
      ],
      stay,
    );
    await v.newServer();
    await v.exchange.startRecording(customer, filesOf(callId));
    await v.hear(
      [
        [callId, [B]],
        [boris, [C]],
      ],
      stay,
    );
    await v.exchange.muteRecording(customer, true);
    await v.exchange.muteRecording(customer, false);
    await v.hear([[callId, [B]]], stay);
    await v.hangUp(customer, boris);
    const { heard, spoken } = await v.recorded(callId);
    expect(heard.map(({ who }) => who)).toEqual(['customer', 'silence', 'customer']);
    expect(spoken.map(({ who }) => who)).toEqual(['anna', 'silence', 'boris']);
  });
});
