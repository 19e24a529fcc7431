import type { CallId, LegId } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import { type Exchange, ExchangeError, type ExchangeEvent, type PhoneRegistry } from '../calls/exchange.ts';
import type { Config } from '../config.ts';
import { Admission, type Capacity, defaultLimits, type Limits } from './admission.ts';
import { AmiClient, type AmiHealth } from './ami.ts';
import { AriClient, type AriHealth } from './ari.ts';
import { Bridges } from './bridges.ts';
import { DigitSender } from './digits.ts';
import { type FallbackQueue, makeFallbackQueue } from './fallback.ts';
import { makeOrders } from './orders.ts';
import { makePhoneRegistry, PhoneWatch } from './phones.ts';
import { Recorder } from './recorder.ts';
import { SpeechWatch } from './speech-watch.ts';
import { TakenPhones } from './taken-phones.ts';
import { stasisApp, translate, translatedEvents } from './translate.ts';
import { Watchers } from './watchers.ts';

type ExchangeConfig = Pick<
  Config,
  | 'ASTERISK_ARI_URL'
  | 'ASTERISK_ARI_USER'
  | 'ASTERISK_ARI_PASSWORD'
  | 'ASTERISK_AMI_HOST'
  | 'ASTERISK_AMI_PORT'
  | 'ASTERISK_AMI_USER'
  | 'ASTERISK_AMI_PASSWORD'
  | 'ASTERISK_TRUNK'
  | 'ASTERISK_RECORDINGS_DIR'
>;

export interface ExchangeConnection {
  readonly exchange: Exchange;
  readonly phones: PhoneRegistry;
  readonly fallback: FallbackQueue;
  /** What this exchange can take now; the dialer asks for no more. */
  capacity(): Capacity;
  health(): { readonly up: boolean; readonly ari: AriHealth; readonly ami: AmiHealth };
  close(): void;
}

/** The dialplan gives calls to the fallback queue when our last sign of life is older than its limit (15 s). */
const beatEveryMs = 3000;

/**
 * Connects to Asterisk and stays connected for ever. Returns at once; `exchangeUp` says that orders are taken. ARI carries
 * the calls; while AMI is away they go on, but no recording starts and softphones' presence stands as last known.
 */
export function connectExchange(o: {
  config: ExchangeConfig;
  log: Log;
  limits?: Limits;
  /** Called each time the exchange has taken our sign of life. */
  beat?: () => void;
}): ExchangeConnection {
  const { config, log, limits = defaultLimits } = o;
  const recordingsDir = config.ASTERISK_RECORDINGS_DIR;
  if (!/^\/[\w./-]+$/.test(recordingsDir)) {
    // It stands inside MixMonitor's options, where a comma or a bracket would end it.
    throw new Error('ASTERISK_RECORDINGS_DIR must be an absolute path of letters, digits and _ . / - only');
  }
  const handlers: ((event: ExchangeEvent) => void)[] = [];
  const emit = (event: ExchangeEvent) => {
    for (const handle of handlers) handle(event);
  };
  let beat: NodeJS.Timeout | undefined;
  const admission = new Admission(limits, Date.now());

  const ari = new AriClient({
    url: config.ASTERISK_ARI_URL,
    user: config.ASTERISK_ARI_USER,
    password: config.ASTERISK_ARI_PASSWORD,
    app: stasisApp,
    log,
    wantedEvents: [...translatedEvents, 'BridgeDestroyed'],
    onEvent(event) {
      if ('timestamp' in event) admission.heard(Date.parse(String(event.timestamp)), Date.now());
      if (event.type === 'BridgeDestroyed') return bridges.gone(event.bridge.id);
      if (event.type === 'StasisStart') watchers.entered(event.channel.id);
      if (event.type === 'ChannelDestroyed') watchers.channelGone(event.channel.id);
      taken.heard(event);
      const told = translate(event);
      if (told?.type === 'callOffered') admission.came(told.callId, Date.now());
      if (told?.type === 'legEnded') {
        admission.ended(told.legId);
        recorder.legGone(told.legId);
        speech.legGone(told.legId);
        digits.legGone(told.legId);
      }
      if (told) emit(told);
    },
    onUp() {
      void sendBeat();
      beat = setInterval(() => void sendBeat(), beatEveryMs);
      emit({ type: 'exchangeUp', at: Date.now() });
    },
    onDown() {
      clearInterval(beat);
      bridges.connectionLost();
      emit({ type: 'exchangeDown', at: Date.now() });
    },
  });

  const watch = new PhoneWatch(
    (aor) => aor !== config.ASTERISK_TRUNK,
    (sipUser, online) => emit({ type: online ? 'phoneOnline' : 'phoneOffline', sipUser, at: Date.now() }),
  );
  const taken = new TakenPhones((sipUser, is) =>
    emit({ type: is ? 'phoneTaken' : 'phoneGivenBack', sipUser, at: Date.now() }),
  );
  const ami = new AmiClient({
    host: config.ASTERISK_AMI_HOST,
    port: config.ASTERISK_AMI_PORT,
    user: config.ASTERISK_AMI_USER,
    password: config.ASTERISK_AMI_PASSWORD,
    log,
    wantedEvents: PhoneWatch.wantedEvents,
    onEvent: (event) => watch.heard(event),
    onUp() {
      watch.read(ami).catch((error) => log.warn({ err: error }, 'registered softphones could not be read'));
    },
    onDown: () => log.warn('AMI is away: no recording can be started, softphones are not watched'),
  });
  const speech = new SpeechWatch(ami);
  const recorder = new Recorder(ami, speech, recordingsDir, log);
  const bridges = new Bridges(ari);
  const watchers = new Watchers(ari, bridges);
  const digits = new DigitSender(ari);
  const trunk = config.ASTERISK_TRUNK;
  const orders = makeOrders({ ari, bridges, ami, watch, taken, recorder, speech, watchers, digits, trunk });

  async function sendBeat(): Promise<void> {
    try {
      // In the exchange's own time: the dialplan compares it with its own clock.
      const { timestamp } = await ari.ask('asterisk.ping', {});
      const value = String(Math.floor(Date.parse(timestamp) / 1000));
      await ari.order('asterisk.setGlobalVar', { variable: 'DOZVON_BEAT', value });
      o.beat?.();
    } catch (error) {
      log.warn({ err: error }, 'the exchange did not take our sign of life');
    }
  }

  /** Places a call if the exchange can take it; what it refuses is known at once, and its lead is free. */
  async function admitted(
    legId: LegId | CallId,
    byDialer: boolean,
    place: () => Promise<void>,
  ): Promise<void> {
    if (!admission.take(legId, byDialer, Date.now()))
      throw new ExchangeError('overloaded', 'the exchange takes no more calls now');
    try {
      await place();
    } catch (error) {
      // After a time-out it may live all the same; its end tells.
      if (!(error instanceof ExchangeError && error.kind === 'timeout')) admission.ended(legId);
      throw error;
    } finally {
      admission.answered(legId);
    }
  }

  return {
    exchange: {
      ...orders,
      dialCustomer: (order) => admitted(order.callId, true, () => orders.dialCustomer(order)),
      dialOutside: (order) => admitted(order.legId, false, () => orders.dialOutside(order)),
      async survey() {
        const seen = await orders.survey();
        const theirs = seen.legs.filter((leg) => leg.role === 'customer' || leg.role === 'outside');
        admission.resurvey(theirs.map((leg) => leg.legId));
        return seen;
      },
      onEvent: (handle) => void handlers.push(handle),
    },
    capacity: () => admission.capacity(Date.now()),
    phones: makePhoneRegistry(ari, watch),
    fallback: makeFallbackQueue(ami),
    health: () => ({ up: ari.health().up, ari: ari.health(), ami: ami.health() }),
    close() {
      clearInterval(beat);
      ari.close();
      ami.close();
    },
  };
}
