import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { cardQuery } from '../card/card-query.ts';
import { PhoneNumber } from '../dial/phone-number.tsx';
import { useConnection } from '../live/hooks.ts';
import type { MyWork } from '../live/my-work.ts';
import { usePhone } from '../softphone/phone.ts';
import { TalkQuality } from '../softphone/voice-figures.tsx';
import { formatPhone } from '../ui/format.ts';
import { StateBadge } from '../ui/state.tsx';
import { Timer } from '../ui/timer.tsx';
import { hasWords, t, wordFor } from '../ui/words.ts';
import classes from './call-panel.module.css';
import { legOf } from './legs.ts';
import { type Situation, situationColours, situationOf } from './situation.ts';

/** Who is on the line, what is going on and for how long. Four lines that keep their height. */
export function CallHead({ work }: { work: MyWork }) {
  const { call, wrapUp } = work;
  const customerId = wrapUp?.customerId ?? null;
  const card = useQuery({ ...cardQuery(customerId ?? 0), enabled: customerId !== null });
  const leg = legOf(usePhone(), call?.phase === 'ended' ? null : (call?.callId ?? null));
  const { status } = useConnection();
  const picked = leg !== null && leg.stage !== 'ringing';
  const situation = situationOf(work, picked);
  let who: string | null = null;
  let badge: ReactNode = <StateBadge state="offline" label={t('desk.idle')} testId="call-state" />;
  let since: string | null = null;
  let kind: ReactNode = null;
  if (situation !== null && (call === null || situation === 'wrapUp')) {
    badge = <StateBadge state="wrapUp" testId="call-state" />;
    who = card.data?.name ?? null;
    kind = wrapUp ? <TalkQuality callId={wrapUp.callId} /> : null;
  } else if (call && situation !== null) {
    who = call.customerName ?? (formatPhone(call.phone) || t('ui.noNumber'));
    badge = <StateBadge state={situationColours[situation]} label={word(situation)} testId="call-state" />;
    since = call.since;
    kind = (
      <>
        {wordFor('direction', call.direction)}
        {call.customerName && call.phone ? (
          <>
            {' · '}
            <PhoneNumber phone={call.phone} customerId={call.customerId} onCall={null} />
          </>
        ) : null}
      </>
    );
  } else if (leg && (leg.callId !== null || status !== 'up') && !wrapUp) {
    // The exchange is quicker than the server, or there is no server at the moment.
    who = leg.fromName || formatPhone(leg.fromNumber) || leg.fromNumber || t('ui.noNumber');
    badge = <StateBadge state={leg.stage === 'ringing' ? 'ringing' : 'talking'} testId="call-state" />;
    since = new Date(leg.since).toISOString();
    kind = status === 'up' ? null : t('desk.do.fallback');
  }
  return (
    <header className={classes.head}>
      <div className={classes.row}>
        {badge}
        <span className={classes.timer}>{since ? <Timer since={since} testId="call-timer" /> : null}</span>
      </div>
      <div className={classes.who} data-testid="call-who">
        {who}
      </div>
      <div className={`${classes.kind} muted`}>{kind}</div>
    </header>
  );
}

function word(situation: Situation): string {
  const key = `situation.${situation}`;
  return hasWords(key) ? t(key) : wordFor('phase', situation);
}
