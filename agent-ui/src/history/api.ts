import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { callDetailSchema, callRowSchema } from '../../../server/calls/schema.ts';
import { api } from '../ui/http.ts';
import type { HistorySearch } from './search.ts';

const page = 100;
export type HistoryFilter = Omit<HistorySearch, 'call'>;

/** Calls, newest first; the next page begins before the last call of this one. */
export const callsQuery = (filter: HistoryFilter) =>
  infiniteQueryOptions({
    queryKey: ['calls', 'list', filter],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(page) });
      for (const [name, value] of Object.entries(filter)) {
        if (value !== undefined) query.set(name, String(value));
      }
      if (pageParam) {
        query.set('before', pageParam.before);
        query.set('beforeId', pageParam.beforeId);
      }
      return api(`/api/calls?${query}`, z.array(callRowSchema), { signal });
    },
    initialPageParam: null as { before: string; beforeId: string } | null,
    getNextPageParam: (last) => {
      const call = last.at(-1);
      return call && last.length === page ? { before: call.offeredAt, beforeId: call.callId } : undefined;
    },
  });

export const callQuery = (callId: string) =>
  queryOptions({
    queryKey: ['calls', 'one', callId],
    queryFn: () => api(`/api/calls/${encodeURIComponent(callId)}`, callDetailSchema),
  });
