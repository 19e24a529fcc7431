import type { AgentId, CallId, EpochMs, LegId } from '../basics/ids.ts';
import type { CallOffered, ExchangeEvent, ExchangeSurvey } from '../calls/exchange.ts';
import type { AriEvent, Bridge, Channel } from './ari-model.generated.ts';

/** The one Stasis application; its first argument says what a channel is: hotline, customer, agent, outside or watch. */
export const stasisApp = 'dozvon';

/** Ids of the channels through which a supervisor listens; they are the adapter's own and no legs. */
export const snoopPrefix = 'snoop-';

/** Event types that `translate` understands; Asterisk keeps the others to itself. */
export const translatedEvents = [
  'StasisStart',
  'ChannelStateChange',
  'ChannelDestroyed',
  'ChannelDtmfReceived',
  'ChannelTalkingStarted',
  'ChannelTalkingFinished',
  'PlaybackFinished',
] as const satisfies readonly AriEvent['type'][];

const bridgePrefix = 'call-';
const agentLeg = /^ag-(\d+)-/;
const outsideLeg = /^out-/;

/** Id of a call's bridge on the exchange. */
export function bridgeOf(callId: CallId): string {
  return bridgePrefix + callId;
}

/** An event of ARI in the house's words; null when it means nothing to us. */
export function translate(event: AriEvent): ExchangeEvent | null {
  if ('channel' in event && event.channel?.id.startsWith(snoopPrefix)) return null;
  switch (event.type) {
    case 'StasisStart': {
      const { channel, args } = event;
      const at = timeOf(event.timestamp);
      // A leg that we rang enters the application when it is answered, and can be ordered about from then on.
      if (args[0] !== 'hotline') return { type: 'legAnswered', legId: legIdOf(channel), at };
      return {
        type: 'callOffered',
        callId: channel.id as CallId,
        from: cleaned(channel.caller.number),
        fromName: cleaned(channel.caller.name),
        to: cleaned(args[1] ?? ''),
        at,
      };
    }
    case 'ChannelStateChange': {
      const { channel } = event;
      const at = timeOf(event.timestamp);
      if (channel.state === 'Ringing') return { type: 'legRinging', legId: legIdOf(channel), at };
      // Only a hotline caller is in the application before he is answered; for other legs StasisStart speaks.
      if (channel.state !== 'Up' || rungNumber(channel) === null) return null;
      return { type: 'legAnswered', legId: legIdOf(channel), at };
    }
    case 'ChannelDestroyed': {
      const { channel, cause, tech_cause: techCause } = event;
      // A leg that was answered had 200 as its last status; what Asterisk names for it then is derived from our own hang-up.
      const sipCode = channel.state === 'Up' ? 200 : (techCause ?? 0);
      return { type: 'legEnded', legId: legIdOf(channel), at: timeOf(event.timestamp), cause, sipCode };
    }
    case 'ChannelDtmfReceived':
      return {
        type: 'digit',
        legId: legIdOf(event.channel),
        digit: event.digit,
        at: timeOf(event.timestamp),
      };
    case 'ChannelTalkingStarted':
      return { type: 'speechStarted', legId: legIdOf(event.channel), at: timeOf(event.timestamp) };
    case 'ChannelTalkingFinished':
      return {
        type: 'speechEnded',
        legId: legIdOf(event.channel),
        speechMs: event.duration,
        at: timeOf(event.timestamp),
      };
    case 'PlaybackFinished': {
      const { id, target_uri: target, state } = event.playback;
      return {
        type: 'playbackEnded',
        playbackId: id,
        legId: target.replace('channel:', '') as LegId,
        failed: state === 'failed',
        at: timeOf(event.timestamp),
      };
    }
    default:
      return null;
  }
}

/**
 * What lives on the exchange, told from its channels and bridges. A channel outside our application is `other`: it cannot
 * be ordered about (served by the fallback queue, or not yet with us).
 */
export function surveyOf(
  channels: readonly Channel[],
  bridges: readonly Bridge[],
): Omit<ExchangeSurvey, 'onlinePhones' | 'takenPhones'> {
  const calls = bridges.filter((bridge) => bridge.id.startsWith(bridgePrefix));
  const callOfLeg = new Map<string, CallId>();
  const callBridges = calls.map((bridge) => {
    const callId = bridge.id.slice(bridgePrefix.length) as CallId;
    for (const id of bridge.channels) callOfLeg.set(id, callId);
    return { callId, legIds: bridge.channels as readonly LegId[] };
  });
  const legs = channels
    .filter(({ id }) => !id.startsWith(snoopPrefix))
    .map((channel) => {
      const { id, accountcode, state, dialplan } = channel;
      const agentId = agentLeg.exec(id)?.[1];
      const inApp = dialplan.app_name === 'Stasis' && dialplan.app_data.startsWith(`${stasisApp},`);
      const beingDialled = dialplan.app_name === 'AppDial2';
      const ours = inApp || beingDialled;
      const role = !ours
        ? 'other'
        : agentId !== undefined
          ? 'agent'
          : outsideLeg.test(id)
            ? 'outside'
            : accountcode === id
              ? 'customer'
              : 'other';
      // A kept-up leg goes from call to call: the bridge it stands in is right, its account code is its first call's.
      const callId = callOfLeg.get(id) ?? ((accountcode || null) as CallId | null);
      return {
        legId: id as LegId,
        callId,
        role,
        up: state === 'Up',
        agentId: role === 'agent' ? (Number(agentId) as AgentId) : null,
      } as const;
    });
  return { legs, bridges: callBridges, callers: channels.flatMap(offerOf) };
}

/** A hotline caller in our application, as `StasisStart` told of him. */
function offerOf(channel: Channel): CallOffered[] {
  const { id, caller, creationtime } = channel;
  const to = rungNumber(channel);
  if (to === null) return [];
  return [
    {
      type: 'callOffered',
      callId: id as CallId,
      from: cleaned(caller.number),
      fromName: cleaned(caller.name),
      to: cleaned(to),
      at: timeOf(creationtime),
    },
  ];
}

/** The number that a hotline caller in our application rang, the application's second argument; null for any other channel. */
function rungNumber({ dialplan }: Channel): string | null {
  const [app, kind, to = ''] = dialplan.app_data.split(',');
  return dialplan.app_name === 'Stasis' && app === stasisApp && kind === 'hotline' ? to : null;
}

function legIdOf(channel: Channel): LegId {
  return channel.id as LegId;
}

/** Asterisk writes 2026-11-22T18:47:54.089+0000. */
function timeOf(timestamp: string): EpochMs {
  return Date.parse(timestamp);
}

/** A string from the telephone network, safe to store and show: no control characters, at most 128 characters. */
function cleaned(text: string): string {
  return text.replace(/\p{Cc}/gu, '').slice(0, 128);
}
