import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { HistorySearch } from '../history/search.ts';
import { useNow } from '../ui/clock.ts';
import { formatCount, formatDuration } from '../ui/format.ts';
import { StateBadge } from '../ui/state.tsx';
import { language, t } from '../ui/words.ts';
import classes from './board.module.css';
import { type BoardFigures, statesInOrder } from './figures.ts';

/** A caller who waits longer than this needs somebody now: three times the usual target of 20 s. */
const waitTooLongMs = 60_000;

/** The big figures of today. A figure with calls behind it opens them. */
export function Figures({ figures }: { figures: BoardFigures }) {
  return (
    <div className={classes.tiles}>
      <Tile label={t('board.waiting')} value={formatCount(figures.waiting)} testId="board-waiting" />
      <LongestWait since={figures.oldestSince} />
      <Tooltip
        label={levelFormula(figures)}
        multiline
        w={320}
        events={{ hover: true, focus: true, touch: true }}
      >
        <div className={classes.tile}>
          <TileText
            label={t('board.serviceLevel')}
            value={levelText(figures)}
            sub={levelSub(figures)}
            testId="board-service-level"
          />
        </div>
      </Tooltip>
      <Tile
        label={t('board.answered')}
        value={formatCount(figures.answered)}
        sub={t('board.ofOffered', { offered: figures.offered })}
        testId="board-answered"
        calls={{ direction: 'hotline', outcome: 'answered' }}
      />
      <Tile
        label={t('board.abandoned')}
        value={formatCount(figures.abandoned)}
        sub={t('board.today')}
        testId="board-abandoned"
        calls={{ direction: 'hotline', outcome: 'abandoned' }}
      />
      <ul className={classes.states} aria-label={t('board.agents')}>
        {statesInOrder.map((state) => (
          <li key={state} className={classes.stateCount} data-none={figures.agentsByState[state] === 0}>
            <StateBadge state={state} size="small" />
            <span className={classes.stateValue} data-testid={`board-agents-${state}`}>
              {figures.agentsByState[state]}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly sub?: string;
  readonly testId: string;
  /** Which calls stand behind the figure. */
  readonly calls?: HistorySearch;
}

function Tile({ calls, ...text }: TileProps) {
  if (!calls) {
    return (
      <div className={classes.tile}>
        <TileText {...text} />
      </div>
    );
  }
  return (
    <Link to="/history" search={calls} className={classes.tile} title={t('board.openCalls')}>
      <TileText {...text} />
    </Link>
  );
}

function TileText({ label, value, sub, testId }: Omit<TileProps, 'calls'>): ReactNode {
  return (
    <>
      <span className={classes.tileLabel}>{label}</span>
      <span className={classes.tileValue} data-testid={testId}>
        {value}
      </span>
      <span className={classes.tileSub}>{sub}</span>
    </>
  );
}

function LongestWait({ since }: { since: string | null }) {
  const wait = useWait(since);
  return (
    <div className={classes.tile} data-act={wait.tooLong}>
      <TileText
        label={t('board.longestWait')}
        value={wait.text}
        testId="board-longest-wait"
        {...(since === null ? { sub: t('board.nobodyWaits') } : {})}
      />
    </div>
  );
}

/** The running wait as m:ss, a dash when nobody waits, and whether it is time to act. */
export function useWait(since: string | null): { text: string; tooLong: boolean } {
  const now = useNow();
  if (since === null) return { text: t('ui.none'), tooLong: false };
  const waitMs = now - Date.parse(since);
  return { text: formatDuration(waitMs), tooLong: waitMs > waitTooLongMs };
}

/** "84 %", a dash before the first call. */
export function levelText(figures: Pick<BoardFigures, 'serviceLevel'>): string {
  if (figures.serviceLevel === null) return t('ui.none');
  return percent(figures.serviceLevel);
}

export function levelSub(figures: BoardFigures): string {
  if (figures.serviceLevel === null) return t('board.noCallsYet');
  return t('board.serviceLevelShort', {
    inTime: figures.answeredInTime,
    all: figures.answered + figures.abandoned,
  });
}

export function levelFormula(figures: BoardFigures): string {
  return t('board.serviceLevelFormula', {
    inTime: figures.answeredInTime,
    answered: figures.answered,
    abandoned: figures.abandoned,
  });
}

/** A share 0..1 as whole per cent. Rounded down: 100 % means that nobody was missed. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)}${language() === 'ru' ? '\u00a0' : ''}%`;
}
