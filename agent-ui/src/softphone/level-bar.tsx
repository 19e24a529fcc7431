import { useEffect, useRef } from 'react';
import type { Meter } from './level.ts';
import classes from './phone-settings.module.css';

/** dB at the two ends of the bar. */
const from = -60;
const to = -6;

/** How loud it is, drawn many times a second past React. `make` gives the meter and must keep its identity. */
export function LevelBar({ make, label, testId }: { make: () => Meter; label: string; testId: string }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const meter = make();
    let frame = 0;
    let shown = from;
    const draw = (): void => {
      // Up at once, down slowly, as a needle does.
      shown = Math.max(meter.level(), shown - 1.2, from);
      const share = Math.min(1, (shown - from) / (to - from));
      if (bar.current) {
        bar.current.style.setProperty('--level', String(share));
        bar.current.dataset.db = String(Math.round(shown));
      }
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      meter.stop();
    };
  }, [make]);
  return <div ref={bar} className={classes.level} role="img" aria-label={label} data-testid={testId} />;
}
