import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { EmptyState, ErrorNote, Loading } from '../ui/feedback.tsx';
import { t } from '../ui/words.ts';
import { callsQuery } from './api.ts';
import { CallPanel } from './call-panel.tsx';
import { CallsTable } from './calls-table.tsx';
import { Filters } from './filters.tsx';
import classes from './history.module.css';
import type { HistorySearch } from './search.ts';

/** Every call there was: filters above, the list, and beside it the call that is open. All of it stands in the address. */
export function HistoryPage() {
  const navigate = useNavigate();
  const { call: openId, ...filter } = useSearch({ from: '/history' });
  const calls = useInfiniteQuery(callsQuery(filter));
  const rows = useMemo(() => calls.data?.pages.flat() ?? [], [calls.data]);
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const go = (search: HistorySearch): void => void navigate({ to: '/history', search, replace: true });
  const open = (call: string | undefined): void => go(call === undefined ? filter : { ...filter, call });

  return (
    <div className={classes.page}>
      <div className={classes.list}>
        <header className={classes.head}>
          <h1 className={classes.title}>{t('history.title')}</h1>
          <Filters
            filter={filter}
            onChange={go}
            refresh={() => void calls.refetch()}
            refreshing={calls.isRefetching && !calls.isFetchingNextPage}
          />
        </header>
        {calls.error ? <ErrorNote error={calls.error} retry={() => void calls.refetch()} /> : null}
        {calls.isPending ? <Loading lines={14} height={22} /> : null}
        {calls.data && rows.length === 0 ? (
          <EmptyState title={t(filtered ? 'history.noneFound' : 'history.empty')}>
            {t(filtered ? 'history.noneFoundHelp' : 'history.emptyHelp')}
          </EmptyState>
        ) : null}
        {rows.length > 0 ? (
          <CallsTable
            rows={rows}
            openId={openId}
            open={open}
            more={calls.hasNextPage && !calls.isFetchingNextPage ? () => void calls.fetchNextPage() : null}
            end={!calls.hasNextPage}
          />
        ) : null}
      </div>
      {openId === undefined ? null : <CallPanel key={openId} callId={openId} close={() => open(undefined)} />}
    </div>
  );
}
