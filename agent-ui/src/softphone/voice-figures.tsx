import { t } from '../ui/words.ts';
import classes from './phone-foot.module.css';
import type { Quality } from './phone-port.ts';
import { worstQuality } from './quality-memory.ts';

/** The voice's figures; when they are bad also what the matter is and what to do about it. */
export function VoiceFigures({ quality }: { quality: Quality }) {
  const values = { loss: quality.lossPercent, jitter: quality.jitterMs, rtt: quality.rttMs };
  return (
    <span
      className={`figure ${quality.warn ? `${classes.warn} ${classes.yields}` : ''}`}
      data-testid="voice-quality"
      data-grade={quality.grade}
      data-warn={quality.warn}
      title={`${t('phone.mos', { mos: quality.mos })}. ${t(`phone.grade.${quality.grade}`)}`}
    >
      {t('phone.quality', values)}
      {quality.warn ? ` · ${t(`phone.poor.${quality.cause}`)}` : null}
    </span>
  );
}

/** At a talk's end: how bad the voice was at its worst; nothing when it was good throughout. */
export function TalkQuality({ callId }: { callId: string }) {
  const worst = worstQuality(callId);
  if (worst === null) return null;
  return (
    <span className={classes.worst} data-testid="talk-quality">
      {t('phone.worst', { loss: worst.lossPercent, jitter: worst.jitterMs, rtt: worst.rttMs })}
    </span>
  );
}
