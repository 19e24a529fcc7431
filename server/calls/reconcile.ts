import type { Presence } from '../agents/presence.ts';
import type { CallId, EpochMs, LegId } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import type { Desk } from './desk.ts';
import type { CallOffered, Exchange, ExchangeSurvey } from './exchange.ts';
import { findOrphans, inBridge, keyOf, type Orphan, type OrphanKind, orphanKinds } from './orphans.ts';

interface Ports {
  readonly desk: Desk;
  readonly presence: Presence;
  readonly exchange: Exchange;
  readonly log: Log;
  now(): EpochMs;
  /** A hotline customer nobody knows: serve him as if he rang now. `offer`: as the exchange had offered him. */
  takeIn(legId: LegId, offer: CallOffered | undefined): void;
  route(): void;
  /** The exchange was surveyed: this loop goes round. */
  surveyed(): void;
}

/** Two requests for lists; at rest so often, besides each new connection. */
export const surveyEveryMs = 30_000;
/** What hangs in the air must be seen to do so twice, this far apart: news may be on its way. */
export const secondLookMs = 5000;

/**
 * Nothing is replayed after a lost connection, and any single event may be lost: so what lives on the exchange is compared with
 * what we believe, after every connection and every half a minute. After a connection nothing is on its way, and what does not
 * fit is put right at once; at other times only what two surveys in a row have seen.
 */
export class Reconciler {
  private readonly ports: Ports;
  private readonly found: Record<OrphanKind, number>;
  private readonly suspects = new Map<string, EpochMs>();
  private every: NodeJS.Timeout | undefined;
  private secondLook: NodeJS.Timeout | undefined;
  /** Which connection this is; a survey that was asked in an earlier one says nothing. */
  private connection = 0;
  private at: EpochMs | null = null;

  constructor(ports: Ports) {
    this.ports = ports;
    this.found = Object.fromEntries(orphanKinds.map((kind) => [kind, 0])) as Record<OrphanKind, number>;
  }

  /** What was astray and put right since the start, by kind. */
  orphans(): Readonly<Record<OrphanKind, number>> {
    return { ...this.found };
  }

  /** When the exchange was last surveyed; null: not yet. */
  lastSurvey(): EpochMs | null {
    return this.at;
  }

  connected(): void {
    this.disconnected();
    void this.survey(true);
    this.every = setInterval(() => void this.survey(false), surveyEveryMs);
  }

  disconnected(): void {
    this.connection++;
    this.suspects.clear();
    clearInterval(this.every);
    clearTimeout(this.secondLook);
  }

  close(): void {
    this.disconnected();
  }

  private async survey(afterGap: boolean): Promise<void> {
    const { desk, exchange, log, now, route, surveyed } = this.ports;
    const { connection } = this;
    const askedAbout = new Set(desk.living().flatMap((call) => Object.keys(call.legs) as LegId[]));
    let survey: ExchangeSurvey;
    try {
      survey = await exchange.survey();
    } catch (error) {
      log.warn({ err: error }, 'the exchange cannot be surveyed now');
      // A connection whose first survey failed has not been reconciled: ask again soon.
      if (connection === this.connection && afterGap)
        this.secondLook = setTimeout(() => void this.survey(true), secondLookMs);
      return;
    }
    if (connection !== this.connection) return;
    this.at = now();
    surveyed();
    this.hearWhatWasMissed(survey, afterGap);
    this.judge(survey, askedAbout, afterGap);
    // What lives on beside the legs (music, recording, listeners) is not in the survey, and an order may have died with us.
    if (afterGap) for (const { callId } of desk.living()) desk.repair(callId, inBridge(survey, callId));
    route();
  }

  /** Phones, answers: told again they change nothing. */
  private hearWhatWasMissed(survey: ExchangeSurvey, afterGap: boolean): void {
    const { desk, presence, now } = this.ports;
    // Whom the dialplan has taken (a customer who answered while nobody was here) is up, but not with us.
    const ours = survey.legs.filter((leg) => leg.role !== 'other');
    const legs = new Map<string, ExchangeSurvey['legs'][number]>(ours.map((leg) => [leg.legId, leg]));
    for (const call of desk.living()) {
      // The end of a notice that was playing may have been missed: nobody shall be kept apart by it.
      if (afterGap && call.notice !== null)
        desk.post(call.callId, { type: 'playbackEnded', playbackId: call.notice, failed: true });
      // Nor shall a person listen to silence until an announcement that is over is given up.
      // (A fresh one may still be on its way to the exchange.)
      const { phase } = call;
      if (phase.name === 'announcing' && now() - phase.since > secondLookMs)
        void this.hearEndOf(call.callId, phase.playbackId);
      for (const [id, leg] of Object.entries(call.legs)) {
        const legId = id as LegId;
        if (leg.ended === null && leg.answeredAt === null && legs.get(legId)?.up)
          desk.post(call.callId, { type: 'legAnswered', legId });
      }
    }
    const online = new Set(survey.onlinePhones);
    for (const { agentId, sipUser, phoneOnline, keptLeg, takenSince } of presence.all()) {
      const taken = survey.takenPhones.includes(sipUser);
      if (taken !== (takenSince !== null))
        presence.post(agentId, { type: taken ? 'phoneTaken' : 'phoneGivenBack' });
      if (online.has(sipUser) !== phoneOnline)
        presence.post(agentId, { type: phoneOnline ? 'phoneOffline' : 'phoneOnline' });
      if (keptLeg.status === 'none') continue;
      const leg = legs.get(keptLeg.legId);
      if (keptLeg.status === 'ringing' && leg?.up)
        presence.post(agentId, { type: 'legUp', legId: keptLeg.legId });
      if (keptLeg.status === 'up' && leg === undefined)
        presence.post(agentId, { type: 'legGone', legId: keptLeg.legId });
    }
  }

  private async hearEndOf(callId: CallId, playbackId: string): Promise<void> {
    const { desk, exchange, log } = this.ports;
    try {
      if (!(await exchange.isPlaying(playbackId)))
        desk.post(callId, { type: 'playbackEnded', playbackId, failed: false });
    } catch (error) {
      log.debug({ err: error, callId }, 'whether an announcement is still played is not known');
    }
  }

  private judge(survey: ExchangeSurvey, askedAbout: ReadonlySet<LegId>, afterGap: boolean): void {
    const { desk, presence, now } = this.ports;
    const belief = {
      call: desk.get.bind(desk),
      living: desk.living(),
      agents: [...presence.all()],
    };
    const seen = new Set<string>();
    for (const orphan of findOrphans(belief, survey, askedAbout)) {
      const key = keyOf(orphan);
      const since = this.suspects.get(key) ?? now();
      // A bridge after a gap waits for the second look: the legs in it find their place first.
      const sure = (afterGap && orphan.kind !== 'bridges') || now() - since >= secondLookMs;
      if (sure) this.putRight(orphan, survey);
      else {
        seen.add(key);
        this.suspects.set(key, since);
      }
    }
    for (const key of this.suspects.keys()) if (!seen.has(key)) this.suspects.delete(key);
    clearTimeout(this.secondLook);
    if (this.suspects.size > 0)
      this.secondLook = setTimeout(() => void this.survey(false), secondLookMs + 50);
  }

  private putRight(orphan: Orphan, survey: ExchangeSurvey): void {
    const { desk, presence, exchange, log, takeIn } = this.ports;
    this.found[orphan.kind]++;
    log.info({ orphan }, 'something hung in the air and is put right');
    const failed = (error: unknown) => log.debug({ err: error, orphan }, 'it was gone already');
    switch (orphan.kind) {
      case 'calls':
      case 'legEnds':
        return desk.post(orphan.callId, { type: 'legEnded', legId: orphan.legId, cause: 0, sipCode: 0 });
      case 'agents': {
        const { agentId, callId } = orphan;
        return presence.post(agentId, { type: 'released', callId, wrapUpMs: null, missed: false });
      }
      case 'callers':
        return takeIn(
          orphan.legId,
          survey.callers.find(({ callId }) => (callId as string) === orphan.legId),
        );
      case 'legs':
        return void exchange.hangUp(orphan.legId, 'normal').catch(failed);
      case 'bridges':
        return void exchange.closeBridge(orphan.callId).catch(failed);
      case 'places':
        return desk.repair(orphan.callId, inBridge(survey, orphan.callId));
      default:
        return orphan satisfies never;
    }
  }
}
