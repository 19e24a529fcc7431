import { IconEye, IconRecordMailOff, IconUsers } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { memo, type ReactNode } from 'react';
import type { AgentStateName, CallView, Entity } from '../../../server/live/schema.ts';
import { DirectionSign } from '../history/parts.tsx';
import { EmptyState, Key } from '../ui/feedback.tsx';
import { formatPhone } from '../ui/format.ts';
import { PhaseBadge, StateBadge } from '../ui/state.tsx';
import { Timer } from '../ui/timer.tsx';
import { t } from '../ui/words.ts';
import classes from './board.module.css';
import { CallActs } from './call-acts.tsx';

interface Props {
  readonly calls: readonly CallView[];
  readonly entities: Readonly<Record<string, Entity>>;
  readonly myId: number;
  readonly selected: string | null;
  readonly select: (callId: string) => void;
}

/** More rows than a screen can show tell nobody anything, and a robot campaign may have hundreds of calls at once. */
export const mostRows = 200;

/** Live calls, the oldest first: a new call is added below what is being read. */
export function CallsTable({ calls, entities, myId, selected, select }: Props) {
  const shown = calls.slice(0, mostRows);
  return (
    <section className={`${classes.panel} ${classes.grow} ${classes.calls}`} aria-labelledby="board-calls">
      <h2 className={classes.panelTitle} id="board-calls">
        {t('board.calls')}
        <span className={classes.panelNote}>{calls.length}</span>
        {calls.length > 0 ? <Keys /> : null}
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
                <th style={{ width: 164 }}>{t('board.phase')}</th>
                <th className="num" style={{ width: 64 }}>
                  {t('board.time')}
                </th>
                <th>{t('board.customer')}</th>
                <th style={{ width: '23%' }}>{t('board.agent')}</th>
                <th className={classes.wide} style={{ width: '15%' }}>
                  {t('board.place')}
                </th>
                <th style={{ width: 150 }}>{t('board.acts')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((call) => (
                <CallRow
                  key={call.callId}
                  call={call}
                  agentName={agentName(call, entities)}
                  place={placeName(call, entities)}
                  myId={myId}
                  selected={call.callId === selected}
                  select={select}
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

/** What the keys do to the row that is chosen. */
function Keys() {
  const keys = [
    ['↑↓', t('board.key.select')],
    ['L', t('board.key.listen')],
    ['W', t('board.key.whisper')],
    ['J', t('board.key.barge')],
    ['T', t('board.key.takeOver')],
    ['Del', t('board.key.end')],
  ] as const;
  return (
    <span className={classes.keys}>
      {keys.map(([key, word]) => (
        <span key={key}>
          <Key>{key}</Key> {word}
        </span>
      ))}
    </span>
  );
}

export function agentName(call: CallView, entities: Props['entities']): string | null {
  const agent = call.agentId === null ? undefined : entities[`agent:${call.agentId}`];
  return agent?.kind === 'agent' ? agent.name : null;
}

function placeName(call: CallView, entities: Props['entities']): string | null {
  const place = entities[call.campaignId === null ? `queue:${call.queueId}` : `campaign:${call.campaignId}`];
  return place?.kind === 'campaign' || place?.kind === 'queue' ? place.name : null;
}

/** Both sides of a call in words: "Анна Смирнова ↔ Иванов". */
export function sidesOf(call: CallView, agent: string | null): string {
  const customer = call.customerName ?? (formatPhone(call.phone) || t('ui.noNumber'));
  return agent === null ? customer : `${agent} ↔ ${customer}`;
}

interface RowProps {
  readonly call: CallView;
  readonly agentName: string | null;
  readonly place: string | null;
  readonly myId: number;
  readonly selected: boolean;
  readonly select: (callId: string) => void;
}

const CallRow = memo(function CallRow({ call, agentName, place, myId, selected, select }: RowProps) {
  const { callId, consult } = call;
  const third = consult === null ? null : consult.to === 'outside' ? formatPhone(consult.name) : consult.name;
  const agents = [agentName, third].filter(Boolean).join(' + ');
  return (
    <tr
      data-testid={`call-row-${callId}`}
      data-phase={call.phase}
      data-consult={consult?.step}
      data-recording={call.recording}
      aria-selected={selected}
      onClick={() => select(callId)}
    >
      <td>
        <DirectionSign direction={call.direction} />
      </td>
      <td className={classes.cut}>
        <Phase call={call} third={third} />
      </td>
      <td className="num">
        <Timer since={consult?.since ?? call.since} />
      </td>
      <td className={classes.cut}>
        <Who call={call} />
      </td>
      <td className={classes.cut} title={agents}>
        <Watchers call={call} myId={myId} />
        {agents}
      </td>
      <td className={`${classes.cut} ${classes.wide}`} title={place ?? ''}>
        {place}
      </td>
      <td className={classes.actsCell}>
        <CallActs
          call={call}
          who={sidesOf(call, agentName)}
          myId={myId}
          mode={call.watchers.find((w) => w.userId === myId)?.mode ?? null}
        />
      </td>
    </tr>
  );
});

const consultStates = {
  queued: 'hold',
  ringing: 'hold',
  private: 'hold',
  conference: 'talking',
} as const satisfies Record<string, AgentStateName>;

/** How far the call is; with a third party, how far that is. A silenced recording is told beside it. */
function Phase({ call, third }: { call: CallView; third: string | null }): ReactNode {
  const { consult, recording } = call;
  return (
    <span className={classes.phase} title={third ?? undefined}>
      {consult ? (
        <StateBadge
          state={consultStates[consult.step]}
          label={t(`board.consult.${consult.step}`)}
          size="small"
        />
      ) : (
        <PhaseBadge phase={call.phase} size="small" />
      )}
      {recording === 'paused' ? (
        <span
          className={classes.silenced}
          role="img"
          aria-label={t('board.recordingPaused')}
          title={t('board.recordingPaused')}
          data-testid={`silenced-${call.callId}`}
        >
          <IconRecordMailOff size={14} aria-hidden />
        </span>
      ) : null}
    </span>
  );
}

/** Who of the supervisors is on the call: each one's way is in the hover. */
function Watchers({ call, myId }: { call: CallView; myId: number }): ReactNode {
  if (call.watchers.length === 0) return null;
  const others = call.watchers.filter((w) => w.userId !== myId);
  const words = call.watchers.map((w) => t(`board.watching.${w.mode}`, { who: w.name })).join(', ');
  const Icon = call.watchers.some((w) => w.mode === 'barge') ? IconUsers : IconEye;
  return (
    <span
      className={classes.watchers}
      role="img"
      aria-label={words}
      title={words}
      data-mine={others.length < call.watchers.length}
      data-testid={`watchers-${call.callId}`}
    >
      <Icon size={14} aria-hidden />
      {call.watchers.length > 1 ? call.watchers.length : null}{' '}
    </span>
  );
}

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
