import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { parse } from 'csv-parse/sync';
import { type Population, populationGlobals } from './population.ts';

/** What a customer does once his call is answered; docs/test-exchange.md. */
export const behaviours = ['speak', 'hello', 'silent', 'none', 'echo', 'tone', 'dtmf', 'machine'] as const;
export type Behaviour = (typeof behaviours)[number];
export const isBehaviour = (word: string): word is Behaviour => behaviours.some((one) => one === word);

export interface CustomerCall {
  /** E.164 with plus, or null for a caller who hides his number. */
  readonly from: string | null;
  readonly fromName?: string;
  /** The number he rings, digits with or without plus. */
  readonly to: string;
  readonly behaviour?: Behaviour;
  /** tone: Hz; dtmf: digits. */
  readonly parameter?: string;
  /** He lets it ring this long, then gives up (default 60,000). */
  readonly ringMs?: number;
  /** He hangs up this long after the answer; absent: never. */
  readonly hangUpAfterMs?: number;
}

/** One call as the telephone network saw it. Times in milliseconds since 1970. */
export interface CdrRow {
  readonly channelId: string;
  readonly from: string;
  readonly to: string;
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number;
  readonly disposition: 'ANSWERED' | 'NO ANSWER' | 'BUSY' | 'FAILED' | 'CONGESTION';
  /** Q.850; null where the network's dialplan never ran (a call to the product that it did not answer). */
  readonly cause: number | null;
  /** The channel or dialplan line that hung up. */
  readonly hungUpBy: string;
}

type Fields = Readonly<Record<string, string>>;

/** Customers and their telephone network, moved through the test exchange's AMI. */
export class TestExchange {
  readonly #cdrFile: string;
  readonly #address: { host: string; port: number; user: string; password: string };
  readonly #waiting = new Map<string, { done: (answer: Fields) => void; failed: (error: Error) => void }>();
  #socket: Promise<Socket> | null = null;

  constructor(amiHost: string, amiPort: number, user: string, password: string, cdrFile: string) {
    this.#address = { host: amiHost, port: amiPort, user, password };
    this.#cdrFile = cdrFile;
  }

  /** Places a customer's call; resolves once the exchange has taken the order. The id is the one in the CDR. */
  async call(call: CustomerCall): Promise<{ channelId: string }> {
    const channelId = `cust-${randomUUID()}`;
    const variables: string[] = [];
    if (call.parameter !== undefined) variables.push(`PARAMETER=${call.parameter}`);
    if (call.hangUpAfterMs !== undefined) variables.push(`HANG_UP_AFTER_S=${call.hangUpAfterMs / 1000}`);
    await this.#act({
      Action: 'Originate',
      Channel: `PJSIP/${call.to}@pbx`,
      ChannelId: channelId,
      Context: 'caller',
      Exten: call.behaviour ?? 'speak',
      Priority: '1',
      Account: call.to,
      Timeout: String(call.ringMs ?? 60_000),
      Async: 'true',
      // Without a caller id the INVITE says anonymous@anonymous.invalid, as a carrier does for a hidden number.
      ...(call.from !== null && {
        CallerID: call.fromName ? `"${call.fromName}" <${call.from}>` : call.from,
      }),
      ...(variables.length > 0 && { Variable: variables }),
    });
    return { channelId };
  }

  /** The customer hangs up. Quiet when the call is over already. */
  async hangUp(channelId: string): Promise<void> {
    await this.#act({ Action: 'Hangup', Channel: channelId, Cause: '16' }).catch((error: Error) => {
      if (!/No such channel/i.test(error.message)) throw error;
    });
  }

  /** Changes who lives behind "any other number"; `voice: false` makes them silent and without media. */
  async setPopulation(
    population: Population,
    options: { seed?: string; voice?: boolean } = {},
  ): Promise<void> {
    const globals: Record<string, string> = { ...populationGlobals(population) };
    if (options.seed !== undefined) globals.POP_SEED = options.seed;
    if (options.voice !== undefined) globals.POP_VOICE = options.voice ? '1' : '0';
    for (const [name, value] of Object.entries(globals)) {
      await this.#act({ Action: 'Setvar', Variable: name, Value: value });
    }
  }

  /** Every call that has ended and was written (up to a second after its end). */
  async cdr(): Promise<CdrRow[]> {
    const text = await readFile(this.#cdrFile, 'utf8').catch(() => '');
    // The last line may be half written.
    const rows: string[][] = parse(text.slice(0, text.lastIndexOf('\n') + 1), { relax_quotes: true });
    return rows.map(([id, src, dst, account, start, answer, end, disposition, userfield]) => {
      const [cause, hungUpBy] = (userfield ?? '').split(';');
      return {
        channelId: id ?? '',
        from: src ?? '',
        to: account || dst || '',
        startedAt: Math.round(Number(start) * 1000),
        answeredAt: Number(answer) > 0 ? Math.round(Number(answer) * 1000) : null,
        endedAt: Math.round(Number(end) * 1000),
        disposition: disposition as CdrRow['disposition'],
        cause: cause ? Number(cause) : null,
        hungUpBy: hungUpBy ?? '',
      };
    });
  }

  async close(): Promise<void> {
    const socket = await this.#socket?.catch(() => null);
    this.#socket = null;
    socket?.destroy();
  }

  #connect(): Promise<Socket> {
    const { host, port, user, password } = this.#address;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      let rest = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => {
        const messages = (rest + chunk.replace(/^Asterisk Call Manager[^\n]*\n/, '')).split('\r\n\r\n');
        rest = messages.pop() ?? '';
        for (const message of messages) this.#take(message);
      });
      socket.on('error', reject);
      socket.on('close', () => {
        this.#socket = null;
        for (const { failed } of this.#waiting.values()) failed(new Error('The test exchange is gone.'));
        this.#waiting.clear();
      });
      socket.on('connect', () => {
        const login = { Action: 'Login', Username: user, Secret: password, Events: 'off' };
        this.#send(socket, login).then(() => resolve(socket), reject);
      });
    });
  }

  #take(message: string): void {
    const fields: Record<string, string> = {};
    for (const line of message.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trim();
    }
    const waiting = this.#waiting.get(fields.ActionID ?? '');
    if (!waiting || fields.Response === undefined) return;
    this.#waiting.delete(fields.ActionID ?? '');
    if (fields.Response === 'Success') waiting.done(fields);
    else waiting.failed(new Error(`The test exchange refused: ${fields.Message ?? ''}`));
  }

  #send(socket: Socket, action: Readonly<Record<string, string | string[]>>): Promise<Fields> {
    const lines: string[] = [];
    for (const [name, value] of Object.entries(action)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (/[\r\n\0]/.test(one)) throw new Error(`A line break in ${name} would be another action.`);
        lines.push(`${name}: ${one}`);
      }
    }
    const id = randomUUID();
    return new Promise((done, failed) => {
      const late = setTimeout(() => {
        this.#waiting.delete(id);
        failed(new Error('The test exchange did not answer within 5 s.'));
      }, 5000);
      const settle =
        <T>(act: (value: T) => void) =>
        (value: T) => {
          clearTimeout(late);
          act(value);
        };
      this.#waiting.set(id, { done: settle(done), failed: settle(failed) });
      socket.write(`${lines.join('\r\n')}\r\nActionID: ${id}\r\n\r\n`);
    });
  }

  async #act(action: Readonly<Record<string, string | string[]>>): Promise<Fields> {
    this.#socket ??= this.#connect();
    return this.#send(await this.#socket, action);
  }
}
