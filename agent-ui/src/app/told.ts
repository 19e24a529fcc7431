import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import type { AgentView } from '../../../server/live/schema.ts';
import { readKept, writeKept } from '../ui/kept.ts';
import { t, wordFor } from '../ui/words.ts';

/** Tells the agent, once and until he closes it, that a supervisor has changed his state; a refresh does not tell it again. */
export function useToldOfState(agent: AgentView | null): void {
  const told = useRef(readKept<string>('told'));
  const by = agent?.setBy ?? null;
  const since = agent?.since ?? null;
  useEffect(() => {
    if (agent === null || by === null || since === null || told.current === since) return;
    told.current = since;
    writeKept('told', since);
    const message = toldText(agent, by);
    if (message === null) return;
    notifications.show({ message, color: 'blue', autoClose: false, withBorder: true });
  }, [agent, by, since]);
}

function toldText({ state, pauseReason }: AgentView, who: string): string | null {
  if (state === 'ready' || state === 'offline') return t(`told.${state}`, { who });
  if (state !== 'paused') return null;
  return t('told.paused', { who, reason: pauseReason === null ? '' : wordFor('pause', pauseReason) });
}
