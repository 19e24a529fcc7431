import { z } from 'zod';
import type { Card } from '../customers/schema.ts';
import type { Role } from '../users/schema.ts';

/**
 * What goes over the socket between a browser and the server.
 *
 * State: a topic is a flat map of entities. On `subscribe` the server answers with a snapshot and its version;
 * afterwards it sends deltas, each naming the version it applies to. A browser whose version does not fit asks
 * for the snapshot again (`subscribe` once more): nothing is ever replayed, a gap heals itself.
 */

export const agentStates = ['offline', 'ready', 'ringing', 'talking', 'hold', 'wrapUp', 'paused'] as const;
export type AgentStateName = (typeof agentStates)[number];

export const pauseReasons = ['break', 'lunch', 'training', 'paperwork', 'technical'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** An agent as agents themselves and supervisors see him. */
export interface AgentView {
  readonly kind: 'agent';
  readonly agentId: number;
  readonly name: string;
  readonly role: Role;
  readonly state: AgentStateName;
  /** When he came into this state (ISO). */
  readonly since: string;
  readonly pauseReason: PauseReason | null;
  readonly callId: string | null;
  /** A second call of his that is on hold meanwhile. */
  readonly asideCallId: string | null;
  /** Is his softphone registered with the exchange? */
  readonly phoneOnline: boolean;
  /** Is the kept-up leg of campaign work standing? */
  readonly legUp: boolean;
  readonly campaignIds: readonly number[];
  /** The supervisor who put him into this state; null or absent: he himself. */
  readonly setBy?: string | null;
}

export const callPhases = [
  'greeting',
  'queued',
  'ringing',
  'dialling',
  'talking',
  'held',
  'recovering',
  /** Being handed to an outside number. */
  'transferring',
  /** The customer talks with an outside number, nobody of ours is on. */
  'away',
  'ended',
] as const;
export type CallPhase = (typeof callPhases)[number];

/** A live call as a desk or a wallboard shows it. */
export interface CallView {
  readonly kind: 'call';
  readonly callId: string;
  readonly direction: 'hotline' | 'campaign' | 'manual';
  readonly phase: CallPhase;
  readonly phone: string | null;
  readonly customerId: number | null;
  readonly customerName: string | null;
  readonly queueId: number | null;
  readonly campaignId: number | null;
  readonly leadId: number | null;
  readonly agentId: number | null;
  readonly offeredAt: string;
  /** When it came into this phase (ISO). */
  readonly since: string;
  readonly outcome: string | null;
  /** The third party; null when there is none. */
  readonly consult: ConsultView | null;
  readonly recording: 'off' | 'on' | 'paused';
  /** While it is paused: since when (ISO). */
  readonly recordingPausedAt?: string | null;
  /** Written by earlier agents of this call for whoever has it now, oldest first. */
  readonly notes: readonly { readonly agentId: number; readonly at: string; readonly text: string }[];
  /** Supervisors on the call. An agent sees those only whom the house shows him. */
  readonly watchers: readonly { readonly userId: number; readonly name: string; readonly mode: WatchMode }[];
}

export const watchModes = ['listen', 'whisper', 'barge'] as const;
export type WatchMode = (typeof watchModes)[number];

export interface ConsultView {
  readonly to: 'agent' | 'queue' | 'outside';
  /** Name of the colleague or queue, or the number. */
  readonly name: string;
  /** The colleague who was asked: he sees the same call, with `agentId` of the one who asked. */
  readonly agentId: number | null;
  /** private: customer hears music; conference: all three together. */
  readonly step: 'queued' | 'ringing' | 'private' | 'conference';
  readonly since: string;
}

/** A call that waits for this agent alone while he is on another. Key: waiting:CALLID. */
export interface WaitingView {
  readonly kind: 'waiting';
  readonly callId: string;
  readonly phone: string | null;
  readonly customerName: string | null;
  readonly since: string;
  /** When it goes to everybody in the queue (ISO). */
  readonly until: string;
  /** Who handed it over. */
  readonly fromAgentId: number | null;
}

export interface QueueView {
  readonly kind: 'queue';
  readonly queueId: number;
  readonly name: string;
  readonly waiting: number;
  /** When the longest-waiting caller was queued (ISO), null when nobody waits. */
  readonly oldestSince: string | null;
  /** Since midnight of the company's zone. */
  readonly offered: number;
  readonly answered: number;
  readonly answeredInTime: number;
  readonly abandoned: number;
  /** How many agents of it could take a call this moment. */
  readonly free?: number;
}

export interface CampaignView {
  readonly kind: 'campaign';
  readonly campaignId: number;
  readonly name: string;
  readonly mode: 'preview' | 'progressive' | 'announcement';
  readonly state: 'draft' | 'running' | 'paused' | 'finished';
  readonly live: number;
  readonly waiting: number;
  readonly done: number;
  readonly total: number;
  /** Key of the sentence that says why it is not dialling, null while it is. */
  readonly notDialling: string | null;
}

/** The health of an outside part: exchange, database, bus, dialer. */
export interface PartView {
  readonly kind: 'part';
  readonly name: 'exchange' | 'database' | 'bus' | 'dialer';
  readonly up: boolean;
  readonly since: string;
  /** Exchange only: what was found astray on it and put right since this server started, by kind. */
  readonly orphans?: Readonly<Record<string, number>>;
  /** Loops of the server that serve this part and are late, by name. */
  readonly late?: readonly string[];
}

/** A lead put before an agent (preview), not dialled yet. */
export interface PreviewView {
  readonly kind: 'preview';
  readonly campaignId: number;
  readonly campaignName: string;
  readonly leadId: number;
  readonly name: string;
  readonly phone: string;
  readonly customerId: number | null;
  readonly scriptText: string;
  readonly attempts: number;
}

/** What the agent must still say about his last call. */
export interface WrapUpView {
  readonly kind: 'wrapUp';
  readonly callId: string;
  readonly customerId: number | null;
  readonly campaignId: number | null;
  /** When wrap-up ends by itself (ISO); null: when the agent says so. */
  readonly endsAt: string | null;
  readonly resultSaved: boolean;
  /** May he ask for more time once more? */
  readonly extendable: boolean;
}

export type Entity =
  | AgentView
  | CallView
  | QueueView
  | CampaignView
  | PartView
  | PreviewView
  | WrapUpView
  | WaitingView;

/**
 * Topics: `me` (own agent, own calls (owner, consulted, watching), own preview, own wrap-up, calls that wait for him; every
 * signed-in user), `team` (all agents and queues, to choose whom to transfer to; every signed-in user) and
 * `board` (all agents, calls, queues, campaigns, parts; supervisors and administrators).
 * Entity keys: agent:ID, call:ID, queue:ID, campaign:ID, part:NAME, preview, wrapUp, waiting:CALLID.
 */
export const topics = ['me', 'team', 'board'] as const;
export type Topic = (typeof topics)[number];

export interface Snapshot {
  readonly topic: Topic;
  readonly version: number;
  readonly serverTime: string;
  readonly entities: Record<string, Entity>;
}

export interface Delta {
  readonly topic: Topic;
  /** Applies to this version … */
  readonly from: number;
  /** … and makes this one. */
  readonly to: number;
  readonly put: Record<string, Entity>;
  readonly del: readonly string[];
}

/** Sent to the agent before his phone rings or his kept leg gets the customer. Acknowledge once it is on screen. */
export interface Pop {
  readonly call: CallView;
  readonly card: Card | null;
  /** More customers than one have this number: ids with names, best match first. */
  readonly candidates: readonly { id: number; name: string; account: string | null }[];
  readonly script: { campaignId: number; campaignName: string; text: string } | null;
}

const callId = z.string().max(80);

/** Whom a call is to go to; an outside number in any form that people write. */
export const transferTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('agent'), agentId: z.number().int() }),
  z.object({ kind: z.literal('queue'), queueId: z.number().int() }),
  z.object({ kind: z.literal('outside'), phone: z.string().trim().min(2).max(40) }),
]);
export type TransferTo = z.infer<typeof transferTargetSchema>;

export const contactPurposes = ['service', 'debt', 'advertising', 'survey'] as const;

export const commandSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('agent.ready') }),
  z.object({ type: z.literal('agent.pause'), reason: z.enum(pauseReasons) }),
  z.object({ type: z.literal('agent.signOff') }),
  z.object({ type: z.literal('call.hangUp'), callId: z.string().max(80) }),
  z.object({ type: z.literal('call.hold'), callId: z.string().max(80) }),
  z.object({ type: z.literal('call.resume'), callId: z.string().max(80) }),
  z.object({
    type: z.literal('call.result'),
    callId: z.string().max(80),
    dispositionId: z.number().int(),
    note: z.string().max(4000),
    callbackAt: z.iso.datetime().nullable(),
    /** Ends the wrap-up as well. */
    finish: z.boolean(),
  }),
  z.object({
    type: z.literal('call.attachCustomer'),
    callId: z.string().max(80),
    customerId: z.number().int().nullable(),
  }),
  z.object({ type: z.literal('wrapUp.finish'), callId: z.string().max(80) }),
  /** One more minute, at most three times. */
  z.object({ type: z.literal('wrapUp.extend'), callId }),
  /** Blind: the agent is out at once. `note` goes to whoever takes the call. */
  z.object({
    type: z.literal('call.transfer'),
    callId,
    target: transferTargetSchema,
    note: z.string().max(4000),
  }),
  /** Attended: the customer is held while agent and third party talk. */
  z.object({
    type: z.literal('call.consult'),
    callId,
    target: transferTargetSchema,
    note: z.string().max(4000),
  }),
  z.object({ type: z.literal('call.cancelConsult'), callId }),
  z.object({ type: z.literal('call.completeTransfer'), callId }),
  z.object({ type: z.literal('call.conference'), callId }),
  z.object({ type: z.literal('call.digits'), callId, digits: z.string().regex(/^[0-9*#A-D]{1,32}$/) }),
  z.object({ type: z.literal('call.pauseRecording'), callId }),
  z.object({ type: z.literal('call.resumeRecording'), callId }),
  /** Click-to-call. Answers with a contact rule's reason when he may not be called now (`detail`: ISO time when he may). */
  z.object({
    type: z.literal('call.dial'),
    phone: z.string().trim().min(2).max(40),
    customerId: z.number().int().nullable(),
    purpose: z.enum(contactPurposes).default('service'),
  }),
  /** Takes a call that waits for him; the present one is held. */
  z.object({ type: z.literal('call.takeWaiting'), callId }),
  /** Back to the call that he put aside; the present one is held. */
  z.object({ type: z.literal('call.swap') }),
  // -------- supervisors; each is written to the record of acts
  z.object({ type: z.literal('supervise.watch'), callId, mode: z.enum(watchModes) }),
  z.object({ type: z.literal('supervise.unwatch'), callId }),
  z.object({ type: z.literal('supervise.takeOver'), callId }),
  z.object({ type: z.literal('supervise.end'), callId }),
  z.object({
    type: z.literal('supervise.setState'),
    agentId: z.number().int(),
    state: z.enum(['ready', 'paused', 'offline']),
    reason: z.enum(pauseReasons).nullable(),
  }),
  z.object({ type: z.literal('preview.next') }),
  z.object({ type: z.literal('preview.dial'), leadId: z.number().int() }),
  z.object({
    type: z.literal('preview.skip'),
    leadId: z.number().int(),
    reason: z.string().trim().min(1).max(300),
  }),
  /**
   * From the page that owns the phone, after every registration and every reconnect of this socket: the legs it has
   * (header X-Dozvon-Leg of its SIP sessions). A leg that the server knows and the page lacks is dead: a refreshed page gets
   * its call back this way.
   */
  z.object({ type: z.literal('phone.report'), legIds: z.array(z.string().max(120)).max(20) }),
  /** Demo only: the test exchange rings the hotline as this customer. */
  z.object({ type: z.literal('demo.callHotline'), customerId: z.number().int() }),
]);
export type Command = z.infer<typeof commandSchema>;

/** Every refusal is a value: `reason` is a key the browser has words for in both languages. */
export type CommandAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly detail?: string };

export interface ServerToBrowser {
  snapshot: (snapshot: Snapshot) => void;
  delta: (delta: Delta) => void;
  pop: (pop: Pop, shown: () => void) => void;
  /** This user's phone went to another browser; take it back only on the user's wish. */
  takenOver: () => void;
}
export interface BrowserToServer {
  subscribe: (
    topic: Topic,
    answer: (result: { ok: true; snapshot: Snapshot } | { ok: false; reason: string }) => void,
  ) => void;
  command: (command: Command, answer: (result: CommandAnswer) => void) => void;
  /** For the browser's quality line and for the bench: answered at once with one indexed query. */
  ping: (answer: (serverTime: string) => void) => void;
}
