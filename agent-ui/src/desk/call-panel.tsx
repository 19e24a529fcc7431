import { useState } from 'react';
import type { MyWork } from '../live/my-work.ts';
import { t } from '../ui/words.ts';
import { CallHead } from './call-head.tsx';
import classes from './call-panel.module.css';
import { Controls } from './controls.tsx';
import { scriptOf, useDeskState } from './desk-state.ts';
import type { OwedResult } from './owed-result.ts';
import { ResultForm } from './result-form.tsx';
import { Strips } from './strips.tsx';
import { TransferPicker } from './transfer-picker.tsx';

/** The right column: who, state, timer, controls, script, result. Its parts never move; what cannot be used is greyed. */
export function CallPanel({
  work,
  callId,
  visible,
  owed,
  forget,
}: {
  work: MyWork;
  callId: string | null;
  visible: boolean;
  /** He wants to say now what came of an earlier call. */
  owed: OwedResult | null;
  forget: () => void;
}) {
  const { call, part, wrapUp, preview } = work;
  const desk = useDeskState();
  const scriptText = preview && !call && !wrapUp ? preview.scriptText : scriptOf(desk, callId)?.text;
  const live = call && ['talking', 'held', 'recovering'].includes(call.phase) ? call : null;
  // A result can be given from the first word until the wrap-up ends; who only watches says nothing.
  const open = owed?.callId ?? wrapUp?.callId ?? (part === 'watching' ? null : (live?.callId ?? null));
  // The choice belongs to its call, and to the time before somebody has been chosen.
  const [choosingFor, setChoosingFor] = useState<string | null>(null);
  const choosing = live && part === 'own' && live.consult === null && choosingFor === live.callId;
  const closePicker = (): void => setChoosingFor(null);
  return (
    <aside
      className={classes.panel}
      aria-label={t('desk.call')}
      data-testid="call-panel"
      data-call-id={callId ?? ''}
    >
      <CallHead work={work} />
      <Controls
        work={work}
        transferring={choosing === true}
        transfer={() => setChoosingFor(choosing || !live ? null : live.callId)}
      />
      <Strips work={work} />
      <div className={classes.rest}>
        {choosing && visible ? (
          <TransferPicker key={`to ${live.callId}`} callId={live.callId} close={closePicker} />
        ) : null}
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
          wrapUp={owed ? null : wrapUp}
          owed={owed}
          forget={forget}
          visible={visible && !choosing}
          customerId={(owed ?? (open === wrapUp?.callId ? wrapUp : call))?.customerId ?? null}
        />
      </div>
    </aside>
  );
}
