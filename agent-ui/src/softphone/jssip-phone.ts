import JsSIP from 'jssip';
import { type PhoneCredentials, phoneCredentialsSchema } from '../../../server/users/schema.ts';
import { api } from '../ui/http.ts';
import { mark, measureStream } from './measure.ts';
import { onMicrophoneChange, openMicrophone } from './microphone.ts';
import type { Phone, PhoneLeg, PhoneProblem, PhoneState } from './phone-port.ts';
import { type Counts, qualityOf, readCounts } from './quality.ts';
import { beep, startRinging, stopRinging } from './sounds.ts';

type UA = InstanceType<typeof JsSIP.UA>;
type Socket = InstanceType<typeof JsSIP.WebSocketInterface>;
type Session = import('jssip/lib/RTCSession').RTCSession;

const retryMs = 3000;
const qualityEveryMs = 2000;

const idle: PhoneState = {
  status: 'off',
  problem: null,
  certificateUrl: null,
  leg: null,
  muted: false,
  quality: null,
};

/** The softphone over JsSIP: SIP on a WebSocket (RFC 7118), voice by DTLS-SRTP. */
export function makeJsSipPhone(): Phone {
  let state = idle;
  const watchers = new Set<() => void>();
  let incoming: (leg: PhoneLeg) => void = () => {};
  let registered = (): void => {};

  /** Grows with each start and stop: answers that arrive for an earlier life are thrown away. */
  let life = 0;
  let microphone: MediaStream | null = null;
  let forgetDevices = (): void => {};
  let agent: { ua: UA; socket: Socket; iceServers: RTCIceServer[] } | null = null;
  let session: Session | null = null;
  let voice: HTMLAudioElement | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let qualityTimer: ReturnType<typeof setInterval> | undefined;

  function become(change: Partial<PhoneState>): void {
    state = { ...state, ...change };
    for (const watcher of watchers) watcher();
  }

  function fail(problem: PhoneProblem, certificateUrl: string | null = null): void {
    become({ status: 'offline', problem, certificateUrl });
  }

  function again(): void {
    clearTimeout(retryTimer);
    const mine = life;
    retryTimer = setTimeout(() => {
      if (mine === life) void begin();
    }, retryMs);
  }

  async function begin(): Promise<void> {
    const mine = life;
    if (!microphone?.active) {
      const opened = await openMicrophone();
      if (mine !== life) {
        if ('stream' in opened) for (const track of opened.stream.getTracks()) track.stop();
        return;
      }
      if ('problem' in opened) return fail(opened.problem); // tried again when a device or the permission changes
      microphone = opened.stream;
      for (const track of microphone.getTracks()) {
        track.addEventListener('ended', () => {
          if (mine === life) void begin(); // the headset was unplugged
        });
      }
    }
    if (agent) {
      if (session && !session.isEnded()) replaceTrack(session, microphone);
      become({ problem: null, status: agent.ua.isRegistered() ? 'online' : state.status });
      return;
    }
    let credentials: PhoneCredentials;
    try {
      credentials = await api('/api/phone', phoneCredentialsSchema, { method: 'POST' });
    } catch {
      if (mine === life) {
        fail('noCredentials');
        again();
      }
      return;
    }
    if (mine === life) register(credentials);
  }

  function register(credentials: PhoneCredentials): void {
    const mine = life;
    const socket = new JsSIP.WebSocketInterface(credentials.websocketUrl);
    const ua = new JsSIP.UA({
      sockets: [socket],
      uri: credentials.sipUri,
      authorization_user: credentials.sipUser,
      password: credentials.password,
      register: true,
      register_expires: 300,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 5,
      user_agent: 'Dozvon',
    });
    agent = {
      ua,
      socket,
      // RTCIceServer has no room for an undefined credential.
      iceServers: credentials.iceServers.map(({ urls, username, credential }) => ({
        urls,
        ...(username === undefined ? {} : { username }),
        ...(credential === undefined ? {} : { credential }),
      })),
    };
    ua.on('registered', () => {
      if (mine !== life) return;
      become({ status: 'online', problem: null, certificateUrl: null });
      registered();
    });
    ua.on('disconnected', () => {
      // JsSIP connects again by itself; a leg's voice goes on meanwhile.
      if (mine === life) fail('wssUnreachable', certificatePage(credentials.websocketUrl));
    });
    ua.on('registrationFailed', ({ response }) => {
      if (mine !== life) return;
      // Without a response the connection broke: JsSIP registers again once it is back.
      if (!response) return;
      fail('registrationRefused');
      // New credentials, unless a conversation hangs on this connection.
      if (!session) drop();
      again();
    });
    ua.on('newRTCSession', (event: { originator: string; session: Session; request: unknown }) => {
      if (event.originator === 'remote' && mine === life) {
        take(event.session, event.request as IncomingInvite);
      }
    });
    ua.start();
  }

  /** Forgets connection and leg without a word on the wire. */
  function drop(): void {
    if (!agent) return;
    const { ua, socket } = agent;
    agent = null;
    socket.disconnect();
    socket.send = () => true;
    ua.stop();
  }

  function take(next: Session, invite: IncomingInvite): void {
    const auto = invite.getHeader('X-Dozvon-Auto') === '1';
    const callId = invite.getHeader('X-Dozvon-Call') || null;
    if (session && !session.isEnded()) {
      if (!auto) {
        next.terminate({ status_code: 486 });
        return;
      }
      // The server put up a new leg: it knows that the old one is lost.
      const lost = session;
      session = null;
      lost.terminate();
    }
    session = next;
    if (callId) mark(callId, 'ringStarted');
    setMuted(false);
    const leg: PhoneLeg = {
      legId: invite.getHeader('X-Dozvon-Leg') ?? '',
      callId,
      fromNumber: invite.from.uri.user ?? '',
      fromName: invite.from.display_name ?? '',
      auto,
      stage: auto ? 'answering' : 'ringing',
      since: Date.now(),
    };
    next.on('peerconnection', ({ peerconnection }) => listen(next, peerconnection));
    next.on('confirmed', () => {
      if (session !== next) return;
      if (callId) mark(callId, 'confirmed');
      if (state.leg) become({ leg: { ...state.leg, stage: 'up', since: Date.now() } });
      watchQuality(next);
    });
    next.on('ended', () => gone(next));
    next.on('failed', () => gone(next));
    // Non-trickle SIP waits for all candidates; where host candidates suffice, the first one will do (saves 126 ms).
    if (agent?.iceServers.length === 0) next.on('icecandidate', ({ ready }) => ready());
    become({ leg });
    incoming(leg);
    if (auto) {
      beep();
      accept(next);
    } else {
      startRinging();
    }
  }

  function accept(next: Session): void {
    stopRinging();
    if (!microphone?.active) {
      // Opened just now: the permission may have come back since. Without any, the caller stays in the queue.
      void openMicrophone().then((opened) => {
        if (session !== next) return;
        if ('problem' in opened) {
          become({ problem: opened.problem });
          next.terminate();
        } else {
          microphone = opened.stream;
          accept(next);
        }
      });
      return;
    }
    next.answer({
      mediaStream: microphone,
      pcConfig: { iceServers: agent?.iceServers ?? [], bundlePolicy: 'max-bundle' },
    });
  }

  function listen(next: Session, connection: RTCPeerConnection): void {
    connection.addEventListener('track', ({ track }) => {
      if (session !== next) return;
      const stream = new MediaStream([track]);
      voice ??= new Audio();
      voice.autoplay = true;
      voice.srcObject = stream;
      measureStream(stream);
    });
  }

  function gone(ended: Session): void {
    if (session !== ended) return;
    session = null;
    stopRinging();
    clearInterval(qualityTimer);
    measureStream(null);
    if (voice) voice.srcObject = null;
    become({ leg: null, quality: null });
  }

  function watchQuality(up: Session): void {
    clearInterval(qualityTimer);
    let before: Counts | null = null;
    qualityTimer = setInterval(async () => {
      const counts = await readCounts(up.connection);
      if (session !== up) return;
      become({ quality: qualityOf(before, counts) });
      before = counts;
    }, qualityEveryMs);
  }

  function setMuted(muted: boolean): void {
    for (const track of microphone?.getAudioTracks() ?? []) track.enabled = !muted;
    if (state.muted !== muted) become({ muted });
  }

  return {
    start(): void {
      if (state.status !== 'off') return;
      life += 1;
      become({ ...idle, status: 'starting' });
      forgetDevices = onMicrophoneChange(() => {
        if (!microphone?.active) void begin();
      });
      void begin();
    },
    stop(): void {
      if (state.status === 'off') return;
      life += 1;
      clearTimeout(retryTimer);
      forgetDevices();
      drop();
      if (session) gone(session);
      for (const track of microphone?.getTracks() ?? []) track.stop();
      microphone = null;
      become(idle);
    },
    retry(): void {
      if (state.status !== 'off') void begin();
    },
    reopenMicrophone(): void {
      if (state.status === 'off') return;
      const old = microphone;
      microphone = null;
      // Only after the new one is in its place, so that a running call has no gap longer than this.
      void begin().then(() => {
        for (const track of old?.getTracks() ?? []) track.stop();
        setMuted(state.muted);
      });
    },
    state: () => state,
    watch(handle) {
      watchers.add(handle);
      return () => watchers.delete(handle);
    },
    onRegistered(handle) {
      registered = handle;
    },
    onIncoming(handle) {
      incoming = handle;
    },
    answer(): void {
      if (session && state.leg?.stage === 'ringing') {
        become({ leg: { ...state.leg, stage: 'answering' } });
        accept(session);
      }
    },
    hangUp(): void {
      if (session && !session.isEnded()) session.terminate();
    },
    setMuted,
    sendDtmf(digits): void {
      if (session?.isEstablished()) {
        session.sendDTMF(digits, { transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 });
      }
    },
  };
}

/** What we read of an INVITE. */
interface IncomingInvite {
  getHeader(name: string): string | undefined;
  readonly from: { readonly display_name?: string; readonly uri: { readonly user?: string } };
}

function replaceTrack(session: Session, microphone: MediaStream): void {
  const track = microphone.getAudioTracks()[0];
  const sender = session.connection?.getSenders().find((s) => s.track?.kind === 'audio' || s.track === null);
  if (track && sender) void sender.replaceTrack(track);
}

/** wss://host:8089/ws -> https://host:8089/ws: opened in a tab it lets the user accept the certificate. */
function certificatePage(websocketUrl: string): string | null {
  return websocketUrl.startsWith('wss:') ? websocketUrl.replace(/^wss:/, 'https:') : null;
}
