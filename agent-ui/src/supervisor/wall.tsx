import { CloseButton } from '@mantine/core';
import { ProgressBar } from '../campaigns/parts.tsx';
import { useNow } from '../ui/clock.ts';
import { formatCount, formatTime } from '../ui/format.ts';
import { StateBadge } from '../ui/state.tsx';
import { t, wordFor } from '../ui/words.ts';
import { levelSub, levelText, useWait } from './figure-tiles.tsx';
import { type BoardFigures, type BoardLists, statesInOrder } from './figures.ts';
import { Parts } from './parts.tsx';
import classes from './wall.module.css';

interface Props {
  readonly lists: BoardLists;
  readonly figures: BoardFigures;
  readonly leave: () => void;
}

/** A wall has room for so many campaigns at a size that is read from five metres. */
const mostCampaigns = 4;

/** The wallboard: what is read from five metres, and nothing else. Sizes follow the screen's height. */
export function Wall({ lists, figures, leave }: Props) {
  const wait = useWait(figures.oldestSince);
  const broken = lists.parts.filter((part) => !part.up);
  const campaigns = lists.campaigns.filter((one) => one.state === 'running').slice(0, mostCampaigns);
  return (
    <div className={classes.wall} data-testid="wall">
      <header className={classes.head}>
        <Clock />
        <Parts parts={broken} />
        <CloseButton
          aria-label={t('board.leaveWall')}
          title={`${t('board.leaveWall')} (F)`}
          onClick={leave}
        />
      </header>
      <div className={classes.tiles}>
        <Big label={t('board.waiting')} value={formatCount(figures.waiting)} testId="wall-waiting" />
        <Big
          label={t('board.longestWait')}
          value={wait.text}
          act={wait.tooLong}
          {...(figures.oldestSince === null ? { sub: t('board.nobodyWaits') } : {})}
          testId="wall-longest-wait"
        />
        <Big
          label={t('board.serviceLevel')}
          value={levelText(figures)}
          sub={levelSub(figures)}
          testId="wall-service-level"
        />
        <Big
          label={t('board.abandoned')}
          value={formatCount(figures.abandoned)}
          sub={t('board.ofOffered', { offered: figures.offered })}
          testId="wall-abandoned"
        />
      </div>
      <ul className={classes.states} aria-label={t('board.agents')}>
        {statesInOrder.map((state) => (
          <li key={state} data-none={figures.agentsByState[state] === 0}>
            <span className={classes.stateValue}>{figures.agentsByState[state]}</span>
            <StateBadge state={state} size="wall" />
          </li>
        ))}
      </ul>
      <ul className={classes.campaigns} aria-label={t('board.campaigns')}>
        {campaigns.map((campaign) => (
          <li key={campaign.campaignId} className={classes.campaign}>
            <span className={classes.campaignName}>{campaign.name}</span>
            <ProgressBar done={campaign.done} total={campaign.total} label={t('board.progress')} />
            <span className="figure">
              {t('campaigns.doneOf', {
                done: formatCount(campaign.done),
                total: formatCount(campaign.total),
              })}
            </span>
            <span className={classes.campaignWhy} data-idle={campaign.notDialling !== null}>
              {campaign.notDialling === null
                ? t('campaigns.dialling')
                : wordFor('notDialling', campaign.notDialling)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface BigProps {
  readonly label: string;
  readonly value: string;
  readonly sub?: string;
  readonly act?: boolean;
  readonly testId: string;
}

function Big({ label, value, sub, act = false, testId }: BigProps) {
  return (
    <div className={classes.tile} data-act={act}>
      <span className={classes.label}>{label}</span>
      <span className={classes.value} data-testid={testId}>
        {value}
      </span>
      <span className={classes.sub}>{sub}</span>
    </div>
  );
}

function Clock() {
  const now = useNow();
  return <time className={classes.clock}>{formatTime(new Date(now))}</time>;
}
