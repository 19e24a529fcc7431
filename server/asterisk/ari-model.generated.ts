// Made by scripts/generate-ari.ts from the API description of a running Asterisk. Do not edit.

export interface Application {
  readonly name: string;
  readonly channel_ids: readonly string[];
  readonly bridge_ids: readonly string[];
  readonly endpoint_ids: readonly string[];
  readonly device_names: readonly string[];
  readonly events_allowed: readonly Record<string, unknown>[];
  readonly events_disallowed: readonly Record<string, unknown>[];
}

export interface AsteriskPing {
  readonly asterisk_id: string;
  readonly ping: string;
  readonly timestamp: string;
}

export interface ConfigTuple {
  readonly attribute: string;
  readonly value: string;
}

export interface Bridge {
  readonly id: string;
  readonly technology: string;
  readonly bridge_type: 'mixing' | 'holding';
  readonly bridge_class: string;
  readonly creator: string;
  readonly name: string;
  readonly channels: readonly string[];
  readonly video_mode?: string;
  readonly video_source_id?: string;
  readonly creationtime: string;
  readonly bridgevars?: Record<string, unknown>;
}

export interface LiveRecording {
  readonly name: string;
  readonly format: string;
  readonly target_uri: string;
  readonly state: 'queued' | 'recording' | 'paused' | 'done' | 'failed' | 'canceled';
  readonly duration?: number;
  readonly talking_duration?: number;
  readonly silence_duration?: number;
  readonly cause?: string;
}

export interface Channel {
  readonly id: string;
  readonly protocol_id: string;
  readonly name: string;
  readonly state: 'Down' | 'Rsrved' | 'OffHook' | 'Dialing' | 'Ring' | 'Ringing' | 'Up' | 'Busy' | 'Dialing Offhook' | 'Pre-ring' | 'Unknown';
  readonly caller: CallerID;
  readonly connected: CallerID;
  readonly accountcode: string;
  readonly dialplan: DialplanCEP;
  readonly creationtime: string;
  readonly language: string;
  readonly channelvars?: Record<string, unknown>;
  readonly caller_rdnis?: string;
  readonly tenantid?: string;
}

export interface Playback {
  readonly id: string;
  readonly media_uri: string;
  readonly next_media_uri?: string;
  readonly target_uri: string;
  readonly language?: string;
  readonly state: 'queued' | 'playing' | 'continuing' | 'done' | 'failed';
}

export interface Endpoint {
  readonly technology: string;
  readonly resource: string;
  readonly state?: 'unknown' | 'offline' | 'online';
  readonly channel_ids: readonly string[];
}

export interface ReferTo {
  readonly requested_destination: RequiredDestination;
  readonly destination_channel?: Channel;
  readonly connected_channel?: Channel;
  readonly bridge?: Bridge;
}

export interface ReferredBy {
  readonly source_channel: Channel;
  readonly connected_channel?: Channel;
  readonly bridge?: Bridge;
}

export interface ContactInfo {
  readonly uri: string;
  readonly contact_status: 'Unreachable' | 'Reachable' | 'Unknown' | 'NonQualified' | 'Removed';
  readonly aor: string;
  readonly roundtrip_usec?: string;
}

export interface DeviceState {
  readonly name: string;
  readonly state: 'UNKNOWN' | 'NOT_INUSE' | 'INUSE' | 'BUSY' | 'INVALID' | 'UNAVAILABLE' | 'RINGING' | 'RINGINUSE' | 'ONHOLD';
}

export interface Peer {
  readonly peer_status: string;
  readonly cause?: string;
  readonly address?: string;
  readonly port?: string;
  readonly time?: string;
}

export interface TextMessage {
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly variables?: Record<string, unknown>;
}

export interface CallerID {
  readonly name: string;
  readonly number: string;
}

export interface DialplanCEP {
  readonly context: string;
  readonly exten: string;
  readonly priority: number;
  readonly app_name: string;
  readonly app_data: string;
}

export interface RequiredDestination {
  readonly protocol_id?: string;
  readonly destination?: string;
  readonly additional_protocol_params?: readonly AdditionalParam[];
}

export interface AdditionalParam {
  readonly parameter_name: string;
  readonly parameter_value: string;
}

export interface ApplicationMoveFailed {
  readonly type: 'ApplicationMoveFailed';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
  readonly destination: string;
  readonly args: readonly string[];
}

export interface ApplicationRegistered {
  readonly type: 'ApplicationRegistered';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
}

export interface ApplicationReplaced {
  readonly type: 'ApplicationReplaced';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
}

export interface ApplicationUnregistered {
  readonly type: 'ApplicationUnregistered';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
}

export interface BridgeAttendedTransfer {
  readonly type: 'BridgeAttendedTransfer';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly transferer_first_leg: Channel;
  readonly transferer_second_leg: Channel;
  readonly replace_channel?: Channel;
  readonly transferee?: Channel;
  readonly transfer_target?: Channel;
  readonly result: string;
  readonly is_external: boolean;
  readonly transferer_first_leg_bridge?: Bridge;
  readonly transferer_second_leg_bridge?: Bridge;
  readonly destination_type: string;
  readonly destination_bridge?: string;
  readonly destination_application?: string;
  readonly destination_link_first_leg?: Channel;
  readonly destination_link_second_leg?: Channel;
  readonly destination_threeway_channel?: Channel;
  readonly destination_threeway_bridge?: Bridge;
}

export interface BridgeBlindTransfer {
  readonly type: 'BridgeBlindTransfer';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
  readonly replace_channel?: Channel;
  readonly transferee?: Channel;
  readonly exten: string;
  readonly context: string;
  readonly result: string;
  readonly is_external: boolean;
  readonly bridge?: Bridge;
}

export interface BridgeCreated {
  readonly type: 'BridgeCreated';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly bridge: Bridge;
}

export interface BridgeDestroyed {
  readonly type: 'BridgeDestroyed';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly bridge: Bridge;
}

export interface BridgeMerged {
  readonly type: 'BridgeMerged';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly bridge: Bridge;
  readonly bridge_from: Bridge;
}

export interface BridgeVideoSourceChanged {
  readonly type: 'BridgeVideoSourceChanged';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly bridge: Bridge;
  readonly old_video_source_id?: string;
}

export interface CallBroadcast {
  readonly type: 'CallBroadcast';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
  readonly caller?: string;
  readonly called?: string;
}

export interface CallClaimed {
  readonly type: 'CallClaimed';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
  readonly winner_app: string;
}

export interface ChannelCallerId {
  readonly type: 'ChannelCallerId';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly caller_presentation: number;
  readonly caller_presentation_txt: string;
  readonly channel: Channel;
}

export interface ChannelConnectedLine {
  readonly type: 'ChannelConnectedLine';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
}

export interface ChannelCreated {
  readonly type: 'ChannelCreated';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
}

export interface ChannelDestroyed {
  readonly type: 'ChannelDestroyed';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly cause: number;
  readonly cause_txt: string;
  readonly tech_cause?: number;
  readonly channel: Channel;
}

export interface ChannelDialplan {
  readonly type: 'ChannelDialplan';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
  readonly dialplan_app: string;
  readonly dialplan_app_data: string;
}

export interface ChannelDtmfReceived {
  readonly type: 'ChannelDtmfReceived';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly digit: string;
  readonly duration_ms: number;
  readonly channel: Channel;
}

export interface ChannelEnteredBridge {
  readonly type: 'ChannelEnteredBridge';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly bridge: Bridge;
  readonly channel?: Channel;
}

export interface ChannelHangupRequest {
  readonly type: 'ChannelHangupRequest';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly cause?: number;
  readonly tech_cause?: number;
  readonly soft?: boolean;
  readonly channel: Channel;
}

export interface ChannelHold {
  readonly type: 'ChannelHold';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
  readonly musicclass?: string;
}

export interface ChannelLeftBridge {
  readonly type: 'ChannelLeftBridge';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly bridge: Bridge;
  readonly channel: Channel;
}

export interface ChannelStateChange {
  readonly type: 'ChannelStateChange';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
}

export interface ChannelTalkingFinished {
  readonly type: 'ChannelTalkingFinished';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
  readonly duration: number;
}

export interface ChannelTalkingStarted {
  readonly type: 'ChannelTalkingStarted';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
}

export interface ChannelToneDetected {
  readonly type: 'ChannelToneDetected';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
}

export interface ChannelTransfer {
  readonly type: 'ChannelTransfer';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly state?: string;
  readonly refer_to: ReferTo;
  readonly referred_by: ReferredBy;
}

export interface ChannelUnhold {
  readonly type: 'ChannelUnhold';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
}

export interface ChannelUserevent {
  readonly type: 'ChannelUserevent';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly eventname: string;
  readonly channel?: Channel;
  readonly bridge?: Bridge;
  readonly endpoint?: Endpoint;
  readonly userevent: Record<string, unknown>;
}

export interface ChannelVarset {
  readonly type: 'ChannelVarset';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly variable: string;
  readonly value: string;
  readonly channel?: Channel;
}

export interface ContactStatusChange {
  readonly type: 'ContactStatusChange';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly endpoint: Endpoint;
  readonly contact_info: ContactInfo;
}

export interface DeviceStateChanged {
  readonly type: 'DeviceStateChanged';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly device_state: DeviceState;
}

export interface Dial {
  readonly type: 'Dial';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly caller?: Channel;
  readonly peer: Channel;
  readonly forward?: string;
  readonly forwarded?: Channel;
  readonly dialstring?: string;
  readonly dialstatus: string;
}

export interface EndpointStateChange {
  readonly type: 'EndpointStateChange';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly endpoint: Endpoint;
}

export interface PeerStatusChange {
  readonly type: 'PeerStatusChange';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly endpoint: Endpoint;
  readonly peer: Peer;
}

export interface PlaybackContinuing {
  readonly type: 'PlaybackContinuing';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly playback: Playback;
}

export interface PlaybackFinished {
  readonly type: 'PlaybackFinished';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly playback: Playback;
}

export interface PlaybackStarted {
  readonly type: 'PlaybackStarted';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly playback: Playback;
}

export interface RESTResponse {
  readonly type: 'RESTResponse';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly transaction_id: string;
  readonly request_id: string;
  readonly status_code: number;
  readonly reason_phrase: string;
  readonly uri: string;
  readonly content_type?: string;
  readonly message_body?: string;
}

export interface RecordingFailed {
  readonly type: 'RecordingFailed';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly recording: LiveRecording;
}

export interface RecordingFinished {
  readonly type: 'RecordingFinished';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly recording: LiveRecording;
}

export interface RecordingStarted {
  readonly type: 'RecordingStarted';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly recording: LiveRecording;
}

export interface StasisEnd {
  readonly type: 'StasisEnd';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly channel: Channel;
}

export interface StasisStart {
  readonly type: 'StasisStart';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly args: readonly string[];
  readonly channel: Channel;
  readonly replace_channel?: Channel;
}

export interface TextMessageReceived {
  readonly type: 'TextMessageReceived';
  readonly asterisk_id?: string;
  readonly application: string;
  readonly timestamp: string;
  readonly message: TextMessage;
  readonly endpoint?: Endpoint;
}

export type AriEvent =
  | ApplicationMoveFailed
  | ApplicationRegistered
  | ApplicationReplaced
  | ApplicationUnregistered
  | BridgeAttendedTransfer
  | BridgeBlindTransfer
  | BridgeCreated
  | BridgeDestroyed
  | BridgeMerged
  | BridgeVideoSourceChanged
  | CallBroadcast
  | CallClaimed
  | ChannelCallerId
  | ChannelConnectedLine
  | ChannelCreated
  | ChannelDestroyed
  | ChannelDialplan
  | ChannelDtmfReceived
  | ChannelEnteredBridge
  | ChannelHangupRequest
  | ChannelHold
  | ChannelLeftBridge
  | ChannelStateChange
  | ChannelTalkingFinished
  | ChannelTalkingStarted
  | ChannelToneDetected
  | ChannelTransfer
  | ChannelUnhold
  | ChannelUserevent
  | ChannelVarset
  | ContactStatusChange
  | DeviceStateChanged
  | Dial
  | EndpointStateChange
  | PeerStatusChange
  | PlaybackContinuing
  | PlaybackFinished
  | PlaybackStarted
  | RESTResponse
  | RecordingFailed
  | RecordingFinished
  | RecordingStarted
  | StasisEnd
  | StasisStart
  | TextMessageReceived;

/** Inputs (path, query and body by name) and results of the operations in use. */
export interface AriOperations {
  'applications.filter': {
   input: {
    readonly applicationName: string;
    readonly filter?: unknown;
   };
   result: Application;
  };
  'asterisk.deleteObject': {
   input: {
    readonly configClass: string;
    readonly objectType: string;
    readonly id: string;
   };
   result: void;
  };
  'asterisk.ping': {
   input: {

   };
   result: AsteriskPing;
  };
  'asterisk.setGlobalVar': {
   input: {
    readonly variable: string;
    readonly value?: string;
   };
   result: void;
  };
  'asterisk.updateObject': {
   input: {
    readonly configClass: string;
    readonly objectType: string;
    readonly id: string;
    readonly fields?: unknown;
   };
   result: readonly ConfigTuple[];
  };
  'bridges.addChannel': {
   input: {
    readonly bridgeId: string;
    readonly channel: string;
    readonly role?: string;
    readonly absorbDTMF?: boolean;
    readonly mute?: boolean;
    readonly inhibitConnectedLineUpdates?: boolean;
   };
   result: void;
  };
  'bridges.createWithId': {
   input: {
    readonly type?: string;
    readonly bridgeId: string;
    readonly name?: string;
    readonly variables?: unknown;
   };
   result: Bridge;
  };
  'bridges.destroy': {
   input: {
    readonly bridgeId: string;
   };
   result: void;
  };
  'bridges.get': {
   input: {
    readonly bridgeId: string;
   };
   result: Bridge;
  };
  'bridges.list': {
   input: {

   };
   result: readonly Bridge[];
  };
  'bridges.record': {
   input: {
    readonly bridgeId: string;
    readonly name: string;
    readonly format: string;
    readonly recorder_format?: string;
    readonly maxDurationSeconds?: number;
    readonly maxSilenceSeconds?: number;
    readonly ifExists?: 'fail' | 'overwrite' | 'append';
    readonly beep?: boolean;
    readonly terminateOn?: 'none' | 'any' | '*' | '#';
   };
   result: LiveRecording;
  };
  'bridges.removeChannel': {
   input: {
    readonly bridgeId: string;
    readonly channel: string;
   };
   result: void;
  };
  'channels.answer': {
   input: {
    readonly channelId: string;
   };
   result: void;
  };
  'channels.get': {
   input: {
    readonly channelId: string;
   };
   result: Channel;
  };
  'channels.hangup': {
   input: {
    readonly channelId: string;
    readonly reason_code?: string;
    readonly reason?: 'normal' | 'busy' | 'congestion' | 'no_answer' | 'timeout' | 'rejected' | 'unallocated' | 'normal_unspecified' | 'number_incomplete' | 'codec_mismatch' | 'interworking' | 'failure' | 'answered_elsewhere';
   };
   result: void;
  };
  'channels.list': {
   input: {

   };
   result: readonly Channel[];
  };
  'channels.originate': {
   input: {
    readonly endpoint: string;
    readonly extension?: string;
    readonly context?: string;
    readonly priority?: number;
    readonly label?: string;
    readonly app?: string;
    readonly appArgs?: string;
    readonly callerId?: string;
    readonly timeout?: number;
    readonly variables?: unknown;
    readonly channelId?: string;
    readonly otherChannelId?: string;
    readonly originator?: string;
    readonly formats?: string;
   };
   result: Channel;
  };
  'channels.playWithId': {
   input: {
    readonly channelId: string;
    readonly playbackId: string;
    readonly media: string;
    readonly lang?: string;
    readonly offsetms?: number;
    readonly skipms?: number;
   };
   result: Playback;
  };
  'channels.record': {
   input: {
    readonly channelId: string;
    readonly name: string;
    readonly format: string;
    readonly maxDurationSeconds?: number;
    readonly maxSilenceSeconds?: number;
    readonly ifExists?: 'fail' | 'overwrite' | 'append';
    readonly beep?: boolean;
    readonly terminateOn?: 'none' | 'any' | '*' | '#';
   };
   result: LiveRecording;
  };
  'channels.ring': {
   input: {
    readonly channelId: string;
   };
   result: void;
  };
  'channels.ringStop': {
   input: {
    readonly channelId: string;
   };
   result: void;
  };
  'channels.sendDTMF': {
   input: {
    readonly channelId: string;
    readonly dtmf?: string;
    readonly before?: number;
    readonly between?: number;
    readonly duration?: number;
    readonly after?: number;
   };
   result: void;
  };
  'channels.setChannelVar': {
   input: {
    readonly channelId: string;
    readonly variable: string;
    readonly value?: string;
    readonly report_events?: boolean;
   };
   result: void;
  };
  'channels.snoopChannelWithId': {
   input: {
    readonly channelId: string;
    readonly snoopId: string;
    readonly spy?: 'none' | 'both' | 'out' | 'in';
    readonly whisper?: 'none' | 'both' | 'out' | 'in';
    readonly app: string;
    readonly appArgs?: string;
   };
   result: Channel;
  };
  'channels.startMoh': {
   input: {
    readonly channelId: string;
    readonly mohClass?: string;
   };
   result: void;
  };
  'channels.stopMoh': {
   input: {
    readonly channelId: string;
   };
   result: void;
  };
  'endpoints.listByTech': {
   input: {
    readonly tech: string;
   };
   result: readonly Endpoint[];
  };
  'playbacks.get': {
   input: {
    readonly playbackId: string;
   };
   result: Playback;
  };
  'playbacks.stop': {
   input: {
    readonly playbackId: string;
   };
   result: void;
  };
}

/** Where an operation goes; `body` names the input that travels as the message's body, `wrapped` in its own name. */
export const ariRoutes: {
  readonly [name in keyof AriOperations]: { readonly method: string; readonly path: string; readonly body?: string; readonly wrapped?: boolean };
} = {
  'applications.filter': { method: 'PUT', path: 'applications/{applicationName}/eventFilter', body: 'filter', wrapped: false },
  'asterisk.deleteObject': { method: 'DELETE', path: 'asterisk/config/dynamic/{configClass}/{objectType}/{id}' },
  'asterisk.ping': { method: 'GET', path: 'asterisk/ping' },
  'asterisk.setGlobalVar': { method: 'POST', path: 'asterisk/variable' },
  'asterisk.updateObject': { method: 'PUT', path: 'asterisk/config/dynamic/{configClass}/{objectType}/{id}', body: 'fields', wrapped: true },
  'bridges.addChannel': { method: 'POST', path: 'bridges/{bridgeId}/addChannel' },
  'bridges.createWithId': { method: 'POST', path: 'bridges/{bridgeId}', body: 'variables', wrapped: true },
  'bridges.destroy': { method: 'DELETE', path: 'bridges/{bridgeId}' },
  'bridges.get': { method: 'GET', path: 'bridges/{bridgeId}' },
  'bridges.list': { method: 'GET', path: 'bridges' },
  'bridges.record': { method: 'POST', path: 'bridges/{bridgeId}/record' },
  'bridges.removeChannel': { method: 'POST', path: 'bridges/{bridgeId}/removeChannel' },
  'channels.answer': { method: 'POST', path: 'channels/{channelId}/answer' },
  'channels.get': { method: 'GET', path: 'channels/{channelId}' },
  'channels.hangup': { method: 'DELETE', path: 'channels/{channelId}' },
  'channels.list': { method: 'GET', path: 'channels' },
  'channels.originate': { method: 'POST', path: 'channels', body: 'variables', wrapped: true },
  'channels.playWithId': { method: 'POST', path: 'channels/{channelId}/play/{playbackId}' },
  'channels.record': { method: 'POST', path: 'channels/{channelId}/record' },
  'channels.ring': { method: 'POST', path: 'channels/{channelId}/ring' },
  'channels.ringStop': { method: 'DELETE', path: 'channels/{channelId}/ring' },
  'channels.sendDTMF': { method: 'POST', path: 'channels/{channelId}/dtmf' },
  'channels.setChannelVar': { method: 'POST', path: 'channels/{channelId}/variable' },
  'channels.snoopChannelWithId': { method: 'POST', path: 'channels/{channelId}/snoop/{snoopId}' },
  'channels.startMoh': { method: 'POST', path: 'channels/{channelId}/moh' },
  'channels.stopMoh': { method: 'DELETE', path: 'channels/{channelId}/moh' },
  'endpoints.listByTech': { method: 'GET', path: 'endpoints/{tech}' },
  'playbacks.get': { method: 'GET', path: 'playbacks/{playbackId}' },
  'playbacks.stop': { method: 'DELETE', path: 'playbacks/{playbackId}' },
};
