import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { t } from '../ui/words.ts';
import { campaignQuery, campaignsQuery, createCampaign } from './api.ts';
import classes from './campaigns.module.css';
import { CampaignForm } from './form.tsx';
import { newCampaignValues } from './form-values.ts';

/** A new campaign; afterwards its page, where the list is loaded. */
export function NewCampaignPage() {
  const navigate = useNavigate();
  const cache = useQueryClient();
  return (
    <div className={classes.page}>
      <nav className={classes.back}>
        <Link to="/campaigns">← {t('campaigns.back')}</Link>
      </nav>
      <header className={classes.head}>
        <h1 className={classes.title}>{t('campaigns.new')}</h1>
      </header>
      <CampaignForm
        initial={newCampaignValues}
        submitLabel={t('campaigns.form.create')}
        submit={createCampaign}
        onSaved={(campaign) => {
          cache.setQueryData(campaignQuery(campaign.id).queryKey, campaign);
          void cache.invalidateQueries({ queryKey: campaignsQuery.queryKey });
          void navigate({
            to: '/campaigns/$id',
            params: { id: String(campaign.id) },
            search: { tab: 'imports' },
          });
        }}
      />
    </div>
  );
}
