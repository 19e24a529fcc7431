import { ActionIcon, Button, Select } from '@mantine/core';
import { IconRefresh, IconX } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ActRow, actNames } from '../../../server/supervision/schema.ts';
import { EmptyState, ErrorNote, Loading } from '../ui/feedback.tsx';
import { formatDateTime, formatExact, formatPhone } from '../ui/format.ts';
import { reasonText, t, wordFor } from '../ui/words.ts';
import { actText } from './act-text.ts';
import classes from './acts.module.css';
import { actsQuery, supervisionQuery } from './api.ts';
import type { ActsSearch } from './search.ts';

/** The record of acts: who did what to whose call, newest first. Nothing in it can be changed. */
export function ActsPage() {
  const filter = useSearch({ from: '/supervisors/acts' });
  const navigate = useNavigate();
  const acts = useInfiniteQuery(actsQuery(filter));
  const { data: house } = useQuery(supervisionQuery);
  const rows = acts.data?.pages.flat() ?? [];
  const set = (change: { [K in keyof ActsSearch]: ActsSearch[K] | null }): void => {
    const next = Object.entries({ ...filter, ...change }).filter(([, value]) => value != null);
    void navigate({ to: '/acts', search: Object.fromEntries(next), replace: true });
  };
  const people = (house?.people ?? []).map(({ id, name }) => ({ value: String(id), label: name }));
  const filtered = Object.values(filter).some((value) => value !== undefined);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1 className={classes.title}>{t('acts.title')}</h1>
        <search className={classes.filters}>
          <Select
            w={180}
            clearable
            searchable
            aria-label={t('acts.who')}
            placeholder={t('acts.who')}
            data={people}
            value={filter.userId === undefined ? null : String(filter.userId)}
            onChange={(id) => set({ userId: id === null ? null : Number(id) })}
          />
          <Select
            w={210}
            clearable
            aria-label={t('acts.what')}
            placeholder={t('acts.what')}
            data={actNames.map((act) => ({ value: act, label: wordFor('acts.name', act) }))}
            value={filter.act ?? null}
            onChange={(act) => set({ act })}
          />
          <Select
            w={180}
            clearable
            searchable
            aria-label={t('acts.whom')}
            placeholder={t('acts.whom')}
            data={people}
            value={filter.agentId === undefined ? null : String(filter.agentId)}
            onChange={(id) => set({ agentId: id === null ? null : Number(id) })}
          />
          {filter.callId === undefined ? null : (
            <Button
              variant="default"
              rightSection={<IconX size={13} aria-hidden />}
              aria-label={t('acts.allCalls')}
              title={t('acts.allCalls')}
              onClick={() => set({ callId: null })}
            >
              {t('acts.oneCall')}
            </Button>
          )}
          <ActionIcon
            variant="default"
            size={30}
            aria-label={t('acts.refresh')}
            title={t('acts.refresh')}
            loading={acts.isRefetching && !acts.isFetchingNextPage}
            onClick={() => void acts.refetch()}
          >
            <IconRefresh size={16} aria-hidden />
          </ActionIcon>
        </search>
      </header>
      {acts.error ? <ErrorNote error={acts.error} retry={() => void acts.refetch()} /> : null}
      {acts.isPending ? <Loading lines={12} height={22} /> : null}
      {acts.data && rows.length === 0 ? (
        <EmptyState title={t(filtered ? 'acts.noneFound' : 'acts.none')}>
          {t(filtered ? 'acts.noneFoundHelp' : 'acts.noneHelp')}
        </EmptyState>
      ) : null}
      {rows.length > 0 ? (
        <div className={classes.scroll}>
          <table className={classes.table} data-testid="acts-table">
            <thead>
              <tr>
                <th style={{ width: 150 }}>{t('acts.when')}</th>
                <th style={{ width: '16%' }}>{t('acts.who')}</th>
                <th>{t('acts.what')}</th>
                <th style={{ width: '16%' }}>{t('acts.whom')}</th>
                <th style={{ width: '28%' }}>{t('acts.call')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Act key={row.id} row={row} />
              ))}
            </tbody>
          </table>
          {acts.hasNextPage ? (
            <Button
              variant="default"
              className={classes.more!}
              loading={acts.isFetchingNextPage}
              onClick={() => void acts.fetchNextPage()}
            >
              {t('ui.more')}
            </Button>
          ) : (
            <p className={classes.end}>{t('acts.end')}</p>
          )}
        </div>
      ) : null}
    </div>
  );
}

function Act({ row }: { row: ActRow }) {
  const { refused } = row.detail;
  return (
    <tr data-testid={`act-${row.id}`} data-act={row.act} data-refused={refused !== undefined}>
      <td className="figure">
        <time dateTime={row.at} title={formatExact(row.at)}>
          {formatDateTime(row.at)}
        </time>
      </td>
      <td className={classes.cut} title={row.userName}>
        {row.userName}
      </td>
      <td>
        {actText(row)}
        {typeof refused === 'string' ? (
          <div className={classes.refused}>{t('acts.refused', { reason: reasonText(refused) })}</div>
        ) : null}
      </td>
      <td className={classes.cut} title={row.agentName ?? ''}>
        {row.agentName}
      </td>
      <td className={classes.cut}>
        {row.callId === null ? null : (
          <Link to="/history" search={{ call: row.callId }} title={row.callId}>
            {row.customerName ?? (formatPhone(row.phone) || t('acts.openCall'))}
          </Link>
        )}
        {row.customerName !== null && row.phone !== null ? (
          <span className={`figure ${classes.soft}`}> {formatPhone(row.phone)}</span>
        ) : null}
      </td>
    </tr>
  );
}
