import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { CallView, Entity } from '../../../server/live/schema.ts';
import { DirectionSign } from '../history/parts.tsx';
import { EmptyState } from '../ui/feedback.tsx';
import { formatPhone } from '../ui/format.ts';
import { PhaseBadge } from '../ui/state.tsx';
import { Timer } from '../ui/timer.tsx';
import { t } from '../ui/words.ts';
import classes from './board.module.css';

interface Props {
  readonly calls: readonly CallView[];
  readonly entities: Readonly<Record<string, Entity>>;
}

/** More rows than a screen can show tell nobody anything, and a robot campaign may have hundreds of calls at once. */
const mostRows = 200;

/** Live calls, the oldest first: a new call is added below what is being read. */
export function CallsTable({ calls, entities }: Props) {
  const shown = calls.slice(0, mostRows);
  return (
    <section className={`${classes.panel} ${classes.grow}`} aria-labelledby="board-calls">
      <h2 className={classes.panelTitle} id="board-calls">
        {t('board.calls')}
        <span className={classes.panelNote}>{calls.length}</span>
      </h2>
      {calls.length === 0 ? (
        <EmptyState title={t('board.noCalls')}>{t('board.noCallsHelp')}</EmptyState>
      ) : (
        <div className={classes.scroll}>
          <table className={classes.table} aria-labelledby="board-calls">
            <thead>
              <tr>
                <th style={{ width: 28 }}>
                  <span className="visually-hidden">{t('board.direction')}</span>
                </th>
                <th style={{ width: 150 }}>{t('board.phase')}</th>
                <th className="num" style={{ width: 56 }}>
                  {t('board.time')}
                </th>
                <th>{t('board.customer')}</th>
                <th style={{ width: '19%' }}>{t('board.agent')}</th>
                <th style={{ width: '19%' }}>{t('board.place')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((call) => (
                <CallRow
                  key={call.callId}
                  call={call}
                  agentName={agentName(call, entities)}
                  place={placeName(call, entities)}
                />
              ))}
            </tbody>
          </table>
          {calls.length > shown.length ? (
            <p className={classes.panelNote}>
              {t('board.moreCalls', { count: calls.length - shown.length })}
            </p>
          ) : null}
        </div>
      )}
    </section>
  );
}

function agentName(call: CallView, entities: Props['entities']): string | null {
  const agent = call.agentId === null ? undefined : entities[`agent:${call.agentId}`];
  return agent?.kind === 'agent' ? agent.name : null;
}

function placeName(call: CallView, entities: Props['entities']): string | null {
  const place = entities[call.campaignId === null ? `queue:${call.queueId}` : `campaign:${call.campaignId}`];
  return place?.kind === 'campaign' || place?.kind === 'queue' ? place.name : null;
}

interface RowProps {
  readonly call: CallView;
  readonly agentName: string | null;
  readonly place: string | null;
}

const CallRow = memo(function CallRow({ call, agentName, place }: RowProps) {
  return (
    <tr data-testid={`call-row-${call.callId}`} data-phase={call.phase}>
      <td>
        <DirectionSign direction={call.direction} />
      </td>
      <td>
        <PhaseBadge phase={call.phase} size="small" />
      </td>
      <td className="num">
        <Timer since={call.since} />
      </td>
      <td className={classes.cut}>
        <Who call={call} />
      </td>
      <td className={classes.cut} title={agentName ?? ''}>
        {agentName}
      </td>
      <td className={classes.cut} title={place ?? ''}>
        {place}
      </td>
    </tr>
  );
});

/** The customer's name, opening the card, and the number. */
export function Who({ call }: { call: CallView }) {
  const phone = formatPhone(call.phone) || t('ui.noNumber');
  if (call.customerId === null) return <span className="figure">{phone}</span>;
  return (
    <>
      <Link to="/customers/$id" params={{ id: String(call.customerId) }} title={call.customerName ?? ''}>
        {call.customerName ?? t('ui.noName')}
      </Link>{' '}
      <span className={`figure ${classes.soft}`}>{phone}</span>
    </>
  );
}
