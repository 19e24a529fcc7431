import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import type { Outcome } from '../../../server/calls/outcome.ts';
import {
  type CampaignInput,
  campaignSchema,
  importRejectSchema,
  type Lead,
  leadImportSchema,
  leadSchema,
  retryRulesSchema,
} from '../../../server/campaigns/schema.ts';
import { api } from '../ui/http.ts';

/** Requests of the campaign screens. Query keys begin with 'campaigns', so that one call refreshes them all. */

/** A running campaign's figures are read again this often while somebody looks. */
const runningMs = 1500;
const idleMs = 10_000;
const importPollMs = 500;
export const leadsPage = 100;
export const rejectsPage = 100;

export const campaignsQuery = queryOptions({
  queryKey: ['campaigns', 'list'],
  queryFn: () => api('/api/campaigns', z.array(campaignSchema)),
  refetchInterval: (query) =>
    query.state.data?.some((campaign) => campaign.state === 'running') ? runningMs : idleMs,
});

export const campaignQuery = (id: number) =>
  queryOptions({
    queryKey: ['campaigns', 'one', id],
    queryFn: () => api(`/api/campaigns/${id}`, campaignSchema),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? runningMs : idleMs),
  });

export const retryDefaultsQuery = queryOptions({
  queryKey: ['campaigns', 'retry-defaults'],
  queryFn: () => api('/api/campaigns/retry-defaults', retryRulesSchema),
  staleTime: Infinity,
});

const agentSchema = z.object({ id: z.number(), name: z.string() });

export const agentsQuery = queryOptions({
  queryKey: ['users', 'agents'],
  queryFn: () => api('/api/users?role=agent', z.array(agentSchema)),
  staleTime: 60_000,
});

export interface LeadFilter {
  readonly state: Lead['state'] | null;
  readonly outcome: Outcome | null;
}

export const leadsQuery = (id: number, filter: LeadFilter) =>
  infiniteQueryOptions({
    queryKey: ['campaigns', 'leads', id, filter],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: String(leadsPage) });
      if (filter.state) query.set('state', filter.state);
      if (filter.outcome) query.set('outcome', filter.outcome);
      if (pageParam !== null) query.set('after', String(pageParam));
      return api(`/api/campaigns/${id}/leads?${query}`, z.array(leadSchema));
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.length < leadsPage ? undefined : page.at(-1)?.id),
  });

export const importsQuery = (campaignId: number) =>
  queryOptions({
    queryKey: ['campaigns', 'imports', campaignId],
    queryFn: () => api(`/api/campaigns/${campaignId}/imports`, z.array(leadImportSchema)),
  });

/** Read every half second until the import is over. */
export const importQuery = (importId: number) =>
  queryOptions({
    queryKey: ['campaigns', 'import', importId],
    queryFn: () => api(`/api/imports/${importId}`, leadImportSchema),
    refetchInterval: (query) =>
      query.state.data === undefined || query.state.data.state === 'running' ? importPollMs : false,
  });

export const rejectsQuery = (importId: number) =>
  infiniteQueryOptions({
    queryKey: ['campaigns', 'rejects', importId],
    queryFn: ({ pageParam }) =>
      api(
        `/api/imports/${importId}/rejects?after=${pageParam}&limit=${rejectsPage}`,
        z.array(importRejectSchema),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.length < rejectsPage ? undefined : page.at(-1)?.line),
  });

export function createCampaign(input: CampaignInput) {
  return api('/api/campaigns', campaignSchema, { method: 'POST', body: input });
}

export function changeCampaign(id: number, input: CampaignInput) {
  return api(`/api/campaigns/${id}`, campaignSchema, { method: 'PATCH', body: input });
}

export function commandCampaign(id: number, command: 'start' | 'pause' | 'stop') {
  return api(`/api/campaigns/${id}/${command}`, null, { method: 'POST' });
}

export function uploadImport(campaignId: number, file: File, signal: AbortSignal) {
  const body = new FormData();
  body.append('file', file);
  return api(`/api/campaigns/${campaignId}/imports`, leadImportSchema, { method: 'POST', body, signal });
}

export function commandImport(importId: number, command: 'cancel' | 'undo') {
  return api(`/api/imports/${importId}/${command}`, null, { method: 'POST' });
}

export function rejectsCsvPath(importId: number): string {
  return `/api/imports/${importId}/rejects.csv`;
}
