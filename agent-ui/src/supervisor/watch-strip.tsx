import { IconMicrophone, IconMicrophoneOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { type CallView, type WatchMode, watchModes } from '../../../server/live/schema.ts';
import { useNames } from '../desk/team.ts';
import { useMe } from '../live/hooks.ts';
import { useTab } from '../live/tab.ts';
import { LevelBar } from '../softphone/level-bar.tsx';
import { phone, usePhone } from '../softphone/phone.ts';
import { Key } from '../ui/feedback.tsx';
import { useHotkeys } from '../ui/hotkeys.ts';
import { useUser } from '../ui/session.ts';
import { Timer } from '../ui/timer.tsx';
import { t } from '../ui/words.ts';
import { callActs, doToCall, mayDo } from './call-acts.tsx';
import { sidesOf } from './calls-table.tsx';
import { useArmed } from './press-twice.ts';
import { cancelStart, leaveCall, type Starting, useStarting } from './supervise.ts';
import classes from './watch-strip.module.css';

/**
 * What the supervisor is doing on somebody's call, at the foot of every page: whom he hears, who hears him, and the ways on. `keys`:
 * its letters act; on the board they belong to the row that is chosen.
 */
export function WatchStrip({ keys }: { keys: boolean }) {
  const { call, part, agent } = useMe();
  const starting = useStarting();
  const on = part === 'watching' && call !== null && call.phase !== 'ended' ? call : null;
  if (starting && starting.callId !== on?.callId) return <Start starting={starting} />;
  if (on === null || agent === null) return null;
  return <Watching call={on} since={agent.state === 'talking' ? agent.since : null} keys={keys} />;
}

/** Until he is on the call: what it waits for, and what is wrong with his phone. */
function Start({ starting }: { starting: Starting }) {
  const { status, problem, certificateUrl } = usePhone();
  const tab = useTab();
  useHotkeys({ Escape: cancelStart });
  const ready = status === 'online' || tab === 'elsewhere';
  return (
    <section className={classes.strip} aria-live="polite" data-testid="watch-starting" data-problem={problem}>
      <span className={classes.what}>
        {t(`watch.starting.${starting.wish}`)} <strong>{starting.who}</strong>
      </span>
      {problem ? (
        <span className={classes.trouble} role="alert">
          {t(`phone.problem.${problem}`)} {t(`phone.problem.${problem}.do`)}{' '}
          {certificateUrl ? (
            <a href={certificateUrl} target="_blank" rel="noreferrer">
              {t('phone.problem.wssLink')}
            </a>
          ) : null}
        </span>
      ) : (
        <span className={classes.note}>{t(ready ? 'watch.connecting' : 'watch.turningOn')}</span>
      )}
      <span className={classes.end}>
        {problem ? (
          <button type="button" className={classes.button} onClick={() => phone.retry()}>
            {t('ui.retry')}
          </button>
        ) : null}
        <button type="button" className={classes.button} onClick={cancelStart} data-testid="watch-cancel">
          {t('ui.cancel')} <Key>Esc</Key>
        </button>
      </span>
    </section>
  );
}

function Watching({ call, since, keys }: { call: CallView; since: string | null; keys: boolean }) {
  const { id: myId } = useUser();
  const nameOf = useNames();
  const { legs, muted } = usePhone();
  const tab = useTab();
  const armed = useArmed();
  const { callId } = call;
  const agent = call.agentId === null ? null : nameOf(call.agentId);
  const who = sidesOf(call, agent);
  const mode = call.watchers.find((w) => w.userId === myId)?.mode ?? 'listen';
  const up = since !== null && (tab === 'elsewhere' || legs.some((leg) => leg.stage === 'up'));
  const speaks = mode !== 'listen';
  const leave = (): void => void leaveCall(callId);
  const mute = (): void => phone.setMuted(!muted);
  useHotkeys({
    Escape: leave,
    F9: up && speaks && mute,
    ...Object.fromEntries(
      watchModes.map((one) => [callActs[one].code, keys && (() => doToCall(one, callId, who))]),
    ),
    [callActs.takeOver.code]:
      keys && mayDo('takeOver', call, myId) && (() => doToCall('takeOver', callId, who)),
  });
  const taking = armed === `takeOver ${callId}`;
  return (
    <section
      className={classes.strip}
      aria-label={t('watch.strip')}
      data-testid="watch-strip"
      data-mode={mode}
      data-up={up}
      data-call-id={callId}
    >
      <span className={classes.what}>
        {t(`watch.doing.${mode}`)} <strong>{who}</strong> {since === null ? null : <Timer since={since} />}
      </span>
      <fieldset className={classes.modes} aria-label={t('watch.modes')}>
        {watchModes.map((one) => (
          <ModeButton key={one} mode={one} now={mode} go={() => doToCall(one, callId, who)} />
        ))}
      </fieldset>
      <span className={classes.end}>
        <button
          type="button"
          className={classes.button}
          disabled={!mayDo('takeOver', call, myId)}
          data-armed={taking}
          onClick={() => doToCall('takeOver', callId, who)}
          data-testid="watch-take-over"
        >
          {t(taking ? 'board.again.takeOver' : 'board.act.takeOver')} <Key>T</Key>
        </button>
        <button type="button" className={classes.button} onClick={leave} data-testid="watch-leave">
          {t('watch.leave')} <Key>Esc</Key>
        </button>
      </span>
      <span className={classes.row} />
      <span className={classes.heard} aria-live="polite" data-testid="watch-heard">
        {up ? heardBy(mode, agent) : t('watch.connecting')}
      </span>
      {up && speaks && tab !== 'elsewhere' ? (
        <span className={classes.voice}>
          <button
            type="button"
            className={classes.button}
            aria-pressed={muted}
            onClick={mute}
            title={t(muted ? 'watch.unmute' : 'watch.mute')}
            aria-label={t(muted ? 'watch.unmute' : 'watch.mute')}
            data-testid="watch-mute"
          >
            {muted ? <IconMicrophoneOff size={15} /> : <IconMicrophone size={15} />} <Key>F9</Key>
          </button>
          <span className={classes.level}>
            <LevelBar make={phone.meter} label={t('phone.level')} testId="watch-level" />
          </span>
        </span>
      ) : null}
    </section>
  );
}

function ModeButton({ mode, now, go }: { mode: WatchMode; now: WatchMode; go: () => void }): ReactNode {
  const { icon: Icon, key } = callActs[mode];
  return (
    <button
      type="button"
      className={classes.mode}
      aria-pressed={mode === now}
      disabled={mode === now}
      onClick={go}
      data-testid={`watch-${mode}`}
    >
      <Icon size={15} aria-hidden /> {t(`board.act.${mode}`)} <Key>{key}</Key>
    </button>
  );
}

function heardBy(mode: WatchMode, agent: string | null): string {
  if (mode !== 'whisper') return t(`watch.heard.${mode}`);
  return agent === null ? t('watch.heard.nobodyYet') : t('watch.heard.whisper', { agent });
}
