import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';

/** A thread that speaks for many phones through one socket: µ-law, a packet each 20 ms a leg (RFC 3550, 3551). */

export type ToSpeaker =
  | { readonly do: 'add'; readonly leg: number; readonly address: string; readonly port: number }
  | { readonly do: 'drop'; readonly leg: number }
  | { readonly do: 'listen'; readonly seconds: number };

export interface Heard {
  readonly legs: number;
  /** Packets that the other ends sent to these legs, as many as these sent: all keep the same step. */
  readonly sent: number;
  readonly lost: number;
  /** Came, but later than a phone waits. */
  readonly late: number;
}

const packetMs = 20;
const packetBytes = 160;
/** The legs speak in so many groups one after another, as unrelated phones do. */
const groups = 10;
/** What a phone's jitter buffer usually bridges. */
const lateMs = 60;

interface Leg {
  readonly address: string;
  readonly port: number;
  readonly packet: Buffer;
  seq: number;
  sent: number;
  received: number;
  late: number;
  /** Arrival less due time of the first packets: the least is taken as "in time". */
  base: number;
  firstSeq: number;
}

const legs = new Map<number, Leg>();
const byPort = new Map<number, Leg>();
// Some voice: noise that is the same in each packet.
const voice = Buffer.from(Array.from({ length: packetBytes }, (_, i) => 0x20 + ((i * 37) % 90)));

const socket = createSocket({ type: 'udp4', recvBufferSize: 8 << 20, sendBufferSize: 8 << 20 });
socket.bind(0, '127.0.0.1');
await once(socket, 'listening');
socket.on('message', (packet, from) => {
  const leg = byPort.get(from.port);
  if (leg === undefined || packet.length !== 12 + packetBytes) return;
  leg.received++;
  const seq = packet.readUInt16BE(2);
  if (leg.firstSeq < 0) leg.firstSeq = seq;
  const behind = performance.now() - ((seq - leg.firstSeq) & 0xffff) * packetMs;
  if (behind < leg.base) leg.base = behind;
  else if (behind > leg.base + lateMs) leg.late++;
});

let beat = 0;
let due = performance.now();
setInterval(() => {
  for (; due <= performance.now(); due += packetMs / groups) {
    for (const [number, leg] of legs) if (number % groups === beat % groups) speak(leg);
    beat++;
  }
}, 1);

function speak(leg: Leg): void {
  leg.seq = (leg.seq + 1) & 0xffff;
  leg.sent++;
  leg.packet.writeUInt16BE(leg.seq, 2);
  leg.packet.writeUInt32BE((leg.seq * packetBytes) >>> 0, 4);
  socket.send(leg.packet, leg.port, leg.address);
}

parentPort?.on('message', async (order: ToSpeaker) => {
  switch (order.do) {
    case 'add': {
      const packet = Buffer.concat([Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), voice]);
      packet.writeUInt32BE(order.leg, 8);
      const { address, port } = order;
      const leg = {
        address,
        port,
        packet,
        seq: 0,
        sent: 0,
        received: 0,
        late: 0,
        base: Infinity,
        firstSeq: -1,
      };
      legs.set(order.leg, leg);
      byPort.set(port, leg);
      return;
    }
    case 'drop': {
      const leg = legs.get(order.leg);
      legs.delete(order.leg);
      if (leg) byPort.delete(leg.port);
      return;
    }
    case 'listen': {
      for (const leg of legs.values())
        Object.assign(leg, { sent: 0, received: 0, late: 0, base: Infinity, firstSeq: -1 });
      await new Promise((done) => setTimeout(done, order.seconds * 1000));
      const heard = { legs: legs.size, sent: 0, lost: 0, late: 0 };
      for (const { sent, received, late } of legs.values()) {
        heard.sent += sent;
        // One packet may be on its way at either end.
        heard.lost += Math.max(0, sent - received - 2);
        heard.late += late;
      }
      parentPort?.postMessage(heard);
      return;
    }
    default:
      order satisfies never;
  }
});
parentPort?.postMessage(socket.address().port);
