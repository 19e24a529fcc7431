import { Button, CloseButton, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { WrapUpView } from '../../../server/live/schema.ts';
import { cardQuery } from '../card/card-query.ts';
import { dispositionName, useDispositions } from '../card/dispositions.ts';
import { send } from '../live/client.ts';
import { serverNow, useNow } from '../ui/clock.ts';
import { Key } from '../ui/feedback.tsx';
import { formatDuration, formatShort } from '../ui/format.ts';
import { useHotkeys } from '../ui/hotkeys.ts';
import { readKept, writeKept } from '../ui/kept.ts';
import { tellDone, tellRefusal } from '../ui/notices.ts';
import { queries } from '../ui/queries.ts';
import { t } from '../ui/words.ts';
import { instantOf, sameClock, wallClock } from '../ui/zone.ts';
import classes from './call-panel.module.css';
import { useOrder } from './orders.ts';
import type { OwedResult } from './owed-result.ts';

interface Draft {
  readonly dispositionId: number | null;
  readonly note: string;
  /** The customer's wall clock: YYYY-MM-DDTHH:MM, '' when none. */
  readonly callbackWall: string;
}
const blank: Draft = { dispositionId: null, note: '', callbackWall: '' };

interface Props {
  /** The call that a result can be given for; null: none, everything is greyed. */
  readonly callId: string | null;
  readonly wrapUp: WrapUpView | null;
  readonly customerId: number | null;
  readonly visible: boolean;
  /** Set when it is about a call that is long over. */
  readonly owed: OwedResult | null;
  /** Back from that one to what is going on. */
  readonly forget: () => void;
}

/** What came of the call. The draft belongs to its call and survives a refresh until it is saved. */
export function ResultForm({ callId, wrapUp, customerId, visible, owed, forget }: Props) {
  const key = `result.${callId}`;
  const [draft, setDraft] = useState<Draft>(() => (callId ? { ...blank, ...readKept<Draft>(key) } : blank));
  const [sending, setSending] = useState(false);
  const note = useRef<HTMLTextAreaElement>(null);
  const dispositions = useDispositions();
  const card = useQuery({ ...cardQuery(customerId ?? 0), enabled: customerId !== null });
  const zone = card.data?.timeZone;
  const chosen = dispositions.find((d) => d.id === draft.dispositionId);
  const callbackAt = draft.callbackWall === '' ? null : instantOf(draft.callbackWall, zone);
  const disabled = callId === null || sending;

  const change = (part: Partial<Draft>): void => {
    if (callId === null) return;
    const next = { ...draft, ...part };
    setDraft(next);
    writeKept(key, next);
  };

  const lacks = ((): string | null => {
    if (!chosen) return t('desk.needResult');
    if (!chosen.needsCallbackAt) return null;
    if (callbackAt === null) return t('desk.needCallback');
    return callbackAt <= serverNow() ? t('desk.callbackPast') : null;
  })();

  const save = async (): Promise<void> => {
    if (callId === null || !chosen || lacks !== null || sending) return;
    setSending(true);
    const answer = await send({
      type: 'call.result',
      callId,
      dispositionId: chosen.id,
      note: draft.note,
      callbackAt: chosen.needsCallbackAt && callbackAt !== null ? new Date(callbackAt).toISOString() : null,
      finish: wrapUp !== null,
    });
    setSending(false);
    if (!answer.ok) return tellRefusal(answer);
    if (wrapUp || owed) writeKept(key, null);
    if (owed) {
      forget();
      void queries.invalidateQueries({ queryKey: ['calls', 'mine'] });
    }
    tellDone(t('desk.saved'));
  };

  const writeNote = (): void => note.current?.focus();
  const keys: Record<string, () => void> = {};
  for (const d of dispositions) {
    if (d.hotkey !== null) keys[`Digit${d.hotkey}`] = () => change({ dispositionId: d.id });
  }
  useHotkeys(visible && !disabled ? { ...keys, KeyE: writeNote, 'Ctrl+Enter': () => void save() } : {});
  return (
    <section className={classes.result} aria-label={t('desk.result')} data-testid="result">
      <h2 className={classes.heading}>
        <span className={classes.of}>{owed ? t('desk.resultOf', { who: owed.name }) : t('desk.result')}</span>
        {owed ? (
          <CloseButton size="sm" aria-label={t('ui.close')} onClick={forget} data-testid="forget-owed" />
        ) : null}
        {wrapUp?.endsAt ? <EndsIn wrapUp={wrapUp} at={wrapUp.endsAt} /> : null}
      </h2>
      <div className={classes.dispositions}>
        {dispositions.map((d) => (
          <button
            key={d.id}
            type="button"
            className={classes.disposition}
            disabled={disabled}
            aria-pressed={d.id === draft.dispositionId}
            onClick={() => change({ dispositionId: d.id })}
            data-testid={`result-${d.key}`}
            title={dispositionName(d)}
          >
            {d.hotkey !== null ? <Key>{d.hotkey}</Key> : null}
            <span>{dispositionName(d)}</span>
          </button>
        ))}
      </div>
      <Textarea
        ref={note}
        rows={2}
        maxLength={4000}
        label={
          <>
            {t('desk.note')} <Key>E</Key>
          </>
        }
        disabled={callId === null}
        value={draft.note}
        onChange={(e) => change({ note: e.currentTarget.value })}
        onKeyDown={(e) => {
          if (e.key === 'Escape') e.currentTarget.blur(); // back to the keys 1-9
        }}
        data-testid="note"
      />
      <Callback
        enabled={!disabled && chosen?.needsCallbackAt === true}
        wall={draft.callbackWall}
        at={callbackAt}
        zone={zone}
        onChange={(callbackWall) => change({ callbackWall })}
      />
      <Button
        fullWidth
        size="sm"
        disabled={disabled || lacks !== null}
        loading={sending}
        rightSection={<Key>Ctrl Enter</Key>}
        onClick={() => void save()}
        data-testid="save"
      >
        {callId !== null && lacks !== null ? lacks : wrapUp ? t('desk.saveFinish') : t('desk.save')}
      </Button>
    </section>
  );
}

/** In the last seconds the countdown asks to be seen. */
const lastSecondsMs = 10_000;

function EndsIn({ wrapUp, at }: { wrapUp: WrapUpView; at: string }) {
  const left = Date.parse(at) - useNow();
  const { sending, order } = useOrder();
  const extend =
    wrapUp.extendable && !sending ? () => void order({ type: 'wrapUp.extend', callId: wrapUp.callId }) : null;
  useHotkeys({ F8: extend });
  return (
    <span className={classes.endsIn} data-last={left < lastSecondsMs || undefined} data-testid="wrap-up-left">
      <span className="figure" title={t('desk.endsByItself')}>
        {t('desk.endsIn', { time: formatDuration(left) })}
      </span>
      <button
        type="button"
        className={classes.extend}
        disabled={extend === null}
        onClick={() => extend?.()}
        title={t(wrapUp.extendable ? 'desk.extend' : 'desk.noExtend')}
        data-testid="extend-wrap-up"
      >
        {t('desk.extend')} <Key>F8</Key>
      </button>
    </span>
  );
}

interface CallbackProps {
  readonly enabled: boolean;
  readonly wall: string;
  readonly at: number | null;
  readonly zone: string | undefined;
  readonly onChange: (wall: string) => void;
}

/** When to call back, in the customer's own time, with one's own beside it when the clocks differ. */
function Callback({ enabled, wall, at, zone, onChange }: CallbackProps) {
  const past = at !== null && at <= serverNow();
  const differs = zone !== undefined && !sameClock(zone, serverNow());
  const tomorrow = (): string => `${wallClock(serverNow() + 86_400_000, zone).slice(0, 10)}T10:00`;
  return (
    <div className={classes.callback}>
      <div className={classes.callbackLine}>
        <label htmlFor="callback-at">{t('desk.callbackAt')}</label>
        <button
          type="button"
          disabled={!enabled}
          onClick={() => onChange(wallClock(serverNow() + 3_600_000, zone))}
        >
          {t('desk.inAnHour')}
        </button>
        <button type="button" disabled={!enabled} onClick={() => onChange(tomorrow())}>
          {t('desk.tomorrow')}
        </button>
      </div>
      <div className={classes.callbackLine}>
        <input
          id="callback-at"
          type="datetime-local"
          value={wall}
          disabled={!enabled}
          onChange={(e) => onChange(e.currentTarget.value)}
          data-testid="callback-at"
        />
        <span className="figure muted">
          {enabled && past
            ? t('desk.callbackPast')
            : at !== null && differs
              ? t('desk.callbackAtOwn', { time: formatShort(new Date(at)) })
              : t('desk.callbackTheirs')}
        </span>
      </div>
    </div>
  );
}
