import {
  IconAlertCircle,
  IconCalendarDollar,
  IconCashBanknote,
  IconChecklist,
  IconFileInvoice,
  IconMail,
  IconMessage,
  IconNote,
  IconPhoneIncoming,
  IconPhoneOutgoing,
  IconPlayerPlay,
  IconTool,
} from '@tabler/icons-react';
import { memo, useState } from 'react';
import type { TimelineEntry } from '../../../server/customers/schema.ts';
import { RecordingPlayer } from '../recordings/recording-player.tsx';
import { formatAmount, formatDuration } from '../ui/format.ts';
import { Ago } from '../ui/timer.tsx';
import { t, wordFor } from '../ui/words.ts';
import { dispositionName, useDispositions } from './dispositions.ts';
import classes from './timeline.module.css';

const icons = {
  call: IconPhoneIncoming,
  note: IconNote,
  payment: IconCashBanknote,
  invoice: IconFileInvoice,
  promise: IconCalendarDollar,
  complaint: IconAlertCircle,
  letter: IconMail,
  sms: IconMessage,
  visit: IconTool,
  task: IconChecklist,
} as const;

/** Longer texts fold: three lines of the narrowest timeline. */
const foldFrom = 160;

export const TimelineRow = memo(function TimelineRow({ entry }: { entry: TimelineEntry }) {
  const { call } = entry;
  const Icon = call && call.direction !== 'hotline' ? IconPhoneOutgoing : icons[entry.kind];
  const [open, setOpen] = useState(false);
  const [playing, setPlaying] = useState(false);
  const dispositions = useDispositions();
  const result = call?.dispositionId ? dispositions.find((d) => d.id === call.dispositionId) : undefined;
  const long = (entry.text?.length ?? 0) > foldFrom;
  return (
    <li className={classes.row} data-testid="timeline-row" data-kind={entry.kind} data-call-id={call?.callId}>
      <Icon size={16} stroke={1.7} aria-hidden className={classes.icon} />
      <div className={classes.main}>
        <div className={classes.head}>
          <span className={classes.what}>
            {call ? wordFor('direction', call.direction) : wordFor('card.entry', entry.kind)}
          </span>
          {call ? <span>{wordFor('outcome', call.outcome)}</span> : null}
          {call?.talkMs ? <span className="figure muted">{formatDuration(call.talkMs)}</span> : null}
          {result ? <span className={classes.result}>{dispositionName(result)}</span> : null}
          <span className="muted">{call?.agentName ?? entry.userName}</span>
        </div>
        {entry.text ? (
          <div className={classes.text} data-folded={(long && !open) || undefined}>
            {entry.text}
          </div>
        ) : null}
        {long ? (
          <button type="button" className={classes.unfold} onClick={() => setOpen(!open)}>
            {t(open ? 'ui.fold' : 'ui.unfold')}
          </button>
        ) : null}
        {call?.hasRecording ? (
          <div className={classes.recording}>
            {playing ? (
              <RecordingPlayer callId={call.callId} playAtOnce />
            ) : (
              <button
                type="button"
                className={classes.play}
                onClick={() => setPlaying(true)}
                data-testid="play-recording"
              >
                <IconPlayerPlay size={13} aria-hidden /> {t('card.play')}
              </button>
            )}
          </div>
        ) : null}
      </div>
      <div className={classes.side}>
        {entry.amountKopecks === null ? null : (
          <span className="num">{formatAmount(entry.amountKopecks)}</span>
        )}
        <span className="muted">
          <Ago at={entry.at} />
        </span>
      </div>
    </li>
  );
});
