import { QueryClient } from '@tanstack/react-query';
import { ApiError, whenSignedOut } from './http.ts';
import { meQuery } from './session.ts';

/** The cache of what the server said over HTTP. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // A refusal will not change by asking again; an unreachable server may.
      retry: (count, error) => count < 2 && error instanceof ApiError && error.reason === 'unreachable',
      // The browser may believe it is offline while the server is on this very machine.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

whenSignedOut(() => void queries.resetQueries({ queryKey: meQuery.queryKey }));
