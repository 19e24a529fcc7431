import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { actRowSchema, supervisionSchema } from '../../../server/supervision/schema.ts';
import { api } from '../ui/http.ts';
import type { ActsSearch } from './search.ts';

/** The house's rule and the people of the record; both change with a restart or a new user only. */
export const supervisionQuery = queryOptions({
  queryKey: ['supervision'],
  queryFn: ({ signal }) => api('/api/supervision', supervisionSchema, { signal }),
  staleTime: 60_000,
});

const page = 100;

/** The record of acts, newest first; the next page begins after the last act of this one. */
export const actsQuery = (filter: ActsSearch) =>
  infiniteQueryOptions({
    queryKey: ['acts', filter],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(page) });
      for (const [name, value] of Object.entries(filter)) {
        if (value !== undefined) query.set(name, String(value));
      }
      if (pageParam !== null) query.set('beforeId', String(pageParam));
      return api(`/api/acts?${query}`, z.array(actRowSchema), { signal });
    },
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.length === page ? last.at(-1)?.id : undefined),
  });
