import type { Server as HttpServer } from 'node:http';
import type { RequestHandler } from 'express';
import { Server, type Socket } from 'socket.io';
import type { AgentState } from '../agents/agent.ts';
import { callOf } from '../agents/agent.ts';
import type { AgentId } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import type { CallState } from '../calls/call-state.ts';
import type { Switchboard } from '../calls/switchboard.ts';
import type { Card } from '../customers/schema.ts';
import { readSessionUser, type SessionUser } from '../http/session.ts';
import { type CommandPorts, obey } from './commands.ts';
import { boardRoom, Hub, roomOf } from './hub.ts';
import {
  type BrowserToServer,
  type CommandAnswer,
  commandSchema,
  type Entity,
  type Pop,
  type PreviewView,
  type ServerToBrowser,
  topics,
} from './schema.ts';
import { agentView, callView, wrapUpView } from './views.ts';

type LiveSocket = Socket<BrowserToServer, ServerToBrowser>;

/** The board's deltas are gathered for so long: at 200 events a second a wallboard gets 10 messages, not 200. */
const boardFlushMs = 100;
/**
 * News of an agent and his new call waits so long for the call's pop. Drawn before the pop it costs the page some 20 ms, and the
 * card comes that much later (bench pop: 26 ms from look-up to pop with the news first, 5 ms with the pop first).
 */
const popFirstMs = 50;
/** The longest that a browser may take to show a card before the phone rings all the same (call.ts waits a little less). */
const popTimeoutMs = 2000;

/** Live things to and from browsers: rooms of sockets over the hub's versioned state. */
export class Live {
  private readonly io: Server<BrowserToServer, ServerToBrowser>;
  private readonly hub: Hub;
  private readonly log: Log;
  private readonly flushTimer: NodeJS.Timeout;
  /** The socket of the page that owns each agent's phone. */
  private readonly phoneOwners = new Map<number, LiveSocket>();
  /** Agents whose pop is on its way, with the timer that ends the wait. */
  private readonly popComing = new Map<number, NodeJS.Timeout>();
  private switchboard: Switchboard | null = null;
  private commands: CommandPorts | null = null;

  constructor(o: {
    http: HttpServer;
    sessions: RequestHandler;
    log: Log;
    now: () => number;
    indexedQuery: () => Promise<unknown>;
  }) {
    this.log = o.log;
    this.io = new Server(o.http, {
      path: '/live',
      serveClient: false,
      maxHttpBufferSize: 64 * 1024,
      pingInterval: 10_000,
      pingTimeout: 10_000,
    });
    this.io.engine.use(o.sessions);
    this.hub = new Hub((room, delta) => this.io.to(room).emit('delta', delta), o.now);
    this.flushTimer = setInterval(() => this.hub.flush(boardRoom), boardFlushMs);
    this.io.use((socket, next) => {
      const user = readSessionUser(socket.request);
      if (user === null) return next(new Error('signedOut'));
      socket.data.user = user;
      next();
    });
    this.io.on('connection', (socket) => this.welcome(socket, o.indexedQuery));
  }

  /** Opens the doors: from here on sockets are served. */
  start(switchboard: Switchboard, commands: CommandPorts): void {
    this.switchboard = switchboard;
    this.commands = commands;
  }

  async close(): Promise<void> {
    clearInterval(this.flushTimer);
    for (const timer of this.popComing.values()) clearTimeout(timer);
    await this.io.close();
  }

  // -------------------------------------------------------------- state to browsers

  /** Something on the board that is not an agent or a call: a queue, a campaign, a part. */
  show(key: string, entity: Entity): void {
    this.hub.put(boardRoom, key, entity);
  }

  hide(key: string): void {
    this.hub.del(boardRoom, key);
  }

  agentChanged(agent: AgentState): void {
    const key = `agent:${agent.agentId}`;
    const room = roomOf(agent.agentId);
    const view = agentView(agent);
    this.hub.put(boardRoom, key, view);
    this.hub.put(room, key, view);
    const callId = agent.activity.name === 'wrapUp' ? agent.activity.callId : callOf(agent);
    const wrapUp = wrapUpView(agent, callId === null ? undefined : this.switchboard?.desk.get(callId));
    if (wrapUp === null) this.hub.del(room, 'wrapUp');
    else this.hub.put(room, 'wrapUp', wrapUp);
    if (agent.activity.name === 'ringing') this.awaitPop(agent.agentId);
    else this.popCame(agent.agentId);
  }

  private awaitPop(agentId: number): void {
    if (this.popComing.has(agentId)) return;
    this.popComing.set(
      agentId,
      setTimeout(() => this.popCame(agentId), popFirstMs),
    );
  }

  private popCame(agentId: number): void {
    clearTimeout(this.popComing.get(agentId));
    this.popComing.delete(agentId);
    this.hub.flush(roomOf(agentId));
  }

  callChanged(call: CallState): void {
    const key = `call:${call.callId}`;
    const view = callView(call);
    if (call.end === null) this.hub.put(boardRoom, key, view);
    else this.hub.del(boardRoom, key);
    const agents = new Set([call.agentId, ...Object.values(call.legs).map((leg) => leg.agentId)]);
    for (const agentId of agents) {
      if (agentId === null) continue;
      const room = roomOf(agentId);
      if (call.agentId === agentId && call.end === null) this.hub.put(room, key, view);
      else this.hub.del(room, key);
      if (!this.popComing.has(agentId)) this.hub.flush(room);
    }
  }

  previewChanged(userId: number, preview: PreviewView | null): void {
    const room = roomOf(userId);
    if (preview === null) this.hub.del(room, 'preview');
    else this.hub.put(room, 'preview', preview);
    this.hub.flush(room);
  }

  /** Puts a call with its card on the agent's screen; resolves once it is there. */
  async pop(agentId: number, call: CallState, card: Card | null): Promise<void> {
    const socket = this.phoneOwners.get(agentId) ?? (await this.anySocketOf(agentId));
    if (socket === undefined) throw new Error('no page is open');
    const pop: Pop = {
      call: callView(call),
      card,
      candidates: call.candidates.length > 1 ? call.candidates.slice(0, 20) : [],
      script: call.campaign && {
        campaignId: call.campaign.campaignId,
        campaignName: call.campaign.campaignName,
        text: call.campaign.scriptText,
      },
    };
    const shown = socket.timeout(popTimeoutMs).emitWithAck('pop', pop);
    this.popCame(agentId);
    await shown;
  }

  private async anySocketOf(userId: number): Promise<LiveSocket | undefined> {
    for (const id of this.io.sockets.adapter.rooms.get(roomOf(userId)) ?? []) {
      const socket = this.io.sockets.sockets.get(id);
      if (socket !== undefined) return socket;
    }
    return undefined;
  }

  // -------------------------------------------------------------- browsers

  private welcome(socket: LiveSocket, indexedQuery: () => Promise<unknown>): void {
    const user = socket.data.user as SessionUser;
    const agentId = user.id as AgentId;
    const leave = this.switchboard?.presence.get(agentId)
      ? this.switchboard.presence.pageOpened(agentId)
      : () => {};
    void socket.join(roomOf(user.id));
    socket.on('disconnect', () => {
      if (this.phoneOwners.get(user.id) === socket) this.phoneOwners.delete(user.id);
      leave();
    });
    socket.on('subscribe', (topic, answer) => {
      if (typeof answer !== 'function') return;
      if (!topics.includes(topic)) return answer({ ok: false, reason: 'badInput' });
      if (topic === 'board' && user.role === 'agent') return answer({ ok: false, reason: 'notAllowed' });
      const room = topic === 'board' ? boardRoom : roomOf(user.id);
      void socket.join(room);
      answer({ ok: true, snapshot: this.hub.snapshot(room) });
    });
    socket.on('ping', (answer) => {
      if (typeof answer !== 'function') return;
      indexedQuery().then(
        () => answer(new Date().toISOString()),
        () => answer(''),
      );
    });
    socket.on('command', (raw, answer) => {
      if (typeof answer !== 'function') return;
      this.command(socket, user, raw).then(answer, (error: unknown) => {
        this.log.error({ err: error, userId: user.id }, 'command failed');
        answer({ ok: false, reason: 'internal' });
      });
    });
  }

  private async command(socket: LiveSocket, user: SessionUser, raw: unknown): Promise<CommandAnswer> {
    const parsed = commandSchema.safeParse(raw);
    if (!parsed.success)
      return { ok: false, reason: 'badInput', detail: parsed.error.issues[0]?.message ?? '' };
    if (this.commands === null) return { ok: false, reason: 'starting' };
    if (parsed.data.type === 'phone.report') this.ownsPhone(user.id, socket);
    return obey(user, parsed.data, this.commands);
  }

  private ownsPhone(userId: number, socket: LiveSocket): void {
    const was = this.phoneOwners.get(userId);
    if (was !== undefined && was !== socket) was.emit('takenOver');
    this.phoneOwners.set(userId, socket);
  }
}
