import { t } from '../ui/words.ts';
import { usePhone } from './phone.ts';
import classes from './phone-foot.module.css';

/** Tells him who speaks into a muted microphone that nobody hears him. */
export function MutedHint() {
  const { speaksMuted } = usePhone();
  if (!speaksMuted) return null;
  return (
    <span className={classes.warn} role="status" data-testid="speaks-muted">
      {t('phone.speaksMuted')}
    </span>
  );
}
