import { type KeyboardEvent, type PointerEvent, useMemo } from 'react';
import { bucketCount, type RecordingFactsView, voices } from '../../../server/recordings/schema.ts';
import { formatDuration } from '../ui/format.ts';
import { t } from '../ui/words.ts';
import classes from './player.module.css';
import { readWaveform, secondsAfterKey, secondsAt } from './waveform.ts';

interface Props {
  readonly facts: RecordingFactsView;
  readonly seconds: number;
  readonly seek: (seconds: number) => void;
  readonly toggle: () => void;
}

/** Both voices, the customer above; a click or the arrow keys lead anywhere, paused spans are hatched. */
export function WaveformBar({ facts, seconds, seek, toggle }: Props) {
  const { lengthMs, pauses } = facts;
  const drawing = useMemo(() => (facts.waveform ? readWaveform(facts.waveform) : null), [facts.waveform]);
  const percent = (ms: number): number => (lengthMs > 0 ? (100 * Math.min(lengthMs, ms)) / lengthMs : 0);
  const played = percent(seconds * 1000);

  const seekTo = (event: PointerEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    seek(secondsAt(event.clientX - box.left, box.width, lengthMs));
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = secondsAfterKey(event.key, event.shiftKey, seconds, lengthMs);
    if (to === null && event.key !== ' ') return;
    // Elsewhere on the page the same keys move through lists.
    event.preventDefault();
    event.stopPropagation();
    if (to === null) toggle();
    else seek(to);
  };
  return (
    <div
      className={classes.wave}
      role="slider"
      tabIndex={0}
      aria-label={t('recording.position')}
      aria-valuemin={0}
      aria-valuemax={Math.round(lengthMs / 1000)}
      aria-valuenow={Math.round(seconds)}
      aria-valuetext={t('recording.positionOf', {
        at: formatDuration(seconds * 1000),
        of: formatDuration(lengthMs),
      })}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seekTo(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event);
      }}
      onKeyDown={onKey}
      data-testid="recording-wave"
      data-drawn={drawing !== null}
    >
      {drawing === null ? null : (
        <svg
          className={classes.drawing}
          viewBox={`0 0 ${bucketCount} 2`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {/* Drawn twice: what was played lies in its colour over the rest. */}
          {(['rest', 'played'] as const).map((part) => (
            <g
              key={part}
              className={classes[part]}
              style={part === 'played' ? { clipPath: `inset(0 ${100 - played}% 0 0)` } : undefined}
            >
              <path d={drawing.customer} />
              <path d={drawing.agent} transform="matrix(1 0 0 -1 0 2)" />
            </g>
          ))}
        </svg>
      )}
      <div className={classes.middle} aria-hidden />
      {pauses.map(({ fromMs, toMs }) => (
        <div
          key={fromMs}
          className={classes.paused}
          style={{ left: `${percent(fromMs)}%`, width: `${percent(toMs) - percent(fromMs)}%` }}
          title={t('recording.paused', { from: formatDuration(fromMs), to: formatDuration(toMs) })}
          data-testid="recording-pause"
        />
      ))}
      {voices.map((voice) => (
        <span key={voice} className={classes.lane} data-voice={voice} aria-hidden>
          {t(`recording.${voice}`)}
        </span>
      ))}
      <div className={classes.cursor} style={{ left: `${played}%` }} aria-hidden />
    </div>
  );
}
