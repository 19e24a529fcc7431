import { Button } from '@mantine/core';
import { IconHistory, IconMaximize } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useBoard, useMe } from '../live/hooks.ts';
import { AlarmList } from '../recordings/alarm-list.tsx';
import { Key, Loading } from '../ui/feedback.tsx';
import { useHotkeys } from '../ui/hotkeys.ts';
import { useUser } from '../ui/session.ts';
import { t } from '../ui/words.ts';
import { AgentsTable } from './agents-table.tsx';
import { supervisionQuery } from './api.ts';
import classes from './board.module.css';
import { type CallAct, callActNames, callActs, doToCall, mayDo } from './call-acts.tsx';
import { agentName, CallsTable, mostRows, sidesOf } from './calls-table.tsx';
import { Figures } from './figure-tiles.tsx';
import { boardFigures, boardLists, rowAfter } from './figures.ts';
import { Parts } from './parts.tsx';
import { CampaignsList, QueuesTable } from './side-lists.tsx';
import { Wall } from './wall.tsx';

/** The supervisor's live board: everything of the topic `board`; F makes it a wallboard, keys act on the chosen call. */
export function BoardPage() {
  const { loaded, entities } = useBoard();
  const { id: myId } = useUser();
  const lists = useMemo(() => boardLists(entities), [entities]);
  const figures = useMemo(() => boardFigures(lists), [lists]);
  const [wall, setWall] = useWall();
  const [selected, select] = useState<string | null>(null);
  const watched = useMe();
  const turn = () => setWall(!wall);

  const chosen = selected ?? (watched.part === 'watching' ? (watched.call?.callId ?? null) : null);
  const call = lists.calls.find((one) => one.callId === chosen);
  const key = (act: CallAct): false | (() => void) =>
    !wall &&
    call !== undefined &&
    mayDo(act, call, myId) &&
    (() => doToCall(act, call.callId, sidesOf(call, agentName(call, entities))));
  const move = (step: 1 | -1) => () => {
    const next = rowAfter(lists.calls.slice(0, mostRows), selected, step);
    select(next);
    document
      .querySelector(`[data-testid="call-row-${CSS.escape(next ?? '')}"]`)
      ?.scrollIntoView({ block: 'nearest' });
  };
  const some = !wall && lists.calls.length > 0;
  useHotkeys({
    KeyF: turn,
    Escape: wall && turn,
    ArrowDown: some && move(1),
    ArrowUp: some && move(-1),
    ...Object.fromEntries(callActNames.map((act) => [callActs[act].code, key(act)])),
  });
  const gone = loaded && selected !== null && !lists.calls.some((one) => one.callId === selected);
  useEffect(() => {
    if (gone) select(null);
  }, [gone]);
  const choose = useCallback((callId: string) => select(callId), []);

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
        <ShownToAgents />
        <Link to="/acts" className={classes.headLink} data-testid="open-acts">
          <IconHistory size={14} aria-hidden /> {t('acts.title')}
        </Link>
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
      <AlarmList />
      <Figures figures={figures} />
      <div className={classes.columns}>
        <AgentsTable agents={lists.agents} entities={entities} />
        <div className={classes.right}>
          <CallsTable
            calls={lists.calls}
            entities={entities}
            myId={myId}
            selected={selected}
            select={choose}
          />
          <QueuesTable queues={lists.queues} />
          <CampaignsList campaigns={lists.campaigns} />
        </div>
      </div>
    </div>
  );
}

/** Which rule of the house holds: what an agent sees of a supervisor on his call. */
function ShownToAgents() {
  const { data } = useQuery(supervisionQuery);
  if (!data) return null;
  return (
    <span className={classes.rule} title={t('board.shown.help')} data-testid="supervision-shown">
      {t(`board.shown.${data.shown}`)}
    </span>
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
