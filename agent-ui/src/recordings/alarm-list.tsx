import { Button } from '@mantine/core';
import { IconBellRinging } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Alarm } from '../../../server/alarms/schema.ts';
import { ErrorNote } from '../ui/feedback.tsx';
import { Ago } from '../ui/timer.tsx';
import { hasWords, t } from '../ui/words.ts';
import classes from './alarm-list.module.css';
import { acknowledgeAlarm, openAlarmsQuery } from './api.ts';

/** Alarms that nobody has seen to, newest first, each with the call it is about. For supervisors; takes no place when there are none. */
export function AlarmList() {
  const { data: alarms } = useQuery(openAlarmsQuery);
  const queries = useQueryClient();
  const seen = useMutation({
    mutationFn: acknowledgeAlarm,
    onSettled: () => queries.invalidateQueries(openAlarmsQuery),
  });
  if (!alarms || alarms.length === 0) return null;
  return (
    <section
      className={classes.alarms}
      aria-labelledby="alarms"
      data-testid="alarms"
      data-count={alarms.length}
    >
      <h2 className={classes.title} id="alarms">
        <IconBellRinging size={15} aria-hidden /> {t('alarm.title')}{' '}
        <span className="figure">{alarms.length}</span>
      </h2>
      {seen.error ? <ErrorNote error={seen.error} /> : null}
      <ul className={classes.list}>
        {alarms.map((alarm) => (
          <li
            key={alarm.id}
            className={classes.alarm}
            data-testid={`alarm-${alarm.id}`}
            data-kind={alarm.kind}
          >
            <span className={classes.text}>
              {alarmText(alarm)}{' '}
              {alarm.callId === null ? null : (
                <Link to="/history" search={{ call: alarm.callId }} className={classes.link}>
                  {t('alarm.openCall')}
                </Link>
              )}
            </span>
            <span className="muted">
              <Ago at={alarm.at} />
            </span>
            <Button
              size="compact-xs"
              variant="default"
              loading={seen.isPending && seen.variables === alarm.id}
              onClick={() => seen.mutate(alarm.id)}
              data-testid={`alarm-seen-${alarm.id}`}
            >
              {t('alarm.seen')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A kind of alarm that has no words yet is shown by its key: better than not at all. */
function alarmText({ kind, subject }: Alarm): string {
  const key = `alarm.${kind}`;
  return hasWords(key) ? t(key) : t('alarm.other', { kind, subject });
}
