import { useNow, useTimedText } from './clock.ts';
import { formatDuration, formatExact, formatRelative } from './format.ts';

/** Running time since an instant (ISO): m:ss in tabular digits. */
export function Timer({ since, testId }: { since: string; testId?: string }) {
  const now = useNow();
  return (
    <span className="figure" data-testid={testId}>
      {formatDuration(now - Date.parse(since))}
    </span>
  );
}

/** "3 дня назад" with the exact time on hover. */
export function Ago({ at }: { at: string }) {
  const text = useTimedText((now) => formatRelative(at, now));
  return (
    <time dateTime={at} title={formatExact(at)} style={{ whiteSpace: 'nowrap' }}>
      {text}
    </time>
  );
}
