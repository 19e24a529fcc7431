import { queryOptions } from '@tanstack/react-query';
import { type Card, cardSchema } from '../../../server/customers/schema.ts';
import { api } from '../ui/http.ts';
import { queries } from '../ui/queries.ts';

/** A customer's card by id, from the cache while it is fresh. */
export function cardQuery(id: number) {
  return queryOptions({ queryKey: ['card', id], queryFn: () => api(`/api/customers/${id}`, cardSchema) });
}

/** A card that came with a call: no request is needed to show it. */
export function keepCard(card: Card): void {
  queries.setQueryData(['card', card.id], card);
}

/** Something about this customer changed: reads card and timeline again; what is shown stays until then. */
export function refreshCard(id: number): void {
  void queries.invalidateQueries({ queryKey: ['card', id] });
  void queries.invalidateQueries({ queryKey: ['timeline', id] });
}
