import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentId, CallId, E164, LegId } from '../../server/basics/ids.ts';
import { type Exchange, ExchangeError, type ExchangeEvent } from '../../server/calls/exchange.ts';

/** An exchange with the telephone network behind it, real or in memory. */
export interface ExchangeWorld {
  readonly exchange: Exchange;
  /** The number that customers ring. */
  readonly hotlineNumber: string;
  /** A softphone that behaves as this number of docs/test-exchange.md. */
  addAgentPhone(sipUser: string, number: string): Promise<void>;
  /** A customer rings; the returned act makes him hang up. */
  customerCalls(call: { from: string | null; to: string; fromName?: string }): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

type EventOf<T extends ExchangeEvent['type']> = Extract<ExchangeEvent, { type: T }>;

/** Everything that an exchange told, and a way to wait for what it will tell. */
export class Heard {
  private readonly events: ExchangeEvent[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(exchange: Exchange) {
    exchange.onEvent((event) => {
      this.events.push(event);
      for (const look of this.waiting) look();
    });
  }

  all(): readonly ExchangeEvent[] {
    return this.events;
  }

  of(id: string): string[] {
    return this.events
      .filter((e) => ('legId' in e && e.legId === id) || ('callId' in e && e.callId === id))
      .map((e) => e.type);
  }

  /** The first event of this type, past or to come, that fits. */
  async first<T extends ExchangeEvent['type']>(
    type: T,
    fits: (event: EventOf<T>) => boolean = () => true,
    withinMs = 10_000,
  ): Promise<EventOf<T>> {
    const find = () => this.events.find((e): e is EventOf<T> => e.type === type && fits(e as EventOf<T>));
    return new Promise((done, failed) => {
      const look = () => {
        const event = find();
        if (!event) return;
        clearTimeout(late);
        this.waiting.delete(look);
        done(event);
      };
      const late = setTimeout(() => {
        this.waiting.delete(look);
        failed(new Error(`no ${type} within ${withinMs} ms`));
      }, withinMs);
      this.waiting.add(look);
      look();
    });
  }

  answered(legId: string) {
    return this.first('legAnswered', (e) => e.legId === legId);
  }

  ended(legId: string) {
    return this.first('legEnded', (e) => e.legId === legId);
  }
}

export const newCallId = () => randomUUID() as string as CallId;
export const legOf = (callId: CallId) => callId as string as LegId;

/** The promises of the port server/calls/exchange.ts, kept by the real exchange and by its twin alike. */
export function exchangeContract(name: string, makeWorld: () => Promise<ExchangeWorld>): void {
  describe(`the exchange port: ${name}`, { timeout: 20_000 }, () => {
    let world: ExchangeWorld;
    let exchange: Exchange;
    let heard: Heard;

    beforeAll(async () => {
      world = await makeWorld();
      exchange = world.exchange;
      heard = new Heard(exchange);
      await heard.first('exchangeUp');
      await world.addAgentPhone('agent-901', '79991140000');
      await world.addAgentPhone('agent-902', '79991020000');
    }, 90_000);
    afterAll(() => world?.stop());

    const dial = async (phone: string, ringMs = 5000) => {
      const callId = newCallId();
      await exchange.dialCustomer({ callId, phone: phone as E164, callerId: '+74951234567', ringMs });
      return callId;
    };
    const dialAnswered = async (phone = '+79991140000') => {
      const callId = await dial(phone);
      await heard.answered(callId);
      return callId;
    };
    const ringAgent = async (callId: CallId | null, sipUser = 'agent-901', ringMs = 5000) => {
      const legId = `ag-7-${randomUUID()}-1` as LegId;
      await exchange.ringAgent({
        legId,
        callId,
        agentId: 7 as AgentId,
        sipUser,
        callerId: '+79991140000',
        callerName: 'Иван "Хитрый" <1>',
        ringMs,
        autoAnswer: true,
      });
      return legId;
    };
    const agentAnswered = async (callId: CallId | null) => {
      const legId = await ringAgent(callId);
      await heard.answered(legId);
      return legId;
    };
    const hangUpAll = async (...legIds: string[]) => {
      for (const legId of legIds) {
        await exchange.hangUp(legId as LegId, 'normal');
        await heard.ended(legId);
      }
    };
    const kindOf = (act: Promise<unknown>) =>
      act.then(
        () => 'accepted',
        (error: unknown) => (error instanceof ExchangeError ? error.kind : error),
      );
    const unknownLeg = () => randomUUID() as string as LegId;

    it('tells of a dialled customer that he rings, answers and hangs up, in this order', async () => {
      const callId = await dial('+79991000101');
      const end = await heard.ended(callId);
      expect(heard.of(callId)).toEqual(['legRinging', 'legAnswered', 'legEnded']);
      expect(end).toMatchObject({ cause: 16, sipCode: 200 });
    });

    it.each([
      ['busy', '+79991010000', 17, 486],
      ['invalid', '+79991030000', 1, 404],
      ['rejecting', '+79991040000', 21, 603],
      ['unreachable', '+79991050000', 19, 480],
      ['congested', '+79991060000', 34, 503],
      ['changed', '+79991150000', 22, 410],
      ['silent', '+79991160000', 18, 408],
      ['barred', '+79991170000', 21, 403],
    ])('names cause and SIP status of a %s number', async (_name, phone, cause, sipCode) => {
      expect(await heard.ended(await dial(phone))).toMatchObject({ cause, sipCode });
    });

    it('gives up a customer who does not answer within the ring time', async () => {
      const callId = await dial('+79991020000', 1000);
      expect(await heard.ended(callId)).toMatchObject({ cause: 19 });
      expect(heard.of(callId)).toEqual(['legRinging', 'legEnded']);
    });

    it('stops ringing when told to hang up', async () => {
      const callId = await dial('+79991020000', 30_000);
      await heard.first('legRinging', (e) => e.legId === legOf(callId));
      await exchange.hangUp(legOf(callId), 'normal');
      expect(await heard.ended(callId)).toMatchObject({ cause: 16, sipCode: 0 });
    });

    it('dials once when the same order comes twice', async () => {
      const callId = newCallId();
      const order = { callId, phone: '+79991140000' as E164, callerId: null, ringMs: 5000 };
      await exchange.dialCustomer(order);
      await exchange.dialCustomer(order);
      await heard.answered(callId);
      await exchange.dialCustomer(order);
      const { legs } = await exchange.survey();
      expect(legs.filter((leg) => leg.legId === legOf(callId))).toHaveLength(1);
      await hangUpAll(callId);
      expect(heard.of(callId).filter((type) => type === 'legAnswered')).toHaveLength(1);
    });

    it('refuses to ring a phone that nobody has', async () => {
      expect(await kindOf(ringAgent(newCallId(), 'agent-nobody'))).toBe('refused');
    });

    it('gives up an agent who does not answer within the ring time', async () => {
      const legId = await ringAgent(newCallId(), 'agent-902', 1000);
      expect(await heard.ended(legId)).toMatchObject({ cause: 19 });
    });

    it('joins customer and agent, shows both in its survey, and lets them live on when their bridge is closed', async () => {
      const callId = await dialAnswered();
      const agentLeg = await agentAnswered(callId);
      await exchange.join(callId, [legOf(callId), agentLeg]);
      const survey = await exchange.survey();
      const bridge = survey.bridges.find((b) => b.callId === callId);
      expect(new Set(bridge?.legIds)).toEqual(new Set([legOf(callId), agentLeg]));
      expect(survey.legs).toContainEqual({
        legId: legOf(callId),
        callId,
        role: 'customer',
        up: true,
        agentId: null,
      });
      expect(survey.legs).toContainEqual({ legId: agentLeg, callId, role: 'agent', up: true, agentId: 7 });
      await exchange.closeBridge(callId);
      await exchange.closeBridge(callId);
      const after = await exchange.survey();
      expect(after.bridges.some((b) => b.callId === callId)).toBe(false);
      expect(after.legs.filter((leg) => leg.callId === callId && leg.up)).toHaveLength(2);
      await hangUpAll(callId, agentLeg);
    });

    it('moves a kept-up leg from call to call', async () => {
      const keptLeg = await agentAnswered(null);
      const calls = [await dialAnswered(), await dialAnswered()] as const;
      for (const callId of calls) {
        await exchange.join(callId, [legOf(callId), keptLeg]);
        const survey = await exchange.survey();
        expect(survey.legs.find((leg) => leg.legId === keptLeg)?.callId).toBe(callId);
        const holders = survey.bridges.filter((b) => b.legIds.includes(keptLeg)).map((b) => b.callId);
        expect(holders).toEqual([callId]);
      }
      await exchange.part(calls[1], keptLeg);
      await exchange.part(calls[1], keptLeg);
      expect(await kindOf(exchange.startMusic(keptLeg))).toBe('accepted');
      expect(await kindOf(exchange.stopMusic(keptLeg))).toBe('accepted');
      for (const callId of calls) await exchange.closeBridge(callId);
      await hangUpAll(...calls, keptLeg);
    });

    it('makes the bridge again when it has gone in between', async () => {
      const callId = await dialAnswered();
      await exchange.join(callId, [legOf(callId)]);
      await exchange.closeBridge(callId);
      await exchange.join(callId, [legOf(callId)]);
      expect((await exchange.survey()).bridges).toContainEqual({ callId, legIds: [legOf(callId)] });
      await exchange.closeBridge(callId);
      await hangUpAll(callId);
    });

    it('plays a prompt to its end, and stops one when told', async () => {
      const callId = await dialAnswered();
      const [whole, cut] = [randomUUID(), randomUUID()];
      await exchange.play(legOf(callId), whole, ['recording-notice']);
      const end = await heard.first('playbackEnded', (e) => e.playbackId === whole, 20_000);
      expect(end).toMatchObject({ legId: callId, failed: false });
      expect(await exchange.isPlaying(whole)).toBe(false);
      await exchange.play(legOf(callId), cut, ['recording-notice', 'recording-notice', 'recording-notice']);
      expect(await exchange.isPlaying(cut)).toBe(true);
      await exchange.stopPlaying(cut);
      await heard.first('playbackEnded', (e) => e.playbackId === cut);
      await hangUpAll(callId);
    }, 30_000);

    it('hears the digits that a customer presses', async () => {
      const callId = await dialAnswered('+79991131230');
      await heard.first('digit', (e) => e.legId === legOf(callId) && e.digit === '0');
      const digits = heard.all().filter((e) => e.type === 'digit' && e.legId === legOf(callId));
      expect(digits.map((e) => (e.type === 'digit' ? e.digit : ''))).toEqual(['1', '2', '3', '0']);
      await hangUpAll(callId);
    });

    it('hears a customer begin and stop speaking when asked to watch', async () => {
      const callId = await dialAnswered('+79991080100');
      await exchange.watchSpeech(legOf(callId));
      await heard.first('speechStarted', (e) => e.legId === legOf(callId));
      const end = await heard.first('speechEnded', (e) => e.legId === legOf(callId));
      expect(end.speechMs).toBeGreaterThan(0);
      await exchange.unwatchSpeech(legOf(callId));
      await hangUpAll(callId);
    });

    it('begins and stops watching speech while a prompt plays, and nothing waits for its end', async () => {
      const callId = await dialAnswered();
      const playbackId = randomUUID();
      await exchange.play(legOf(callId), playbackId, ['recording-notice']);
      await exchange.watchSpeech(legOf(callId));
      await exchange.unwatchSpeech(legOf(callId));
      await exchange.survey();
      expect(heard.all().filter((e) => e.type === 'playbackEnded' && e.playbackId === playbackId)).toEqual(
        [],
      );
      await heard.first('playbackEnded', (e) => e.playbackId === playbackId, 20_000);
      await hangUpAll(callId);
    }, 30_000);

    it('dials somebody outside into a call, once, and shows him as that', async () => {
      const callId = await dialAnswered();
      const legId = `out-${callId}-1` as LegId;
      const order = { legId, callId, phone: '+79991140001' as E164, callerId: '+74951234567', ringMs: 5000 };
      await exchange.dialOutside(order);
      await exchange.dialOutside(order);
      await heard.answered(legId);
      await exchange.join(callId, [legOf(callId), legId]);
      const { legs, bridges } = await exchange.survey();
      expect(legs.filter((leg) => leg.legId === legId)).toEqual([
        { legId, callId, role: 'outside', up: true, agentId: null },
      ]);
      expect(bridges.find((b) => b.callId === callId)?.legIds).toContain(legId);
      await hangUpAll(legId, callId);
      const busy = { ...order, legId: `out-${callId}-2` as LegId, phone: '+79991010000' as E164 };
      await exchange.dialOutside(busy);
      expect(await heard.ended(busy.legId)).toMatchObject({ cause: 17, sipCode: 486 });
    });

    it('lets a leg hear ringing, and stops it as often as asked', async () => {
      const legId = await agentAnswered(null);
      await exchange.startRingback(legId);
      await exchange.stopRingback(legId);
      await exchange.stopRingback(legId);
      await hangUpAll(legId);
      expect(await kindOf(exchange.startRingback(legId))).toBe('gone');
      expect(await kindOf(exchange.stopRingback(legId))).toBe('gone');
    });

    it('sends touch tones and nothing else', async () => {
      const callId = await dialAnswered();
      expect(await kindOf(exchange.sendDigits(legOf(callId), '1#'))).toBe('accepted');
      for (const bad of ['', 'x', '1 2', '1'.repeat(33)])
        expect(await kindOf(exchange.sendDigits(legOf(callId), bad))).toBe('refused');
      await hangUpAll(callId);
      expect(await kindOf(exchange.sendDigits(legOf(callId), '1'))).toBe('gone');
    });

    it('lets a supervisor watch, change and stop, and his leg is no part of the call’s bridge', async () => {
      const callId = await dialAnswered();
      const [agentLeg, boss] = [await agentAnswered(callId), await agentAnswered(callId)];
      await exchange.join(callId, [legOf(callId), agentLeg]);
      const watch = (legId: LegId, targetLegId: LegId, mode: 'listen' | 'whisper') =>
        exchange.watchLeg({ legId, targetLegId, mode });
      for (const mode of ['listen', 'whisper', 'whisper', 'listen'] as const) {
        await watch(boss, agentLeg, mode);
        const { legs, bridges } = await exchange.survey();
        expect(new Set(bridges.find((b) => b.callId === callId)?.legIds)).toEqual(
          new Set([callId, agentLeg]),
        );
        expect(legs.filter((leg) => leg.callId === callId)).toHaveLength(3);
      }
      await exchange.unwatchLeg(boss);
      await exchange.unwatchLeg(boss);
      expect(await kindOf(watch(boss, unknownLeg(), 'listen'))).toBe('gone');
      expect(await kindOf(watch(unknownLeg(), agentLeg, 'listen'))).toBe('gone');
      await hangUpAll(boss, agentLeg, callId);
    });

    it('mutes a recording, and lets it be heard again', async () => {
      const callId = await dialAnswered();
      const legId = legOf(callId);
      await exchange.startRecording(legId, { heard: `${callId}.a.ulaw`, spoken: `${callId}.b.ulaw` });
      for (const muted of [true, true, false, false])
        expect(await kindOf(exchange.muteRecording(legId, muted))).toBe('accepted');
      await hangUpAll(callId);
      expect(await kindOf(exchange.muteRecording(legId, true))).toBe('gone');
    });

    it('offers a call to the hotline, answers it, and tells when the customer has hung up', async () => {
      const hangUp = await world.customerCalls({ from: '+79161112233', to: world.hotlineNumber });
      const offer = await heard.first('callOffered', (e) => e.from.endsWith('9161112233'));
      expect(offer.to).toBe(world.hotlineNumber);
      const legId = legOf(offer.callId);
      expect((await exchange.survey()).legs).toContainEqual({
        legId,
        callId: offer.callId,
        role: 'customer',
        up: false,
        agentId: null,
      });
      await exchange.answer(legId);
      await heard.answered(legId);
      await exchange.join(offer.callId, [legId]);
      await hangUp();
      expect(await heard.ended(legId)).toMatchObject({ cause: 16, sipCode: 200 });
      await exchange.closeBridge(offer.callId);
      expect(heard.of(legId)).toEqual(['callOffered', 'legAnswered', 'legEnded']);
    });

    it('offers the call of a customer who hides his number', async () => {
      await world.customerCalls({ from: null, to: world.hotlineNumber });
      const offer = await heard.first('callOffered', (e) => !/\d{7}/.test(e.from));
      await hangUpAll(offer.callId);
    });

    it('says "gone" of what is not there', async () => {
      const callId = await dialAnswered();
      await hangUpAll(callId);
      const legId = legOf(callId);
      expect(await kindOf(exchange.hangUp(legId, 'normal'))).toBe('gone');
      expect(await kindOf(exchange.answer(unknownLeg()))).toBe('gone');
      expect(await kindOf(exchange.join(newCallId(), [unknownLeg()]))).toBe('gone');
      expect(await kindOf(exchange.part(newCallId(), unknownLeg()))).toBe('gone');
      expect(await kindOf(exchange.play(legId, randomUUID(), ['goodbye']))).toBe('gone');
      expect(await kindOf(exchange.stopPlaying(randomUUID()))).toBe('gone');
      expect(await kindOf(exchange.startMusic(legId))).toBe('gone');
      expect(await kindOf(exchange.watchSpeech(legId))).toBe('gone');
      expect(await kindOf(exchange.startRecording(legId, { heard: 'a.ulaw', spoken: 'b.ulaw' }))).toBe(
        'gone',
      );
      expect(await kindOf(exchange.stopRecording(legId))).toBe('gone');
    });
  });
}
