import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { refreshCard } from '../card/card-query.ts';
import { CustomerCard } from '../card/customer-card.tsx';
import { useMe } from '../live/hooks.ts';
import { EmptyState } from '../ui/feedback.tsx';
import { t } from '../ui/words.ts';
import { useAttention } from './attention.ts';
import { CallPanel } from './call-panel.tsx';
import classes from './desk.module.css';
import { candidatesOf, popShown, popTaken, unforce, useDeskState } from './desk-state.ts';
import { HandoverNotes } from './handover-notes.tsx';
import type { OwedResult } from './owed-result.ts';
import { subjectOf } from './subject.ts';
import { useAnswerTaken } from './taken.ts';
import { Today } from './today.tsx';
import { Candidates, NoMatch } from './who.tsx';

/** The agent's one window: what to do, the card, the call. */
export function Desk({ visible }: { visible: boolean }) {
  const work = useMe();
  const desk = useDeskState();
  const { pop, forced } = desk;
  const subject = subjectOf({ ...work, pop });
  const navigate = useNavigate();
  // A customer opened from the list; a new call takes the place back.
  const [picked, setPicked] = useState<{ customerId: number; during: string | null } | null>(null);
  const [owed, setOwed] = useState<OwedResult | null>(null);
  const callId = subject?.callId ?? null;
  const mine = picked && picked.during === callId ? picked.customerId : null;
  const customerId = mine ?? subject?.customerId ?? null;

  useEffect(() => {
    if (forced) void navigate({ to: '/desk' }).then(unforce);
  }, [forced, navigate]);
  useAttention(work.call, work.waiting[0] ?? null);
  useAnswerTaken();
  useRefreshAfterCall(work.call?.callId ?? null, work.wrapUp?.callId ?? null, subject?.customerId ?? null);

  const popId = pop?.callId ?? null;
  const shown = useCallback(() => {
    if (popId !== null) popShown(popId);
  }, [popId]);
  const liveId = work.call?.callId ?? null;
  useEffect(() => {
    if (liveId === null) return;
    popTaken(liveId);
    setOwed(null); // a new call has the form; what was written about the old one stays with it
  }, [liveId]);
  const nobody = customerId === null && callId !== null;
  useLayoutEffect(() => {
    if (nobody) shown();
  }, [nobody, shown]);

  const candidates = candidatesOf(desk, callId);
  const notes = work.call && work.call.callId === callId ? <HandoverNotes call={work.call} /> : null;
  return (
    <div className={classes.desk} data-testid="desk">
      <Today
        work={work}
        visible={visible}
        onPick={(id) => setPicked({ customerId: id, during: callId })}
        onOwed={setOwed}
      />
      <div className={classes.middle}>
        {customerId !== null ? (
          <CustomerCard
            customerId={customerId}
            linePhone={work.call && mine === null ? (subject?.phone ?? null) : null}
            active={visible}
            onShown={shown}
          >
            {notes}
            {candidates.length > 1 && callId !== null ? (
              <Candidates callId={callId} candidates={candidates} chosen={subject?.customerId ?? null} />
            ) : null}
          </CustomerCard>
        ) : callId !== null ? (
          <NoMatch callId={callId} phone={subject?.phone ?? null} candidates={candidates}>
            {notes}
          </NoMatch>
        ) : (
          <EmptyState title={t('desk.emptyCard')}>{t('desk.emptyCardText')}</EmptyState>
        )}
      </div>
      <CallPanel work={work} callId={callId} visible={visible} owed={owed} forget={() => setOwed(null)} />
    </div>
  );
}

/** After a call or its wrap-up has ended, the history is written within a second or so: then the card is read again. */
function useRefreshAfterCall(
  callId: string | null,
  wrapUpId: string | null,
  customerId: number | null,
): void {
  const running = callId ?? wrapUpId;
  const last = useRef<number | null>(null);
  useEffect(() => {
    if (running !== null) {
      last.current = customerId;
      return;
    }
    const id = last.current;
    last.current = null;
    if (id === null) return;
    refreshCard(id);
    setTimeout(() => refreshCard(id), 2500);
  }, [running, customerId]);
}
