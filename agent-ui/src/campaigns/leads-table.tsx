import { ActionIcon, Button, Select } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { outcomes } from '../../../server/calls/outcome.ts';
import type { Campaign, Lead } from '../../../server/campaigns/schema.ts';
import { PhoneNumber } from '../dial/phone-number.tsx';
import { useNow } from '../ui/clock.ts';
import { EmptyState, ErrorNote, Loading } from '../ui/feedback.tsx';
import { Ago } from '../ui/timer.tsx';
import { t, wordFor } from '../ui/words.ts';
import { type LeadFilter, leadsQuery } from './api.ts';
import classes from './campaigns.module.css';

const states: readonly Lead['state'][] = ['waiting', 'claimed', 'done'];
const leadsEveryMs = 3000;
const everything: LeadFilter = { state: null, outcome: null };

/** The campaign's list, filtered by state and last outcome, a page at a time. */
export function LeadsTable({ campaign, toImport }: { campaign: Campaign; toImport: () => void }) {
  const [filter, setFilter] = useState(everything);
  const leads = useInfiniteQuery({
    ...leadsQuery(campaign.id, filter),
    // One page is cheap to read again while calls go on; someone who has paged down is reading.
    refetchInterval: (query) =>
      campaign.state === 'running' && (query.state.data?.pages.length ?? 0) <= 1 ? leadsEveryMs : false,
  });
  const rows = leads.data?.pages.flat() ?? [];
  const filtered = filter.state !== null || filter.outcome !== null;
  return (
    <section>
      <div className={classes.filters}>
        <Select
          w={170}
          clearable
          aria-label={t('leads.state')}
          placeholder={t('leads.anyState')}
          data={states.map((state) => ({ value: state, label: wordFor('leads.state', state) }))}
          value={filter.state}
          onChange={(state) => setFilter({ ...filter, state: state as LeadFilter['state'] })}
        />
        <Select
          w={230}
          clearable
          searchable
          aria-label={t('leads.lastOutcome')}
          placeholder={t('leads.anyOutcome')}
          data={outcomes.map((outcome) => ({ value: outcome, label: wordFor('outcome', outcome) }))}
          value={filter.outcome}
          onChange={(outcome) => setFilter({ ...filter, outcome: outcome as LeadFilter['outcome'] })}
        />
        <ActionIcon
          variant="default"
          size={30}
          aria-label={t('leads.refresh')}
          title={t('leads.refresh')}
          onClick={() => void leads.refetch()}
        >
          <IconRefresh size={16} aria-hidden />
        </ActionIcon>
      </div>
      {leads.error ? <ErrorNote error={leads.error} retry={() => void leads.refetch()} /> : null}
      {leads.isPending ? <Loading lines={8} height={24} /> : null}
      {leads.data && rows.length === 0 ? (
        filtered ? (
          <EmptyState title={t('leads.noneFound')}>{t('leads.noneFoundHelp')}</EmptyState>
        ) : (
          <EmptyState
            title={t('leads.empty')}
            action={<Button onClick={toImport}>{t('leads.toImport')}</Button>}
          >
            {t('leads.emptyHelp')}
          </EmptyState>
        )
      ) : null}
      {rows.length > 0 ? (
        <div className={classes.panel}>
          <table className={classes.table} data-testid="leads-table">
            <thead>
              <tr>
                <th>{t('leads.name')}</th>
                <th style={{ width: 168 }}>{t('leads.phone')}</th>
                <th style={{ width: 90 }}>{t('leads.state')}</th>
                <th className="num" style={{ width: 78 }}>
                  {t('leads.attempts')}
                </th>
                <th style={{ width: 190 }}>{t('leads.lastOutcome')}</th>
                <th style={{ width: 250 }}>{t('leads.refusal')}</th>
                <th style={{ width: 140 }}>{t('leads.due')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((lead) => (
                <LeadRow key={lead.id} lead={lead} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {leads.hasNextPage ? (
        <Button
          variant="default"
          mt={8}
          loading={leads.isFetchingNextPage}
          onClick={() => void leads.fetchNextPage()}
        >
          {t('ui.more')}
        </Button>
      ) : null}
    </section>
  );
}

function LeadRow({ lead }: { lead: Lead }) {
  return (
    <tr data-testid={`lead-${lead.id}`} data-state={lead.state} data-outcome={lead.lastOutcome}>
      <td className={classes.cut} title={lead.name}>
        {lead.customerId === null ? (
          lead.name
        ) : (
          <Link to="/customers/$id" params={{ id: String(lead.customerId) }}>
            {lead.name}
          </Link>
        )}
      </td>
      <td>
        <PhoneNumber phone={lead.phone} customerId={lead.customerId} inList />
      </td>
      <td>{wordFor('leads.state', lead.state)}</td>
      <td className="num">{lead.attempts}</td>
      <td className={classes.cut}>{lead.lastOutcome ? wordFor('outcome', lead.lastOutcome) : null}</td>
      <td className={classes.cut}>
        {lead.lastRefusal && lead.state === 'waiting' ? wordFor('rule', lead.lastRefusal) : null}
      </td>
      <td>{lead.dueAt && lead.state === 'waiting' ? <Due at={lead.dueAt} /> : null}</td>
    </tr>
  );
}

function Due({ at }: { at: string }) {
  const now = useNow();
  return Date.parse(at) <= now ? <span>{t('leads.now')}</span> : <Ago at={at} />;
}
