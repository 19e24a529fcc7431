import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useLayoutEffect } from 'react';
import { ErrorNote, Loading } from '../ui/feedback.tsx';
import { cardQuery } from './card-query.ts';
import classes from './customer-card.module.css';
import { Facts } from './facts.tsx';
import { Glance } from './glance.tsx';
import { Timeline } from './timeline.tsx';

interface Props {
  readonly customerId: number;
  /** The number that is on the line now. */
  readonly linePhone?: string | null;
  /** Do the filter keys act? False for a card that is mounted but not looked at. */
  readonly active?: boolean;
  /** Called in the same commit that puts the card into the document; again when it changes itself. */
  readonly onShown?: () => void;
  /** Above the card: a chooser of several customers. */
  readonly children?: ReactNode;
}

/** Everything about one customer in one window: the first glance, one timeline, the rest folded beside it. */
export function CustomerCard({ customerId, linePhone = null, active = true, onShown, children }: Props) {
  const { data: card, error, refetch } = useQuery(cardQuery(customerId));
  const shownId = card?.id;
  useLayoutEffect(() => {
    if (shownId !== undefined) onShown?.();
  }, [shownId, onShown]);
  if (!card) {
    return (
      <div className={classes.card}>
        {children}
        {error ? <ErrorNote error={error} retry={() => void refetch()} /> : <Loading lines={5} height={28} />}
      </div>
    );
  }
  return (
    <article className={classes.card} data-testid="customer-card" data-customer-id={card.id}>
      {children}
      <Glance card={card} linePhone={linePhone} />
      <div className={classes.rest}>
        <Timeline card={card} active={active} />
        <Facts card={card} linePhone={linePhone} />
      </div>
    </article>
  );
}
