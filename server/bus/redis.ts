import { Redis } from 'ioredis';
import { z } from 'zod';
import type { Log } from '../basics/log.ts';
import {
  type Bus,
  campaignChangedSchema,
  type PlaceCall,
  placeCallSchema,
  placeCallsExpireMs,
  type SwitchboardStatus,
  switchboardStatusSchema,
} from './schema.ts';

/**
 * The bus over Redis or Valkey. Place-calls go through a stream per node with a consumer group: an entry stays until it
 * was handled. One entry carries a whole batch, so the cost per call is that of its JSON. Statuses are a hash of latest
 * values beside a channel.
 */
const GROUP = 'switchboard';
const STATUS_KEY = 'dozvon:status';
const CAMPAIGN_CHANNEL = 'dozvon:campaign-changed';
const streamOf = (node: string) => `dozvon:place-calls:${node}`;
const leaseOf = (name: string) => `dozvon:lease:${name}`;

/** A blocked read comes back after so long to see whether the bus was closed. */
const BLOCK_MS = 5000;
/** Calls in one stream entry; keeps an entry well below a megabyte even with long scripts. */
const CALLS_PER_ENTRY = 50;
/** Entries read at once. */
const ENTRIES_PER_READ = 20;

const placeCallsEntry = z.object({ at: z.number(), calls: z.array(z.unknown()) });

// KEYS: lease; ARGV: holder, ttl in ms. Returns 1 when the holder has it afterwards.
const TAKE_LEASE = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;
// KEYS: lease; ARGV: holder.
const DROP_LEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

type StreamReply = [stream: string, entries: [id: string, fields: string[] | null][]][] | null;

/** Connects in the background and reconnects for ever; commands reject at once while the bus is down. */
export function connectRedisBus({ url, log }: { url: string; log: Log }): Bus {
  const connections: Redis[] = [];
  const upDown = new Set<(up: boolean) => void>();
  let up = false;
  let closed = false;

  const connect = (blocking: boolean): Redis => {
    const redis = new Redis(url, {
      maxRetriesPerRequest: null,
      // A command while down is refused rather than kept: its sender knows better than a queue what is still wanted.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      ...(blocking ? {} : { commandTimeout: 5000 }),
      retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 6), 3000),
    });
    // Without a listener an error would end the process; the state is told by onUpDown.
    redis.on('error', (error) => log.debug({ err: error }, 'bus connection error'));
    connections.push(redis);
    return redis;
  };

  const main = connect(false);
  const tell = (now: boolean) => {
    if (now === up) return;
    up = now;
    for (const handle of upDown) handle(up);
  };
  main.on('ready', () => tell(true));
  main.on('close', () => tell(false));

  const subscriptions = new Map<string, (message: string) => void>();
  let subscriber: Redis | null = null;
  const subscribe = async (channel: string, handle: (message: string) => void) => {
    subscriptions.set(channel, handle);
    if (!subscriber) {
      const fresh = connect(true);
      subscriber = fresh;
      fresh.on('message', (from: string, message: string) => subscriptions.get(from)?.(message));
      // On every (re)connect, whoever subscribed before; ioredis' own memory of it is then not needed.
      fresh.on('ready', () => {
        fresh.subscribe(...subscriptions.keys()).catch(() => {});
      });
    } else if (subscriber.status === 'ready') await subscriber.subscribe(channel).catch(() => {});
  };
  const campaignHandlers = new Set<(campaignId: number) => void>();
  const statusHandlers = new Set<(status: SwitchboardStatus) => void>();

  const loops: Promise<void>[] = [];
  const takePlaceCalls = async (
    node: string,
    handle: (calls: PlaceCall[], again: boolean) => Promise<void>,
  ) => {
    const stream = streamOf(node);
    const reader = connect(true);
    const read = (from: '0' | '>'): Promise<StreamReply> =>
      reader.xreadgroup(
        'GROUP',
        GROUP,
        // One switchboard per node: whatever an earlier process read and never finished is ours.
        node,
        'COUNT',
        ENTRIES_PER_READ,
        'BLOCK',
        BLOCK_MS,
        'STREAMS',
        stream,
        from,
      ) as Promise<StreamReply>;
    // First whatever was read but not handled before a crash or a lost connection, then what is new.
    let from: '0' | '>' = '0';
    let ready = false;
    while (!closed) {
      try {
        if (!ready) {
          await whenReady(reader, () => closed);
          if (closed) return;
          await makeGroup(reader, stream);
          ready = true;
          from = '0';
        }
        const entries = (await read(from))?.[0]?.[1] ?? [];
        if (from === '0' && entries.length === 0) {
          from = '>';
          continue;
        }
        if (entries.length === 0) continue;
        const calls = entries.flatMap(([, fields]) => readEntry(fields, log));
        if (calls.length > 0) await handle(calls, from === '0');
        const ids = entries.map(([id]) => id);
        await reader
          .multi()
          .xack(stream, GROUP, ...ids)
          .xdel(stream, ...ids)
          .exec();
      } catch (error) {
        if (closed) return;
        log.warn({ err: error }, 'place-calls were not taken; trying again');
        ready = false;
        await pause(reader.status === 'ready' ? 500 : 100);
      }
    }
  };

  return {
    async sendPlaceCalls(node, calls) {
      if (calls.length === 0) return;
      const at = Date.now();
      const pipeline = main.pipeline();
      for (let i = 0; i < calls.length; i += CALLS_PER_ENTRY) {
        const entry = JSON.stringify({ at, calls: calls.slice(i, i + CALLS_PER_ENTRY) });
        pipeline.xadd(streamOf(node), '*', 'json', entry);
      }
      const results = await pipeline.exec();
      const failed = results?.find(([error]) => error)?.[0];
      if (failed) throw failed;
    },
    async onPlaceCalls(node, handle) {
      loops.push(takePlaceCalls(node, handle));
    },
    async publishStatus(status) {
      const json = JSON.stringify(status);
      await main.pipeline().hset(STATUS_KEY, status.node, json).publish(STATUS_KEY, json).exec();
    },
    async readStatus() {
      return Object.values(await main.hgetall(STATUS_KEY)).flatMap((json) => {
        const status = parse(switchboardStatusSchema, json, log);
        return status ? [status] : [];
      });
    },
    async onStatus(handle) {
      statusHandlers.add(handle);
      await subscribe(STATUS_KEY, (message) => {
        const status = parse(switchboardStatusSchema, message, log);
        if (status) for (const each of statusHandlers) each(status);
      });
    },
    async publishCampaignChanged(campaignId) {
      await main.publish(CAMPAIGN_CHANNEL, JSON.stringify({ campaignId }));
    },
    async onCampaignChanged(handle) {
      campaignHandlers.add(handle);
      await subscribe(CAMPAIGN_CHANNEL, (message) => {
        const changed = parse(campaignChangedSchema, message, log);
        if (changed) for (const each of campaignHandlers) each(changed.campaignId);
      });
    },
    async takeLease(name, holder, ttlMs) {
      return (await main.eval(TAKE_LEASE, 1, leaseOf(name), holder, ttlMs)) === 1;
    },
    async leaseHolder(name) {
      return main.get(leaseOf(name));
    },
    async dropLease(name, holder) {
      await main.eval(DROP_LEASE, 1, leaseOf(name), holder);
    },
    onUpDown(handle) {
      upDown.add(handle);
      handle(up);
    },
    async close() {
      closed = true;
      for (const connection of connections) connection.disconnect();
      await Promise.all(loops);
    },
  };
}

function readEntry(fields: string[] | null, log: Log): PlaceCall[] {
  // Null: deleted from the stream while it was pending here.
  const entry = fields === null ? null : parse(placeCallsEntry, fields[1] ?? '', log);
  if (!entry || Date.now() - entry.at >= placeCallsExpireMs) return [];
  return entry.calls.flatMap((call) => {
    const parsed = placeCallSchema.safeParse(call);
    if (parsed.success) return [parsed.data];
    log.error({ issues: parsed.error.issues.length }, 'a place-call of another shape was left out');
    return [];
  });
}

function parse<T>(schema: z.ZodType<T>, json: string, log: Log): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(json));
    if (parsed.success) return parsed.data;
  } catch {
    // Told below, like any other misfit.
  }
  log.error('a message of another shape came over the bus and was left out');
  return null;
}

async function makeGroup(redis: Redis, stream: string): Promise<void> {
  try {
    await redis.xgroup('CREATE', stream, GROUP, '0', 'MKSTREAM');
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
  }
}

async function whenReady(redis: Redis, closed: () => boolean): Promise<void> {
  while (redis.status !== 'ready' && !closed()) await pause(50);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
