import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { alarmSchema } from '../../../server/alarms/schema.ts';
import {
  type RecordingPurpose,
  recordingFactsSchema,
  recordingPolicySchema,
} from '../../../server/recordings/schema.ts';
import { api } from '../ui/http.ts';

export const soundPath = (callId: string): string => `/api/calls/${encodeURIComponent(callId)}/recording`;

/** While it is being checked its waveform may come any moment. */
const pendingEveryMs = 3000;

export const recordingFactsQuery = (callId: string) =>
  queryOptions({
    queryKey: ['recordings', 'facts', callId],
    queryFn: ({ signal }) => api(`${soundPath(callId)}/facts`, recordingFactsSchema, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? pendingEveryMs : false),
  });

export const setHold = (callId: string, reason: string | null): Promise<void> =>
  api(`${soundPath(callId)}/hold`, null, {
    method: 'POST',
    body: reason === null ? { held: false } : { held: true, reason },
  });

export const deleteRecording = (callId: string, reason: string): Promise<void> =>
  api(`${soundPath(callId)}/delete`, null, { method: 'POST', body: { reason } });

export const recordingPolicyQuery = queryOptions({
  queryKey: ['recordings', 'policy'],
  queryFn: () => api('/api/recordings/policy', recordingPolicySchema),
});

export const setKeepDays = (purpose: RecordingPurpose, keepDays: number) =>
  api(`/api/recordings/retention/${purpose}`, recordingPolicySchema, { method: 'PUT', body: { keepDays } });

export const setQueueRecord = (queueId: number, record: boolean) =>
  api(`/api/recordings/queues/${queueId}`, recordingPolicySchema, { method: 'PUT', body: { record } });

/** What wants somebody's eyes now. */
export const openAlarmsQuery = queryOptions({
  queryKey: ['alarms', 'open'],
  queryFn: ({ signal }) => api('/api/alarms?open=1', z.array(alarmSchema), { signal }),
  refetchInterval: 5000,
});

export const acknowledgeAlarm = (id: number): Promise<void> =>
  api(`/api/alarms/${id}/acknowledge`, null, { method: 'POST' });
