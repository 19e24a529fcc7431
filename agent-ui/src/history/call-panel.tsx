import { CloseButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { CallDetail } from '../../../server/calls/schema.ts';
import { dispositionName, useDispositions } from '../card/dispositions.ts';
import { PhoneNumber } from '../dial/phone-number.tsx';
import { RecordingPlayer } from '../recordings/recording-player.tsx';
import { ErrorNote, Key, Loading } from '../ui/feedback.tsx';
import { formatDuration, formatExact, formatPhone } from '../ui/format.ts';
import { useHotkeys } from '../ui/hotkeys.ts';
import { t, wordFor } from '../ui/words.ts';
import { callQuery } from './api.ts';
import { Acts, Legs, Results, Transfers } from './call-parts.tsx';
import { numberOf } from './calls-table.tsx';
import { eventFacts, eventWord, preciseTime } from './events.ts';
import classes from './panel.module.css';
import { DirectionSign } from './parts.tsx';

/** One call to the bottom: who, when, how it ended, its recording, legs with codes, and every event in order. */
export function CallPanel({ callId, close }: { callId: string; close: () => void }) {
  useHotkeys({ Escape: close });
  const { data: call, error, refetch } = useQuery(callQuery(callId));
  return (
    <aside
      className={classes.panel}
      aria-label={t('history.detail')}
      data-testid="call-panel"
      data-call-id={callId}
    >
      <header className={classes.head}>
        <h2 className={classes.title}>
          {call ? (
            <>
              <DirectionSign direction={call.direction} /> {call.customerName ?? numberOf(call)}
            </>
          ) : (
            t('history.detail')
          )}
        </h2>
        <Key>Esc</Key>
        <CloseButton aria-label={t('ui.close')} onClick={close} />
      </header>
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {call ? <Detail call={call} /> : error ? null : <Loading lines={10} />}
    </aside>
  );
}

function Detail({ call }: { call: CallDetail }) {
  const dispositions = useDispositions();
  const result = dispositions.find((one) => one.id === call.dispositionId);
  return (
    <div className={classes.body}>
      {call.customerId === null ? null : (
        <Link
          to="/customers/$id"
          params={{ id: String(call.customerId) }}
          className={classes.link}
          data-testid="call-customer"
        >
          {t('history.openCustomer')} →
        </Link>
      )}
      {call.fallback ? <p className={classes.note}>{t('history.fallback')}</p> : null}
      <dl className={classes.facts}>
        <Fact name={t('history.outcome')} testId="call-outcome">
          <strong>{call.outcome ? wordFor('outcome', call.outcome) : t('history.inProgress')}</strong>
        </Fact>
        <Fact name={t('history.codes')} testId="call-codes">
          {codes(call)}
        </Fact>
        <Fact name={t('history.phone')}>
          <PhoneNumber phone={call.phone} customerId={call.customerId} otherwise={numberOf(call)} />
        </Fact>
        <Fact name={t('history.calledNumber')}>{formatPhone(call.calledNumber) || call.calledNumber}</Fact>
        <Fact name={t('history.place')}>{call.campaignName ?? call.queueName}</Fact>
        <Fact name={t('history.agent')}>{call.agentName}</Fact>
        <Fact name={t('history.offered')}>{formatExact(call.offeredAt)}</Fact>
        <Fact name={t('history.queued')}>{call.queuedAt ? preciseTime(call.queuedAt) : null}</Fact>
        <Fact name={t('history.answered')}>{call.answeredAt ? preciseTime(call.answeredAt) : null}</Fact>
        <Fact name={t('history.wait')}>{call.waitMs === null ? null : formatDuration(call.waitMs)}</Fact>
        <Fact name={t('history.talk')}>{call.talkMs ? formatDuration(call.talkMs) : null}</Fact>
        <Fact name={t('history.ended')}>{call.endedAt ? formatExact(call.endedAt) : null}</Fact>
        <Fact name={t('history.hungUpBy')}>{call.hungUpBy ? wordFor('hungUpBy', call.hungUpBy) : null}</Fact>
        <Fact name={t('history.result')} testId="call-result">
          {result ? dispositionName(result) : call.dispositionName}
        </Fact>
        <Fact name={t('history.noteText')}>{call.note}</Fact>
      </dl>
      {call.hasRecording ? <RecordingPlayer callId={call.callId} /> : null}
      <Transfers call={call} />
      <Results call={call} />
      <Legs call={call} />
      <Acts call={call} />
      <Events call={call} />
      <p className={classes.technical}>
        {t('history.technical')}: <code>{call.callId}</code>
      </p>
    </div>
  );
}

/** A line of the facts; a fact that there is none of takes no place. */
function Fact({ name, children, testId }: { name: string; children: ReactNode; testId?: string }) {
  if (children === null || children === '') return null;
  return (
    <>
      <dt>{name}</dt>
      <dd data-testid={testId}>{children}</dd>
    </>
  );
}

function codes(of: { sipCode: number | null; cause: number | null }): string | null {
  const parts = [
    of.sipCode ? t('history.sip', { code: of.sipCode }) : null,
    of.cause ? t('history.cause', { cause: of.cause }) : null,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(', ') : null;
}

function Events({ call }: { call: CallDetail }) {
  return (
    <section aria-labelledby="events">
      <h3 id="events" className={classes.subtitle}>
        {t('history.events')}
      </h3>
      {call.events.length === 0 ? <p className="muted">{t('history.noEvents')}</p> : null}
      <ol className={classes.events}>
        {call.events.map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: append-only and in order: the place is the identity
          <li key={index} data-testid="call-event" data-type={event.type}>
            <time className="figure" dateTime={event.at}>
              {preciseTime(event.at)}
            </time>
            <div>
              {eventWord(event.type)}
              <span className={classes.eventFacts}>{eventFacts(event.data)}</span>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
