import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { audioOf, headerOf, replyTo, sdpOf } from '../../scripts/stack/sip-answer.ts';
import { amplitude, loudness, silence, toneSecond } from './tones.ts';

/**
 * Telephones that answer every call at once, sound at a frequency of their own and keep what they hear: by them is measured
 * who hears whom. One UDP port of SIP (RFC 3261, as much as Asterisk needs to ring somebody), one of RTP a call (RFC 3550,
 * µ-law, touch tones by RFC 4733).
 *
 * The number says everything: `…HHHH` sounds at HHHH Hz, 0000 is silent.
 */

const packetMs = 20;
const packetBytes = 160;
export const toneAmplitude = 0.2;
/** What was heard longer ago is forgotten. */
const keptMs = 10_000;
/** Sound over which "who is heard now" is told. */
const windowMs = 300;

export class ToneCall {
  readonly number: string;
  readonly hz: number;
  /** Touch tones that came. */
  digits = '';
  /** When the other side ended it. */
  over = false;
  readonly #invite: string;
  readonly #tag = randomBytes(4).toString('hex');
  readonly #rtp: Socket;
  readonly #sound: Buffer;
  readonly #heard: { at: number; payload: Buffer }[] = [];
  readonly #ssrc = randomBytes(4);
  #to: { port: number; address: string } | null = null;
  #seq: number;
  #sent = 0;
  #lastDigitAt = -1;

  constructor(invite: string, number: string, rtp: Socket, firstSeq: number) {
    this.#invite = invite;
    this.#rtp = rtp;
    this.#seq = firstSeq;
    this.number = number;
    this.hz = Number(number.slice(-4));
    this.#sound = this.hz > 0 ? toneSecond(this.hz, toneAmplitude) : Buffer.alloc(8000, silence);
    rtp.on('message', (packet) => this.#take(packet));
  }

  /** Where the other side wants our voice. */
  talkTo(sdp: string): void {
    this.#to = audioOf(sdp);
  }

  /** A header of the INVITE; empty: it has none. */
  header(name: string): string {
    return headerOf(this.#invite, name);
  }

  /** Which of these frequencies were heard all through the last milliseconds; one that was faint, or there for a part only, is told as minus. */
  hears(frequencies: readonly number[], ms = windowMs): number[] {
    const sound = this.sound(ms);
    return frequencies.flatMap((hz) => {
      const loud = amplitude(sound, hz) / toneAmplitude;
      return loud > 0.85 ? [hz] : loud > 0.08 ? [-hz] : [];
    });
  }

  /** Root mean square of the last 0.3 s. */
  loudness(): number {
    return loudness(this.sound(windowMs));
  }

  /** What came in the last milliseconds; what did not come is silence. */
  sound(ms: number): Buffer {
    const from = performance.now() - ms;
    const whole = Buffer.alloc(ms * 8, silence);
    let at = 0;
    for (const { at: came, payload } of this.#heard) {
      if (came >= from && at + payload.length <= whole.length) at += payload.copy(whole, at);
    }
    return whole;
  }

  answer(cseq = headerOf(this.#invite, 'CSeq')): string {
    return replyTo(this.#invite, '200 OK', { tag: this.#tag, sdp: this.sdp(), cseq });
  }

  sdp(): string {
    return sdpOf(this.#rtp.address().port);
  }

  /** The person hangs up. The datagram goes to where the call came from. */
  bye(): string {
    const target = /<?(sip:[^>;\s]+)/.exec(headerOf(this.#invite, 'Contact'))?.[1] ?? '';
    return [
      `BYE ${target} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:5;branch=z9hG4bK${randomBytes(6).toString('hex')};rport`,
      `From: ${headerOf(this.#invite, 'To')};tag=${this.#tag}`,
      `To: ${headerOf(this.#invite, 'From')}`,
      `Call-ID: ${headerOf(this.#invite, 'Call-ID')}`,
      'CSeq: 1 BYE',
      'Max-Forwards: 70',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
  }

  /** One packet of this phone's voice. */
  speak(): void {
    if (this.over || this.#to === null) return;
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt16BE(this.#seq, 2);
    header.writeUInt32BE(this.#sent >>> 0, 4);
    this.#ssrc.copy(header, 8);
    const from = this.#sent % 8000;
    const payload = this.#sound.subarray(from, from + packetBytes);
    this.#rtp.send([header, payload], this.#to.port, this.#to.address);
    this.#seq = (this.#seq + 1) & 0xffff;
    this.#sent += packetBytes;
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.#rtp.close();
  }

  #take(packet: Buffer): void {
    if (packet.length < 13) return;
    const type = packet.readUInt8(1) & 0x7f;
    const now = performance.now();
    if (type === 101) {
      // All packets of one event carry the timestamp of its beginning.
      const at = packet.readUInt32BE(4);
      if (at !== this.#lastDigitAt) this.digits += '0123456789*#ABCD'[packet.readUInt8(12)] ?? '?';
      this.#lastDigitAt = at;
    } else if (type === 0) {
      this.#heard.push({ at: now, payload: packet.subarray(12) });
      while (this.#heard[0] && now - this.#heard[0].at > keptMs) this.#heard.shift();
    }
  }
}

export class TonePhones {
  readonly port: number;
  readonly #sip: Socket;
  readonly #calls = new Map<string, ToneCall>();
  readonly #beat: NodeJS.Timeout;
  readonly #dialling = new Map<string, (reply: string) => void>();
  readonly #from = new Map<ToneCall, { port: number; address: string }>();
  #firstSeq: () => number;

  private constructor(sip: Socket, firstSeq: () => number) {
    this.#sip = sip;
    this.port = sip.address().port;
    this.#firstSeq = firstSeq;
    sip.on('message', (data, from) => void this.#take(String(data), from));
    let due = performance.now();
    this.#beat = setInterval(() => {
      for (; due <= performance.now(); due += packetMs) for (const call of this.#calls.values()) call.speak();
    }, packetMs / 2);
  }

  /** `firstSeq`: the RTP number with which each next call begins. */
  static async open(port: number, firstSeq: () => number): Promise<TonePhones> {
    const sip = createSocket('udp4');
    sip.bind(port, '127.0.0.1');
    await once(sip, 'listening');
    return new TonePhones(sip, firstSeq);
  }

  /** The living call whose INVITE carried this header, else the newest to this number. */
  find(fits: (call: ToneCall) => boolean): ToneCall | undefined {
    return [...this.#calls.values()].findLast((call) => !call.over && fits(call));
  }

  /** Dials as this endpoint of the exchange; gives the final status, and the call if it was answered. */
  async dial(call: { from: string; number: string; to: string; port: number }): Promise<{
    status: number;
    call: ToneCall;
  }> {
    const id = randomBytes(8).toString('hex');
    const own = `127.0.0.1:${this.port}`;
    const request = (method: string, body: string, to = `<sip:${call.to}@127.0.0.1>`) =>
      [
        `${method} sip:${call.to}@127.0.0.1:${call.port} SIP/2.0`,
        `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${randomBytes(6).toString('hex')};rport`,
        `From: <sip:${call.from}@127.0.0.1>;tag=${id}`,
        `To: ${to}`,
        `Call-ID: ${id}`,
        `CSeq: 1 ${method}`,
        `Contact: <sip:${call.from}@${own}>`,
        'Max-Forwards: 70',
        ...(body ? ['Content-Type: application/sdp'] : []),
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n');
    const toneCall = new ToneCall('', call.number, await rtpSocket(), this.#firstSeq());
    this.#calls.set(id, toneCall);
    const send = (text: string) => this.#sip.send(text, call.port, '127.0.0.1');
    const final = new Promise<string>((done) => {
      this.#dialling.set(id, (reply) => {
        if (/^SIP\/2\.0 1/.test(reply)) return;
        send(request('ACK', '', headerOf(reply, 'To')));
        done(reply);
      });
    });
    send(request('INVITE', toneCall.sdp()));
    const reply = await final;
    const status = Number(reply.split(' ', 2)[1]);
    if (status === 200) toneCall.talkTo(reply);
    else toneCall.close();
    return { status, call: toneCall };
  }

  hangUp(call: ToneCall): void {
    const from = this.#from.get(call);
    if (from) this.#sip.send(call.bye(), from.port, from.address);
    call.close();
  }

  close(): void {
    clearInterval(this.#beat);
    for (const call of this.#calls.values()) call.close();
    this.#sip.close();
  }

  async #take(message: string, from: { port: number; address: string }): Promise<void> {
    const reply = (text: string) => this.#sip.send(text, from.port, from.address);
    const id = headerOf(message, 'Call-ID');
    const known = this.#calls.get(id);
    const [method] = message.split(' ', 1);
    switch (method) {
      case 'INVITE': {
        if (known) return void reply(known.answer(headerOf(message, 'CSeq')));
        const number = /^INVITE sip:\+?(\d+)@/.exec(message)?.[1] ?? '';
        const call = new ToneCall(message, number, await rtpSocket(), this.#firstSeq());
        call.talkTo(message);
        this.#calls.set(id, call);
        this.#from.set(call, from);
        return void reply(call.answer());
      }
      case 'BYE':
        known?.close();
        return void reply(replyTo(message, '200 OK'));
      case 'OPTIONS':
      case 'UPDATE':
      case 'CANCEL':
        return void reply(replyTo(message, '200 OK', { tag: 'any' }));
      case 'SIP/2.0':
        return this.#dialling.get(id)?.(message);
      default: // ACK
    }
  }
}

async function rtpSocket(): Promise<Socket> {
  const rtp = createSocket('udp4');
  rtp.bind(0, '127.0.0.1');
  await once(rtp, 'listening');
  return rtp;
}
