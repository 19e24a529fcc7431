import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useMe } from '../live/hooks.ts';
import { Key } from '../ui/feedback.tsx';
import { formatPhone } from '../ui/format.ts';
import { PhaseBadge, StateBadge } from '../ui/state.tsx';
import { Timer } from '../ui/timer.tsx';
import { t } from '../ui/words.ts';
import classes from './call-chip.module.css';

/** On other pages: who is on the line, for how long, and the way back to the desk. */
export function CallChip() {
  const { call, aside, waiting, wrapUp } = useMe();
  const navigate = useNavigate();
  const [next] = waiting;
  if (!call && !wrapUp && !aside && !next) return null;
  const shown = call ?? (wrapUp ? null : aside);
  const also = next ?? (shown === aside ? null : aside);
  return (
    <Button
      variant="default"
      onClick={() => void navigate({ to: '/desk' })}
      title={t('app.inCall')}
      data-testid="call-chip"
    >
      <span className={classes.chip}>
        {also ? null : shown ? (
          <PhaseBadge phase={shown.phase} size="small" />
        ) : wrapUp ? (
          <StateBadge state="wrapUp" size="small" />
        ) : null}
        {shown && !also ? <span className={classes.name}>{nameOf(shown)}</span> : null}
        {shown && !also ? <Timer since={shown.since} /> : null}
        {also ? (
          <strong className={classes.also} data-testid="call-chip-other">
            <span className={classes.name}>
              {t(next ? 'desk.waitsForYou' : 'desk.aside')} {nameOf(also)}
            </span>{' '}
            <Timer since={also.since} /> <Key>F3</Key>
          </strong>
        ) : null}
        {also ? null : <span className="muted">{t('app.toDesk')}</span>}
      </span>
    </Button>
  );
}

function nameOf(call: { customerName: string | null; phone: string | null }): string {
  return call.customerName ?? (formatPhone(call.phone) || t('ui.noNumber'));
}
