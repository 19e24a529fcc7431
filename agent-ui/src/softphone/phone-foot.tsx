import { t } from '../ui/words.ts';
import { usePhone } from './phone.ts';
import classes from './phone-foot.module.css';

/** The phone's line at the foot of the window: registered or not, and the voice's figures while there is a leg. */
export function PhoneFoot() {
  const { status, quality } = usePhone();
  return (
    <>
      {quality ? (
        <span className={`figure ${quality.poor ? classes.poor : ''}`} data-testid="voice-quality">
          {t(quality.poor ? 'phone.qualityPoor' : 'phone.quality', {
            loss: quality.lossPercent,
            jitter: quality.jitterMs,
            rtt: quality.rttMs,
          })}
        </span>
      ) : null}
      <span
        data-testid="phone-status"
        data-status={status}
        className={status === 'online' ? '' : classes.poor}
      >
        {t(`phone.${status}`)}
      </span>
    </>
  );
}
