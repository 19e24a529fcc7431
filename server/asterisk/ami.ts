import { connect, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { Log } from '../basics/log.ts';
import { ExchangeError } from '../calls/exchange.ts';

/**
 * AMI over one TCP connection: the exchange is watched through it, and what ARI cannot do (MixMonitor, the fallback
 * queue's members) is asked for. Messages are lines `Key: value`, ended by an empty line; `ActionID` joins an answer to
 * its action. Why not a library: docs/decisions/ari-and-ami-clients.md.
 */

/** One message of the exchange; keys as Asterisk writes them, the last of repeated keys wins. */
export type AmiMessage = Readonly<Record<string, string>>;

export interface AmiOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly log: Log;
  /** Classes of events that Asterisk sends us, e.g. `system,agent`; `system` is always among them. */
  readonly eventClasses?: string;
  /** Called for these events only (names as in `Event:`), in the order of arrival. */
  readonly wantedEvents: readonly string[];
  readonly onEvent: (event: AmiMessage) => void;
  /** Logged in, and the exchange is fully booted. */
  readonly onUp: () => void;
  readonly onDown: () => void;
  readonly actionTimeoutMs?: number;
  /** Actions that may wait for an answer at once; beyond it they are refused as `overloaded`. */
  readonly inFlightLimit?: number;
  readonly pingEveryMs?: number;
}

export interface AmiHealth {
  readonly up: boolean;
  readonly inFlight: number;
  readonly connects: number;
  readonly timeouts: number;
}

interface Waiting {
  readonly action: string;
  readonly deadline: number;
  /** Items of a list answer so far; null: no list is expected. */
  readonly items: AmiMessage[] | null;
  readonly resolve: (value: AmiMessage | AmiMessage[]) => void;
  readonly reject: (error: ExchangeError) => void;
}

const firstRetryMs = 100;
const lastRetryMs = 5000;
const sweepMs = 250;
const openTimeoutMs = 5000;
/** A message that does not end within this many characters is not AMI. */
const bufferLimit = 1_000_000;
const listLimit = 100_000;

const breaksLine = /[\r\n\0]/;

export class AmiClient {
  private readonly options: AmiOptions;
  private readonly wanted: ReadonlySet<string>;
  private readonly actionTimeoutMs: number;
  private socket: Socket | null = null;
  private up = false;
  private closed = false;
  private retryMs = firstRetryMs;
  private retry: NodeJS.Timeout | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  private openedAt = 0;
  private lastPing = 0;
  private seq = 0;
  private readonly inFlight = new Map<string, Waiting>();
  private readonly counts = { connects: 0, timeouts: 0 };

  constructor(options: AmiOptions) {
    this.options = options;
    this.wanted = new Set(options.wantedEvents);
    this.actionTimeoutMs = options.actionTimeoutMs ?? 5000;
    this.connect();
  }

  health(): AmiHealth {
    return { up: this.up, inFlight: this.inFlight.size, ...this.counts };
  }

  /**
   * Sends an action and gives its answer. Rejects with ExchangeError: `down` at once while there is no connection,
   * `timeout`, `overloaded`, `gone` when Asterisk says "No such channel", else `refused` with Asterisk's words.
   */
  async act(action: string, fields: Readonly<Record<string, string>>): Promise<AmiMessage> {
    return (await this.send(action, fields, null)) as AmiMessage;
  }

  /** Sends an action that answers with a list of events and gives these. An answer "none found" is an empty list. */
  async list(action: string, fields: Readonly<Record<string, string>>): Promise<AmiMessage[]> {
    try {
      return (await this.send(action, fields, [])) as AmiMessage[];
    } catch (error) {
      if (error instanceof ExchangeError && /\bno \w+ found\b/i.test(error.message)) return [];
      throw error;
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.lose(this.socket);
  }

  private send(
    action: string,
    fields: Readonly<Record<string, string>>,
    items: AmiMessage[] | null,
    beforeUp = false,
  ): Promise<AmiMessage | AmiMessage[]> {
    return new Promise((resolve, reject) => {
      const { socket, inFlight } = this;
      if (!socket || !(this.up || beforeUp)) {
        return reject(new ExchangeError('down', `${action}: no AMI connection to the exchange`));
      }
      if (inFlight.size >= (this.options.inFlightLimit ?? 500)) {
        return reject(new ExchangeError('overloaded', `${action}: too many AMI actions wait`));
      }
      const id = String(++this.seq);
      let text = `Action: ${action}\r\nActionID: ${id}\r\n`;
      for (const [key, value] of Object.entries(fields)) {
        if (breaksLine.test(key) || breaksLine.test(value)) {
          return reject(new ExchangeError('refused', `${action}: line break in ${JSON.stringify(key)}`));
        }
        text += `${key}: ${value}\r\n`;
      }
      inFlight.set(id, {
        action,
        deadline: performance.now() + this.actionTimeoutMs,
        items,
        resolve,
        reject,
      });
      socket.write(`${text}\r\n`);
    });
  }

  private connect(): void {
    const { host, port } = this.options;
    const socket = connect({ host, port });
    this.socket = socket;
    this.openedAt = performance.now();
    this.sweeper = setInterval(() => this.sweep(), sweepMs);
    // All of these belong to this one connection: half a message of the last one must never meet the next.
    const decoder = new StringDecoder('utf8');
    let buffer = '';
    let greeted = false;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      if (socket !== this.socket) return;
      buffer += decoder.write(chunk);
      if (!greeted) {
        const end = buffer.indexOf('\r\n');
        if (end >= 0 && !buffer.startsWith('Asterisk Call Manager/')) {
          this.options.log.warn('what answers on the AMI port is not Asterisk');
          return this.lose(socket);
        }
        if (end >= 0) {
          greeted = true;
          buffer = buffer.slice(end + 2);
          void this.logIn(socket);
        }
      }
      let from = 0;
      for (
        let end = buffer.indexOf('\r\n\r\n');
        greeted && end >= 0;
        end = buffer.indexOf('\r\n\r\n', from)
      ) {
        const text = buffer.slice(from, end);
        from = end + 4;
        this.received(parseMessage(text));
        if (socket !== this.socket) return;
      }
      buffer = buffer.slice(from);
      if (buffer.length > bufferLimit) {
        this.options.log.error('an AMI message without an end; connection dropped');
        this.lose(socket);
      }
    });
    socket.on('error', (error) => this.options.log.warn({ reason: error.message }, 'AMI connection failed'));
    socket.on('close', () => this.lose(socket));
  }

  private async logIn(socket: Socket): Promise<void> {
    const { user, password, log } = this.options;
    this.counts.connects++;
    try {
      const fields = { Username: user, Secret: password, Events: this.options.eventClasses ?? 'system' };
      await this.send('Login', fields, null, true);
    } catch (error) {
      log.error({ err: error }, 'AMI sign-in failed');
      this.lose(socket);
    }
  }

  private received(message: AmiMessage): void {
    const id = message.ActionID;
    const waiting = id === undefined ? undefined : this.inFlight.get(id);
    if (id !== undefined && waiting !== undefined) return this.answered(id, waiting, message);
    const event = message.Event;
    if (event === 'FullyBooted' && !this.up) {
      this.up = true;
      this.retryMs = firstRetryMs;
      this.lastPing = performance.now();
      this.options.onUp();
    }
    if (event === undefined || !this.wanted.has(event)) return;
    try {
      this.options.onEvent(message);
    } catch (error) {
      this.options.log.error({ err: error, event }, 'handling an AMI event failed');
    }
  }

  private answered(id: string, waiting: Waiting, message: AmiMessage): void {
    const { action, items, resolve, reject } = waiting;
    const failed = message.Response === 'Error';
    const text = message.Message ?? '';
    if (failed) {
      const kind = /no such channel/i.test(text) ? 'gone' : 'refused';
      reject(new ExchangeError(kind, `${action}: ${text.slice(0, 300)}`));
    } else if (items === null) resolve(message);
    else if (message.EventList === 'Complete') resolve(items);
    else {
      if (message.Event !== undefined && items.length < listLimit) items.push(message);
      return;
    }
    this.inFlight.delete(id);
  }

  private sweep(): void {
    const now = performance.now();
    for (const [id, { action, deadline, reject }] of this.inFlight) {
      if (deadline > now) break;
      this.inFlight.delete(id);
      this.counts.timeouts++;
      reject(new ExchangeError('timeout', `${action}: no answer in ${this.actionTimeoutMs} ms`));
    }
    if (!this.up && now - this.openedAt > openTimeoutMs) return this.lose(this.socket);
    if (!this.up || now - this.lastPing < (this.options.pingEveryMs ?? 10_000)) return;
    this.lastPing = now;
    const { socket } = this;
    this.act('Ping', {}).catch(() => {
      if (socket === this.socket) this.options.log.warn('AMI connection is dead');
      this.lose(socket);
    });
  }

  private lose(socket: Socket | null): void {
    if (socket === null || socket !== this.socket) return;
    this.socket = null;
    clearInterval(this.sweeper);
    socket.destroy();
    for (const { action, reject } of this.inFlight.values()) {
      reject(new ExchangeError('down', `${action}: AMI connection to the exchange lost`));
    }
    this.inFlight.clear();
    if (this.up) {
      this.up = false;
      if (!this.closed) this.options.onDown();
    }
    if (this.closed) return;
    this.retry = setTimeout(() => this.connect(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, lastRetryMs);
  }
}

/** `Key: value` lines to a message. A line without a colon is left out. */
export function parseMessage(text: string): AmiMessage {
  const message: Record<string, string> = Object.create(null);
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0)
      message[line.slice(0, colon)] = line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
  }
  return message;
}
