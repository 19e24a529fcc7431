import { setTimeout as sleep } from 'node:timers/promises';
import type { Presence } from '../agents/presence.ts';
import type { AgentId, CallId, E164, EpochMs } from '../basics/ids.ts';
import type { PlaceCall } from '../bus/schema.ts';
import type { ManualFacts } from './call-state.ts';
import type { Desk } from './desk.ts';
import type { HistoryWriter } from './history.ts';

/** The dialer's orders come each tenth of a second and more; placed within this they do not pile up. */
const placingBeatMs = 5;
const placingBeats = 18;

interface Ports {
  readonly desk: Desk;
  readonly presence: Presence;
  readonly history: Pick<HistoryWriter, 'push'>;
  now(): EpochMs;
  exchangeUp(): boolean;
  /** Whom a customer sees calling when nobody named a number: never nobody (230-FZ art. 7 forbids a hidden number). */
  ownNumber(): string | null;
}

/** Calls that we make: the dialer's, and those that agents dial by themselves. */
export class Placing {
  private readonly ports: Ports;

  constructor(ports: Ports) {
    this.ports = ports;
  }

  /**
   * Places the dialer's calls, a few in each beat, all within a tenth of a second: the exchange answers 25 INVITEs at once
   * later than the same 25 one after another. Each gets an end, at worst `notPlaced`, so that no lead stays claimed.
   */
  async placeCalls(orders: readonly PlaceCall[]): Promise<void> {
    const perBeat = Math.ceil(orders.length / placingBeats);
    for (const [i, order] of orders.entries()) {
      if (i > 0 && i % perBeat === 0) await sleep(placingBeatMs);
      this.placeCall(order);
    }
  }

  placeCall(order: PlaceCall): boolean {
    const { desk, presence, history, now, exchangeUp, ownNumber } = this.ports;
    const callId = order.attemptId as string as CallId;
    // The bus delivers at least once; the attempt's id is the call's id, so a call we know is never dialled again.
    if (desk.get(callId) !== undefined) return true;
    const agent = order.agentId === null ? null : presence.get(order.agentId as AgentId);
    const legId = agent?.keptLeg.status === 'up' ? agent.keptLeg.legId : null;
    const placeable = exchangeUp() && (order.agentId === null || (agent != null && legId !== null));
    if (!placeable || (agent != null && !presence.reserve(agent.agentId, callId))) {
      history.push({ kind: 'notPlaced', attemptId: order.attemptId, at: now() });
      return false;
    }
    const { campaignId, campaignName, leadId, mode, announcement, scriptText, wrapUpMs, ringMs, record } =
      order;
    const callerId = order.callerId ?? ownNumber();
    desk.open(callId, 'campaign', {
      type: 'placed',
      phone: order.phone as E164,
      campaign: {
        campaignId,
        campaignName,
        leadId,
        mode,
        announcement,
        scriptText,
        wrapUpMs,
        ringMs,
        callerId,
        record,
      },
      agent: agent && legId !== null ? { agentId: agent.agentId, legId } : null,
      customer: order.customerId === null ? null : { id: order.customerId, name: order.leadName },
    });
    return true;
  }

  /**
   * An agent dials by himself; the contact is permitted already and has the call's id. False: another call has him, or the
   * exchange is away, and nothing was dialled.
   */
  placeManually(order: {
    callId: CallId;
    agentId: AgentId;
    phone: E164;
    manual: Omit<ManualFacts, 'callerId'>;
    customer: { id: number; name: string } | null;
  }): boolean {
    const { desk, presence, exchangeUp, ownNumber } = this.ports;
    const { callId, agentId, phone, customer } = order;
    if (!exchangeUp() || !presence.reserveOwn(agentId, callId)) return false;
    const agent = presence.get(agentId);
    if (agent === undefined) return false;
    desk.open(callId, 'manual', {
      type: 'placedManually',
      phone,
      manual: { ...order.manual, callerId: ownNumber() },
      agentId,
      sipUser: agent.sipUser,
      keptLegId: agent.keptLeg.status === 'up' ? agent.keptLeg.legId : null,
      customer,
    });
    return true;
  }
}
