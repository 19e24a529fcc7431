import JsSIP from 'jssip';
import { type PhoneCredentials, phoneCredentialsSchema } from '../../../server/users/schema.ts';
import { api } from '../ui/http.ts';
import { hasChosen, readDevices, refreshDevices, watchDevices } from './devices.ts';
import { type RunningTest, runEchoTest } from './echo-test.ts';
import { makeMeter } from './level.ts';
import { mark, measureConnection } from './measure.ts';
import {
  microphoneGranted,
  type OpenMicrophone,
  onMicrophoneChange,
  openMicrophone,
  replaceTrack,
  stopTracks,
  wantedMicrophone,
} from './microphone.ts';
import { keepMuted, wasMuted } from './muted-memory.ts';
import { onNetworkChange } from './network.ts';
import { idle, type Phone, type PhoneLeg, type PhoneProblem, type PhoneState } from './phone-port.ts';
import { isDead, type LegWatch, lookAtLeg, newLegWatch, readCounts, silentMs } from './quality.ts';
import { rememberQuality } from './quality-memory.ts';
import { certificatePage, type IncomingInvite, openSipLine, type Session, type SipLine } from './sip-line.ts';
import { beep, ring } from './sounds.ts';
import { onTick } from './ticker.ts';
import { playVoice, silence } from './voices.ts';

const retryMs = 3000;
/** A short break of the connection is healed before anybody could read about it. */
const tellBrokenAfterMs = 3000;
const maxLegs = 6;

interface Leg {
  readonly session: Session;
  readonly view: PhoneLeg;
  readonly watch: LegWatch | null;
}

/** Is any phone registered for this user? Ours may be the one. */
export type Registration = 'there' | 'none' | 'unknown';

/** The softphone over JsSIP. */
export function makeJsSipPhone(registrationNow: () => Registration): Phone {
  let state = idle;
  const watchers = new Set<() => void>();
  let report = (): void => {};
  let takenOver = (): void => {};

  /** Grows with each start and stop: answers that arrive for an earlier life are thrown away. */
  let life = 0;
  let microphone: OpenMicrophone | null = null;
  let opening = false;
  let line: SipLine | null = null;
  let websocketUrl = '';
  let expiresAt = 0;
  let brokenSince: number | null = null;
  let test: RunningTest | null = null;
  /** In the order in which they came. */
  const legs = new Map<Session, Leg>();
  let forget: (() => void)[] = [];
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  const ownMeter = makeMeter(() => microphone?.stream ?? null, true);

  function become(change: Partial<PhoneState>): void {
    state = { ...state, ...change };
    for (const watcher of watchers) watcher();
  }

  function fail(problem: PhoneProblem | null, certificateUrl: string | null = null): void {
    become({ status: 'offline', problem, certificateUrl });
  }

  function again(): void {
    clearTimeout(retryTimer);
    const mine = life;
    retryTimer = setTimeout(() => {
      if (mine === life) void begin(true);
    }, retryMs);
  }

  // ------------------------------------------------------------------ microphone

  /** Opens the microphone that should be open, and puts it under the running calls. False: there is none. */
  async function openWanted(): Promise<boolean> {
    if (opening) return microphone !== null;
    opening = true;
    const mine = life;
    // Looking which devices there are takes time that a refreshed page's caller waits: only for one who has chosen.
    if (hasChosen('microphone') && readDevices().microphones.length === 0) await refreshDevices();
    const opened = await openMicrophone();
    opening = false;
    if (mine !== life) {
      if ('stream' in opened) stopTracks(opened.stream);
      return false;
    }
    if ('problem' in opened) {
      if (!microphone?.stream.active) {
        microphone = null;
        fail(opened.problem); // tried again when a device or the permission changes
        return false;
      }
      return true;
    }
    const old = microphone;
    microphone = opened;
    for (const track of opened.stream.getTracks()) {
      track.enabled = !state.muted;
      // The headset was unplugged.
      track.addEventListener('ended', () => {
        if (mine === life && microphone?.stream === opened.stream) void begin();
      });
    }
    for (const { session } of legs.values()) replaceTrack(session.connection, opened.stream);
    if (old) stopTracks(old.stream);
    if (microphoneProblems.includes(state.problem)) become({ problem: null });
    // Names of devices are told only from now on; the chosen one may be known by its name alone.
    void refreshDevices();
    return true;
  }

  function devicesChanged(): void {
    if (opening || state.status === 'off') return;
    const wanted = wantedMicrophone();
    if (!microphone?.stream.active) void begin();
    else if (microphone.name === null && readDevices().inUse.microphone === null)
      microphone = { ...microphone, name: wanted };
    else if (microphone.name !== wanted) void openWanted();
  }

  // ------------------------------------------------------------------ registration

  /** `fresh`: the exchange refused the credentials that we have. */
  async function begin(fresh = false): Promise<void> {
    const mine = life;
    if (fresh && line && elsewhere()) return;
    // Beside the microphone's opening, as each takes some 100 ms; but not while it is still in doubt that there will be a phone here,
    // for new credentials end the old ones.
    const asked =
      (!line || fresh) && (microphone?.stream.active || (await microphoneGranted()))
        ? askCredentials()
        : null;
    if (!microphone?.stream.active && !(await openWanted())) return;
    if (mine !== life) return;
    if (line && !fresh) {
      if (line.isRegistered()) become({ status: 'online', problem: null });
      return;
    }
    const credentials = await (asked ?? askCredentials());
    if (mine !== life) return;
    if (credentials === null) {
      if (!line?.isRegistered()) fail('noCredentials');
      again();
      return;
    }
    expiresAt = Date.parse(credentials.expiresAt);
    if (line) return line.register(credentials.password);
    websocketUrl = credentials.websocketUrl;
    // "Vouched": answers to `checkLine`; others come while a leg is silent, and a report more does no harm.
    line = openSipLine(credentials, { registered, lost, refused, invited, vouched: () => report() });
  }

  function askCredentials(): Promise<PhoneCredentials | null> {
    return api('/api/phone', phoneCredentialsSchema, { method: 'POST' }).catch(() => null);
  }

  function registered(): void {
    brokenSince = null;
    if (microphone?.stream.active) become({ status: 'online', problem: null, certificateUrl: null });
    report();
  }

  function lost(renewing: boolean): void {
    // Whether the exchange stops ringing we would not hear on this connection any more: it shall ring anew.
    for (const leg of legs.values()) if (leg.view.stage === 'ringing') discard(leg);
    brokenSince ??= Date.now();
    if (renewing) become({ status: 'starting' });
    else become({ status: 'offline' });
  }

  function refused(): void {
    fail('registrationRefused');
    if (!elsewhere()) again();
  }

  /** Refused before their time, our credentials were replaced: another page was given new ones. Only one that has gone again lets us have more. */
  function elsewhere(): boolean {
    const where = Date.now() < expiresAt ? registrationNow() : 'none';
    if (where === 'there') takenOver();
    if (where === 'unknown') again();
    return where !== 'none';
  }

  // ------------------------------------------------------------------ legs

  function invited(session: Session, invite: IncomingInvite): void {
    const auto = invite.getHeader('X-Dozvon-Auto') === '1';
    const callId = invite.getHeader('X-Dozvon-Call') || null;
    // The server put up a new leg for the same thing: it knows that the old one is lost.
    for (const old of legs.values()) {
      if (old.view.callId === callId && (callId !== null || auto)) discard(old);
    }
    if (legs.size >= maxLegs) return session.terminate({ status_code: 486 });
    test?.end();
    if (callId) mark(callId, 'ringStarted');
    if (auto) restoreMuted(callId);
    else if (legs.size === 0) setMuted(false);
    const view: PhoneLeg = {
      legId: invite.getHeader('X-Dozvon-Leg') ?? '',
      callId,
      fromNumber: invite.from.uri.user ?? '',
      fromName: invite.from.display_name ?? '',
      auto,
      stage: auto ? 'answering' : 'ringing',
      since: Date.now(),
    };
    session.on('peerconnection', ({ peerconnection }) => {
      measureConnection(peerconnection);
      peerconnection.addEventListener('track', ({ track }) => {
        if (legs.has(session)) playVoice(session, new MediaStream([track]));
      });
    });
    session.on('confirmed', () => {
      if (!legs.has(session)) return;
      if (callId) mark(callId, 'confirmed');
      put(session, { stage: 'up', since: Date.now() }, newLegWatch(Date.now()));
      legsChanged();
    });
    session.on('ended', () => gone(session));
    session.on('failed', () => gone(session));
    // Non-trickle SIP waits for all candidates; where host candidates suffice, the first one will do (saves 126 ms).
    if (line?.iceServers.length === 0) session.on('icecandidate', ({ ready }) => ready());
    legs.set(session, { session, view, watch: null });
    legsChanged();
    if (auto) {
      beep();
      accept(session);
    }
  }

  function put(session: Session, view: Partial<PhoneLeg>, watch?: LegWatch): void {
    const leg = legs.get(session);
    if (leg) legs.set(session, { session, view: { ...leg.view, ...view }, watch: watch ?? leg.watch });
  }

  function legsChanged(): void {
    const all = [...legs.values()];
    const main = all.at(-1) ?? null;
    const rings = all.some(({ view }) => view.stage === 'ringing');
    ring(rings ? (all.some(({ view }) => view.stage === 'up') ? 'quiet' : 'loud') : 'off');
    become({
      legs: all.map(({ view }) => view),
      leg: main?.view ?? null,
      quality: main?.watch?.quality ?? null,
    });
  }

  function accept(session: Session): void {
    if (!line) return;
    if (!microphone?.stream.active) {
      // Opened just now: the permission may have come back since. Without any, the caller stays in the queue.
      void openWanted().then((open) => {
        if (!legs.has(session)) return;
        if (open) accept(session);
        else session.terminate();
      });
      return;
    }
    session.answer({
      mediaStream: microphone.stream,
      pcConfig: { iceServers: line.iceServers, bundlePolicy: 'max-bundle' },
    });
  }

  function gone(session: Session): void {
    if (!legs.delete(session)) return;
    silence(session);
    legsChanged();
  }

  /** Throws a leg away that leads nowhere; the exchange is told, in case it hears us. */
  function discard({ session }: Leg): void {
    gone(session);
    if (!session.isEnded()) session.terminate();
  }

  /** Each second: are the legs alive, and how good is the voice? */
  async function look(): Promise<void> {
    const mine = life;
    for (const { session, view } of [...legs.values()]) {
      if (view.stage !== 'up') continue;
      const counts = await readCounts(session.connection);
      const leg = legs.get(session);
      if (mine !== life || !leg?.watch) continue;
      const now = Date.now();
      const watch = lookAtLeg(leg.watch, counts, now);
      put(session, {}, watch);
      if (watch.quality && watch.quality !== leg.watch.quality) {
        rememberQuality(now, watch.quality);
        legsChanged();
      }
      if (silentMs(watch, now) > 2000) line?.check();
      // Only a phone that can be rung again may let a leg go: without network it may yet come to life by itself.
      const broken = session.connection.iceConnectionState === 'failed' || isDead(watch, now);
      if (broken && navigator.onLine && line?.isRegistered()) {
        discard(leg);
        report();
      }
    }
  }

  function tick(gapMs: number): void {
    line?.tick();
    if (gapMs > 5000) line?.check(); // woke up
    if (brokenSince !== null && state.problem === null && Date.now() - brokenSince > tellBrokenAfterMs)
      fail('wssUnreachable', certificatePage(websocketUrl));
    const speaks = state.muted && legs.size > 0 && ownMeter.speech() > 0.4;
    if (!state.muted || legs.size === 0) ownMeter.stop();
    if (speaks !== state.speaksMuted) become({ speaksMuted: speaks });
    void look();
  }

  // ------------------------------------------------------------------ mute

  function setMuted(muted: boolean): void {
    for (const track of microphone?.stream.getAudioTracks() ?? []) track.enabled = !muted;
    keepMuted(muted ? state.leg : null);
    if (state.muted !== muted) become({ muted, speaksMuted: false });
  }

  /** A leg came back after a refresh, a lost network, from another tab: he is muted on it if he was before. */
  function restoreMuted(callId: string | null): void {
    if (legs.size > 0) return;
    const muted = wasMuted(callId);
    for (const track of microphone?.stream.getAudioTracks() ?? []) track.enabled = !muted;
    if (state.muted !== muted) become({ muted });
  }

  return {
    start(): void {
      if (state.status !== 'off') return;
      life += 1;
      become({ ...idle, status: 'starting' });
      forget = [
        onMicrophoneChange(() => {
          void refreshDevices().then(devicesChanged);
        }),
        watchDevices(devicesChanged),
        onNetworkChange({ back: () => line?.renew(), changed: () => line?.check() }),
        onTick(tick),
      ];
      void begin();
    },
    stop(): void {
      if (state.status === 'off') return;
      life += 1;
      clearTimeout(retryTimer);
      for (const act of forget) act();
      test = null;
      line?.drop();
      line = null;
      for (const session of [...legs.keys()]) gone(session);
      ownMeter.stop();
      if (microphone) stopTracks(microphone.stream);
      microphone = null;
      opening = false;
      brokenSince = null;
      become(idle);
    },
    retry(): void {
      if (state.status === 'off') return;
      line?.tick();
      void begin();
    },
    checkLine: () => line?.check(),
    reopenMicrophone(): void {
      if (state.status !== 'off') void openWanted();
    },
    state: () => state,
    watch(handle) {
      watchers.add(handle);
      return () => watchers.delete(handle);
    },
    onReport(handle) {
      report = handle;
    },
    onTakenOver(handle) {
      takenOver = handle;
    },
    answer(legId): void {
      for (const { session, view } of legs.values()) {
        if (view.stage !== 'ringing' || (legId !== undefined && view.legId !== legId)) continue;
        put(session, { stage: 'answering' });
        legsChanged();
        return accept(session);
      }
    },
    hangUp(legId): void {
      const wanted = legId ?? state.leg?.legId;
      for (const { session, view } of legs.values()) {
        if (view.legId === wanted && !session.isEnded()) return session.terminate();
      }
    },
    setMuted,
    sendDtmf(digits): void {
      const session = [...legs.keys()].at(-1);
      if (session?.isEstablished()) {
        session.sendDTMF(digits, { transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 });
      }
    },
    meter: () => makeMeter(() => microphone?.stream ?? null, true),
    startTest(): boolean {
      const busy = [...legs.values()].some(({ view }) => view.callId !== null || view.stage !== 'up');
      if (test || busy || !line?.isRegistered() || !microphone) return false;
      const mine = life;
      test = runEchoTest(line, microphone.stream, (next) => {
        if (mine !== life) return;
        if (next === null || next.stage === 'failed') test = null;
        become({ test: next });
      });
      return true;
    },
    endTest(): void {
      test?.end();
      if (state.test) become({ test: null });
    },
    testMeter: () => makeMeter(() => test?.heard() ?? null),
  };
}

const microphoneProblems: readonly (PhoneProblem | null)[] = ['micRefused', 'noMicrophone', 'micBusy'];
