import { IconMicrophone } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useEffect, useRef } from 'react';
import type { CallRow } from '../../../server/calls/schema.ts';
import { dispositionName, useDispositions } from '../card/dispositions.ts';
import { PhoneNumber } from '../dial/phone-number.tsx';
import { formatDateTime, formatDuration, formatExact, formatPhone } from '../ui/format.ts';
import { t, wordFor } from '../ui/words.ts';
import classes from './history.module.css';
import { DirectionSign } from './parts.tsx';

interface Props {
  readonly rows: readonly CallRow[];
  readonly openId: string | undefined;
  readonly open: (callId: string | undefined) => void;
  /** Loads the next page; null while one is coming or none is left. */
  readonly more: (() => void) | null;
  readonly end: boolean;
}

const rowPx = 29;
/** The next page is asked for when so many rows are left below. */
const rowsAhead = 20;

/** The list itself: only rows in sight are in the document, so that a day of 20,000 calls scrolls as 20 do. */
export function CallsTable({ rows, openId, open, more, end }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - rowsAhead) more();
  }, [more, last, rows.length]);

  const move = (event: KeyboardEvent): void => {
    const at = rows.findIndex((row) => row.callId === openId);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
    if (event.key === 'Escape' && openId !== undefined) open(undefined);
    else if (step !== undefined) {
      const next = Math.min(rows.length - 1, Math.max(0, at + step));
      open(rows[next]?.callId);
      virtual.scrollToIndex(next);
    } else return;
    event.preventDefault();
  };
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <section
      ref={scroller}
      className={classes.scroll}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the list is walked with the arrows
      tabIndex={0}
      onKeyDown={move}
      aria-label={t('history.title')}
    >
      <table className={classes.table} data-testid="calls-table" aria-rowcount={rows.length}>
        <thead>
          <tr>
            <th style={{ width: 138 }}>{t('history.when')}</th>
            <th style={{ width: 30 }}>
              <span className="visually-hidden">{t('history.direction')}</span>
            </th>
            <th>{t('history.customer')}</th>
            <th style={{ width: 168 }}>{t('history.phone')}</th>
            <th className={classes.wide}>{t('history.agent')}</th>
            <th className={classes.wide}>{t('history.place')}</th>
            <th style={{ width: 170 }}>{t('history.outcome')}</th>
            <th className={`num ${classes.wide}`} style={{ width: 84 }}>
              {t('history.wait')}
            </th>
            <th className="num" style={{ width: 82 }}>
              {t('history.talk')}
            </th>
            <th className={classes.wide}>{t('history.result')}</th>
            <th style={{ width: 30 }}>
              <span className="visually-hidden">{t('history.recording')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {before > 0 ? <Gap height={before} /> : null}
          {items.map((item) => {
            const row = rows[item.index];
            return row ? <Row key={row.callId} row={row} chosen={row.callId === openId} open={open} /> : null;
          })}
          {after > 0 ? <Gap height={after} /> : null}
        </tbody>
      </table>
      {end ? <p className={classes.end}>{t('history.end')}</p> : null}
    </section>
  );
}

function Gap({ height }: { height: number }) {
  return (
    <tr aria-hidden style={{ height }}>
      <td />
    </tr>
  );
}

interface RowProps {
  readonly row: CallRow;
  readonly chosen: boolean;
  readonly open: Props['open'];
}

const Row = memo(
  function Row({ row, chosen, open }: RowProps) {
    const dispositions = useDispositions();
    const result = dispositions.find((one) => one.id === row.dispositionId);
    const place = row.campaignName ?? row.queueName;
    return (
      <tr
        aria-selected={chosen}
        onClick={() => open(row.callId)}
        data-testid={`history-${row.callId}`}
        data-outcome={row.outcome}
      >
        <td className="figure" title={formatExact(row.offeredAt)}>
          {formatDateTime(row.offeredAt)}
        </td>
        <td>
          <DirectionSign direction={row.direction} />
        </td>
        <td className={classes.cut} title={row.customerName ?? ''}>
          {row.customerName ?? <span className="muted">{t('ui.noName')}</span>}
        </td>
        <td>
          <PhoneNumber phone={row.phone} customerId={row.customerId} otherwise={numberOf(row)} inList />
        </td>
        <td className={`${classes.cut} ${classes.wide}`}>{row.agentName}</td>
        <td className={`${classes.cut} ${classes.wide}`} title={place ?? ''}>
          {place}
        </td>
        <td className={classes.cut}>
          {row.outcome ? wordFor('outcome', row.outcome) : t('history.inProgress')}
        </td>
        <td className={`num ${classes.wide}`}>{row.waitMs === null ? null : formatDuration(row.waitMs)}</td>
        <td className="num">{row.talkMs ? formatDuration(row.talkMs) : null}</td>
        <td className={`${classes.cut} ${classes.wide}`}>
          {result ? dispositionName(result) : row.dispositionName}
        </td>
        <td>
          {row.hasRecording ? (
            <span
              role="img"
              aria-label={t('history.hasRecording')}
              title={t('history.hasRecording')}
              className="muted"
            >
              <IconMicrophone size={14} aria-hidden />
            </span>
          ) : null}
        </td>
      </tr>
    );
  },
  // `open` is another function at every draw and does the same each time.
  (before, after) => before.row === after.row && before.chosen === after.chosen,
);

const withheld = /^(anonymous|restricted|unknown|unavailable)$/i;

/** The number as people write it, as it came when it is none, or that it was withheld. */
export function numberOf(row: Pick<CallRow, 'phone' | 'phoneRaw'>): string {
  const raw = row.phoneRaw ?? '';
  return formatPhone(row.phone) || (withheld.test(raw) ? '' : raw) || t('ui.noNumber');
}
