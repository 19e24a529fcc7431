import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { type Disposition, dispositionSchema } from '../../../server/calls/schema.ts';
import { api } from '../ui/http.ts';
import { language } from '../ui/words.ts';

const none: readonly Disposition[] = [];

/** The results an agent may give a call, in the house's order. */
export function useDispositions(): readonly Disposition[] {
  const { data } = useQuery({
    queryKey: ['dispositions'],
    queryFn: () => api('/api/dispositions', z.array(dispositionSchema)),
    staleTime: 5 * 60_000,
  });
  return data ?? none;
}

export function dispositionName(disposition: Disposition): string {
  return language() === 'ru' ? disposition.nameRu : disposition.nameEn;
}
