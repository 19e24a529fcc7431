import { Menu } from '@mantine/core';
import { IconChevronDown, IconUserShield } from '@tabler/icons-react';
import { useState } from 'react';
import { type AgentView, type Command, pauseReasons } from '../../../server/live/schema.ts';
import { send } from '../live/client.ts';
import { tellDone, tellRefusal } from '../ui/notices.ts';
import { StateBadge } from '../ui/state.tsx';
import { t, wordFor } from '../ui/words.ts';
import classes from './board.module.css';

/** He is on a call or finishing one: a new state begins after it. */
const busy: readonly AgentView['state'][] = ['ringing', 'talking', 'hold', 'wrapUp'];

type SetState = Extract<Command, { type: 'supervise.setState' }>;

/** An agent's state and, behind it, the states a supervisor can put him into. A menu is made once it is asked for: a board has many rows. */
export function AgentStateMenu({ agent }: { agent: AgentView }) {
  const [opened, setOpened] = useState(false);
  const [made, setMade] = useState(false);
  const { agentId, name, state, pauseReason, setBy } = agent;
  const label = state === 'paused' && pauseReason ? { label: wordFor('pause', pauseReason) } : {};
  const set = async (wish: Pick<SetState, 'state' | 'reason'>): Promise<void> => {
    const answer = await send({ type: 'supervise.setState', agentId, ...wish });
    if (!answer.ok) return tellRefusal(answer);
    if (busy.includes(state) && !(state === 'wrapUp' && wish.state === 'ready'))
      tellDone(t('board.afterCall', { name }));
  };
  const button = (
    <button
      type="button"
      className={classes.stateButton}
      aria-label={t('board.changeState', { name })}
      aria-haspopup="menu"
      onClick={() => {
        setMade(true);
        setOpened(!opened);
      }}
      data-testid={`set-state-${agentId}`}
    >
      <StateBadge state={state} size="small" {...label} />
      {setBy ? (
        <span
          className={classes.setBy}
          role="img"
          aria-label={t('board.setBy', { who: setBy })}
          title={t('board.setBy', { who: setBy })}
          data-testid={`set-by-${agentId}`}
        >
          <IconUserShield size={14} aria-hidden />
        </span>
      ) : null}
      <IconChevronDown size={12} className={classes.chevron!} aria-hidden />
    </button>
  );
  if (!made) return button;
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-start" width={220} returnFocus>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('board.changeState', { name })}</Menu.Label>
        <Menu.Item
          disabled={state === 'ready'}
          onClick={() => void set({ state: 'ready', reason: null })}
          data-testid="set-ready"
        >
          {wordFor('state', 'ready')}
        </Menu.Item>
        <Menu.Divider />
        {pauseReasons.map((reason) => (
          <Menu.Item
            key={reason}
            disabled={state === 'paused' && pauseReason === reason}
            onClick={() => void set({ state: 'paused', reason })}
            data-testid={`set-${reason}`}
          >
            {t('board.pauseAs', { reason: wordFor('pause', reason) })}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          disabled={state === 'offline'}
          onClick={() => void set({ state: 'offline', reason: null })}
          data-testid="set-offline"
        >
          {t('board.signOff')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
