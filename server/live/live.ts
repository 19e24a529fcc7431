import type { Server as HttpServer } from 'node:http';
import type { RequestHandler } from 'express';
import { Server, type Socket } from 'socket.io';
import { type AgentState, callsOf } from '../agents/agent.ts';
import type { AgentId, CallId } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import type { CallState } from '../calls/call-state.ts';
import { usersOn } from '../calls/parties.ts';
import type { Switchboard } from '../calls/switchboard.ts';
import type { Card } from '../customers/schema.ts';
import { readSessionUser, type SessionUser } from '../http/session.ts';
import { type CommandPorts, obey } from './commands.ts';
import { boardRoom, Hub, roomOf, teamRoom } from './hub.ts';
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
import { agentView, callView, type SupervisionShown, waitingView, wrapUpView } from './views.ts';

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
  /** Users whose screen has this call, so that it goes from there when they are out of it. */
  private readonly callScreens = new Map<CallId, ReadonlySet<AgentId>>();
  /** On whose screen a call stands as waiting for him. */
  private readonly waitingAt = new Map<CallId, number>();
  private readonly supervision: SupervisionShown;
  private switchboard: Switchboard | null = null;
  private commands: CommandPorts | null = null;

  constructor(o: {
    http: HttpServer;
    sessions: RequestHandler;
    log: Log;
    now: () => number;
    indexedQuery: () => Promise<unknown>;
    /** Which of the supervisors on his call an agent sees. */
    supervision: SupervisionShown;
  }) {
    this.log = o.log;
    this.supervision = o.supervision;
    this.io = new Server(o.http, {
      path: '/live',
      serveClient: false,
      maxHttpBufferSize: 64 * 1024,
      pingInterval: 10_000,
      pingTimeout: 10_000,
    });
    this.io.engine.use(o.sessions);
    this.hub = new Hub((room, delta) => this.io.to(room).emit('delta', delta), o.now);
    this.flushTimer = setInterval(() => {
      this.hub.flush(boardRoom);
      this.hub.flush(teamRoom);
    }, boardFlushMs);
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
    if (entity.kind === 'queue') this.hub.put(teamRoom, key, entity);
  }

  hide(key: string): void {
    this.hub.del(boardRoom, key);
    this.hub.del(teamRoom, key);
  }

  /** `setBy`: the supervisor who put him into his present state. */
  agentChanged(agent: AgentState, setBy: string | null = null): void {
    const key = `agent:${agent.agentId}`;
    const room = roomOf(agent.agentId);
    const view = agentView(agent, setBy);
    for (const each of [boardRoom, teamRoom, room]) this.hub.put(each, key, view);
    this.wrapUpChanged(agent);
    if (agent.activity.name === 'ringing') this.awaitPop(agent.agentId);
    else this.popCame(agent.agentId);
  }

  private wrapUpChanged(agent: AgentState): void {
    const room = roomOf(agent.agentId);
    const callId = agent.activity.name === 'wrapUp' ? agent.activity.callId : null;
    const saved = callId !== null && this.switchboard?.desk.hasResultOf(callId, agent.agentId) === true;
    const call = callId === null ? undefined : this.switchboard?.desk.get(callId);
    const wrapUp = wrapUpView(agent, call, saved);
    if (wrapUp === null) this.hub.del(room, 'wrapUp');
    else this.hub.put(room, 'wrapUp', wrapUp);
  }

  /** He said how the call went. */
  resultSaved(agentId: AgentId): void {
    const agent = this.switchboard?.presence.get(agentId);
    if (agent === undefined) return;
    this.wrapUpChanged(agent);
    this.hub.flush(roomOf(agentId));
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
    const { callId } = call;
    const key = `call:${callId}`;
    if (call.end === null) this.hub.put(boardRoom, key, callView(call, 'board'));
    else this.hub.del(boardRoom, key);
    const was = this.callScreens.get(callId);
    const users = new Set(usersOn(call));
    for (const userId of users) {
      this.hub.put(roomOf(userId), key, this.viewFor(userId, call));
      this.flushUnlessPop(userId);
    }
    for (const userId of was ?? []) {
      if (users.has(userId)) continue;
      this.hub.del(roomOf(userId), key);
      this.flushUnlessPop(userId);
    }
    if (users.size > 0) this.callScreens.set(callId, users);
    else this.callScreens.delete(callId);
    this.waitingChanged(call);
  }

  private viewFor(userId: number, call: CallState) {
    return callView(call, { userId, supervision: this.supervision });
  }

  private waitingChanged(call: CallState): void {
    const { callId } = call;
    const key = `waiting:${callId}`;
    const was = this.waitingAt.get(callId);
    const waits = waitingView(call);
    if (was !== undefined && was !== waits?.agentId) {
      this.hub.del(roomOf(was), key);
      this.waitingAt.delete(callId);
      this.flushUnlessPop(was);
    }
    if (waits === null) return;
    this.waitingAt.set(callId, waits.agentId);
    this.hub.put(roomOf(waits.agentId), key, waits.view);
    this.flushUnlessPop(waits.agentId);
  }

  private flushUnlessPop(userId: number): void {
    if (!this.popComing.has(userId)) this.hub.flush(roomOf(userId));
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
    // The card took its time (a slow database, a frozen process) and he is on another call by now: it would cover that one.
    const agent = this.switchboard?.presence.get(agentId as AgentId);
    if (agent !== undefined && !callsOf(agent).includes(call.callId))
      throw new Error('the call is not his any more');
    const pop: Pop = {
      call: this.viewFor(agentId, call),
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
      if (topic === 'board' && this.roleOf(user) === 'agent')
        return answer({ ok: false, reason: 'notAllowed' });
      const room = topic === 'me' ? roomOf(user.id) : topic;
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

  /** His role as it stands now; the session has the one of his sign-in. */
  private roleOf(user: SessionUser): SessionUser['role'] {
    return this.switchboard?.presence.get(user.id as AgentId)?.role ?? user.role;
  }

  /** Cuts the sockets of a user: those of one session (he signed out there), or all of them (he may no longer be here). */
  cut(userId: number, sessionId: string | null): void {
    for (const id of [...(this.io.sockets.adapter.rooms.get(roomOf(userId)) ?? [])]) {
      const socket = this.io.sockets.sockets.get(id);
      const own = (socket?.request as { sessionID?: string } | undefined)?.sessionID;
      if (sessionId === null || own === sessionId) socket?.disconnect(true);
    }
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
