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

const fileShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;

interface Recording {
  readonly heard: string;
  readonly spoken: string;
  /** Somebody was in the bridge with the customer since the recording was put up. */
  voiced: boolean;
  /** Acts on this recording, one after another. */
  work: Promise<unknown>;
}

export class Recorder {
  private readonly ami: AmiClient;
  private readonly speech: SpeechWatch;
  private readonly dir: string;
  private readonly log: Log;
  private readonly recordings = new Map<LegId, Recording>();
  /** Customers' legs that have met another leg. */
  private readonly joined = new Set<LegId>();

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
    const recording: Recording = { heard, spoken, voiced: this.joined.has(legId), work: Promise.resolve() };
    this.recordings.set(legId, recording);
    const exists = await access(join(this.dir, spoken)).then(
      () => true,
      () => false,
    );
    // Begun before this process lived: who was with the customer since is not known.
    if (exists) recording.voiced = true;
    try {
      await this.inTurn(recording, () =>
        exists ? this.putUpAgain(legId, recording) : this.putUp(legId, recording),
      );
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

  /** Legs have come into a call's bridge; does not hold up the talk. */
  voicesJoined(callId: CallId, legIds: readonly LegId[]): void {
    const customer = callId as string as LegId;
    const others = legIds.some((legId) => legId !== customer);
    const recording = this.recordings.get(customer);
    const changes = recording?.voiced === true;
    if (others) this.joined.add(customer);
    if (recording === undefined) return;
    if (others) recording.voiced = true;
    if (!changes) return;
    this.inTurn(recording, () => this.putUpAgain(customer, recording)).catch((error: unknown) => {
      const gone = error instanceof ExchangeError && error.kind === 'gone';
      if (!gone) this.log.error({ err: error, callId }, 'a recording could not go on with its new voice');
    });
  }

  legGone(legId: LegId): void {
    this.recordings.delete(legId);
    this.joined.delete(legId);
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
      await sleep(takeDownMs);
      if (this.recordings.get(legId) === recording) await this.putUp(legId, recording);
    });
  }

  private async putUp(legId: LegId, { heard, spoken }: Recording): Promise<void> {
    // S: both files keep step through silence. a: append. r: what the leg sends, t: what it is sent.
    const Options = `Sar(${join(this.dir, heard)})t(${join(this.dir, spoken)})`;
    await this.ami.act('MixMonitor', { Channel: legId, Options });
  }
}
