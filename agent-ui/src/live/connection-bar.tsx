import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { serverNow, useNow } from '../ui/clock.ts';
import { formatDuration } from '../ui/format.ts';
import { t } from '../ui/words.ts';
import { takeBack } from './client.ts';
import classes from './connection-bar.module.css';
import { useConnection } from './hooks.ts';
import { backInside, stealTab, useOutside, useTab } from './tab.ts';

/**
 * The thin bar at the foot of the window. It is always there, so that a lost connection moves nothing: it only changes
 * its colour and its words. `children`: what else the foot tells (phone, quality).
 */
export function ConnectionBar({ children }: { children?: ReactNode }) {
  const { status, since } = useConnection();
  const now = useNow();
  const age = formatDuration(now - serverNow() + Date.now() - since);
  return (
    <footer
      className={classes.bar}
      data-status={status}
      data-testid="connection-bar"
      role="status"
      aria-live="polite"
    >
      <span className={classes.dot} aria-hidden />
      <span>{status === 'down' ? t('live.down', { age }) : t(`live.${status}`)}</span>
      <span className={classes.rest}>{children}</span>
    </footer>
  );
}

/** Calm, full width: the work is elsewhere, and how to have it here. */
export function ElsewhereNotice() {
  const { takenOver } = useConnection();
  const tab = useTab();
  const outside = useOutside();
  if (tab === 'elsewhere') {
    return (
      <div className={classes.notice} data-testid="other-tab">
        {t('live.otherTab')}
        <Button onClick={stealTab}>{t('live.takeHere')}</Button>
      </div>
    );
  }
  if (takenOver || (tab === 'mine' && outside)) {
    return (
      <div className={classes.notice} data-testid="taken-over">
        {t('live.takenOver')}
        <Button
          onClick={() => {
            backInside();
            takeBack();
          }}
        >
          {t('live.takeBack')}
        </Button>
      </div>
    );
  }
  return null;
}
