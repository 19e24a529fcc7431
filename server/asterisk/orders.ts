import type { CallId } from '../basics/ids.ts';
import { type Exchange, ExchangeError } from '../calls/exchange.ts';
import type { AmiClient } from './ami.ts';
import { type AriClient, AriError } from './ari.ts';
import type { AriOperations } from './ari-model.generated.ts';
import type { Bridges } from './bridges.ts';
import type { DigitSender } from './digits.ts';
import { checkedSipUser, type PhoneWatch } from './phones.ts';
import type { Recorder } from './recorder.ts';
import type { SpeechWatch } from './speech-watch.ts';
import type { TakenPhones } from './taken-phones.ts';
import { bridgeOf, stasisApp, surveyOf } from './translate.ts';
import type { Watchers } from './watchers.ts';

const promptShape = /^[\w-]+(\/[\w-]+)*$/;
const phoneShape = /^\+[1-9]\d{6,14}$/;

const reasons = { normal: 'normal', busy: 'busy', noAnswer: 'no_answer' } as const;

/** Every act of the Exchange port in ARI's and AMI's words. */
export function makeOrders(ports: {
  ari: AriClient;
  bridges: Bridges;
  ami: AmiClient;
  watch: PhoneWatch;
  taken: TakenPhones;
  recorder: Recorder;
  speech: SpeechWatch;
  watchers: Watchers;
  digits: DigitSender;
  trunk: string;
}): Omit<Exchange, 'onEvent'> {
  const { ari, bridges, watch, taken, recorder, speech, watchers, digits, ami, trunk } = ports;
  /** Rings a leg. A leg of this id that lives already is what was asked for: an order may come twice after a reconnect. */
  async function originate(input: AriOperations['channels.originate']['input'] & { channelId: string }) {
    try {
      await ari.order('channels.originate', input);
    } catch (error) {
      // 409 means "this id is taken" and also "no such endpoint".
      if (!(error instanceof AriError && error.status === 409)) throw error;
      await ari.order('channels.get', { channelId: input.channelId }).catch(() => {
        throw error;
      });
    }
  }

  async function dial(order: {
    channelId: string;
    as: 'customer' | 'outside';
    callId: CallId;
    phone: string;
    callerId: string | null;
    ringMs: number;
  }): Promise<void> {
    if (!phoneShape.test(order.phone)) throw new ExchangeError('refused', 'not an E.164 number');
    await originate({
      endpoint: `PJSIP/${order.phone}@${trunk}`,
      // Not straight into our application: who answers while it is away would be hung up on at once.
      context: 'dialled',
      extension: order.as,
      priority: 1,
      channelId: order.channelId,
      timeout: secondsOf(order.ringMs),
      ...callerOf(order.callerId, null),
      variables: { 'CHANNEL(accountcode)': order.callId },
    });
  }

  /** Runs an act whose aim may be reached already: `unless` names the answers that say so. */
  async function unless(status: readonly number[], act: Promise<void>): Promise<void> {
    try {
      await act;
    } catch (error) {
      if (!(error instanceof AriError && status.includes(error.status))) throw error;
    }
  }

  return {
    async ringAgent({ legId, callId, agentId, sipUser, callerId, callerName, ringMs, autoAnswer }) {
      const variables: Record<string, string> = { 'PJSIP_HEADER(add,X-Dozvon-Leg)': legId };
      if (callId !== null) {
        variables['CHANNEL(accountcode)'] = callId;
        variables['PJSIP_HEADER(add,X-Dozvon-Call)'] = callId;
      }
      if (autoAnswer) variables['PJSIP_HEADER(add,X-Dozvon-Auto)'] = '1';
      await originate({
        endpoint: `PJSIP/${checkedSipUser(sipUser)}`,
        app: stasisApp,
        appArgs: `agent,${callId ?? ''},${agentId}`,
        channelId: legId,
        timeout: secondsOf(ringMs),
        ...callerOf(callerId, callerName),
        variables,
      });
    },

    dialCustomer: ({ callId, ...order }) => dial({ ...order, callId, channelId: callId, as: 'customer' }),
    dialOutside: ({ legId, ...order }) => dial({ ...order, channelId: legId, as: 'outside' }),

    answer: (legId) => ari.order('channels.answer', { channelId: legId }),

    async join(callId, legIds) {
      await bridges.add(bridgeOf(callId), legIds);
      recorder.voicesJoined(callId, legIds);
    },

    async part(callId, legId) {
      // 422: it is not in this bridge.
      await unless([422], ari.order('bridges.removeChannel', { bridgeId: bridgeOf(callId), channel: legId }));
      recorder.voiceLeft(legId);
    },

    closeBridge: (callId) => bridges.destroy(bridgeOf(callId)),

    startMusic: (legId) => ari.order('channels.startMoh', { channelId: legId }),
    stopMusic: (legId) => ari.order('channels.stopMoh', { channelId: legId }),

    // On a leg that is up the exchange makes the tone itself, as it makes music: nothing waits for its end.
    startRingback: (legId) => ari.order('channels.ring', { channelId: legId }),
    stopRingback: (legId) => ari.order('channels.ringStop', { channelId: legId }),

    sendDigits: (legId, text) => digits.send(legId, text),

    watchLeg: (order) => watchers.watch(order),
    unwatchLeg: (legId) => watchers.unwatch(legId),

    async play(legId, playbackId, prompts) {
      if (prompts.length === 0 || !prompts.every((name) => promptShape.test(name))) {
        throw new ExchangeError('refused', 'not a prompt name');
      }
      // A bare name is one of ours; a path is any of Asterisk's own sounds.
      const media = prompts.map((name) => `sound:${name.includes('/') ? name : `dozvon/${name}`}`).join(',');
      await ari.order('channels.playWithId', { channelId: legId, playbackId, media });
    },
    stopPlaying: (playbackId) => ari.order('playbacks.stop', { playbackId }),
    async isPlaying(playbackId) {
      try {
        await ari.ask('playbacks.get', { playbackId });
        return true;
      } catch (error) {
        if (error instanceof ExchangeError && error.kind === 'gone') return false;
        throw error;
      }
    },

    watchSpeech: (legId) => speech.watch(legId),
    unwatchSpeech: (legId) => speech.unwatch(legId),

    startRecording: (legId, files) => recorder.start(legId, files),
    stopRecording: (legId) => recorder.stop(legId),
    muteRecording: (legId, muted) => recorder.mute(legId, muted),

    hangUp: (legId, reason) => ari.order('channels.hangup', { channelId: legId, reason: reasons[reason] }),

    async survey() {
      const [channels, found] = await Promise.all([
        ari.ask('channels.list', {}),
        ari.ask('bridges.list', {}),
        // Without AMI the last known phones stand.
        watch.read(ami).catch(() => {}),
      ]);
      bridges.found(found.map(({ id }) => id));
      watchers.tidy(channels, found);
      const seen = surveyOf(channels, found);
      for (const { callId, legIds } of seen.bridges) recorder.voicesFound(callId, legIds);
      return { ...seen, onlinePhones: watch.online(), takenPhones: taken.read(channels) };
    },
  };
}

/** ARI knows whole seconds only; a ring is never cut shorter than asked. */
function secondsOf(ringMs: number): number {
  return Math.max(1, Math.ceil(ringMs / 1000));
}

/** `"Name" <number>` without what would end the quotes or the number early. */
function callerOf(number: string | null, name: string | null): { callerId: string } | Record<string, never> {
  const digits = (number ?? '').replace(/[^\d+*#]/g, '').slice(0, 32);
  const words = (name ?? '').replace(/[\p{Cc}"<>\\]/gu, ' ').slice(0, 80);
  if (digits === '' && words === '') return {};
  return { callerId: `"${words}" <${digits}>` };
}
