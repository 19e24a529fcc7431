import type { AgentId, E164, EpochMs, LegId } from '../basics/ids.ts';
import type {
  CampaignFacts,
  Candidate,
  ManualFacts,
  QueueFacts,
  TransferTarget,
  WatchMode,
} from './call-state.ts';
import type { EndCodes } from './outcome.ts';

// What can happen to a call, and what is to be done about it: the words between call.ts and desk.ts.

export type CallEvent =
  | {
      readonly type: 'offered';
      readonly phone: E164 | null;
      readonly phoneRaw: string;
      readonly calledNumber: string;
      readonly queue: QueueFacts;
    }
  | {
      readonly type: 'placed';
      readonly phone: E164;
      readonly campaign: CampaignFacts;
      readonly agent: { agentId: AgentId; legId: LegId } | null;
      readonly customer: { id: number; name: string } | null;
    }
  /** The agent dials by himself; the contact is permitted already, he is reserved. keptLegId null: his phone is rung first. */
  | {
      readonly type: 'placedManually';
      readonly phone: E164;
      readonly manual: ManualFacts;
      readonly agentId: AgentId;
      readonly sipUser: string;
      readonly keptLegId: LegId | null;
      readonly customer: { id: number; name: string } | null;
    }
  | {
      readonly type: 'lookedUp';
      readonly candidates: readonly Candidate[];
    }
  | { readonly type: 'legRinging'; readonly legId: LegId }
  | { readonly type: 'legAnswered'; readonly legId: LegId }
  | ({ readonly type: 'legEnded'; readonly legId: LegId } & EndCodes)
  | { readonly type: 'playbackEnded'; readonly playbackId: string; readonly failed: boolean }
  | { readonly type: 'speechStarted'; readonly legId: LegId }
  | { readonly type: 'speechEnded'; readonly legId: LegId; readonly speechMs: number }
  | {
      readonly type: 'assigned';
      readonly agentId: AgentId;
      readonly sipUser: string;
      readonly keptLegId: LegId | null;
    }
  | { readonly type: 'cardShown'; readonly agentId: AgentId }
  | { readonly type: 'timer'; readonly name: TimerName }
  /** The agent pressed hang up. */
  | { readonly type: 'hangUp'; readonly agentId: AgentId }
  | { readonly type: 'hold'; readonly agentId: AgentId }
  | { readonly type: 'resume'; readonly agentId: AgentId }
  /**
   * Blind transfer. `fallback`: the queue that takes the customer when the target does not and the call has none of its own
   * (campaign, manual).
   */
  | {
      readonly type: 'transfer';
      readonly agentId: AgentId;
      readonly target: TransferTarget;
      readonly note: string;
      readonly fallback: QueueFacts;
    }
  /** The agent asks a third party; the customer is held meanwhile. */
  | {
      readonly type: 'consult';
      readonly agentId: AgentId;
      readonly target: TransferTarget;
      readonly note: string;
    }
  /** The third party is let go (also out of a conference), the customer comes back. */
  | { readonly type: 'cancelConsult'; readonly agentId: AgentId }
  /** The agent leaves, customer and third party go on (attended transfer; also out of a conference). */
  | { readonly type: 'completeTransfer'; readonly agentId: AgentId; readonly fallback: QueueFacts }
  /** All three together. */
  | { readonly type: 'conference'; readonly agentId: AgentId }
  | { readonly type: 'digits'; readonly agentId: AgentId; readonly digits: string }
  | { readonly type: 'pauseRecording'; readonly agentId: AgentId }
  | { readonly type: 'resumeRecording'; readonly agentId: AgentId }
  /** A supervisor comes in, or changes how he is in. */
  | {
      readonly type: 'watch';
      readonly supervisorId: AgentId;
      readonly name: string;
      readonly sipUser: string;
      readonly mode: WatchMode;
    }
  | { readonly type: 'unwatch'; readonly supervisorId: AgentId }
  /** The supervisor becomes the call's agent, the agent is out. */
  | {
      readonly type: 'takeOver';
      readonly supervisorId: AgentId;
      readonly name: string;
      readonly sipUser: string;
    }
  | { readonly type: 'endBySupervisor'; readonly supervisorId: AgentId }
  /** The agent's browser has a registered phone and none of these legs: ring it again. `keptLegId`: his fresh kept-up leg, if he has one. */
  | {
      readonly type: 'reattach';
      readonly agentId: AgentId;
      readonly sipUser: string;
      readonly keptLegId: LegId | null;
    }
  | {
      readonly type: 'attachCustomer';
      readonly agentId: AgentId;
      readonly customer: { id: number; name: string } | null;
    }
  | {
      readonly type: 'result';
      readonly agentId: AgentId;
      readonly dispositionId: number;
      readonly note: string;
      readonly callbackAt: EpochMs | null;
    }
  /** An order to the exchange failed; `gone` means its leg is not there any more. */
  | {
      readonly type: 'orderFailed';
      readonly order: string;
      readonly legId: LegId | null;
      readonly kind: string;
    };

export type TimerName =
  | 'card'
  | 'ring'
  | 'recover'
  | 'listen'
  | 'dial'
  | 'play'
  | 'ending'
  /** The time that a queued call waits for one agent alone is over. */
  | 'wanted'
  /** The consulted colleague's screen or phone does not come. */
  | 'consult'
  /** A recording may be silenced so long. */
  | 'silence';

export type Effect =
  | { readonly do: 'answer'; readonly legId: LegId }
  | {
      readonly do: 'play';
      readonly legId: LegId;
      readonly playbackId: string;
      readonly prompts: readonly string[];
    }
  | { readonly do: 'stopPlaying'; readonly playbackId: string }
  | { readonly do: 'startMusic'; readonly legId: LegId }
  | { readonly do: 'stopMusic'; readonly legId: LegId }
  | {
      readonly do: 'ringAgent';
      readonly legId: LegId;
      readonly agentId: AgentId;
      readonly sipUser: string;
      readonly ringMs: number;
      readonly autoAnswer: boolean;
    }
  | { readonly do: 'dialCustomer'; readonly ringMs: number; readonly callerId: string | null }
  | { readonly do: 'join'; readonly legIds: readonly LegId[] }
  | { readonly do: 'part'; readonly legId: LegId }
  | { readonly do: 'closeBridge' }
  | { readonly do: 'watchSpeech'; readonly legId: LegId }
  | { readonly do: 'unwatchSpeech'; readonly legId: LegId }
  | { readonly do: 'startRecording'; readonly legId: LegId; readonly heard: string; readonly spoken: string }
  | { readonly do: 'stopRecording'; readonly legId: LegId }
  /** Silence is written instead of both voices; both files keep their length. */
  | { readonly do: 'muteRecording'; readonly legId: LegId; readonly muted: boolean }
  | {
      readonly do: 'dialOutside';
      readonly legId: LegId;
      readonly phone: E164;
      readonly callerId: string | null;
      readonly ringMs: number;
    }
  /** The leg hears the tone of a phone that rings. */
  | { readonly do: 'startRingback'; readonly legId: LegId }
  | { readonly do: 'stopRingback'; readonly legId: LegId }
  | { readonly do: 'sendDigits'; readonly legId: LegId; readonly digits: string }
  /** The supervisor's leg hears what the agent's leg hears and says; `whisper`: the agent, and nobody else, hears him. Again: changes it. */
  | {
      readonly do: 'watchLeg';
      readonly legId: LegId;
      readonly targetLegId: LegId;
      readonly mode: 'listen' | 'whisper';
    }
  | { readonly do: 'unwatchLeg'; readonly legId: LegId }
  | { readonly do: 'hangUp'; readonly legId: LegId; readonly reason: 'normal' | 'busy' | 'noAnswer' }
  | { readonly do: 'setTimer'; readonly name: TimerName; readonly at: EpochMs }
  | { readonly do: 'clearTimer'; readonly name: TimerName }
  /** Find out who has this number. */
  | { readonly do: 'lookUp'; readonly phone: E164 | null }
  /** The waiting calls changed: let the router look. */
  | { readonly do: 'route' }
  /** Give the agent's screen the card. */
  | { readonly do: 'pop'; readonly agentId: AgentId }
  | { readonly do: 'tellAgent'; readonly agentId: AgentId; readonly what: AgentNews }
  /** The call is over: write its history. */
  | { readonly do: 'finish' };

/** What a call tells its agent's machine. */
export type AgentNews =
  | { readonly type: 'connected' }
  | { readonly type: 'held' }
  | { readonly type: 'resumed' }
  /** The call needs him no more. `wrapUpMs` null: straight back, nothing to say about it. `missed`: he did not pick up. */
  | { readonly type: 'released'; readonly wrapUpMs: number | null; readonly missed: boolean };
