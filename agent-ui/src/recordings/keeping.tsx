import { Button, Popover, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { RecordingFactsView } from '../../../server/recordings/schema.ts';
import { ErrorNote } from '../ui/feedback.tsx';
import { formatDate } from '../ui/format.ts';
import { t, wordFor } from '../ui/words.ts';
import { deleteRecording, recordingFactsQuery, setHold } from './api.ts';
import classes from './player.module.css';

/** How long it is kept and why; holding it for a dispute and deleting it, for those who may. */
export function RecordingKeeping({ facts }: { facts: RecordingFactsView }) {
  const { callId, held, keepUntil, may, purpose } = facts;
  const queries = useQueryClient();
  const release = useMutation({
    mutationFn: () => setHold(callId, null),
    onSettled: () => queries.invalidateQueries(recordingFactsQuery(callId)),
  });
  return (
    <div className={classes.keeping} data-testid="recording-keeping" data-held={held !== null}>
      <span className="muted">
        {held
          ? t('recording.held', { who: held.by ?? '', reason: held.reason, at: formatDate(held.at) })
          : keepUntil
            ? t('recording.keptUntil', {
                date: formatDate(keepUntil),
                purpose: purpose ? wordFor('recording.purpose', purpose) : '',
              })
            : t('recording.keptUnknown')}
      </span>
      {may.hold && held ? (
        <Button
          size="compact-xs"
          variant="subtle"
          loading={release.isPending}
          onClick={() => release.mutate()}
          data-testid="recording-release"
        >
          {t('recording.release')}
        </Button>
      ) : null}
      {may.hold && !held ? (
        <WithReason
          label={t('recording.hold')}
          help={t('recording.holdHelp')}
          testId="recording-hold"
          callId={callId}
          act={(reason) => setHold(callId, reason)}
        />
      ) : null}
      {may.delete ? (
        <WithReason
          label={t('recording.delete')}
          help={t('recording.deleteHelp')}
          testId="recording-delete"
          callId={callId}
          act={(reason) => deleteRecording(callId, reason)}
        />
      ) : null}
      {release.error ? <ErrorNote error={release.error} /> : null}
    </div>
  );
}

interface WithReasonProps {
  readonly label: string;
  readonly help: string;
  readonly testId: string;
  readonly callId: string;
  readonly act: (reason: string) => Promise<void>;
}

/** An act that must be answered for: its reason goes into the record. */
function WithReason({ label, help, testId, callId, act }: WithReasonProps) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const work = useMutation({
    mutationFn: act,
    onSuccess: () => {
      setOpen(false);
      setReason('');
      return queries.invalidateQueries(recordingFactsQuery(callId));
    },
  });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    work.mutate(reason.trim());
  };
  return (
    <Popover opened={open} onChange={setOpen} width={320} position="top-end" trapFocus>
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-testid={testId}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form className={classes.reason} onSubmit={send}>
          <Textarea
            label={t('recording.reason')}
            description={help}
            autosize
            minRows={2}
            maxLength={500}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {work.error ? <ErrorNote error={work.error} /> : null}
          <Button type="submit" size="xs" loading={work.isPending} disabled={reason.trim().length < 3}>
            {label}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
