import WebSocket from 'ws';
import type { Log } from '../basics/log.ts';
import { ExchangeError } from '../calls/exchange.ts';
import { type AriEvent, type AriOperations, ariRoutes, type RESTResponse } from './ari-model.generated.ts';

/**
 * ARI over one WebSocket: events come in, REST requests go out and come back on the same socket (Asterisk >= 22.5,
 * "REST over WebSocket"). Asterisk handles the requests of one socket one after another, so requests sent without
 * waiting keep their order. Why not a library: docs/decisions/ari-and-ami-clients.md.
 */

export interface AriOptions {
  /** http://host:port/ari */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly app: string;
  readonly log: Log;
  /** Event types that Asterisk sends us; all others stay with it. */
  readonly wantedEvents: readonly AriEvent['type'][];
  /** Called for every event, in the order of arrival. Types that the description does not know come as well. */
  readonly onEvent: (event: AriEvent) => void;
  /** The socket is there, the application registered, the event filter set. */
  readonly onUp: () => void;
  readonly onDown: () => void;
  readonly requestTimeoutMs?: number;
  /** Requests on the wire at once; more wait in the queue. */
  readonly inFlightLimit?: number;
  /** Requests that may wait; beyond it they are refused as `overloaded`. */
  readonly queueLimit?: number;
  /** Silence after which the connection counts as dead. */
  readonly silenceLimitMs?: number;
}

/** Asterisk answered with an error; `status` is its HTTP status. */
export class AriError extends ExchangeError {
  readonly status: number;
  constructor(kind: ExchangeError['kind'], status: number, message: string) {
    super(kind, message);
    this.status = status;
  }
}

export interface AriHealth {
  readonly up: boolean;
  /** Another client took our application: this one stays down. */
  readonly replaced: boolean;
  readonly inFlight: number;
  readonly queued: number;
  readonly connects: number;
  readonly timeouts: number;
  readonly malformedFrames: number;
}

export type AriOperation = keyof AriOperations;
type Input<K extends AriOperation> = AriOperations[K]['input'];
type Result<K extends AriOperation> = AriOperations[K]['result'];

interface Waiting {
  readonly id: string;
  readonly frame: string;
  readonly operation: AriOperation;
  readonly deadline: number;
  readonly resolve: (body: string | undefined) => void;
  readonly reject: (error: ExchangeError) => void;
}

const firstRetryMs = 100;
const lastRetryMs = 5000;
const openTimeoutMs = 5000;
const sweepMs = 250;

const breaksLine = /[\r\n\0]/;

export class AriClient {
  private readonly options: AriOptions;
  private readonly inFlightLimit: number;
  private readonly queueLimit: number;
  private readonly requestTimeoutMs: number;
  private socket: WebSocket | null = null;
  private up = false;
  private closed = false;
  private replaced = false;
  private retryMs = firstRetryMs;
  private retry: NodeJS.Timeout | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  private lastHeard = 0;
  private lastPing = 0;
  private seq = 0;
  /** Insertion order is deadline order: every request has the same time-out. */
  private readonly inFlight = new Map<string, Waiting>();
  private queue: Waiting[] = [];
  private readonly counts = { connects: 0, timeouts: 0, malformedFrames: 0 };

  constructor(options: AriOptions) {
    this.options = options;
    this.inFlightLimit = options.inFlightLimit ?? 64;
    this.queueLimit = options.queueLimit ?? 2000;
    this.requestTimeoutMs = options.requestTimeoutMs ?? 5000;
    this.connect();
  }

  health(): AriHealth {
    const { up, replaced, inFlight, queue, counts } = this;
    return { up, replaced, inFlight: inFlight.size, queued: queue.length, ...counts };
  }

  /** Sends an order whose answer matters only as a yes or no. Rejects with ExchangeError. */
  async order<K extends AriOperation>(operation: K, input: Input<K>): Promise<void> {
    await this.send(operation, input);
  }

  /** Sends a request and gives its result. Rejects with ExchangeError. */
  async ask<K extends AriOperation>(operation: K, input: Input<K>): Promise<Result<K>> {
    const body = await this.send(operation, input);
    return (body === undefined ? undefined : JSON.parse(body)) as Result<K>;
  }

  /** Ends the connection for good; what waits is rejected as `down`. */
  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.lose(this.socket);
  }

  private send(operation: AriOperation, input: object, beforeUp = false): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (!this.socket || !(this.up || beforeUp)) {
        return reject(new ExchangeError('down', `${operation}: no connection to the exchange`));
      }
      const full = this.inFlight.size >= this.inFlightLimit;
      if (full && this.queue.length >= this.queueLimit) {
        return reject(
          new ExchangeError('overloaded', `${operation}: ARI request queue is full (${this.queueLimit})`),
        );
      }
      const id = String(++this.seq);
      let frame: string;
      try {
        frame = requestFrame(id, operation, input);
      } catch (error) {
        return reject(error);
      }
      const deadline = performance.now() + this.requestTimeoutMs;
      const waiting: Waiting = { id, frame, operation, deadline, resolve, reject };
      if (full) this.queue.push(waiting);
      else this.launch(waiting);
    });
  }

  private launch(waiting: Waiting): void {
    this.inFlight.set(waiting.id, waiting);
    this.socket?.send(waiting.frame);
  }

  private launchQueued(): void {
    if (this.queue.length === 0) return;
    const free = this.inFlightLimit - this.inFlight.size;
    for (const waiting of this.queue.splice(0, free)) this.launch(waiting);
  }

  private connect(): void {
    const { url, user, password, app } = this.options;
    // All channels, not only ours: a channel that came in through the dialplan is no longer ours when it has left Stasis, and
    // its ChannelDestroyed would never reach us. The event filter keeps the rest away; it costs nothing measurable.
    const address = `${url.replace(/^http/, 'ws').replace(/\/$/, '')}/events?app=${encodeURIComponent(app)}&subscribeAll=true`;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const socket = new WebSocket(address, {
      headers: { authorization },
      perMessageDeflate: false,
      handshakeTimeout: openTimeoutMs,
      maxPayload: 64 * 1024 * 1024,
    });
    this.socket = socket;
    socket.on('open', () => void this.opened(socket));
    socket.on('message', (data) => {
      if (socket === this.socket) this.received(String(data));
    });
    socket.on('pong', () => {
      this.lastHeard = performance.now();
    });
    socket.on('error', (error) => {
      this.options.log.warn({ reason: error.message }, 'ARI connection failed');
    });
    socket.on('close', () => this.lose(socket));
  }

  private async opened(socket: WebSocket): Promise<void> {
    this.counts.connects++;
    this.lastHeard = performance.now();
    this.lastPing = this.lastHeard;
    this.sweeper = setInterval(() => this.sweep(), sweepMs);
    const { app, wantedEvents } = this.options;
    // Answers to our own requests pass through the same filter as events: without RESTResponse we would hear nothing.
    const allowed = [...wantedEvents, 'RESTResponse', 'ApplicationReplaced'].map((type) => ({ type }));
    try {
      await this.send('applications.filter', { applicationName: app, filter: { allowed } }, true);
    } catch (error) {
      this.options.log.warn({ err: error }, 'ARI application could not be set up');
      return this.lose(socket);
    }
    if (socket !== this.socket) return;
    this.retryMs = firstRetryMs;
    this.up = true;
    this.options.onUp();
  }

  private received(text: string): void {
    this.lastHeard = performance.now();
    let message: { type?: unknown } | null;
    try {
      message = JSON.parse(text);
    } catch {
      message = null;
    }
    if (typeof message?.type !== 'string') {
      this.counts.malformedFrames++;
      return;
    }
    const event = message as AriEvent;
    if (event.type === 'RESTResponse') return this.answered(event);
    if (event.type === 'ApplicationReplaced') {
      // Asterisk leaves the old socket open. Coming back would throw out the other switchboard in its turn.
      this.replaced = true;
      this.options.log.fatal('another switchboard has taken this exchange; this one stays away from it');
      return this.lose(this.socket);
    }
    try {
      this.options.onEvent(event);
    } catch (error) {
      this.options.log.error({ err: error, type: event.type }, 'handling an event of the exchange failed');
    }
  }

  private answered(response: RESTResponse): void {
    const waiting = this.inFlight.get(response.request_id);
    if (!waiting) return; // came after its time-out
    this.inFlight.delete(response.request_id);
    const { status_code: status, message_body: body } = response;
    if (status < 400) waiting.resolve(body);
    else waiting.reject(errorOf(waiting.operation, status, body ?? response.reason_phrase));
    this.launchQueued();
  }

  private sweep(): void {
    const now = performance.now();
    for (const waiting of this.inFlight.values()) {
      if (waiting.deadline > now) break;
      this.inFlight.delete(waiting.id);
      this.timeOut(waiting);
    }
    while (this.queue[0] && this.queue[0].deadline <= now) this.timeOut(this.queue.shift()!);
    this.launchQueued();
    const limit = this.options.silenceLimitMs ?? 10_000;
    if (now - this.lastHeard > limit) {
      this.options.log.warn({ silentMs: Math.round(now - this.lastHeard) }, 'ARI connection is dead');
      this.lose(this.socket);
    } else if (now - this.lastHeard > limit / 4 && now - this.lastPing > limit / 4) {
      this.lastPing = now;
      this.socket?.ping();
    }
  }

  private timeOut(waiting: Waiting): void {
    this.counts.timeouts++;
    waiting.reject(
      new ExchangeError('timeout', `${waiting.operation}: no answer in ${this.requestTimeoutMs} ms`),
    );
  }

  /** Ends this socket, rejects what waits for it and, unless it is over for good, tries again after a while. */
  private lose(socket: WebSocket | null): void {
    if (socket === null || socket !== this.socket) return;
    this.socket = null;
    clearInterval(this.sweeper);
    socket.terminate();
    const waiting = [...this.inFlight.values(), ...this.queue];
    this.inFlight.clear();
    this.queue = [];
    for (const { operation, reject } of waiting) {
      reject(new ExchangeError('down', `${operation}: connection to the exchange lost`));
    }
    if (this.up) {
      this.up = false;
      if (!this.closed) this.options.onDown();
    }
    if (this.closed || this.replaced) return;
    this.retry = setTimeout(() => this.connect(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, lastRetryMs);
  }
}

/** Routes cut at their placeholders once: 'channels/{channelId}/answer' -> ['channels/', 'channelId', '/answer']. */
const cutRoutes = new Map(
  Object.entries(ariRoutes).map(([name, route]) => [
    name as AriOperation,
    { ...route, parts: route.path.split(/[{}]/) },
  ]),
);

/** One request as the frame that goes out. Refuses line breaks in any value: they would become SIP header lines. */
export function requestFrame(id: string, operation: AriOperation, input: object): string {
  const route = cutRoutes.get(operation)!;
  const values = input as Record<string, unknown>;
  let uri = '';
  const used = new Set<string>();
  for (let i = 0; i < route.parts.length; i++) {
    const part = route.parts[i]!;
    if (i % 2 === 0) uri += part;
    else {
      used.add(part);
      uri += encode(operation, part, values[part]);
    }
  }
  let separator = '?';
  for (const key in values) {
    const value = values[key];
    if (value === undefined || key === route.body || used.has(key)) continue;
    uri += `${separator}${key}=${encode(operation, key, value)}`;
    separator = '&';
  }
  const frame: Record<string, string> = {
    type: 'RESTRequest',
    transaction_id: '',
    request_id: id,
    method: route.method,
    uri,
  };
  const body = route.body === undefined ? undefined : values[route.body];
  if (body !== undefined) {
    frame.content_type = 'application/json';
    frame.message_body = JSON.stringify(route.wrapped ? { [route.body!]: body } : body, (key, value) => {
      if (typeof value === 'string' && breaksLine.test(value)) refuse(operation, key);
      return value;
    });
  }
  return JSON.stringify(frame);
}

function encode(operation: AriOperation, key: string, value: unknown): string {
  const text = String(value);
  if (breaksLine.test(text)) refuse(operation, key);
  return encodeURIComponent(text);
}

function refuse(operation: AriOperation, key: string): never {
  throw new ExchangeError('refused', `${operation}: line break in ${key}`);
}

/** Asterisk says "not found" with 404 for the thing in the path and with 400 or 422 for things in the query. */
function errorOf(operation: AriOperation, status: number, body: string): AriError {
  const gone = status === 404 || (status < 500 && /not found/i.test(body));
  return new AriError(gone ? 'gone' : 'refused', status, `${operation}: ${status} ${body.slice(0, 300)}`);
}
