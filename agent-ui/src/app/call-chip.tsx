import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useMe } from '../live/hooks.ts';
import { formatPhone } from '../ui/format.ts';
import { PhaseBadge, StateBadge } from '../ui/state.tsx';
import { Timer } from '../ui/timer.tsx';
import { t } from '../ui/words.ts';
import classes from './call-chip.module.css';

/** On other pages: who is on the line, for how long, and the way back to the desk. */
export function CallChip() {
  const { call, wrapUp } = useMe();
  const navigate = useNavigate();
  if (!call && !wrapUp) return null;
  return (
    <Button
      variant="default"
      onClick={() => void navigate({ to: '/desk' })}
      title={t('app.inCall')}
      data-testid="call-chip"
    >
      <span className={classes.chip}>
        {call ? <PhaseBadge phase={call.phase} size="small" /> : <StateBadge state="wrapUp" size="small" />}
        {call ? <span>{call.customerName ?? (formatPhone(call.phone) || t('ui.noNumber'))}</span> : null}
        {call ? <Timer since={call.since} /> : null}
        <span className="muted">{t('app.toDesk')}</span>
      </span>
    </Button>
  );
}
