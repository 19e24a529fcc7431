import { Button } from '@mantine/core';
import { Navigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EmptyState } from '../ui/feedback.tsx';
import { mayWatch, useUser } from '../ui/session.ts';
import { t } from '../ui/words.ts';
import { useOwnCall } from './desk-open.ts';

export function NotFound() {
  return <EmptyState title={t('app.notFound')}>{t('app.notFoundText')}</EmptyState>;
}

/** A screen that failed to draw: says that the call is safe and offers the one thing that helps. */
export function Crashed() {
  return (
    <EmptyState
      title={t('app.crashed')}
      action={<Button onClick={() => window.location.reload()}>{t('app.reload')}</Button>}
    >
      {t('app.crashedText')}
    </EmptyState>
  );
}

export function SupervisorsOnly({ children }: { children: ReactNode }) {
  if (mayWatch(useUser())) return children;
  return <EmptyState title={t('app.noRight')}>{t('app.noRightText')}</EmptyState>;
}

/**
 * The desk is drawn beneath (frame.tsx): its address only says that it is looked at. Supervisors start at the board, and go back to
 * it when the call that they took over is done with.
 */
export function DeskAddress() {
  const watches = mayWatch(useUser());
  return useOwnCall() || !watches ? null : <Navigate to="/board" replace />;
}
