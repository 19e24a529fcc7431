import { IconArrowBarToDown, IconEar, IconMessage2, IconPhoneOff, IconUsersPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { CallView, WatchMode } from '../../../server/live/schema.ts';
import { t } from '../ui/words.ts';
import classes from './board.module.css';
import { pressTwice, useArmed } from './press-twice.ts';
import { endCall, supervise, type Wish } from './supervise.ts';

/** What a supervisor can do to a live call, each with its key (KeyboardEvent.code). */
export const callActs = {
  listen: { code: 'KeyL', key: 'L', icon: IconEar },
  whisper: { code: 'KeyW', key: 'W', icon: IconMessage2 },
  barge: { code: 'KeyJ', key: 'J', icon: IconUsersPlus },
  takeOver: { code: 'KeyT', key: 'T', icon: IconArrowBarToDown },
  end: { code: 'Delete', key: 'Del', icon: IconPhoneOff },
} as const;
export type CallAct = keyof typeof callActs;
export const callActNames = Object.keys(callActs) as CallAct[];

/** Nobody can be heard yet or any more. */
const deaf: readonly CallView['phase'][] = ['greeting', 'ended'];

/** May this be done to the call now? The server has the last word. */
export function mayDo(act: CallAct, call: CallView, myId: number): boolean {
  if (call.phase === 'ended') return false;
  if (act === 'end') return true;
  if (call.agentId === myId || call.consult?.agentId === myId) return false;
  return act !== 'takeOver' || !deaf.includes(call.phase);
}

/** Does it: at once what can be undone by leaving, at the second press what takes the call from somebody. */
export function doToCall(act: CallAct, callId: string, who: string): void {
  if (act === 'end') return pressTwice(`end ${callId}`, () => void endCall(callId));
  const start = (wish: Wish) => () => void supervise({ callId, wish, who });
  if (act === 'takeOver') return pressTwice(`takeOver ${callId}`, start(act));
  start(act)();
}

interface Props {
  readonly call: CallView;
  readonly who: string;
  readonly myId: number;
  /** How I am on this call. */
  readonly mode: WatchMode | null;
}

/** The five buttons of a row, which a press also chooses. One that waits for its second press takes their place, wherever the pointer is. */
export function CallActs({ call, who, myId, mode }: Props): ReactNode {
  const armed = useArmed();
  const act = callActNames.find((one) => armed === `${one} ${call.callId}`);
  if (act) {
    return (
      <button
        type="button"
        className={classes.armed}
        onClick={() => doToCall(act, call.callId, who)}
        data-testid={`${act}-${call.callId}`}
        title={callActs[act].key}
        data-armed
      >
        {t(`board.again.${act as 'takeOver' | 'end'}`)}
      </button>
    );
  }
  return (
    <span className={classes.acts}>
      {callActNames.map((one) => {
        const { icon: Icon, key } = callActs[one];
        const name = t(`board.act.${one}`);
        return (
          <button
            key={one}
            type="button"
            className={classes.act}
            disabled={!mayDo(one, call, myId)}
            aria-label={`${name}: ${who}`}
            aria-pressed={one === mode}
            title={`${name} (${key})`}
            data-stop={one === 'end'}
            onClick={() => doToCall(one, call.callId, who)}
            data-testid={`${one}-${call.callId}`}
          >
            <Icon size={16} stroke={1.8} aria-hidden />
          </button>
        );
      })}
    </span>
  );
}
