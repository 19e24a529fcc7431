import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { audioOf, headerOf, replyTo, sdpOf } from '../../stack/sip-answer.ts';
import type { Heard, ToSpeaker } from './speaker.ts';

/** Voice is sent and counted beside the thread that does SIP and the bench's own work, so that neither holds up the other. */
const speakers = 2;

/** Phones that answer every call at once, speak without a pause and count what they hear. */
export class FarEnds {
  private readonly sip: Socket;
  private readonly workers: readonly { readonly worker: Worker; readonly port: number }[];
  /** By Call-ID: who speaks for it, under which number, and how it was answered. */
  private readonly calls = new Map<string, { speaker: number; leg: number; answer: string }>();
  private legs = 0;
  private readonly seen = Promise.withResolvers<void>();
  /** The exchange has asked whether we are there: from then on it dials us. */
  readonly found = this.seen.promise;

  private constructor(sip: Socket, workers: FarEnds['workers']) {
    this.sip = sip;
    this.workers = workers;
    sip.on('message', (data, from) => {
      const reply = this.take(String(data));
      if (reply !== null) sip.send(reply, from.port, from.address);
    });
  }

  static async open(sipPort: number): Promise<FarEnds> {
    const workers = await Promise.all(
      Array.from({ length: speakers }, async () => {
        const worker = new Worker(new URL('./speaker.ts', import.meta.url));
        const [port] = (await once(worker, 'message')) as [number];
        return { worker, port };
      }),
    );
    const sip = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    sip.bind(sipPort, '127.0.0.1');
    await once(sip, 'listening');
    return new FarEnds(sip, workers);
  }

  /** Forgets what was heard and, after these seconds, tells what was said to them and what of it came. */
  async listen(seconds: number): Promise<Heard> {
    const heard = await Promise.all(
      this.workers.map(async ({ worker }) => {
        worker.postMessage({ do: 'listen', seconds } satisfies ToSpeaker);
        const [told] = (await once(worker, 'message')) as [Heard];
        return told;
      }),
    );
    return {
      legs: heard.reduce((sum, one) => sum + one.legs, 0),
      sent: heard.reduce((sum, one) => sum + one.sent, 0),
      lost: heard.reduce((sum, one) => sum + one.lost, 0),
      late: heard.reduce((sum, one) => sum + one.late, 0),
    };
  }

  async close(): Promise<void> {
    this.sip.close();
    await Promise.all(this.workers.map(({ worker }) => worker.terminate()));
  }

  private take(message: string): string | null {
    const [method] = message.split(' ', 1);
    const id = headerOf(message, 'Call-ID');
    const known = this.calls.get(id);
    switch (method) {
      case 'INVITE': {
        if (known) return known.answer;
        const to = audioOf(message);
        const leg = ++this.legs;
        const speaker = leg % speakers;
        const { worker, port } = this.workers[speaker]!;
        if (to) worker.postMessage({ do: 'add', leg, ...to } satisfies ToSpeaker);
        const answer = replyTo(message, '200 OK', { tag: randomBytes(4).toString('hex'), sdp: sdpOf(port) });
        this.calls.set(id, { speaker, leg, answer });
        return answer;
      }
      case 'BYE':
        if (known)
          this.workers[known.speaker]!.worker.postMessage({ do: 'drop', leg: known.leg } satisfies ToSpeaker);
        this.calls.delete(id);
        return replyTo(message, '200 OK');
      case 'OPTIONS':
        this.seen.resolve();
        return replyTo(message, '200 OK', { tag: 'any' });
      default:
        return null;
    }
  }
}
