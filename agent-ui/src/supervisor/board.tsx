import { Button } from '@mantine/core';
import { IconMaximize } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useBoard } from '../live/hooks.ts';
import { Key, Loading } from '../ui/feedback.tsx';
import { useHotkeys } from '../ui/hotkeys.ts';
import { t } from '../ui/words.ts';
import { AgentsTable } from './agents-table.tsx';
import classes from './board.module.css';
import { CallsTable } from './calls-table.tsx';
import { Figures } from './figure-tiles.tsx';
import { boardFigures, boardLists } from './figures.ts';
import { Parts } from './parts.tsx';
import { CampaignsList, QueuesTable } from './side-lists.tsx';
import { Wall } from './wall.tsx';

/** The supervisor's live board: everything of the topic `board`; F makes it a wallboard. */
export function BoardPage() {
  const { loaded, entities } = useBoard();
  const lists = useMemo(() => boardLists(entities), [entities]);
  const figures = useMemo(() => boardFigures(lists), [lists]);
  const [wall, setWall] = useWall();
  const turn = () => setWall(!wall);
  useHotkeys({ KeyF: turn, Escape: wall && turn });

  if (!loaded) {
    return (
      <div className={classes.board} data-testid="board-loading">
        <Loading lines={12} />
      </div>
    );
  }
  if (wall) return <Wall lists={lists} figures={figures} leave={() => setWall(false)} />;
  return (
    <div className={classes.board} data-testid="board">
      <header className={classes.head}>
        <h1 className={classes.title}>{t('board.title')}</h1>
        <Parts parts={lists.parts} />
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconMaximize size={14} aria-hidden />}
          rightSection={<Key>F</Key>}
          aria-keyshortcuts="F"
          onClick={() => setWall(true)}
        >
          {t('board.wall')}
        </Button>
      </header>
      <Figures figures={figures} />
      <div className={classes.columns}>
        <AgentsTable agents={lists.agents} entities={entities} />
        <div className={classes.right}>
          <CallsTable calls={lists.calls} entities={entities} />
          <QueuesTable queues={lists.queues} />
          <CampaignsList campaigns={lists.campaigns} />
        </div>
      </div>
    </div>
  );
}

/** Wallboard mode follows the browser's own full screen: leaving the one leaves the other. */
function useWall(): [boolean, (on: boolean) => void] {
  const [wall, setWall] = useState(false);
  useEffect(() => {
    const follow = (): void => {
      if (document.fullscreenElement === null) setWall(false);
    };
    document.addEventListener('fullscreenchange', follow);
    return () => document.removeEventListener('fullscreenchange', follow);
  }, []);
  const change = (on: boolean): void => {
    setWall(on);
    // A browser that refuses full screen (a policy, an embedded window) still shows the wallboard in its page.
    if (on) document.documentElement.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement !== null) document.exitFullscreen().catch(() => {});
  };
  return [wall, change];
}
