import { Button, Menu } from '@mantine/core';
import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { type Command, type PauseReason, pauseReasons } from '../../../server/live/schema.ts';
import { askForNotifications } from '../desk/attention.ts';
import { send } from '../live/client.ts';
import { useMe } from '../live/hooks.ts';
import { Key } from '../ui/feedback.tsx';
import { useHotkeys } from '../ui/hotkeys.ts';
import { tellRefusal } from '../ui/notices.ts';
import { StateBadge } from '../ui/state.tsx';
import { Timer } from '../ui/timer.tsx';
import { t, wordFor } from '../ui/words.ts';
import classes from './state-controls.module.css';
import { useToldOfState } from './told.ts';

/** The agent's own state, how long he is in it, and the two buttons that change it. */
export function StateControls() {
  const { agent } = useMe();
  const [sending, setSending] = useState(false);
  const [menu, setMenu] = useState(false);
  useToldOfState(agent);
  const order = async (command: Command): Promise<void> => {
    setSending(true);
    const answer = await send(command);
    setSending(false);
    if (!answer.ok) tellRefusal(answer);
  };
  const state = agent?.state ?? 'offline';
  const isReady = state === 'ready';
  const ready = (): void => {
    askForNotifications();
    void order({ type: 'agent.ready' });
  };
  const pause = (reason: PauseReason): void => void order({ type: 'agent.pause', reason });
  useHotkeys({ KeyR: !isReady && agent && ready, KeyB: agent && (() => setMenu(true)) });
  return (
    <div className={classes.controls}>
      <span className={classes.state}>
        <StateBadge
          state={state}
          testId="agent-state"
          {...(agent?.pauseReason ? { label: wordFor('pause', agent.pauseReason) } : {})}
        />
        <span
          className={classes.timer}
          title={agent?.setBy ? t('told.by', { who: agent.setBy }) : t('app.stateSince')}
        >
          {agent ? <Timer since={agent.since} /> : null}
        </span>
      </span>
      <Button
        className={classes.button!}
        variant={state === 'offline' || state === 'paused' ? 'filled' : 'default'}
        leftSection={isReady ? <IconCheck size={14} /> : null}
        rightSection={<Key>R</Key>}
        disabled={!agent || sending || isReady}
        onClick={ready}
        data-testid="ready"
      >
        {t('app.ready')}
      </Button>
      <Menu opened={menu} onChange={setMenu} position="bottom-end" width={230}>
        <Menu.Target>
          <Button
            variant="default"
            rightSection={
              <>
                <Key>B</Key>
                <IconChevronDown size={14} />
              </>
            }
            disabled={!agent || sending}
            data-testid="pause"
          >
            {t('app.pause')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('app.pauseReason')}</Menu.Label>
          {pauseReasons.map((reason) => (
            <Menu.Item key={reason} onClick={() => pause(reason)} data-testid={`pause-${reason}`}>
              {wordFor('pause', reason)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
