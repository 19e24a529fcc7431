import { IconEye } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { CallView, ConsultView, WaitingView } from '../../../server/live/schema.ts';
import type { MyWork } from '../live/my-work.ts';
import { useNow } from '../ui/clock.ts';
import { Key } from '../ui/feedback.tsx';
import { formatDuration, formatPhone } from '../ui/format.ts';
import { useHotkeys } from '../ui/hotkeys.ts';
import { Timer } from '../ui/timer.tsx';
import { t } from '../ui/words.ts';
import { useOrder } from './orders.ts';
import { useNames } from './team.ts';
import classes from './transfer.module.css';

/** A paused recording goes on by itself after so long (the call's own limit for a silence). */
const silenceMs = 180_000;

/** Between controls and script: who else is on this call, who waits, what lies aside. They take room from the script alone. */
export function Strips({ work }: { work: MyWork }) {
  const { call, part, aside, waiting } = work;
  const live = call && call.phase !== 'ended' ? call : null;
  const [next] = waiting;
  const busy = live?.consult != null;
  return (
    <div aria-live="polite">
      {live?.consult && part === 'own' ? <OwnConsult call={live} consult={live.consult} /> : null}
      {live?.consult && part === 'asked' ? <Asked call={live} consult={live.consult} /> : null}
      {next ? <Waiting next={next} more={waiting.length - 1} brief={busy} /> : null}
      {aside ? (
        <Strip tone="hold" testId="aside-call">
          <span className={`${classes.text} ${classes.line}`}>
            {t('desk.aside')} <strong>{nameOf(aside)}</strong>
          </span>
          <span className={classes.fixed}>
            {t(`phase.${aside.phase}`)} <Timer since={aside.since} />
          </span>
          {busy ? null : <Key>F3</Key>}
        </Strip>
      ) : null}
      {live?.recording === 'paused' && part === 'own' ? <Silence call={live} /> : null}
      {live && part !== 'watching' && live.watchers.length > 0 ? <Watchers watchers={live.watchers} /> : null}
    </div>
  );
}

function Strip(props: {
  tone: 'talk' | 'wait' | 'warn' | 'hold' | 'quiet';
  testId: string;
  step?: string;
  children: ReactNode;
}) {
  return (
    <div className={classes.strip} data-tone={props.tone} data-testid={props.testId} data-step={props.step}>
      {props.children}
    </div>
  );
}

function nameOf(call: { customerName: string | null; phone: string | null }): string {
  return call.customerName ?? (formatPhone(call.phone) || t('ui.noNumber'));
}

function Act(props: {
  name: string;
  keyName: string;
  main?: boolean;
  act: (() => void) | null;
  children: string;
}) {
  return (
    <button
      type="button"
      className={classes.act}
      data-main={props.main || undefined}
      disabled={props.act === null}
      onClick={() => props.act?.()}
      data-testid={props.name}
    >
      {props.children} <Key>{props.keyName}</Key>
    </button>
  );
}

/** The agent who asked: who it is, how far it is, and the three ways on. */
function OwnConsult({ call, consult }: { call: CallView; consult: ConsultView }) {
  const { sending, order } = useOrder();
  const { callId } = call;
  const talking = consult.step === 'private' || consult.step === 'conference';
  const cancel = sending ? null : () => void order({ type: 'call.cancelConsult', callId });
  const connect = sending ? null : () => void order({ type: 'call.completeTransfer', callId });
  const together =
    sending || consult.step !== 'private' ? null : () => void order({ type: 'call.conference', callId });
  useHotkeys({ F6: connect, 'Shift+F6': cancel, 'Shift+F8': together });
  const conference = consult.step === 'conference';
  const who = consult.to === 'outside' ? formatPhone(consult.name) || consult.name : consult.name;
  return (
    <Strip tone={talking ? 'talk' : 'wait'} testId="consult" step={consult.step}>
      <span className={`${classes.text} ${classes.whole}`}>
        <strong>{conference ? t('desk.three', { who: nameOf(call), third: who }) : who}</strong>{' '}
        <Timer since={consult.since} />
        <br />
        {t(`desk.consult.${consult.step}`)}
      </span>
      <span className={classes.acts}>
        <Act name="consult-complete" keyName="F6" main act={connect}>
          {t(conference ? 'desk.leave' : talking ? 'desk.connect' : 'transfer.blind')}
        </Act>
        {conference ? null : (
          <Act name="consult-conference" keyName="⇧F8" act={together}>
            {t('desk.conference')}
          </Act>
        )}
        <Act name="consult-cancel" keyName="⇧F6" act={cancel}>
          {t(conference ? 'desk.dropThird' : 'desk.backToCustomer')}
        </Act>
      </span>
    </Strip>
  );
}

/** The colleague who was asked: by whom, and whether the customer hears. */
function Asked({ call, consult }: { call: CallView; consult: ConsultView }) {
  const nameOfAgent = useNames();
  const asker = nameOfAgent(call.agentId);
  return (
    <Strip tone={consult.step === 'ringing' ? 'wait' : 'talk'} testId="asked" step={consult.step}>
      <span className={classes.text}>
        <strong>
          {consult.step === 'conference'
            ? t('desk.three', { who: nameOf(call), third: asker })
            : t('desk.asks', { who: asker })}
        </strong>{' '}
        <Timer since={consult.since} />
        <br />
        {t(consult.step === 'conference' ? 'desk.asked.conference' : 'desk.asked.private')}
      </span>
    </Strip>
  );
}

/** Who waits for him alone. Beside a consultation there is room for one line. */
function Waiting({ next, more, brief }: { next: WaitingView; more: number; brief: boolean }) {
  const nameOfAgent = useNames();
  return (
    <Strip tone="wait" testId="waiting-call">
      <span className={`${classes.text} ${classes.line}`}>
        {t('desk.waitsForYou')} <strong>{nameOf(next)}</strong>
      </span>
      <span className={classes.fixed}>
        <Timer since={next.since} />
      </span>
      {brief ? null : <Key>F3</Key>}
      {brief || (next.fromAgentId === null && more === 0) ? null : (
        <span className={classes.from}>
          {[
            next.fromAgentId === null ? null : t('desk.fromAgent', { who: nameOfAgent(next.fromAgentId) }),
            more > 0 ? t('desk.moreWaiting', { count: more }) : null,
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      )}
    </Strip>
  );
}

/** Card data are being said: how long nothing is recorded, and that it does not stay so. */
function Silence({ call }: { call: CallView }) {
  const now = useNow();
  const since = call.recordingPausedAt ? Date.parse(call.recordingPausedAt) : null;
  return (
    <Strip tone="warn" testId="recording-paused">
      <span className={`${classes.text} ${classes.line}`}>
        <strong>
          {t('desk.recordingPaused')}{' '}
          {since === null ? null : <span className="figure">{formatDuration(now - since)}</span>}
        </strong>{' '}
        {since === null
          ? t('desk.recordingResumesSoon')
          : t('desk.recordingResumes', { time: formatDuration(since + silenceMs - now) })}
      </span>
      <Key>F10</Key>
    </Strip>
  );
}

/** Who of the supervisors is on the call, and how. */
function Watchers({ watchers }: { watchers: CallView['watchers'] }) {
  return (
    <Strip tone="quiet" testId="watchers">
      <IconEye size={14} aria-hidden />
      <span className={classes.text}>
        {watchers.map((w) => t(`desk.watch.${w.mode}`, { who: w.name })).join(', ')}
      </span>
    </Strip>
  );
}
