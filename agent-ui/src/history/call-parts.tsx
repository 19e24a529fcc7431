import type { ReactNode } from 'react';
import type { CallDetail } from '../../../server/calls/schema.ts';
import { dispositionName, useDispositions } from '../card/dispositions.ts';
import { PhoneNumber } from '../dial/phone-number.tsx';
import { formatDuration, formatPhone } from '../ui/format.ts';
import { hasWords, reasonText, t, wordFor } from '../ui/words.ts';
import { preciseTime } from './events.ts';
import classes from './panel.module.css';

/** What belongs to one call beside its row: who was asked, who said what, legs, acts. */

function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className={classes.subtitle}>
        {title}
      </h3>
      {children}
    </section>
  );
}

function Line(props: { at: string; testId: string; children: ReactNode }) {
  return (
    <li data-testid={props.testId}>
      <time className="figure" dateTime={props.at}>
        {preciseTime(props.at)}
      </time>
      <div>{props.children}</div>
    </li>
  );
}

type Transfer = CallDetail['transfers'][number];

/** Each hand-over and consultation: from whom, to whom, how it ended. */
export function Transfers({ call }: { call: CallDetail }) {
  if (call.transfers.length === 0) return null;
  return (
    <Part id="transfers" title={t('history.transfers')}>
      <ol className={classes.events}>
        {call.transfers.map((one) => (
          <Line key={one.at} at={one.at} testId="call-transfer">
            {t(`history.transfer.${one.conference ? 'conference' : one.kind}`)}: {one.fromAgentName} →{' '}
            {one.toPhone === null ? (
              (one.toAgentName ?? one.toQueueName)
            ) : (
              <PhoneNumber phone={one.toPhone} />
            )}
            <span className={classes.eventFacts}>
              {how(one)}
              {one.endedAt ? `, ${formatDuration(Date.parse(one.endedAt) - Date.parse(one.at))}` : ''}
            </span>
          </Line>
        ))}
      </ol>
    </Part>
  );
}

function how({ kind, howEnded }: Transfer): string {
  if (howEnded === null) return t('history.how.open');
  return t(
    kind === 'attended' && howEnded === 'completed'
      ? 'history.how.completedAsked'
      : `history.how.${howEnded}`,
  );
}

/** Where more than one agent had the call, what each of them said about it. */
export function Results({ call }: { call: CallDetail }) {
  const dispositions = useDispositions();
  if (call.results.length < 2) return null;
  return (
    <Part id="results" title={t('history.results')}>
      <ol className={classes.events}>
        {call.results.map((one) => {
          const known = dispositions.find((d) => d.id === one.dispositionId);
          return (
            <Line key={one.agentId} at={one.at} testId="call-agent-result">
              <strong>{one.agentName}</strong>: {known ? dispositionName(known) : one.dispositionName}
              {one.note ? <div className={classes.said}>{one.note}</div> : null}
            </Line>
          );
        })}
      </ol>
    </Part>
  );
}

export function Legs({ call }: { call: CallDetail }) {
  if (call.legs.length === 0) return null;
  return (
    <Part id="legs" title={t('history.legs')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>
              <span className="visually-hidden">{t('history.legs')}</span>
            </th>
            <th>{t('history.legStart')}</th>
            <th>{t('history.legAnswer')}</th>
            <th className="num">{t('history.legLength')}</th>
            <th className="num">{t('history.legCodes')}</th>
          </tr>
        </thead>
        <tbody>
          {call.legs.map((leg) => (
            <tr key={leg.legId} title={leg.legId} data-testid="call-leg" data-role={leg.role}>
              <td title={wordFor('history.legRole', leg.role)}>
                {leg.agentName ?? (formatPhone(leg.phone) || wordFor('history.legRole', leg.role))}
              </td>
              <td className="figure">{preciseTime(leg.startedAt)}</td>
              <td className="figure">{leg.answeredAt ? preciseTime(leg.answeredAt) : t('ui.none')}</td>
              <td className="num">
                {leg.endedAt
                  ? formatDuration(Date.parse(leg.endedAt) - Date.parse(leg.startedAt))
                  : t('ui.none')}
              </td>
              <td className="num">
                {leg.sipCode || t('ui.none')} / {leg.cause || t('ui.none')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Part>
  );
}

/** What supervisors did to the call; shown to those who may know. */
export function Acts({ call }: { call: CallDetail }) {
  if (call.acts === null || call.acts.length === 0) return null;
  return (
    <Part id="acts" title={t('history.acts')}>
      <ol className={classes.events}>
        {call.acts.map((one) => {
          const key = `history.act.${one.act}`;
          const { refused } = one.detail;
          return (
            <Line key={`${one.at} ${one.act}`} at={one.at} testId="call-act">
              {one.userName} {hasWords(key) ? t(key) : one.act}
              {typeof refused === 'string' ? (
                <span className={classes.eventFacts}>
                  {t('history.actRefused', { reason: reasonText(refused) })}
                </span>
              ) : null}
            </Line>
          );
        })}
      </ol>
    </Part>
  );
}
