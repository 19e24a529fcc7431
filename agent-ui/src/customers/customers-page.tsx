import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { z } from 'zod';
import { type CustomerHit, customerHitSchema } from '../../../server/customers/schema.ts';
import { cardQuery } from '../card/card-query.ts';
import { CustomerCard } from '../card/customer-card.tsx';
import { PhoneNumber } from '../dial/phone-number.tsx';
import { EmptyState, ErrorNote, Loading } from '../ui/feedback.tsx';
import { formatAmount } from '../ui/format.ts';
import { ApiError, api } from '../ui/http.ts';
import { t } from '../ui/words.ts';
import classes from './customers.module.css';

const mostHits = 50;
/** Between two letters of a fast typist lie 80-120 ms: one request for a word rather than one for each letter. */
const typingMs = 120;

const searchQuery = (q: string) =>
  queryOptions({
    queryKey: ['customers', q],
    queryFn: ({ signal }) =>
      api(
        `/api/customers?${new URLSearchParams({ q, limit: String(mostHits) })}`,
        z.array(customerHitSchema),
        { signal },
      ),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  });

export function CustomersPage() {
  const { q = '' } = useSearch({ from: '/customers' });
  return (
    <Frame q={q} openId={null}>
      <EmptyState title={t(q === '' ? 'customers.start' : 'customers.choose')}>
        {t(q === '' ? 'customers.startHelp' : 'customers.chooseHelp')}
      </EmptyState>
    </Frame>
  );
}

export function CustomerPage() {
  const params = useParams({ from: '/customers/$id' });
  const { q = '' } = useSearch({ from: '/customers/$id' });
  const id = Number(params.id);
  return (
    <Frame q={q} openId={id}>
      <OpenCard id={id} />
    </Frame>
  );
}

function OpenCard({ id }: { id: number }) {
  const possible = Number.isSafeInteger(id) && id > 0;
  const { error } = useQuery({ ...cardQuery(id), enabled: possible });
  if (!possible || (error instanceof ApiError && error.status === 404)) {
    return <EmptyState title={t('customers.missing')}>{t('customers.missingHelp')}</EmptyState>;
  }
  return <CustomerCard key={id} customerId={id} />;
}

interface FrameProps {
  readonly q: string;
  readonly openId: number | null;
  readonly children: ReactNode;
}

/** Search and its hits on the left, a card on the right: going through hits never leaves the search. */
function Frame({ q, openId, children }: FrameProps) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState(q);
  const [asked] = useDebouncedValue(typed.trim(), typingMs);
  const list = useRef<HTMLDivElement>(null);
  const hits = useQuery(searchQuery(asked));
  const rows = asked === '' ? [] : (hits.data ?? []);
  const search = asked === '' ? {} : { q: asked };
  useEffect(() => {
    // The address follows what is searched, so that Back returns to the hits; the card stays open.
    if (asked === q) return;
    const next = asked === '' ? {} : { q: asked };
    if (openId === null) void navigate({ to: '/customers', search: next, replace: true });
    else void navigate({ to: '/customers/$id', params: { id: String(openId) }, search: next, replace: true });
  }, [asked, q, openId, navigate]);

  const open = (hit: CustomerHit | undefined): void => {
    if (hit) void navigate({ to: '/customers/$id', params: { id: String(hit.id) }, search });
  };
  const focusRow = (index: number): void =>
    list.current?.querySelectorAll<HTMLElement>('[data-hit]')[index]?.focus();
  const fromField = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') focusRow(0);
    else if (event.key === 'Enter') open(rows[0]);
    else return;
    event.preventDefault();
  };
  const fromRow = (event: KeyboardEvent, index: number): void => {
    if (event.key === 'ArrowDown') focusRow(Math.min(rows.length - 1, index + 1));
    else if (event.key === 'ArrowUp' && index > 0) focusRow(index - 1);
    else if (event.key === 'ArrowUp' || event.key === 'Escape') field.current?.focus();
    else return;
    event.preventDefault();
  };
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (openId === null) field.current?.focus();
  }, [openId]);

  return (
    <div className={classes.page}>
      <div className={classes.side}>
        <h1 className="visually-hidden">{t('customers.title')}</h1>
        <TextInput
          ref={field}
          type="search"
          size="sm"
          leftSection={<IconSearch size={16} aria-hidden />}
          aria-label={t('customers.search')}
          placeholder={t('customers.search')}
          maxLength={100}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={fromField}
          data-testid="customer-search"
        />
        <p className={classes.count} role="status">
          {asked === '' || hits.isPending
            ? null
            : rows.length === mostHits
              ? t('customers.foundMany', { count: rows.length })
              : t('customers.found', { count: rows.length })}
        </p>
        {hits.error ? <ErrorNote error={hits.error} retry={() => void hits.refetch()} /> : null}
        {asked !== '' && hits.isPending ? <Loading lines={6} height={44} /> : null}
        {asked !== '' && hits.data?.length === 0 ? (
          <EmptyState title={t('customers.none')}>{t('customers.noneHelp')}</EmptyState>
        ) : null}
        <div
          ref={list}
          className={classes.hits}
          data-stale={hits.isPlaceholderData}
          data-testid="customer-hits"
        >
          {rows.map((hit, index) => (
            <div key={hit.id} className={classes.row}>
              <button
                type="button"
                className={classes.hit}
                data-hit
                aria-current={hit.id === openId}
                onClick={() => open(hit)}
                onKeyDown={(event) => fromRow(event, index)}
                data-testid={`customer-${hit.id}`}
              >
                <Hit hit={hit} />
              </button>
              {hit.phones[0] === undefined ? null : (
                <span className={classes.phone}>
                  <PhoneNumber phone={hit.phones[0]} customerId={hit.id} inList />
                </span>
              )}
            </div>
          ))}
        </div>
      </div>
      <div className={classes.main}>{children}</div>
    </div>
  );
}

function Hit({ hit }: { hit: CustomerHit }) {
  const about = [
    hit.account && t('ui.account', { account: hit.account }),
    hit.inn && t('ui.inn', { inn: hit.inn }),
    hit.address,
  ];
  return (
    <>
      <span className={classes.line}>
        <span className={classes.name}>{hit.name}</span>
        {hit.debtKopecks > 0 ? (
          <span className="figure">{t('customers.debt', { amount: formatAmount(hit.debtKopecks) })}</span>
        ) : null}
      </span>
      <span className={`${classes.line} ${classes.soft}`}>
        <span className={classes.name}>{about.filter(Boolean).join(' · ')}</span>
      </span>
    </>
  );
}
