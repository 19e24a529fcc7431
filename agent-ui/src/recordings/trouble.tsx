import { IconAlertTriangle, IconTrash } from '@tabler/icons-react';
import type { RecordingFactsView } from '../../../server/recordings/schema.ts';
import { formatDateTime, formatDuration } from '../ui/format.ts';
import { t, wordFor } from '../ui/words.ts';
import classes from './player.module.css';

/** What is wrong with this recording, in one sentence; nothing when it is whole. */
export function TroubleNote({ facts }: { facts: RecordingFactsView }) {
  const { state, finding } = facts;
  if (state === 'ok') return null;
  if (state === 'pending') return <p className={classes.pending}>{t('recording.pending')}</p>;
  return (
    <p className={classes.trouble} role="note" data-testid="recording-trouble">
      <IconAlertTriangle size={15} aria-hidden />
      <span>{troubleText(state, finding)}</span>
    </p>
  );
}

function troubleText(state: RecordingFactsView['state'], finding: RecordingFactsView['finding']): string {
  const whose = (of: readonly string[] | undefined) =>
    (of ?? []).map((voice) => wordFor('recording.whose', voice)).join(', ');
  return wordFor('recording.state', state, {
    whose: whose(state === 'missing' ? finding?.missing : finding?.silent),
    length: formatDuration(finding?.lengthMs ?? 0),
    span: formatDuration(finding?.spanMs ?? 0),
  });
}

export function DeletedNote({ facts }: { facts: RecordingFactsView }) {
  const { deleted, lengthMs } = facts;
  if (!deleted) return null;
  const values = {
    at: formatDateTime(deleted.at),
    who: deleted.by ?? '',
    reason: deleted.reason,
    length: formatDuration(lengthMs),
  };
  return (
    <p className={classes.deleted} data-testid="recording-deleted">
      <IconTrash size={15} aria-hidden />
      <span>{t(deleted.by === null ? 'recording.expired' : 'recording.deletedBy', values)}</span>
    </p>
  );
}
