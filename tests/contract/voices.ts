import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { ExchangeConnection } from '../../server/asterisk/exchange.ts';
import type { AgentId, CallId, E164, LegId } from '../../server/basics/ids.ts';
import { Heard, legOf, newCallId } from './exchange.suite.ts';
import { type ExchangeBed, startExchangeBed } from './exchange-bed.ts';
import { type ToneCall, TonePhones, toneAmplitude } from './tone-phones.ts';
import { amplitude, loudness } from './tones.ts';

/** Everybody's tone; none is a sum, difference or multiple of others. */
export const hz = { customer: 1000, anna: 700, boris: 480, outside: 1310, supervisor: 1630 } as const;
const ringHz = 425;
const everybody = Object.values(hz);
const names = Object.keys(hz) as (keyof typeof hz)[];
/** 50 ms: a whole number of periods of each tone, nearly. */
const stretchBytes = 400;

export interface Stretch {
  readonly who: string;
  readonly ms: number;
}

/** A real exchange, and people whose ears are measured. */
export class Voices {
  readonly bed: ExchangeBed;
  readonly phones: TonePhones;
  connection: ExchangeConnection;
  heard: Heard;
  #numbers = 0;
  readonly #numberOf = new Map<string, string>();

  private constructor(bed: ExchangeBed, phones: TonePhones) {
    this.bed = bed;
    this.phones = phones;
    this.connection = bed.connect();
    this.heard = new Heard(this.connection.exchange);
  }

  static async start(basePort: number): Promise<Voices> {
    const network = basePort + 40;
    // Each next leg's RTP numbers lie behind those of the one before: the hardest case for a recording.
    let next = 60_000;
    const phones = await TonePhones.open(network, () => {
      next -= 9000;
      if (next < 0) next += 65_536;
      return next;
    });
    try {
      const voices = new Voices(await startExchangeBed(basePort, { network }), phones);
      await voices.ready();
      for (const name of ['anna', 'boris', 'supervisor'] as const) {
        await voices.bed.addAgentPhone(name, `7900000${String(hz[name]).padStart(4, '0')}`);
      }
      return voices;
    } catch (error) {
      phones.close();
      throw error;
    }
  }

  get exchange() {
    return this.connection.exchange;
  }

  /** The server dies and another one comes. */
  async newServer(): Promise<void> {
    this.connection.close();
    this.connection = this.bed.connect();
    this.heard = new Heard(this.connection.exchange);
    await this.ready();
    await this.exchange.survey();
  }

  async stop(): Promise<void> {
    this.connection.close();
    this.phones.close();
    await this.bed.stop();
  }

  async dial(): Promise<CallId> {
    const callId = newCallId();
    const phone = this.#number(hz.customer);
    this.#numberOf.set(callId, phone.slice(1));
    await this.exchange.dialCustomer({ callId, phone, callerId: null, ringMs: 5000 });
    await this.heard.answered(callId);
    return callId;
  }

  async dialOutside(callId: CallId): Promise<LegId> {
    const legId = `out-${callId}-1` as LegId;
    const phone = this.#number(hz.outside);
    this.#numberOf.set(legId, phone.slice(1));
    await this.exchange.dialOutside({ legId, callId, phone, callerId: null, ringMs: 5000 });
    await this.heard.answered(legId);
    return legId;
  }

  async ring(callId: CallId | null, who: 'anna' | 'boris' | 'supervisor'): Promise<LegId> {
    const agentId = (who === 'anna' ? 1 : who === 'boris' ? 2 : 9) as AgentId;
    const legId = `ag-${agentId}-${callId ?? 'keep'}-${randomUUID()}` as LegId;
    const caller = { callerId: null, callerName: null };
    const order = { legId, callId, agentId, sipUser: who, ...caller, ringMs: 5000, autoAnswer: true };
    await this.exchange.ringAgent(order);
    await this.heard.answered(legId);
    return legId;
  }

  /** The phone at the far end of a leg. */
  phone(id: string): ToneCall {
    const number = this.#numberOf.get(id);
    const call = this.phones.find((one) =>
      number === undefined ? one.header('X-Dozvon-Leg') === id : one.number === number,
    );
    if (call === undefined) throw new Error(`nobody has ${id}`);
    return call;
  }

  /** Waits until each of these has heard exactly these voices for so long from now on, all at the same time. */
  async hear(
    who: readonly (readonly [id: string, voices: readonly number[]])[],
    { forMs = 300 } = {},
  ): Promise<void> {
    const begun = performance.now();
    await vi.waitFor(
      () => {
        expect(performance.now() - begun).toBeGreaterThan(forMs);
        for (const [id, voices] of who) {
          const wanted = everybody.filter((one) => voices.includes(one));
          expect(this.phone(id).hears(everybody, forMs)).toEqual(wanted);
        }
      },
      { timeout: 5000, interval: 50 },
    );
  }

  /** What a file holds, told in order: voices in each stretch of 0.2 s and more, with its length. */
  async stretches(file: string): Promise<Stretch[]> {
    const sound = await this.read(file);
    const found: { who: string; bytes: number }[] = [];
    for (let at = 0; at + stretchBytes <= sound.length; at += stretchBytes) {
      const piece = sound.subarray(at, at + stretchBytes);
      const voices = names.filter((name) => amplitude(piece, hz[name]) > toneAmplitude / 2);
      const who = loudness(piece) < 0.003 ? 'silence' : voices.length > 0 ? voices.join('+') : 'music';
      if (found.at(-1)?.who === who) found.at(-1)!.bytes += stretchBytes;
      else found.push({ who, bytes: stretchBytes });
    }
    const long = found.filter(({ bytes }) => bytes >= 1600);
    // What a short gap cut in two is one stretch.
    const merged: { who: string; bytes: number }[] = [];
    for (const one of long) {
      if (merged.at(-1)?.who === one.who) merged.at(-1)!.bytes += one.bytes;
      else merged.push({ ...one });
    }
    return merged.map(({ who, bytes }) => ({ who, ms: bytes / 8 }));
  }

  /** Waits until he hears something that is nobody's voice. */
  async hearsMusic(id: string): Promise<void> {
    await vi.waitFor(
      () => {
        expect(this.phone(id).hears(everybody)).toEqual([]);
        expect(this.phone(id).loudness()).toBeGreaterThan(0.005);
      },
      { timeout: 5000, interval: 50 },
    );
  }

  /** Waits until he hears the tone of a phone that rings: a second of it in each five. */
  async hearsRinging(id: string): Promise<void> {
    await vi.waitFor(() => expect(this.phone(id).hears([ringHz, ...everybody])).toEqual([ringHz]), {
      timeout: 8000,
      interval: 50,
    });
  }

  async hangUp(...legIds: string[]): Promise<void> {
    for (const legId of legIds) {
      await this.exchange.hangUp(legId as LegId, 'normal');
      await this.heard.ended(legId);
    }
  }

  /** Customer and agent talk, the call is recorded. */
  async talk(kept = false): Promise<{ callId: CallId; customer: LegId; anna: LegId }> {
    const anna = await this.ring(null, 'anna');
    const callId = await this.dial();
    const customer = legOf(callId);
    const own = kept ? anna : await this.ring(callId, 'anna');
    if (!kept) await this.hangUp(anna);
    await this.exchange.join(callId, [customer, own]);
    await this.exchange.startRecording(customer, filesOf(callId));
    return { callId, customer, anna: own };
  }

  /** What the exchange has for a watching leg: the bridge that holds it, and how many listen for it. */
  async watching(legId: LegId): Promise<{ bridges: number; snoops: number }> {
    const {
      ASTERISK_ARI_URL: url,
      ASTERISK_ARI_USER: user,
      ASTERISK_ARI_PASSWORD: password,
    } = this.bed.config;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const ids = async (what: string) => {
      const response = await fetch(`${url}/${what}`, { headers: { authorization } });
      return ((await response.json()) as { id: string }[]).map(({ id }) => id);
    };
    const [channels, bridges] = [await ids('channels'), await ids('bridges')];
    return {
      bridges: bridges.filter((id) => id === `watch-${legId}`).length,
      snoops: channels.filter((id) => id.startsWith('snoop-') && id.includes(legId)).length,
    };
  }

  /** Waits until both files have come to their end, and reads what they hold. */
  async recorded(callId: CallId): Promise<{ heard: Stretch[]; spoken: Stretch[]; ms: number }> {
    const { heard, spoken } = filesOf(callId);
    const ms = await vi.waitFor(async () => {
      const [a, b] = [(await this.read(heard)).length, (await this.read(spoken)).length];
      expect(a).toBeGreaterThan(8000);
      expect(Math.abs(a - b)).toBeLessThan(400);
      return a / 8;
    });
    return { heard: await this.stretches(heard), spoken: await this.stretches(spoken), ms };
  }

  read(file: string): Promise<Buffer> {
    return readFile(join(this.bed.pbx.recordingsDir, file)).catch(() => Buffer.alloc(0));
  }

  private async ready(): Promise<void> {
    await this.heard.first('exchangeUp');
    await vi.waitFor(() => expect(this.connection.health().ami.up).toBe(true), { timeout: 5000 });
  }

  #number(tone: number): E164 {
    return `+79${String(++this.#numbers).padStart(5, '0')}${String(tone).padStart(4, '0')}` as E164;
  }
}

export const filesOf = (callId: CallId) => ({
  heard: `${callId}.customer.ulaw`,
  spoken: `${callId}.agent.ulaw`,
});
