import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { CampaignView, QueueView } from '../../../server/live/schema.ts';
import { CampaignStateBadge, ProgressBar, WhyNotDialling } from '../campaigns/parts.tsx';
import { formatCount } from '../ui/format.ts';
import { t, wordFor } from '../ui/words.ts';
import classes from './board.module.css';
import { percent, useWait } from './figure-tiles.tsx';
import { serviceLevel } from './figures.ts';

export function QueuesTable({ queues }: { queues: readonly QueueView[] }) {
  if (queues.length === 0) return null;
  return (
    <section className={classes.panel} aria-label={t('board.queues')}>
      <div className={classes.scroll} style={{ maxHeight: 132 }}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th className={classes.first}>{t('board.queues')}</th>
              <th className="num">{t('board.waiting')}</th>
              <th className="num">{t('board.longest')}</th>
              <th className="num">{t('board.inTime')}</th>
              <th className="num">{t('board.abandoned')}</th>
            </tr>
          </thead>
          <tbody>
            {queues.map((queue) => (
              <QueueRow key={queue.queueId} queue={queue} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const QueueRow = memo(function QueueRow({ queue }: { queue: QueueView }) {
  const level = serviceLevel(queue);
  return (
    <tr data-testid={`queue-row-${queue.queueId}`}>
      <td className={classes.cut} title={queue.name}>
        {queue.name}
      </td>
      <td className="num">{queue.waiting}</td>
      <QueueWait since={queue.oldestSince} />
      <td className="num">{level === null ? t('ui.none') : percent(level)}</td>
      <td className="num">{queue.abandoned}</td>
    </tr>
  );
});

function QueueWait({ since }: { since: string | null }) {
  const wait = useWait(since);
  return (
    <td className="num" data-act={wait.tooLong}>
      {wait.text}
    </td>
  );
}

/** Campaigns that are not over, each with the sentence that says why it is not dialling. */
export function CampaignsList({ campaigns }: { campaigns: readonly CampaignView[] }) {
  const open = campaigns.filter((campaign) => campaign.state !== 'finished');
  return (
    <section className={classes.panel} aria-labelledby="board-campaigns">
      <h2 className={classes.panelTitle} id="board-campaigns">
        {t('board.campaigns')}
      </h2>
      <ul className={classes.campaigns}>
        {open.length === 0 ? <li className="muted">{t('board.noCampaigns')}</li> : null}
        {open.map((campaign) => (
          <CampaignItem key={campaign.campaignId} campaign={campaign} />
        ))}
      </ul>
    </section>
  );
}

const CampaignItem = memo(function CampaignItem({ campaign }: { campaign: CampaignView }) {
  return (
    <li className={classes.campaign} data-testid={`campaign-row-${campaign.campaignId}`}>
      <div className={classes.campaignHead}>
        <Link
          to="/campaigns/$id"
          params={{ id: String(campaign.campaignId) }}
          className={classes.cut}
          title={`${campaign.name}, ${wordFor('mode', campaign.mode)}`}
        >
          {campaign.name}
        </Link>
        <CampaignStateBadge state={campaign.state} />
        <span className={classes.campaignBar}>
          <ProgressBar done={campaign.done} total={campaign.total} label={t('board.progress')} />
        </span>
        <span className={classes.campaignFigure}>
          {t('campaigns.doneOf', { done: formatCount(campaign.done), total: formatCount(campaign.total) })}
        </span>
        <span className={classes.campaignFigure}>
          {t('board.live')}: {campaign.live}
        </span>
      </div>
      <WhyNotDialling state={campaign.state} reason={campaign.notDialling} />
    </li>
  );
});
