import { ActionIcon, Button, Select } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { outcomes } from '../../../server/calls/outcome.ts';
import { callDirections } from '../../../server/calls/schema.ts';
import { agentsQuery, campaignsQuery } from '../campaigns/api.ts';
import { mayWatch, useUser } from '../ui/session.ts';
import { t, wordFor } from '../ui/words.ts';
import type { HistoryFilter } from './api.ts';
import classes from './history.module.css';
import { historySearchSchema } from './search.ts';

interface Props {
  readonly filter: HistoryFilter;
  readonly onChange: (filter: HistoryFilter) => void;
  readonly refresh: () => void;
  readonly refreshing: boolean;
}

export function Filters({ filter, onChange, refresh, refreshing }: Props) {
  // Lists of agents and campaigns are the supervisor's; an agent filters without them.
  const watches = mayWatch(useUser());
  const agents = useQuery({ ...agentsQuery, enabled: watches });
  const campaigns = useQuery({ ...campaignsQuery, enabled: watches, refetchInterval: false });
  const set = (change: Partial<Record<keyof HistoryFilter, string | number | null>>): void => {
    const next = Object.entries({ ...filter, ...change }).filter(([, value]) => value !== null);
    onChange(historySearchSchema.parse(Object.fromEntries(next)));
  };
  const number = (value: string | null): number | null => (value === null ? null : Number(value));
  const filtered = Object.values(filter).some((value) => value !== undefined);
  return (
    <search className={classes.filters}>
      <Select
        w={140}
        clearable
        aria-label={t('history.direction')}
        placeholder={t('history.direction')}
        data={callDirections.map((one) => ({ value: one, label: wordFor('direction', one) }))}
        value={filter.direction ?? null}
        onChange={(direction) => set({ direction })}
      />
      <Select
        w={170}
        clearable
        searchable
        aria-label={t('history.outcome')}
        placeholder={t('history.outcome')}
        data={outcomes.map((one) => ({ value: one, label: wordFor('outcome', one) }))}
        value={filter.outcome ?? null}
        onChange={(outcome) => set({ outcome })}
      />
      {watches ? (
        <>
          <Select
            w={160}
            clearable
            searchable
            aria-label={t('history.agent')}
            placeholder={t('history.agent')}
            data={(agents.data ?? []).map((agent) => ({ value: String(agent.id), label: agent.name }))}
            value={filter.agentId === undefined ? null : String(filter.agentId)}
            onChange={(id) => set({ agentId: number(id) })}
          />
          <Select
            w={170}
            clearable
            searchable
            aria-label={t('history.campaign')}
            placeholder={t('history.campaign')}
            data={(campaigns.data ?? []).map((one) => ({ value: String(one.id), label: one.name }))}
            value={filter.campaignId === undefined ? null : String(filter.campaignId)}
            onChange={(id) => set({ campaignId: number(id) })}
          />
        </>
      ) : null}
      <ActionIcon
        variant="default"
        size={30}
        aria-label={t('history.refresh')}
        title={t('history.refresh')}
        loading={refreshing}
        onClick={refresh}
      >
        <IconRefresh size={16} aria-hidden />
      </ActionIcon>
      {filtered ? (
        <Button variant="subtle" size="compact-xs" onClick={() => onChange({})} data-testid="clear-filters">
          {t('history.clear')}
        </Button>
      ) : null}
    </search>
  );
}
