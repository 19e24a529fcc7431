import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallId, LegId } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import { ExchangeError } from '../calls/exchange.ts';
import type { AmiClient } from './ami.ts';
import type { SpeechWatch } from './speech-watch.ts';

/**
 * Records customers' legs with MixMonitor: two raw µ-law files, one a voice (docs/decisions/recording.md).
 *
 * Asterisk 22 drops, in the recording only, every frame whose RTP sequence number lies behind the last one it has recorded in
 * that direction. A new agent's leg counts from a number of its own, so after a change of agents (a refreshed browser) his side
 * was silent in half of all recordings, for up to eleven minutes. The memory of the number goes when the recording is
 * taken down together with everything else that listens to the leg (a speech watch left up spoiled 6 of 12); so whenever a
 * recorded call gets another voice, all is taken down and put up again, appending.
 */
const takeDownMs = 100; // frames pass every 20 ms and two must; 40 ms cured 10 of 10 changes, 0 ms only 6

/** On the recorded leg while its recording is muted. */
const mutedVariable = 'DOZVON_MUTED';

const fileShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;

interface Recording {
  readonly heard: string;
  readonly spoken: string;
  /** Somebody was in the bridge with the customer since the recording was put up. */
  voiced: boolean;
  muted: boolean;
  /** It is down and will be put up again: voices that change meanwhile cost nothing more. */
  down: boolean;
  /** Acts on this recording, one after another. */
  work: Promise<unknown>;
}

export class Recorder {
  private readonly ami: AmiClient;
  private readonly speech: SpeechWatch;
  private readonly dir: string;
  private readonly log: Log;
  private readonly recordings = new Map<LegId, Recording>();
  /** Whether a leg's recording is to be muted, up or not; what another server was told stands on the leg. */
  private readonly wished = new Map<LegId, boolean>();
  /** Customers' legs that have met another leg, each with those who are in its bridge now. */
  private readonly met = new Map<LegId, Set<LegId>>();
  /** The customer's leg with whom each of those is. */
  private readonly withCustomer = new Map<LegId, LegId>();

  constructor(ami: AmiClient, speech: SpeechWatch, dir: string, log: Log) {
    this.ami = ami;
    this.speech = speech;
    this.dir = dir;
    this.log = log;
  }

  /** Starts, or goes on after the server itself was away: files that exist are appended to, never cut. */
  async start(legId: LegId, { heard, spoken }: { heard: string; spoken: string }): Promise<void> {
    for (const file of [heard, spoken]) {
      if (!fileShape.test(file)) throw new ExchangeError('refused', 'not a plain file name');
    }
    if (this.recordings.has(legId)) return;
    const voiced = this.met.has(legId);
    const recording: Recording = {
      heard,
      spoken,
      voiced,
      muted: false,
      down: false,
      work: Promise.resolve(),
    };
    this.recordings.set(legId, recording);
    const exists = await access(join(this.dir, spoken)).then(
      () => true,
      () => false,
    );
    // Begun before this process lived: who was with the customer since is not known.
    if (exists) recording.voiced = true;
    try {
      await this.inTurn(recording, async () => {
        recording.muted = this.wished.get(legId) ?? (exists && (await this.isMuted(legId)));
        await (exists ? this.putUpAgain(legId, recording) : this.putUp(legId, recording));
      });
    } catch (error) {
      this.recordings.delete(legId);
      throw error;
    }
  }

  async stop(legId: LegId): Promise<void> {
    const recording = this.recordings.get(legId);
    this.recordings.delete(legId);
    await recording?.work.catch(() => {});
    await this.ami.act('StopMixMonitor', { Channel: legId });
  }

  /**
   * While muted, silence is written instead of both voices; the files keep their length. The leg itself carries the wish, so
   * that a server that comes back does not record what it must not.
   */
  async mute(legId: LegId, muted: boolean): Promise<void> {
    const recording = this.recordings.get(legId);
    const act = async () => {
      await this.ami.act('Setvar', { Channel: legId, Variable: mutedVariable, Value: muted ? '1' : '' });
      this.wished.set(legId, muted);
      if (recording) recording.muted = muted;
      await this.setMute(legId, muted).catch((error: unknown) => {
        // Nothing is up: what is put up later obeys the wish.
        const refused = error instanceof ExchangeError && error.kind === 'refused';
        if (recording !== undefined || !refused) throw error;
      });
    };
    await (recording === undefined ? act() : this.inTurn(recording, act));
  }

  /** Legs have come into a call's bridge; does not hold up the talk. */
  voicesJoined(callId: CallId, legIds: readonly LegId[]): void {
    const customer = callId as string as LegId;
    const recording = this.recordings.get(customer);
    const changes = recording?.voiced === true;
    this.voicesFound(callId, legIds);
    if (recording === undefined) return;
    if (this.met.has(customer)) recording.voiced = true;
    if (changes) this.goOn(customer, recording);
  }

  /** Who is in a call's bridge, read from the exchange. */
  voicesFound(callId: CallId, legIds: readonly LegId[]): void {
    const customer = callId as string as LegId;
    const others = legIds.filter((legId) => legId !== customer);
    if (others.length === 0) return;
    const met = this.met.get(customer) ?? new Set();
    this.met.set(customer, met);
    for (const legId of others) {
      this.leave(legId);
      met.add(legId);
      this.withCustomer.set(legId, customer);
    }
  }

  /** A leg has left a call's bridge. Who is left is heard in another way than before: directly, not mixed. */
  voiceLeft(legId: LegId): void {
    const customer = this.leave(legId);
    const recording = customer && this.recordings.get(customer);
    if (recording && this.met.get(customer)?.size) this.goOn(customer, recording);
  }

  legGone(legId: LegId): void {
    this.recordings.delete(legId);
    this.wished.delete(legId);
    for (const other of this.met.get(legId) ?? []) this.withCustomer.delete(other);
    this.met.delete(legId);
    this.voiceLeft(legId);
  }

  private leave(legId: LegId): LegId | undefined {
    const customer = this.withCustomer.get(legId);
    if (customer === undefined) return undefined;
    this.withCustomer.delete(legId);
    this.met.get(customer)?.delete(legId);
    return customer;
  }

  private goOn(customer: LegId, recording: Recording): void {
    if (recording.down) return;
    this.inTurn(recording, () => this.putUpAgain(customer, recording)).catch((error: unknown) => {
      const gone = error instanceof ExchangeError && error.kind === 'gone';
      if (!gone)
        this.log.error({ err: error, legId: customer }, 'a recording could not go on with its new voice');
    });
  }

  private inTurn(recording: Recording, act: () => Promise<void>): Promise<void> {
    const done = recording.work.catch(() => {}).then(act);
    recording.work = done;
    return done;
  }

  private async putUpAgain(legId: LegId, recording: Recording): Promise<void> {
    if (this.recordings.get(legId) !== recording) return;
    await this.speech.liftedFor(legId, async () => {
      await this.ami.act('StopMixMonitor', { Channel: legId }).catch((error: unknown) => {
        // "Could not stop": nothing is up.
        if (!(error instanceof ExchangeError && error.kind === 'refused')) throw error;
      });
      recording.down = true;
      await sleep(takeDownMs);
      recording.down = false;
      if (this.recordings.get(legId) === recording) await this.putUp(legId, recording);
    });
  }

  private async putUp(legId: LegId, { heard, spoken, muted }: Recording): Promise<void> {
    // S: both files keep step through silence. a: append. r: what the leg sends, t: what it is sent.
    const Options = `Sar(${join(this.dir, heard)})t(${join(this.dir, spoken)})`;
    const up = this.ami.act('MixMonitor', { Channel: legId, Options });
    // Sent together: not one frame of what is to be silent passes in between.
    const silent = muted ? this.setMute(legId, true) : undefined;
    await Promise.all([up, silent]);
  }

  private async setMute(legId: LegId, muted: boolean): Promise<void> {
    await this.ami.act('MixMonitorMute', { Channel: legId, Direction: 'both', State: muted ? '1' : '0' });
  }

  private async isMuted(legId: LegId): Promise<boolean> {
    return (await this.ami.act('Getvar', { Channel: legId, Variable: mutedVariable })).Value === '1';
  }
}
