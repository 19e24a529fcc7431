import { Button, Skeleton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './feedback.module.css';
import { reasonOf } from './http.ts';
import { refusalText } from './refusal.ts';
import { t } from './words.ts';

/** An empty place that teaches the next step. */
export function EmptyState({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      <div className={classes.emptyTitle}>{title}</div>
      {children ? <div className={classes.emptyText}>{children}</div> : null}
      {action}
    </div>
  );
}

/** What failed, in plain words from the server's reason, and a way on. `error`: anything thrown by `api`, or a refused command. */
export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const { reason, detail } = isRefusal(error) ? error : reasonOf(error);
  return (
    <div className={classes.error} role="alert">
      <IconAlertTriangle size={16} aria-hidden />
      <span>{refusalText(reason, detail)}</span>
      {retry ? (
        <Button size="compact-xs" variant="default" onClick={retry}>
          {t('ui.retry')}
        </Button>
      ) : null}
    </div>
  );
}

function isRefusal(error: unknown): error is { reason: string; detail?: string } {
  return typeof error === 'object' && error !== null && !(error instanceof Error) && 'reason' in error;
}

/** Keeps the place of what is coming: `lines` rows of the usual height, so that nothing jumps when it arrives. */
export function Loading({ lines = 3, height = 18 }: { lines?: number; height?: number }) {
  return (
    <div aria-busy="true" role="status" aria-label={t('ui.loading')} className={classes.loading}>
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows without identity
        <Skeleton key={i} height={height} radius="sm" animate={false} />
      ))}
    </div>
  );
}

/** A key's name on its control. A plain element: dozens of them are drawn with every card. */
export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className={classes.key} aria-hidden>
      {children}
    </kbd>
  );
}
