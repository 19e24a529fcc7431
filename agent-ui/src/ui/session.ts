import { queryOptions, useQuery } from '@tanstack/react-query';
import { type Me, meSchema } from '../../../server/users/schema.ts';
import { api } from './http.ts';

/** Who is signed in; the query fails with status 401 when nobody is. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => api('/api/me', meSchema),
  staleTime: Infinity,
  retry: false,
});

/** The signed-in user; only below the frame, which waits for him. */
export function useUser(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error('useUser outside of the frame');
  return data;
}

export function mayWatch(me: Me): boolean {
  return me.role !== 'agent';
}
