import {
  IconArrowForwardUp,
  IconArrowsExchange,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhone,
  IconPhoneOff,
  IconPlayerPause,
  IconPlayerPlay,
  IconRecordMail,
} from '@tabler/icons-react';
import { type MyWork, useConnection } from '../live/hooks.ts';
import { rememberParting } from '../softphone/partings.ts';
import { phone, usePhone } from '../softphone/phone.ts';
import { useHotkeys } from '../ui/hotkeys.ts';
import { t } from '../ui/words.ts';
import classes from './call-panel.module.css';
import { Control } from './control.tsx';
import { Keypad } from './keypad.tsx';
import { legOf } from './legs.ts';
import { useOrder } from './orders.ts';
import { expectRing } from './taken.ts';

interface Props {
  readonly work: MyWork;
  /** Opens and closes the choice of whom to transfer to. */
  readonly transfer: () => void;
  readonly transferring: boolean;
}

/** Eight controls that never move: what cannot be used is greyed. Their keys act on every page. */
export function Controls({ work, transfer, transferring }: Props) {
  const { call, part, aside, waiting, wrapUp } = work;
  const phoneState = usePhone();
  const { muted } = phoneState;
  const up = useConnection().status === 'up';
  const { sending, order } = useOrder();
  const callId = call && call.phase !== 'ended' ? call.callId : null;
  const leg = legOf(phoneState, callId);
  // Hold and silence may be pressed while another order is on its way: they name what is wanted, so twice does no harm, and a
  // key pressed right after F4 is for the call that comes back.
  const own = callId !== null && part === 'own' && up;
  const talking = call?.phase === 'talking' || call?.phase === 'held';

  const answer = leg?.stage === 'ringing' ? () => phone.answer(leg.legId) : null;
  const hangUp =
    callId !== null && up
      ? () => void order({ type: part === 'watching' ? 'supervise.unwatch' : 'call.hangUp', callId })
      : // A kept-up leg without a call is not a call: it stays.
        leg && (leg.callId !== null || !up)
        ? () => {
            const parted = callId ?? leg.callId;
            if (parted !== null) rememberParting(parted);
            phone.hangUp(leg.legId);
          }
        : null;
  const held = call?.phase === 'held' && call.consult === null;
  const hold =
    own && talking && call.consult === null
      ? () => void order({ type: held ? 'call.resume' : 'call.hold', callId })
      : null;
  const mute = leg?.stage === 'up' ? () => phone.setMuted(!muted) : null;
  const mayTransfer = own && talking && call.consult === null ? transfer : null;
  const paused = call?.recording === 'paused';
  const record =
    own && call && call.recording !== 'off'
      ? () => void order({ type: paused ? 'call.resumeRecording' : 'call.pauseRecording', callId })
      : null;
  const [first] = waiting;
  const other =
    !up || sending || (call !== null && callId !== null && !(own && talking && call.consult === null))
      ? null
      : aside && callId !== null
        ? () => void order({ type: 'call.swap' })
        : first
          ? () => {
              expectRing(first.callId);
              void order({ type: 'call.takeWaiting', callId: first.callId });
            }
          : null;
  useHotkeys({
    F2: answer,
    F3: other,
    F4: hangUp,
    F6: mayTransfer,
    F8: hold,
    F9: mute,
    F10: record,
  });
  return (
    <div className={classes.controls}>
      <Control name="answer" act={answer} keyName="F2" icon={<IconPhone size={16} />} tone="go">
        {t('desk.answer')}
      </Control>
      <Control name="hang-up" act={hangUp} keyName="F4" icon={<IconPhoneOff size={16} />} tone="stop">
        {t(
          call?.phase === 'dialling'
            ? 'desk.cancelDial'
            : part === 'asked' || part === 'watching'
              ? 'desk.leave'
              : 'desk.hangUp',
        )}
      </Control>
      <Control
        name="hold"
        act={hold}
        keyName="F8"
        on={held}
        icon={held ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
      >
        {held ? t('desk.resume') : t('desk.hold')}
      </Control>
      <Control
        name="mute"
        act={mute}
        keyName="F9"
        on={muted}
        icon={muted ? <IconMicrophoneOff size={16} /> : <IconMicrophone size={16} />}
      >
        {muted ? t('desk.unmute') : t('desk.mute')}
      </Control>
      <Control
        name="transfer"
        act={mayTransfer}
        keyName="F6"
        on={transferring}
        icon={<IconArrowForwardUp size={16} />}
      >
        {t('desk.transfer')}
      </Control>
      <Keypad callId={leg?.stage === 'up' && talking ? callId : null} />
      <Control
        name="other-call"
        act={other}
        keyName="F3"
        icon={<IconArrowsExchange size={16} />}
        {...(first && !aside ? { tone: 'go' as const } : {})}
      >
        {t(first && !aside ? 'desk.take' : 'desk.swap')}
      </Control>
      <Control
        name="record"
        act={record}
        keyName="F10"
        on={paused}
        icon={<IconRecordMail size={16} />}
        {...(paused ? { tone: 'warn' as const } : {})}
      >
        {t(`desk.recording.${wrapUp && callId === null ? 'off' : (call?.recording ?? 'off')}`)}
      </Control>
    </div>
  );
}
