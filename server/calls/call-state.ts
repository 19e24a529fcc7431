import type { AgentId, CallId, E164, EpochMs, LegId } from '../basics/ids.ts';
import type { Listening } from './answering-machine.ts';
import type { EndCodes, Outcome } from './outcome.ts';

/** What is known of one call. Plain data: it is stored as JSON and taken up again by the next switchboard. */
export interface CallState {
  readonly callId: CallId;
  readonly direction: 'hotline' | 'campaign' | 'manual';
  readonly phone: E164 | null;
  readonly phoneRaw: string | null;
  readonly calledNumber: string | null;
  readonly customer: { readonly id: number; readonly name: string } | null;
  /** Everyone who has this number, best match first. */
  readonly candidates: readonly Candidate[];
  readonly queue: QueueFacts | null;
  readonly campaign: CampaignFacts | null;
  /** A call that an agent dialled by himself. */
  readonly manual: ManualFacts | null;
  readonly phase: Phase;
  /** A third party whom the agent asked to join: a colleague, somebody from a queue, an outside number. */
  readonly consult: Consult | null;
  /** Supervisors on this call, by their leg. */
  readonly watchers: Readonly<Record<string, Watcher>>;
  /** While it waits in the queue: the one agent whom it waits for first (transferred to a busy colleague, come back from one). */
  readonly wanted: { readonly agentId: AgentId; readonly until: EpochMs } | null;
  /** Every transfer and conference that was tried, oldest first. */
  readonly transfers: readonly TransferFacts[];
  /** What agents wrote for whoever takes the call after them, oldest first. */
  readonly notes: readonly { readonly agentId: AgentId; readonly at: EpochMs; readonly text: string }[];
  readonly offeredAt: EpochMs;
  readonly queuedAt: EpochMs | null;
  /** Hotline: an agent took it. Outbound: the customer picked up. */
  readonly answeredAt: EpochMs | null;
  /** Customer and agent (or announcement) first together. */
  readonly connectedAt: EpochMs | null;
  readonly agentId: AgentId | null;
  readonly legs: Readonly<Record<string, LegFacts>>;
  /** Agents who were offered this call and did not take it. */
  readonly tried: readonly AgentId[];
  readonly legCount: number;
  readonly listening: Listening | null;
  /** Playback id of the recording notice while it plays: nobody is connected before its end. */
  readonly notice: string | null;
  /** The customer hears music. */
  readonly music: boolean;
  readonly recording: RecordingFacts | null;
  /** Running timers by name, so that another switchboard can wind them up again. */
  readonly timers: Readonly<Record<string, EpochMs>>;
  readonly result: {
    readonly dispositionId: number;
    readonly note: string;
    readonly callbackAt: EpochMs | null;
  } | null;
  /** How it will have ended, decided before the exchange confirms it. */
  readonly verdict: { readonly outcome: Outcome; readonly by: 'agent' | 'system' } | null;
  readonly end: CallEnd | null;
}

/** Somebody who has the caller's number. */
export interface Candidate {
  readonly id: number;
  readonly name: string;
  readonly account: string | null;
  /** IANA; the card's question to the contact rules needs it. */
  readonly timeZone?: string;
}

export interface CallEnd {
  readonly at: EpochMs;
  readonly outcome: Outcome;
  readonly codes: EndCodes;
  readonly hungUpBy: 'customer' | 'agent' | 'system';
}

export interface QueueFacts {
  readonly queueId: number;
  readonly name: string;
  readonly ringMs: number;
  readonly wrapUpMs: number;
  readonly record: boolean;
}

export interface CampaignFacts {
  readonly campaignId: number;
  readonly campaignName: string;
  readonly leadId: number;
  readonly mode: 'preview' | 'progressive' | 'announcement';
  readonly announcement: string | null;
  readonly scriptText: string;
  readonly wrapUpMs: number;
  readonly ringMs: number;
  readonly callerId: string | null;
  /** Absent (a call that an older switchboard left): recorded. */
  readonly record?: boolean;
}

/** What the house decided for calls that agents dial by themselves. */
export interface ManualFacts {
  readonly ringMs: number;
  readonly wrapUpMs: number;
  readonly record: boolean;
  readonly callerId: string | null;
  /** Why he is rung: the contact rules and the recording's retention ask. */
  readonly purpose: string;
}

/** Whom a call may go to. Agent: reserved for it already. Outside: the contact is permitted already. */
export type TransferTarget =
  | {
      readonly kind: 'agent';
      readonly agentId: AgentId;
      readonly name: string;
      readonly sipUser: string;
      readonly keptLegId: LegId | null;
    }
  /** A colleague who is on another call: it waits for him, a blind transfer only. */
  | { readonly kind: 'busyAgent'; readonly agentId: AgentId; readonly name: string }
  | { readonly kind: 'queue'; readonly queue: QueueFacts }
  | { readonly kind: 'outside'; readonly phone: E164; readonly callerId: string | null };

export interface Consult {
  readonly target: TransferTarget;
  /** The colleague who was asked; null for an outside number and while a queue looks for somebody. */
  readonly agentId: AgentId | null;
  readonly sipUser: string | null;
  readonly keptLegId: LegId | null;
  readonly legId: LegId | null;
  /**
   * queued: a queue looks for somebody; popping: his card is being shown; ringing; private: agent and third party talk, the
   * customer hears music; conference: all three hear each other.
   */
  readonly step: 'queued' | 'popping' | 'ringing' | 'private' | 'conference';
  readonly since: EpochMs;
}

export interface TransferFacts {
  readonly kind: 'blind' | 'attended';
  readonly at: EpochMs;
  readonly fromAgentId: AgentId;
  readonly to: 'agent' | 'queue' | 'outside';
  readonly toAgentId: AgentId | null;
  readonly toQueueId: number | null;
  readonly toPhone: E164 | null;
  /** Null while it is open. returned: nobody took it and the customer came back to his queue. */
  readonly ended: {
    readonly at: EpochMs;
    readonly how: 'completed' | 'cancelled' | 'refused' | 'returned' | 'customerLeft';
  } | null;
  readonly conference: boolean;
}

export type WatchMode = 'listen' | 'whisper' | 'barge';

export interface Watcher {
  readonly supervisorId: AgentId;
  readonly name: string;
  readonly sipUser: string;
  readonly mode: WatchMode;
  readonly up: boolean;
  readonly since: EpochMs;
  /** He becomes the call's agent as soon as his phone is up. */
  readonly takesOver?: true;
}

export interface RecordingFacts {
  readonly heard: string;
  readonly spoken: string;
  readonly startedAt: EpochMs;
  /** Set when it was stopped before the call's end (the customer went on with an outside party). */
  readonly stoppedAt: EpochMs | null;
  /** Where the agent silenced it (card data), oldest first; `to` null: it is silent now. */
  readonly pauses: readonly {
    readonly from: EpochMs;
    readonly to: EpochMs | null;
    readonly agentId: AgentId;
  }[];
}

export interface LegFacts {
  /** outside: somebody who is neither the customer nor ours; supervisor: one who listens. */
  readonly role: 'customer' | 'agent' | 'outside' | 'supervisor';
  readonly agentId: AgentId | null;
  /** A kept-up agent leg outlives the call: it is parted, never hung up. */
  readonly kept: boolean;
  readonly startedAt: EpochMs;
  readonly rang: boolean;
  readonly answeredAt: EpochMs | null;
  readonly ended: ({ readonly at: EpochMs } & EndCodes) | null;
}

export type Phase =
  /** Hotline: answered, and we find out who it is (milliseconds). */
  | { readonly name: 'recognising'; readonly since: EpochMs }
  | { readonly name: 'queued'; readonly since: EpochMs }
  /** The agent's screen has been given the card; his phone rings once it is shown. */
  | {
      readonly name: 'popping';
      readonly since: EpochMs;
      readonly agentId: AgentId;
      readonly sipUser: string;
      readonly keptLegId: LegId | null;
    }
  | { readonly name: 'ringing'; readonly since: EpochMs; readonly agentId: AgentId; readonly legId: LegId }
  /** Manual: the agent's own phone is being put up; the customer is dialled once it is, so that nobody answers into silence. */
  | { readonly name: 'preparing'; readonly since: EpochMs; readonly agentId: AgentId; readonly legId: LegId }
  /** Blind transfer to an outside number: the customer hears music, that number is being rung, `by` is out of it. */
  | { readonly name: 'transferring'; readonly since: EpochMs; readonly by: AgentId; readonly legId: LegId }
  /** The customer talks with an outside party, nobody of ours is on. */
  | { readonly name: 'away'; readonly since: EpochMs; readonly by: AgentId; readonly legId: LegId }
  /** Outbound: the customer's phone is being rung; the agent waits, his kept leg in the bridge already. */
  | {
      readonly name: 'dialling';
      readonly since: EpochMs;
      readonly agentId: AgentId | null;
      readonly legId: LegId | null;
    }
  | { readonly name: 'announcing'; readonly since: EpochMs; readonly playbackId: string }
  | {
      readonly name: 'talking';
      readonly since: EpochMs;
      readonly agentId: AgentId;
      readonly legId: LegId;
      readonly held: boolean;
    }
  /** The agent's leg is gone and the customer is held for him: a refresh, a lost network. */
  | {
      readonly name: 'recovering';
      readonly since: EpochMs;
      readonly agentId: AgentId;
      readonly legId: LegId | null;
      /** He had put the customer on hold, or talked with a third party: so it will be again when he is back. */
      readonly held: boolean;
    }
  /** We asked for the customer's leg to be hung up and wait for the exchange to say so. */
  | { readonly name: 'ending'; readonly since: EpochMs }
  | { readonly name: 'ended'; readonly since: EpochMs };
