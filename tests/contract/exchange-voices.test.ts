import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LegId } from '../../server/basics/ids.ts';
import { hz, Voices } from './voices.ts';

let v: Voices;
beforeAll(async () => {
  v = await Voices.start(23_800);
}, 90_000);
afterAll(() => v?.stop());

const { customer: C, anna: A, boris: B, outside: O, supervisor: S } = hz;

const isWatching = (legId: LegId, is = 1) =>
  vi.waitFor(async () => expect(await v.watching(legId)).toEqual({ bridges: is, snoops: is }));

describe('who hears whom', { timeout: 30_000 }, () => {
  it.each([false, true])(
    'customer and agent, on hold with music and back (kept-up leg: %s)',
    async (kept) => {
      const { callId, customer, anna } = await v.talk(kept);
      await v.hear([
        [callId, [A]],
        [anna, [C]],
      ]);
      await v.exchange.part(callId, customer);
      await v.exchange.startMusic(customer);
      await v.hearsMusic(callId);
      await v.hear([[anna, []]]);
      await v.exchange.stopMusic(customer);
      await v.exchange.join(callId, [customer]);
      await v.hear([
        [callId, [A]],
        [anna, [C]],
      ]);
      await v.hangUp(customer, anna);
    },
  );

  it.each([false, true])(
    'a consulted colleague, a conference, a completed transfer (kept-up legs: %s)',
    async (kept) => {
      const { callId, customer, anna } = await v.talk(kept);
      await v.exchange.part(callId, customer);
      await v.exchange.startMusic(customer);
      await v.exchange.startRingback(anna);
      await v.hearsRinging(anna);
      const boris = await v.ring(kept ? null : callId, 'boris');
      await v.exchange.stopRingback(anna);
      await v.exchange.join(callId, [anna, boris]);
      await v.hear([
        [anna, [B]],
        [boris, [A]],
      ]);
      await v.hearsMusic(callId);
      await v.exchange.stopMusic(customer);
      await v.exchange.join(callId, [customer]);
      await v.hear([
        [anna, [B, C]],
        [boris, [A, C]],
        [callId, [A, B]],
      ]);
      if (kept) await v.exchange.part(callId, anna);
      else await v.hangUp(anna);
      await v.hear([
        [boris, [C]],
        [callId, [B]],
      ]);
      await v.hangUp(customer, boris);
      if (kept) await v.hangUp(anna);
    },
  );

  it('a transfer that is completed out of the private talk, in each order', async () => {
    for (const order of ['joinFirst', 'leaveFirst'] as const) {
      const { callId, customer, anna } = await v.talk();
      await v.exchange.part(callId, customer);
      await v.exchange.startMusic(customer);
      const boris = await v.ring(callId, 'boris');
      await v.exchange.join(callId, [anna, boris]);
      await v.hear([
        [anna, [B]],
        [boris, [A]],
      ]);
      const join = async () => {
        await v.exchange.stopMusic(customer);
        await v.exchange.join(callId, [customer, boris]);
      };
      if (order === 'joinFirst') await join();
      await v.hangUp(anna);
      if (order === 'leaveFirst') await join();
      await v.hear([
        [boris, [C]],
        [callId, [B]],
      ]);
      await v.hangUp(customer, boris);
    }
  });

  it('a blind transfer to a colleague, and to an outside number', async () => {
    for (const target of ['boris', 'outside'] as const) {
      const { callId, customer, anna } = await v.talk();
      await v.hear([
        [callId, [A]],
        [anna, [C]],
      ]);
      await v.exchange.startMusic(customer);
      await v.hangUp(anna);
      await v.hearsMusic(callId);
      const next = target === 'boris' ? await v.ring(callId, 'boris') : await v.dialOutside(callId);
      const survey = await v.exchange.survey();
      expect(survey.legs.find((leg) => leg.legId === next)).toMatchObject({
        callId,
        role: target === 'boris' ? 'agent' : 'outside',
        up: true,
      });
      await v.exchange.stopMusic(customer);
      await v.exchange.join(callId, [customer, next]);
      await v.hear([
        [next, [C]],
        [callId, [target === 'boris' ? B : O]],
      ]);
      await v.hangUp(customer, next);
    }
  });

  it('a supervisor who listens, whispers, barges in and leaves; nothing is left over', async () => {
    const { callId, customer, anna } = await v.talk();
    const boss = await v.ring(callId, 'supervisor');
    const watch = (mode: 'listen' | 'whisper', targetLegId = anna) =>
      v.exchange.watchLeg({ legId: boss, targetLegId, mode });
    await watch('listen');
    await v.hear([
      [boss, [A, C]],
      [anna, [C]],
      [callId, [A]],
    ]);
    await watch('whisper');
    await v.hear([
      [boss, [A, C]],
      [anna, [C, S]],
      [callId, [A]],
    ]);
    await watch('whisper');
    await isWatching(boss);
    await watch('listen');
    await v.hear([
      [boss, [A, C]],
      [anna, [C]],
      [callId, [A]],
    ]);
    await isWatching(boss);
    const { legs } = await v.exchange.survey();
    expect(legs.filter((leg) => leg.callId === callId)).toHaveLength(3);
    expect(legs.find((leg) => leg.legId === boss)).toMatchObject({ role: 'agent', agentId: 9 });
    await v.exchange.unwatchLeg(boss);
    await v.exchange.join(callId, [boss]);
    await v.hear([
      [boss, [A, C]],
      [anna, [C, S]],
      [callId, [A, S]],
    ]);
    await v.exchange.part(callId, boss);
    await watch('listen');
    await v.hear([
      [boss, [A, C]],
      [anna, [C]],
      [callId, [A]],
    ]);
    await v.exchange.unwatchLeg(boss);
    await v.exchange.unwatchLeg(boss);
    await v.hear([
      [boss, []],
      [anna, [C]],
      [callId, [A]],
    ]);
    await isWatching(boss, 0);
    await v.hangUp(boss, customer, anna);
  });

  it('a supervisor goes with the call to its next agent, and his watching ends with either leg', async () => {
    const { callId, customer, anna } = await v.talk();
    const boss = await v.ring(callId, 'supervisor');
    await v.exchange.watchLeg({ legId: boss, targetLegId: anna, mode: 'whisper' });
    await v.hear([[boss, [A, C]]]);
    const boris = await v.ring(callId, 'boris');
    await v.exchange.join(callId, [boris]);
    await v.hangUp(anna);
    await v.hear([
      [boris, [C]],
      [callId, [B]],
      [boss, []],
    ]);
    await v.exchange.watchLeg({ legId: boss, targetLegId: boris, mode: 'whisper' });
    await v.hear([
      [boss, [B, C]],
      [boris, [C, S]],
      [callId, [B]],
    ]);
    await v.hangUp(boss);
    await isWatching(boss, 0);
    await v.hear([
      [boris, [C]],
      [callId, [B]],
    ]);
    const again = await v.ring(callId, 'supervisor');
    await v.exchange.watchLeg({ legId: again, targetLegId: boris, mode: 'listen' });
    await v.hangUp(boris);
    await isWatching(again, 0);
    expect((await v.exchange.survey()).legs.find((leg) => leg.legId === again)?.up).toBe(true);
    await v.hangUp(customer, again);
    await v.exchange.closeBridge(callId);
  });

  it('another server finds who watches whom, changes it, and ends what is left over', async () => {
    const { callId, customer, anna } = await v.talk();
    const boss = await v.ring(callId, 'supervisor');
    await v.exchange.watchLeg({ legId: boss, targetLegId: anna, mode: 'listen' });
    await v.newServer();
    await v.exchange.watchLeg({ legId: boss, targetLegId: anna, mode: 'listen' });
    await isWatching(boss);
    await v.exchange.watchLeg({ legId: boss, targetLegId: anna, mode: 'whisper' });
    await isWatching(boss);
    await v.hear([
      [boss, [A, C]],
      [anna, [C, S]],
      [callId, [A]],
    ]);
    // He hangs up while no server is there.
    v.connection.close();
    v.phones.hangUp(v.phone(boss));
    await v.newServer();
    await isWatching(boss, 0);
    await v.hear([
      [anna, [C]],
      [callId, [A]],
    ]);
    await v.hangUp(customer, anna);
  });

  it('a leg that is not there is neither watched nor does it watch, and nothing is left over', async () => {
    const { customer, anna, callId } = await v.talk();
    const boss = await v.ring(callId, 'supervisor');
    const none = 'ag-5-none-1' as LegId;
    const watch = (legId: LegId, targetLegId: LegId) =>
      v.exchange.watchLeg({ legId, targetLegId, mode: 'listen' });
    await expect(watch(boss, none)).rejects.toMatchObject({ kind: 'gone' });
    await expect(watch(none, anna)).rejects.toMatchObject({ kind: 'gone' });
    await isWatching(boss, 0);
    await v.hangUp(customer, anna, boss);
  });

  it('the tone of a phone that rings: on a leg alone in its bridge and on one in none, until it is stopped', async () => {
    for (const kept of [true, false]) {
      const callId = await v.dial();
      const anna = await v.ring(kept ? null : callId, 'anna');
      await v.exchange.join(callId, [anna]);
      await v.exchange.startRingback(anna);
      await v.hearsRinging(anna);
      await v.exchange.stopRingback(anna);
      await v.exchange.join(callId, [callId as string as LegId]);
      await v.hear([
        [anna, [C]],
        [callId, [A]],
      ]);
      await v.hangUp(callId);
      await v.exchange.part(callId, anna);
      await v.exchange.startRingback(anna);
      await v.hearsRinging(anna);
      await v.newServer();
      await v.exchange.stopRingback(anna);
      await v.exchange.stopRingback(anna);
      await vi.waitFor(() => expect(v.phone(anna).loudness()).toBe(0));
      await v.hangUp(anna);
    }
  });

  it('touch tones reach the far end in their order, in a talk and out of it', async () => {
    const { callId, customer, anna } = await v.talk();
    await v.exchange.sendDigits(customer, '12*#');
    await v.exchange.sendDigits(customer, '0055');
    await vi.waitFor(() => expect(v.phone(callId).digits).toBe('12*#0055'), { timeout: 5000 });
    await v.exchange.part(callId, customer);
    await v.exchange.sendDigits(customer, '9A');
    await vi.waitFor(() => expect(v.phone(callId).digits).toBe('12*#00559A'), { timeout: 5000 });
    expect(v.phone(anna).digits).toBe('');
    for (const bad of ['', 'x', '1,2', '1'.repeat(33)]) {
      await expect(v.exchange.sendDigits(customer, bad)).rejects.toMatchObject({ kind: 'refused' });
    }
    await v.hangUp(customer, anna);
    await expect(v.exchange.sendDigits(customer, '1')).rejects.toMatchObject({ kind: 'gone' });
  });

  it('an agent who dials the echo test hears himself, and he can dial nothing else', async () => {
    const number = `7900000${String(B).padStart(4, '0')}`;
    const dial = (to: string) => v.phones.dial({ from: 'boris', number, to, port: v.bed.ports.sip });
    const { status, call } = await dial('echo');
    expect(status).toBe(200);
    // First the prompt.
    await vi.waitFor(() => expect(call.loudness()).toBeGreaterThan(0.01), { timeout: 5000 });
    await vi.waitFor(() => expect(call.hears([B])).toEqual([B]), { timeout: 10_000 });
    const { legs } = await v.exchange.survey();
    expect(legs.filter((leg) => leg.up && leg.callId !== null)).toEqual([]);
    const ledger = await readFile(join(v.bed.pbx.ledgerDir, 'Master.csv'), 'utf8');
    const lines = ledger.split('\n').filter((line) => line.includes('"from-agent","echo"'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line.split('","')[4]).toBe('');
    for (const other of ['+79161234567', 'echo2', 'customer'])
      expect((await dial(other)).status).toBeGreaterThan(399);
    await v.bed.pbx.cli('channel request hangup all');
    await vi.waitFor(() => expect(call.over).toBe(true));
  });
});
