import { io, type Socket } from 'socket.io-client';
import type {
  BrowserToServer,
  Command,
  CommandAnswer,
  Delta,
  Pop,
  ServerToBrowser,
  Snapshot,
  Topic,
} from '../../../server/live/schema.ts';
import { setServerTime } from '../ui/clock.ts';
import { takenOutside } from './tab.ts';
import { applyDelta, fromSnapshot, type TopicState } from './topic.ts';

/**
 * The live connection of this page: one socket, the topics it watches, and commands.
 * State is kept outside of React (external store): a delta redraws only what reads the entities it touches.
 */

export type ConnectionStatus =
  /** Not wanted: signed out. */
  | 'off'
  | 'connecting'
  | 'up'
  /** Lost; it comes back by itself. */
  | 'down';

export interface Connection {
  readonly status: ConnectionStatus;
  /** Since when (epoch ms of this browser's clock). */
  readonly since: number;
  /** This user's phone went to another browser or tab. */
  readonly takenOver: boolean;
}

/** How long a command may take before the page says that no answer came. */
const answerMs = 5000;

type LiveSocket = Socket<ServerToBrowser, BrowserToServer>;

let socket: LiveSocket | null = null;
let connection: Connection = { status: 'off', since: Date.now(), takenOver: false };
const states = new Map<Topic, TopicState>();
const wanted = new Map<Topic, number>();
const subscribing = new Set<Topic>();
/** Topics whose state was told since the socket is up. */
const fresh = new Set<Topic>();
const watchers = new Set<() => void>();
let connected: () => void = () => {};
let showPop: (pop: Pop, shown: () => void) => void = (_pop, shown) => shown();

function tell(): void {
  for (const watcher of watchers) watcher();
}

function become(status: ConnectionStatus): void {
  if (connection.status === status) return;
  connection = { ...connection, status, since: Date.now() };
  tell();
}

export function watchLive(handle: () => void): () => void {
  watchers.add(handle);
  return () => watchers.delete(handle);
}

export function readConnection(): Connection {
  return connection;
}

export function readTopic(topic: Topic): TopicState | null {
  return states.get(topic) ?? null;
}

/** A topic's state as of this connection; null while only an older one is known. */
export function readFresh(topic: Topic): TopicState | null {
  return connection.status === 'up' && fresh.has(topic) ? readTopic(topic) : null;
}

/** Who puts a popped card on screen; must call `shown` once it is in the document. */
export function onPop(handle: (pop: Pop, shown: () => void) => void): void {
  showPop = handle;
}

/** The phone is on another computer now. */
export function loseToOther(): void {
  takenOutside();
  connection = { ...connection, takenOver: true };
  tell();
}

/** The user wants the phone here again. */
export function takeBack(): void {
  connection = { ...connection, takenOver: false };
  tell();
}

/** Calls `handle` after each (re)connection of the socket. */
export function onConnected(handle: () => void): void {
  connected = handle;
}

/** Connects and keeps connected. */
export function connectLive(): void {
  if (socket === null) {
    socket = io({
      path: '/live',
      withCredentials: true,
      transports: ['websocket'],
      reconnectionDelay: 300,
      reconnectionDelayMax: 3000,
      timeout: 8000,
    });
    socket.on('connect', () => {
      fresh.clear();
      become('up');
      subscribing.clear();
      for (const topic of wanted.keys()) subscribe(topic);
      connected();
    });
    socket.on('disconnect', () => {
      if (connection.status === 'up') become('down');
    });
    socket.on('connect_error', () => {
      if (connection.status === 'connecting') become('down');
    });
    socket.on('snapshot', take);
    socket.on('delta', advance);
    socket.on('pop', (pop, shown) => showPop(pop, shown));
    socket.on('takenOver', loseToOther);
  } else if (!socket.connected) {
    socket.connect();
  }
  if (connection.status !== 'up') become('connecting');
}

/** Ends the connection for now: signed out, or the work went to another tab. */
export function disconnectLive(): void {
  socket?.disconnect();
  states.clear();
  become('off');
  tell();
}

function subscribe(topic: Topic): void {
  if (!socket?.connected || subscribing.has(topic)) return;
  subscribing.add(topic);
  const asked = socket;
  asked.timeout(answerMs).emit('subscribe', topic, (error, result) => {
    subscribing.delete(topic);
    if (asked.connected && wanted.has(topic)) {
      if (error) subscribe(topic);
      else if (result.ok) take(result.snapshot);
    }
  });
}

function take(snapshot: Snapshot): void {
  setServerTime(snapshot.serverTime);
  states.set(snapshot.topic, fromSnapshot(snapshot));
  fresh.add(snapshot.topic);
  tell();
}

function advance(delta: Delta): void {
  const next = applyDelta(states.get(delta.topic) ?? null, delta);
  if (next === null) {
    if (wanted.has(delta.topic)) subscribe(delta.topic);
    return;
  }
  states.set(delta.topic, next);
  tell();
}

/** Watches a topic until the returned function is called; several watchers share one subscription. */
export function wantTopic(topic: Topic): () => void {
  wanted.set(topic, (wanted.get(topic) ?? 0) + 1);
  if (wanted.get(topic) === 1) subscribe(topic);
  return () => {
    const left = (wanted.get(topic) ?? 1) - 1;
    if (left > 0) wanted.set(topic, left);
    else {
      wanted.delete(topic);
      states.delete(topic);
      fresh.delete(topic);
    }
  };
}

/** Sends a command. Never throws: without a connection or an answer within 5 s the refusal says so. */
export async function send(command: Command): Promise<CommandAnswer> {
  if (!socket?.connected) return { ok: false, reason: 'notConnected' };
  try {
    return await socket.timeout(answerMs).emitWithAck('command', command);
  } catch {
    return { ok: false, reason: socket.connected ? 'timeout' : 'notConnected' };
  }
}

/** Milliseconds of a round trip with one indexed query in the server. Rejects without a connection. */
export async function ping(): Promise<number> {
  if (!socket?.connected) throw new Error('not connected');
  const begun = performance.now();
  await socket.timeout(answerMs).emitWithAck('ping');
  return performance.now() - begun;
}
