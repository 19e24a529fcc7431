import type { CampaignView } from '../../../server/live/schema.ts';
import { t, wordFor } from '../ui/words.ts';
import classes from './parts.module.css';

/** Small pieces that the board shows as well. */

export function CampaignStateBadge({ state }: { state: CampaignView['state'] }) {
  return (
    <span className={classes.state} data-state={state} data-testid="campaign-state">
      {wordFor('campaignState', state)}
    </span>
  );
}

/** Share of the list that is worked to the end. */
export function ProgressBar({ done, total, label }: { done: number; total: number; label: string }) {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  return (
    <div
      className={classes.bar}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(share * 100)}
    >
      <div className={classes.fill} style={{ width: `${share * 100}%` }} />
    </div>
  );
}

/** One sentence for a running campaign; others say enough by their state. */
export function WhyNotDialling({ state, reason }: { state: CampaignView['state']; reason: string | null }) {
  if (state !== 'running') return null;
  return (
    <p className={classes.why} data-testid="why-not-dialling" data-idle={reason !== null}>
      {reason === null ? t('campaigns.dialling') : wordFor('notDialling', reason)}
    </p>
  );
}
