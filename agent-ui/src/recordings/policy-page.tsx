import { Button, NumberInput, Switch } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { RecordingPolicy, RetentionRow } from '../../../server/recordings/schema.ts';
import { ErrorNote, Loading } from '../ui/feedback.tsx';
import { formatCount, formatDateTime } from '../ui/format.ts';
import { tellDone, tellRefusal } from '../ui/notices.ts';
import { useUser } from '../ui/session.ts';
import { t, wordFor } from '../ui/words.ts';
import { AlarmList } from './alarm-list.tsx';
import { recordingPolicyQuery, setKeepDays, setQueueRecord } from './api.ts';
import classes from './policy.module.css';

/** What is recorded and how long it is kept. Supervisors read it, administrators change it. */
export function RecordingPolicyPage() {
  const { data: policy, error, refetch } = useQuery(recordingPolicyQuery);
  const mayChange = useUser().role === 'administrator';
  return (
    <main className={classes.page} data-testid="recording-policy">
      <h1 className={classes.title}>{t('recordings.title')}</h1>
      <AlarmList />
      {mayChange ? null : <p className="muted">{t('recordings.readOnly')}</p>}
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {policy ? (
        <>
          <Queues queues={policy.queues} mayChange={mayChange} />
          <Retention rows={policy.retention} mayChange={mayChange} />
        </>
      ) : error ? null : (
        <Loading lines={8} />
      )}
    </main>
  );
}

function useKeepPolicy() {
  const queries = useQueryClient();
  return (policy: RecordingPolicy) => queries.setQueryData(recordingPolicyQuery.queryKey, policy);
}

function Queues({ queues, mayChange }: { queues: RecordingPolicy['queues']; mayChange: boolean }) {
  const keep = useKeepPolicy();
  const change = useMutation({
    mutationFn: (to: { queueId: number; record: boolean }) => setQueueRecord(to.queueId, to.record),
    onSuccess: keep,
    onError: tellRefusal,
  });
  return (
    <section aria-labelledby="recorded">
      <h2 className={classes.subtitle} id="recorded">
        {t('recordings.queues')}
      </h2>
      <p className={classes.help}>{t('recordings.queuesHelp')}</p>
      <div className={classes.queues}>
        {queues.map(({ queueId, name, record }) => (
          <Switch
            key={queueId}
            size="xs"
            label={name}
            checked={record}
            disabled={!mayChange || change.isPending}
            onChange={(event) => change.mutate({ queueId, record: event.currentTarget.checked })}
            data-testid={`queue-record-${queueId}`}
          />
        ))}
      </div>
    </section>
  );
}

function Retention({ rows, mayChange }: { rows: readonly RetentionRow[]; mayChange: boolean }) {
  return (
    <section aria-labelledby="retention">
      <h2 className={classes.subtitle} id="retention">
        {t('recordings.retention')}
      </h2>
      <p className={classes.help}>{t('recordings.retentionHelp')}</p>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t('recordings.purpose')}</th>
            <th>{t('recordings.keepDays')}</th>
            <th className="num">{t('recordings.kept')}</th>
            <th className="num">{t('recordings.due')}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <RetentionLine key={row.purpose} row={row} mayChange={mayChange} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function RetentionLine({ row, mayChange }: { row: RetentionRow; mayChange: boolean }) {
  const [days, setDays] = useState<number | string>(row.keepDays);
  const keep = useKeepPolicy();
  const save = useMutation({
    mutationFn: () => setKeepDays(row.purpose, Number(days)),
    onSuccess: (policy) => {
      keep(policy);
      tellDone(t('recordings.saved'));
    },
    onError: tellRefusal,
  });
  const changed = days !== '' && Number(days) !== row.keepDays;
  return (
    <tr data-testid={`retention-${row.purpose}`}>
      <td>{wordFor('recording.purpose', row.purpose)}</td>
      <td>
        <form
          className={classes.days}
          onSubmit={(event) => {
            event.preventDefault();
            if (changed) save.mutate();
          }}
        >
          <NumberInput
            aria-label={`${t('recordings.keepDays')}: ${wordFor('recording.purpose', row.purpose)}`}
            w={92}
            min={row.leastDays}
            max={3660}
            allowDecimal={false}
            clampBehavior="none"
            disabled={!mayChange}
            value={days}
            onChange={setDays}
          />
          {changed ? (
            <Button type="submit" size="compact-xs" loading={save.isPending}>
              {t('recordings.save')}
            </Button>
          ) : null}
        </form>
      </td>
      <td className="num">{formatCount(row.kept)}</td>
      <td className="num">{row.due > 0 ? formatCount(row.due) : t('ui.none')}</td>
      <td className="muted">
        {row.leastDays > 1 ? t('recordings.leastDays', { days: row.leastDays }) : null}{' '}
        {row.changedAt
          ? t('recordings.changed', { at: formatDateTime(row.changedAt), who: row.changedBy ?? '' })
          : null}
      </td>
    </tr>
  );
}
