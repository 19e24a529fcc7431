import { ActionIcon, Button } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { z } from 'zod';
import { type CallRow, callRowSchema } from '../../../server/calls/schema.ts';
import { CustomerPicker } from '../card/customer-picker.tsx';
import { dispositionName, useDispositions } from '../card/dispositions.ts';
import { mayDial } from '../dial/dial.ts';
import { CallButton } from '../dial/phone-number.tsx';
import { send } from '../live/client.ts';
import { type MyWork, useConnection } from '../live/hooks.ts';
import { phone, usePhone } from '../softphone/phone.ts';
import type { PhoneState } from '../softphone/phone-port.ts';
import { EmptyState, ErrorNote, Loading } from '../ui/feedback.tsx';
import { formatDuration, formatPhone } from '../ui/format.ts';
import { api } from '../ui/http.ts';
import { tellDone, tellRefusal } from '../ui/notices.ts';
import { queries } from '../ui/queries.ts';
import { useUser } from '../ui/session.ts';
import { Ago } from '../ui/timer.tsx';
import { hasWords, t, type WordKey, wordFor } from '../ui/words.ts';
import classes from './desk.module.css';
import { legOf } from './legs.ts';
import type { OwedResult } from './owed-result.ts';
import { PreviewLead } from './preview-lead.tsx';
import { situationOf } from './situation.ts';

/** The left column: what to do now, with its reason; what was done; and, in the demo, a customer to play. */
export function Today({
  work,
  visible,
  onPick,
  onOwed,
}: {
  work: MyWork;
  visible: boolean;
  onPick: (customerId: number) => void;
  onOwed: (owed: OwedResult) => void;
}) {
  const me = useUser();
  const phoneState = usePhone();
  const { status } = useConnection();
  return (
    <aside className={classes.today}>
      <section className={classes.next} aria-live="polite" data-testid="next-step">
        <h2 className={classes.heading}>{t('desk.today')}</h2>
        {phoneState.problem ? (
          <PhoneTrouble state={phoneState} />
        ) : (
          <p>{t(nextStep(work, phoneState, status === 'up'))}</p>
        )}
      </section>
      {work.preview || (work.agent && work.agent.campaignIds.length > 0) ? (
        <PreviewLead work={work} visible={visible} />
      ) : null}
      <RecentCalls
        agentId={me.id}
        busy={work.agent?.callId ?? work.wrapUp?.callId ?? null}
        wrapped={work.wrapUp?.callId ?? null}
        onPick={onPick}
        onOwed={onOwed}
      />
      {me.demo ? <DemoCall /> : null}
    </aside>
  );
}

/** The sentence for what the agent should do now. */
function nextStep(work: MyWork, phoneState: PhoneState, connected: boolean): WordKey {
  const { agent, aside } = work;
  const leg = legOf(phoneState, work.call?.callId ?? null);
  if (!connected && leg) return 'desk.do.fallback';
  if (!agent) return 'desk.do.loading';
  const situation = situationOf(work, leg !== null && leg.stage !== 'ringing');
  const key = `desk.do.${situation}`;
  if (situation !== null && hasWords(key)) return key;
  if (aside && situation === null) return 'desk.do.aside';
  return `desk.do.${agent.state}`;
}

function PhoneTrouble({ state }: { state: PhoneState }) {
  if (!state.problem) return null;
  return (
    <div className={classes.trouble} role="alert" data-testid="phone-trouble" data-problem={state.problem}>
      <strong>{t(`phone.problem.${state.problem}`)}</strong>
      <p>{t(`phone.problem.${state.problem}.do`)}</p>
      {state.certificateUrl ? (
        <a href={state.certificateUrl} target="_blank" rel="noreferrer">
          {t('phone.problem.wssLink')}
        </a>
      ) : null}
      <Button variant="default" onClick={() => phone.retry()}>
        {t('ui.retry')}
      </Button>
    </div>
  );
}

interface RecentProps {
  readonly agentId: number;
  readonly busy: string | null;
  /** Its result is being asked for already. */
  readonly wrapped: string | null;
  readonly onPick: (customerId: number) => void;
  readonly onOwed: (owed: OwedResult) => void;
}

function RecentCalls(props: RecentProps) {
  const calls = useQuery({
    queryKey: ['calls', 'mine', props.agentId],
    queryFn: () => api(`/api/calls?agentId=${props.agentId}&limit=20`, z.array(callRowSchema)),
  });
  // A call is over: its row is written within a second or so.
  useEffect(() => {
    if (props.busy !== null) return;
    const later = setTimeout(() => void queries.invalidateQueries({ queryKey: ['calls', 'mine'] }), 1500);
    return () => clearTimeout(later);
  }, [props.busy]);
  const dispositions = useDispositions();
  const said = (call: CallRow): string => {
    const result = dispositions.find((one) => one.id === call.dispositionId);
    if (result) return dispositionName(result);
    return call.outcome ? wordFor('outcome', call.outcome) : '';
  };
  return (
    <section className={classes.recent}>
      <h2 className={classes.heading}>{t('desk.recent')}</h2>
      {calls.isPending ? <Loading lines={4} height={34} /> : null}
      {calls.error ? <ErrorNote error={calls.error} retry={() => void calls.refetch()} /> : null}
      {calls.data?.length === 0 ? (
        <EmptyState title={t('desk.noRecent')}>{t('desk.noRecentText')}</EmptyState>
      ) : null}
      <ul className={classes.recentList}>
        {calls.data?.map((c) => (
          <li key={c.callId} className={classes.recentItem}>
            <button
              type="button"
              className={classes.recentCall}
              disabled={c.customerId === null}
              data-testid="recent-call"
              onClick={() => c.customerId !== null && props.onPick(c.customerId)}
            >
              <span className={classes.recentName}>{nameOf(c)}</span>
              <span className={classes.recentFacts}>
                <span>{said(c)}</span>
                {c.talkMs ? <span className="figure">{formatDuration(c.talkMs)}</span> : null}
                <Ago at={c.offeredAt} />
              </span>
            </button>
            {c.talkMs && c.dispositionId === null && c.callId !== props.wrapped ? (
              <ActionIcon
                variant="subtle"
                size={22}
                onClick={() => props.onOwed({ callId: c.callId, customerId: c.customerId, name: nameOf(c) })}
                aria-label={t('desk.giveResult')}
                title={t('desk.giveResult')}
                data-testid="give-result"
              >
                <IconPencil size={14} />
              </ActionIcon>
            ) : null}
            {c.phone !== null && mayDial() ? <CallButton phone={c.phone} customerId={c.customerId} /> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function nameOf(call: CallRow): string {
  return call.customerName ?? (formatPhone(call.phone) || t('ui.noNumber'));
}

function DemoCall() {
  const call = async (customerId: number): Promise<void> => {
    const answer = await send({ type: 'demo.callHotline', customerId });
    if (answer.ok) tellDone(t('desk.demoCalled'));
    else tellRefusal(answer);
  };
  return (
    <section className={classes.demo}>
      <CustomerPicker
        label={t('desk.demoCall')}
        placeholder={t('desk.demoPick')}
        onPick={(hit) => void call(hit.id)}
        testId="demo-call"
      />
    </section>
  );
}
