import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { Campaign } from '../../../server/campaigns/schema.ts';
import { EmptyState, ErrorNote, Key, Loading } from '../ui/feedback.tsx';
import { formatCount } from '../ui/format.ts';
import { useHotkeys } from '../ui/hotkeys.ts';
import { Ago } from '../ui/timer.tsx';
import { t, wordFor } from '../ui/words.ts';
import { campaignsQuery } from './api.ts';
import classes from './campaigns.module.css';
import { CampaignStateBadge, ProgressBar, WhyNotDialling } from './parts.tsx';

/** All campaigns with their progress; N makes a new one. */
export function CampaignsPage() {
  const navigate = useNavigate();
  const campaigns = useQuery(campaignsQuery);
  const create = () => void navigate({ to: '/campaigns/new' });
  useHotkeys({ KeyN: create });
  const button = (
    <Button
      size="compact-sm"
      leftSection={<IconPlus size={14} aria-hidden />}
      rightSection={<Key>N</Key>}
      aria-keyshortcuts="N"
      onClick={create}
      data-testid="new-campaign"
    >
      {t('campaigns.new')}
    </Button>
  );
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1 className={classes.title}>{t('campaigns.title')}</h1>
        {button}
      </header>
      {campaigns.error ? <ErrorNote error={campaigns.error} retry={() => void campaigns.refetch()} /> : null}
      {campaigns.isPending ? <Loading lines={8} height={28} /> : null}
      {campaigns.data?.length === 0 ? (
        <EmptyState title={t('campaigns.empty')} action={button}>
          {t('campaigns.emptyHelp')}
        </EmptyState>
      ) : null}
      {campaigns.data && campaigns.data.length > 0 ? <CampaignsTable campaigns={campaigns.data} /> : null}
    </div>
  );
}

function CampaignsTable({ campaigns }: { campaigns: readonly Campaign[] }) {
  return (
    <div className={classes.panel}>
      <table className={classes.table} data-testid="campaigns-table">
        <thead>
          <tr>
            <th>{t('campaigns.name')}</th>
            <th style={{ width: 92 }}>{t('campaigns.state')}</th>
            <th style={{ width: 130 }}>{t('campaigns.mode')}</th>
            <th style={{ width: 130 }}>{t('campaigns.purpose')}</th>
            <th style={{ width: 220 }}>{t('campaigns.progress')}</th>
            <th className="num" style={{ width: 84 }}>
              {t('campaigns.inWork')}
            </th>
            <th className="num" style={{ width: 84 }}>
              {t('campaigns.succeeded')}
            </th>
            <th style={{ width: 130 }}>{t('campaigns.created')}</th>
          </tr>
        </thead>
        <tbody>
          {campaigns.map((campaign) => (
            <tr key={campaign.id} data-testid={`campaign-${campaign.id}`}>
              <td>
                <Link to="/campaigns/$id" params={{ id: String(campaign.id) }}>
                  {campaign.name}
                </Link>
                <WhyNotDialling state={campaign.state} reason={campaign.notDialling} />
              </td>
              <td>
                <CampaignStateBadge state={campaign.state} />
              </td>
              <td>{wordFor('mode', campaign.mode)}</td>
              <td>{wordFor('purpose', campaign.purpose)}</td>
              <td>
                <div className={classes.progress}>
                  <ProgressBar
                    done={campaign.leads.done}
                    total={campaign.leads.total}
                    label={`${campaign.name}: ${t('campaigns.progress')}`}
                  />
                  <span className="figure">
                    {t('campaigns.doneOf', {
                      done: formatCount(campaign.leads.done),
                      total: formatCount(campaign.leads.total),
                    })}
                  </span>
                </div>
              </td>
              <td className="num">{formatCount(campaign.leads.inWork)}</td>
              <td className="num">{formatCount(campaign.leads.succeeded)}</td>
              <td className="muted">
                <Ago at={campaign.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
