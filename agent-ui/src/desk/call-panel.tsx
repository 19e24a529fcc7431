import { Button, Popover } from '@mantine/core';
import {
  IconGridDots,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhone,
  IconPhoneOff,
  IconPlayerPause,
  IconPlayerPlay,
} from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import type { Command } from '../../../server/live/schema.ts';
import { send } from '../live/client.ts';
import { type MyWork, useConnection } from '../live/hooks.ts';
import { rememberParting } from '../softphone/partings.ts';
import { phone, usePhone } from '../softphone/phone.ts';
import { Key } from '../ui/feedback.tsx';
import { formatPhone } from '../ui/format.ts';
import { useHotkeys } from '../ui/hotkeys.ts';
import { tellRefusal } from '../ui/notices.ts';
import { PhaseBadge, StateBadge } from '../ui/state.tsx';
import { Timer } from '../ui/timer.tsx';
import { t, wordFor } from '../ui/words.ts';
import classes from './call-panel.module.css';
import { useDeskState } from './desk-state.ts';
import { ResultForm } from './result-form.tsx';

/** The right column: who, state, timer, controls, script, result. Its parts never move; what cannot be used is greyed. */
export function CallPanel({
  work,
  callId,
  visible,
}: {
  work: MyWork;
  callId: string | null;
  visible: boolean;
}) {
  const { call, wrapUp, preview } = work;
  const { pop, script } = useDeskState();
  const scriptText =
    preview && !call && !wrapUp ? preview.scriptText : pop?.callId === callId ? script?.text : undefined;
  // A result can be given from the first word until the wrap-up ends.
  const open =
    wrapUp?.callId ?? (call && ['talking', 'held', 'recovering'].includes(call.phase) ? call.callId : null);
  return (
    <aside
      className={classes.panel}
      aria-label={t('desk.call')}
      data-testid="call-panel"
      data-call-id={callId ?? ''}
    >
      <CallHead work={work} />
      <Controls work={work} />
      <section className={classes.script} data-testid="script">
        <h2 className={classes.heading}>{t('desk.script')}</h2>
        {scriptText ? (
          <div className={classes.scriptText}>{scriptText}</div>
        ) : (
          <p className="muted">{t('desk.noScript')}</p>
        )}
      </section>
      <ResultForm
        key={open ?? 'none'}
        callId={open}
        wrapUp={wrapUp}
        visible={visible}
        customerId={call?.customerId ?? wrapUp?.customerId ?? null}
      />
    </aside>
  );
}

function CallHead({ work: { call, wrapUp } }: { work: MyWork }) {
  const { leg } = usePhone();
  const { status } = useConnection();
  let who: string | null = null;
  let badge: ReactNode = <StateBadge state="offline" label={t('desk.idle')} testId="call-state" />;
  let since: string | null = null;
  let kind: string | null = null;
  if (call) {
    who = call.customerName ?? (formatPhone(call.phone) || t('ui.noNumber'));
    // He has picked up, and the recording notice is still being played to the customer.
    const joining = call.phase === 'ringing' && leg && leg.stage !== 'ringing';
    badge = joining ? (
      <StateBadge state="ringing" label={t('desk.joining')} testId="call-state" />
    ) : (
      <PhaseBadge phase={call.phase} testId="call-state" />
    );
    since = call.since;
    kind = `${wordFor('direction', call.direction)}${call.customerName && call.phone ? ` · ${formatPhone(call.phone)}` : ''}`;
  } else if (leg && (leg.callId !== null || status !== 'up') && !wrapUp) {
    // The exchange is quicker than the server, or there is no server at the moment.
    who = leg.fromName || formatPhone(leg.fromNumber) || leg.fromNumber || t('ui.noNumber');
    badge = <StateBadge state={leg.stage === 'ringing' ? 'ringing' : 'talking'} testId="call-state" />;
    since = new Date(leg.since).toISOString();
    kind = status === 'up' ? null : t('desk.do.fallback');
  } else if (wrapUp) {
    badge = <StateBadge state="wrapUp" testId="call-state" />;
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

function Controls({ work: { call } }: { work: MyWork }) {
  const { leg, muted } = usePhone();
  const { status } = useConnection();
  const [sending, setSending] = useState(false);
  const order = async (command: Command): Promise<boolean> => {
    setSending(true);
    const answer = await send(command);
    setSending(false);
    if (!answer.ok) tellRefusal(answer);
    return answer.ok;
  };
  const answer = leg?.stage === 'ringing' ? () => phone.answer() : null;
  const live = call && call.phase !== 'ended';
  const hangUp =
    live && status === 'up'
      ? () => void order({ type: 'call.hangUp', callId: call.callId })
      : // A kept-up leg without a call is not a call: it stays.
        leg && (leg.callId !== null || status !== 'up')
        ? () => {
            const callId = call?.callId ?? leg.callId;
            if (callId !== null) rememberParting(callId);
            phone.hangUp();
          }
        : null;
  const held = call?.phase === 'held';
  const hold =
    call && (held || call.phase === 'talking') && status === 'up'
      ? () => void order({ type: held ? 'call.resume' : 'call.hold', callId: call.callId })
      : null;
  const mute = leg?.stage === 'up' ? () => phone.setMuted(!muted) : null;
  useHotkeys({ F2: answer, F4: hangUp, F8: !sending && hold, F9: mute });
  return (
    <div className={classes.controls}>
      <Control name="answer" act={answer} keyName="F2" icon={<IconPhone size={18} />} tone="go">
        {t('desk.answer')}
      </Control>
      <Control name="hang-up" act={hangUp} keyName="F4" icon={<IconPhoneOff size={18} />} tone="stop">
        {t('desk.hangUp')}
      </Control>
      <Control
        name="hold"
        act={sending ? null : hold}
        keyName="F8"
        on={held}
        icon={held ? <IconPlayerPlay size={18} /> : <IconPlayerPause size={18} />}
      >
        {held ? t('desk.resume') : t('desk.hold')}
      </Control>
      <Control
        name="mute"
        act={mute}
        keyName="F9"
        on={muted}
        icon={muted ? <IconMicrophoneOff size={18} /> : <IconMicrophone size={18} />}
      >
        {muted ? t('desk.unmute') : t('desk.mute')}
      </Control>
      <Keypad enabled={leg?.stage === 'up'} />
    </div>
  );
}

interface ControlProps {
  readonly name: string;
  readonly act: (() => void) | null;
  readonly keyName: string;
  readonly icon: ReactNode;
  readonly on?: boolean;
  readonly tone?: 'go' | 'stop';
  readonly children: string;
}

function Control({ name, act, keyName, icon, on, tone, children }: ControlProps) {
  return (
    <button
      type="button"
      className={classes.control}
      disabled={act === null}
      aria-pressed={on}
      data-tone={tone}
      data-testid={name}
      onClick={() => act?.()}
    >
      {icon}
      <span>{children}</span>
      <Key>{keyName}</Key>
    </button>
  );
}

const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

function Keypad({ enabled }: { enabled: boolean }) {
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={classes.control}
          disabled={!enabled}
          aria-label={t('desk.keypad')}
          data-testid="keypad"
        >
          <IconGridDots size={18} />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={classes.keypad}>
          {digits.map((d) => (
            <Button key={d} variant="default" size="sm" onClick={() => phone.sendDtmf(d)}>
              {d}
            </Button>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
