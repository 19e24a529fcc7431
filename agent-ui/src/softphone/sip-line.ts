import JsSIP from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { PhoneCredentials } from '../../../server/users/schema.ts';

export type Session = RTCSession;

/** What JsSIP's own types leave out of its public interface. */
type UA = InstanceType<typeof JsSIP.UA> & {
  readonly transport: {
    connect(): void;
    disconnect(): void;
    isConnected(): boolean;
    isConnecting(): boolean;
  };
  sendOptions(
    target: string,
    body: undefined,
    options: {
      eventHandlers: { succeeded(): void; failed(event: { response?: { status_code: number } }): void };
    },
  ): void;
};

/** What we read of an INVITE. */
export interface IncomingInvite {
  getHeader(name: string): string | undefined;
  readonly from: { readonly display_name?: string; readonly uri: { readonly user?: string } };
}

/** The SIP connection of this phone: registered, watched, made anew when it is silent. */
export interface SipLine {
  readonly iceServers: RTCIceServer[];
  isRegistered(): boolean;
  /** New credentials, since the exchange refused the old ones: connects anew with them. */
  register(password: string): void;
  /** Asks the exchange for any answer (`vouched`, `refused`); silent for 2.5 s, the connection is made anew. */
  check(): void;
  /** Makes the connection anew at once. Talks go on: their dialogs do not hang on it. */
  renew(): void;
  /** Each second: tries to connect while there is no connection. */
  tick(): void;
  call(user: string, microphone: MediaStream, on: { up(): void; over(): void }): Session;
  /** Forgets connection and sessions without a word on the wire. */
  drop(): void;
}

const answerMs = 2500;
/** A connection that does not come up in so many seconds leads nowhere (a network that swallows packets). */
const connectTicks = 6;

/** Registers and takes calls: SIP on a WebSocket (RFC 7118), voice by DTLS-SRTP. */
export function openSipLine(
  credentials: PhoneCredentials,
  told: {
    registered(): void;
    /** The connection broke; `renewing`: on purpose, the next one is on its way. */
    lost(renewing: boolean): void;
    /** It answered: the connection lives and our credentials are good. */
    vouched(): void;
    /** Our credentials are not good (any more). */
    refused(): void;
    invited(session: Session, invite: IncomingInvite): void;
  },
): SipLine {
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
  }) as UA;
  const at = (user: string): string => credentials.sipUri.replace(/^sip:[^@]*/, `sip:${user}`);
  let open = true;
  let renewing = false;
  let connectingTicks = 0;
  let asked: ReturnType<typeof setTimeout> | undefined;

  const iceServers = credentials.iceServers.map(({ urls, username, credential }) => ({
    urls,
    // RTCIceServer has no room for an undefined credential.
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }));

  function answered(): void {
    clearTimeout(asked);
    asked = undefined;
  }

  function renew(): void {
    if (!open) return;
    answered();
    renewing = true;
    ua.transport.disconnect();
    renewing = false;
    connectingTicks = 0;
    ua.transport.connect();
  }

  /** "No such extension" is a good answer as well; these are not. */
  function heard(status: number): void {
    answered();
    if (!open) return;
    if (status === 401 || status === 403) told.refused();
    else told.vouched();
  }

  ua.on('registered', () => {
    answered();
    if (open) told.registered();
  });
  ua.on('disconnected', () => {
    if (open) told.lost(renewing);
  });
  ua.on('registrationFailed', ({ response }) => {
    // Without a response the connection broke: JsSIP registers again once it is back.
    if (open && response) told.refused();
  });
  ua.on('newRTCSession', (event: { originator: string; session: Session; request: unknown }) => {
    if (open && event.originator === 'remote')
      told.invited(event.session, event.request as unknown as IncomingInvite);
  });
  ua.start();

  return {
    iceServers,
    isRegistered: () => ua.isRegistered(),
    register(password) {
      ua.set('password', password);
      renew();
    },
    check() {
      if (!open || asked !== undefined || !ua.transport.isConnected()) return;
      asked = setTimeout(renew, answerMs);
      ua.sendOptions(at('echo'), undefined, {
        eventHandlers: {
          succeeded: () => heard(200),
          failed: ({ response }) => {
            if (response) heard(response.status_code);
          },
        },
      });
    },
    renew,
    tick() {
      if (!open || ua.transport.isConnected()) return;
      // JsSIP tries by itself as well, by a timer that a hidden tab slows down to one a minute.
      if (!ua.transport.isConnecting()) ua.transport.connect();
      else if (++connectingTicks >= connectTicks) renew();
    },
    call(user, microphone, on) {
      const session = ua.call(at(user), {
        mediaStream: microphone,
        pcConfig: { iceServers, bundlePolicy: 'max-bundle' },
      });
      if (iceServers.length === 0) session.on('icecandidate', ({ ready }) => ready());
      session.on('confirmed', on.up);
      session.on('ended', on.over);
      session.on('failed', on.over);
      return session;
    },
    drop() {
      open = false;
      answered();
      socket.disconnect();
      socket.send = () => true;
      ua.stop();
    },
  };
}

/** wss://host:8089/ws -> https://host:8089/ws: opened in a tab it lets the user accept the certificate. */
export function certificatePage(websocketUrl: string): string | null {
  return websocketUrl.startsWith('wss:') ? websocketUrl.replace(/^wss:/, 'https:') : null;
}
