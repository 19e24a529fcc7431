import { Tabs } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Outcome, outcomes } from '../../../server/calls/outcome.ts';
import type { Campaign } from '../../../server/campaigns/schema.ts';
import { EmptyState, ErrorNote, Loading } from '../ui/feedback.tsx';
import { formatCount } from '../ui/format.ts';
import { ApiError } from '../ui/http.ts';
import { tellDone } from '../ui/notices.ts';
import { t, wordFor } from '../ui/words.ts';
import { campaignQuery, changeCampaign } from './api.ts';
import classes from './campaigns.module.css';
import { CampaignControls } from './controls.tsx';
import { CampaignForm } from './form.tsx';
import { valuesOf } from './form-values.ts';
import { ImportPanel } from './import-panel.tsx';
import { LeadsTable } from './leads-table.tsx';
import { CampaignStateBadge, ProgressBar, WhyNotDialling } from './parts.tsx';
import { campaignTabs } from './search.ts';

/** One campaign: what it does now and why not, its figures, and behind tabs its list, imports and settings. */
export function CampaignPage() {
  const params = useParams({ from: '/supervisors/campaigns/$id' });
  const id = Number(params.id);
  const campaign = useQuery({ ...campaignQuery(id), enabled: Number.isSafeInteger(id) });
  const missing = campaign.error instanceof ApiError && campaign.error.status === 404;
  return (
    <div className={classes.page} data-testid="campaign-page">
      <nav className={classes.back}>
        <Link to="/campaigns">← {t('campaigns.back')}</Link>
      </nav>
      {missing || !Number.isSafeInteger(id) ? (
        <EmptyState title={t('reason.notFound')} />
      ) : campaign.data ? (
        <Loaded key={id} campaign={campaign.data} />
      ) : campaign.error ? (
        <ErrorNote error={campaign.error} retry={() => void campaign.refetch()} />
      ) : (
        <Loading lines={10} height={28} />
      )}
    </div>
  );
}

function Loaded({ campaign }: { campaign: Campaign }) {
  const navigate = useNavigate();
  const cache = useQueryClient();
  const { tab = campaign.leads.total === 0 ? 'imports' : 'leads' } = useSearch({
    from: '/supervisors/campaigns/$id',
  });
  const open = (next: string | null): void => {
    const chosen = campaignTabs.find((one) => one === next);
    if (chosen) {
      void navigate({
        to: '/campaigns/$id',
        params: { id: String(campaign.id) },
        search: { tab: chosen },
        replace: true,
      });
    }
  };
  return (
    <>
      <header className={classes.head}>
        <h1 className={classes.title} data-testid="campaign-name">
          {campaign.name}
        </h1>
        <CampaignStateBadge state={campaign.state} />
        <span className="muted">
          {wordFor('mode', campaign.mode)} · {wordFor('purpose', campaign.purpose)}
        </span>
        <span style={{ flex: 1 }} />
        <CampaignControls campaign={campaign} />
      </header>
      <div className={classes.live}>
        <ProgressBar
          done={campaign.leads.done}
          total={campaign.leads.total}
          label={t('campaigns.progress')}
        />
        <div className={classes.liveLine}>
          <WhyNotDialling state={campaign.state} reason={campaign.notDialling} />
        </div>
      </div>
      <div className={classes.summary}>
        <Counts campaign={campaign} />
        <Outcomes campaign={campaign} />
      </div>
      <Tabs value={tab} onChange={open} keepMounted={false} className={classes.tabs}>
        <Tabs.List>
          {campaignTabs.map((one) => (
            <Tabs.Tab key={one} value={one} data-testid={`tab-${one}`}>
              {wordFor('campaigns.tab', one)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="leads" pt="sm">
          <LeadsTable campaign={campaign} toImport={() => open('imports')} />
        </Tabs.Panel>
        <Tabs.Panel value="imports" pt="sm">
          <ImportPanel campaignId={campaign.id} />
        </Tabs.Panel>
        <Tabs.Panel value="settings" pt="sm">
          <CampaignForm
            initial={valuesOf(campaign)}
            submitLabel={t('campaigns.form.save')}
            started={campaign.state !== 'draft'}
            submit={(input) => changeCampaign(campaign.id, input)}
            onSaved={(saved) => {
              cache.setQueryData(campaignQuery(campaign.id).queryKey, saved);
              void cache.invalidateQueries({ queryKey: ['campaigns', 'list'] });
              tellDone(t('campaigns.form.saved'));
            }}
          />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Counts({ campaign }: { campaign: Campaign }) {
  const { leads } = campaign;
  return (
    <dl className={classes.counts} data-testid="lead-counts">
      <Count label={t('campaigns.total')} value={leads.total} testId="leads-total" />
      <Count label={t('campaigns.waiting')} value={leads.waiting} testId="leads-waiting" />
      <Count label={t('campaigns.inWork')} value={leads.inWork} testId="leads-in-work" />
      <Count label={t('campaigns.done')} value={leads.done} testId="leads-done" />
      <Count label={t('campaigns.succeeded')} value={leads.succeeded} testId="leads-succeeded" />
    </dl>
  );
}

function Count({ label, value, testId }: { label: string; value: number; testId: string }): ReactNode {
  return (
    <div className={classes.count}>
      <dt>{label}</dt>
      <dd className="figure" data-testid={testId}>
        {formatCount(value)}
      </dd>
    </div>
  );
}

/** Attempts by outcome as bars, in the one order of outcomes, so that a bar keeps its place while figures change. */
function Outcomes({ campaign }: { campaign: Campaign }) {
  const rows = outcomes
    .map((outcome) => ({ outcome, count: campaign.attempts[outcome] ?? 0 }))
    .filter((row) => row.count > 0);
  const all = rows.reduce((sum, row) => sum + row.count, 0);
  const most = Math.max(1, ...rows.map((row) => row.count));
  return (
    <section className={classes.outcomes} aria-labelledby="by-outcome">
      <h2 id="by-outcome" className={classes.subtitle}>
        {t('campaigns.byOutcome')}
        {all > 0 ? <span className="muted"> · {t('campaigns.attemptsAll', { count: all })}</span> : null}
      </h2>
      {rows.length === 0 ? <p className="muted">{t('campaigns.noAttempts')}</p> : null}
      <ul className={classes.bars}>
        {rows.map((row) => (
          <OutcomeBar key={row.outcome} campaignId={campaign.id} most={most} {...row} />
        ))}
      </ul>
    </section>
  );
}

interface BarProps {
  readonly campaignId: number;
  readonly outcome: Outcome;
  readonly count: number;
  readonly most: number;
}

function OutcomeBar({ campaignId, outcome, count, most }: BarProps) {
  return (
    <li>
      <Link
        to="/history"
        search={{ campaignId, outcome }}
        className={classes.bar}
        title={t('campaigns.toHistory')}
        data-testid={`outcome-${outcome}`}
        data-count={count}
      >
        <span>{wordFor('outcome', outcome)}</span>
        <span className={classes.barTrack}>
          <span
            className={classes.barFill}
            data-good={outcome === 'answered'}
            style={{ width: `${(count / most) * 100}%` }}
          />
        </span>
        <span className="num">{formatCount(count)}</span>
      </Link>
    </li>
  );
}
