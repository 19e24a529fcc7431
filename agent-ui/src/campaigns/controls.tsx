import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Campaign } from '../../../server/campaigns/schema.ts';
import { reasonOf } from '../ui/http.ts';
import { reasonText, t } from '../ui/words.ts';
import { commandCampaign } from './api.ts';
import classes from './campaigns.module.css';

/** Start, pause, finish. Finishing asks nothing: it can be taken back by the button that then stands in its place. */
export function CampaignControls({ campaign }: { campaign: Campaign }) {
  const cache = useQueryClient();
  const run = useMutation({
    mutationFn: (command: 'start' | 'pause' | 'stop') => commandCampaign(campaign.id, command),
    onSettled: () => cache.invalidateQueries({ queryKey: ['campaigns'] }),
  });
  const { state } = campaign;
  const needs = run.error ? refusal(run.error) : whatIsMissing(campaign);
  return (
    <div className={classes.controls}>
      {needs ? (
        <span role={run.error ? 'alert' : undefined} className={classes.needs}>
          {needs}
        </span>
      ) : null}
      {state === 'running' ? (
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlayerPause size={14} aria-hidden />}
          loading={run.isPending}
          onClick={() => run.mutate('pause')}
          data-testid="campaign-pause"
        >
          {t('campaigns.pause')}
        </Button>
      ) : (
        <Button
          size="xs"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          loading={run.isPending}
          disabled={campaign.leads.total === 0}
          onClick={() => run.mutate('start')}
          data-testid="campaign-start"
        >
          {t(
            state === 'draft'
              ? 'campaigns.start'
              : state === 'finished'
                ? 'campaigns.undoStop'
                : 'campaigns.resume',
          )}
        </Button>
      )}
      {state === 'running' || state === 'paused' ? (
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlayerStop size={14} aria-hidden />}
          disabled={run.isPending}
          onClick={() => run.mutate('stop')}
          data-testid="campaign-stop"
        >
          {t('campaigns.stop')}
        </Button>
      ) : null}
    </div>
  );
}

function refusal(error: unknown): string {
  const { reason, detail } = reasonOf(error);
  return reasonText(reason, detail);
}

/** What stands in the way of a start, told before it is pressed. */
function whatIsMissing(campaign: Campaign): string | null {
  if (campaign.state === 'running' || campaign.state === 'finished') return null;
  if (campaign.leads.total === 0) return t('campaigns.startNeedsLeads');
  if (campaign.mode !== 'announcement' && campaign.agentIds.length === 0)
    return t('campaigns.startNeedsAgents');
  return null;
}
