import { ActionIcon, Tooltip } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { CatchBoundary, Link, Outlet, useLocation } from '@tanstack/react-router';
import { Desk } from '../desk/desk.tsx';
import { useDeskForced } from '../desk/desk-state.ts';
import { ConnectionBar, ElsewhereNotice } from '../live/connection-bar.tsx';
import { PhoneFoot } from '../softphone/phone-foot.tsx';
import { WatchStrip } from '../supervisor/watch-strip.tsx';
import { Key } from '../ui/feedback.tsx';
import { useHotkeys } from '../ui/hotkeys.ts';
import { mayWatch, useUser } from '../ui/session.ts';
import { t } from '../ui/words.ts';
import { CallChip } from './call-chip.tsx';
import { useOwnCall } from './desk-open.ts';
import classes from './frame.module.css';
import { Crashed } from './pages.tsx';
import { pagesFor } from './pages-for.ts';
import { openPalette, openRedial, Palette } from './palette.tsx';
import { StateControls } from './state-controls.tsx';
import { UserMenu } from './user-menu.tsx';

/** The window: header, rail, page, foot. An agent's desk is always mounted, so that a call finds it at once; a supervisor's while he has a call. */
export function Frame() {
  const me = useUser();
  const watches = mayWatch(me);
  useHotkeys({ 'Ctrl+KeyK': openPalette, KeyD: !watches && openRedial });
  const { pathname } = useLocation();
  const forced = useDeskForced();
  const ownCall = useOwnCall();
  const hasDesk = !watches || ownCall;
  const onDesk = hasDesk && (forced || pathname === '/desk');
  return (
    <div className={classes.frame}>
      <header className={classes.header}>
        <button type="button" className={classes.search} onClick={openPalette}>
          <IconSearch size={15} aria-hidden />
          <span>{t('app.palette')}</span>
          <Key>Ctrl K</Key>
        </button>
        <div className={classes.middle}>{hasDesk && !onDesk ? <CallChip /> : null}</div>
        {watches ? null : <StateControls />}
        <UserMenu />
      </header>
      <nav className={classes.rail} aria-label={t('app.navigation')}>
        {pagesFor(watches, ownCall).map(({ to, icon: Icon, word }) => (
          <Tooltip key={to} label={t(word)} position="right">
            <ActionIcon
              component={Link}
              to={to}
              variant="subtle"
              size={40}
              aria-label={t(word)}
              className={classes.place}
              data-here={pathname.startsWith(to) || undefined}
            >
              <Icon size={21} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        ))}
      </nav>
      <div className={classes.body}>
        <ElsewhereNotice />
        {hasDesk ? (
          <div className={classes.page} hidden={!onDesk}>
            <CatchBoundary getResetKey={() => 'desk'} errorComponent={Crashed}>
              <Desk visible={onDesk} />
            </CatchBoundary>
          </div>
        ) : null}
        <main className={classes.page} hidden={onDesk}>
          <Outlet />
        </main>
        {watches ? <WatchStrip keys={pathname !== '/board'} /> : null}
      </div>
      <ConnectionBar>
        <PhoneFoot />
      </ConnectionBar>
      <Palette />
    </div>
  );
}
