import { Button, Textarea, TextInput } from '@mantine/core';
import { type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { lastNumbers, rememberNumber } from '../dial/dial.ts';
import { useTopic } from '../live/hooks.ts';
import { Key } from '../ui/feedback.tsx';
import { formatPhone } from '../ui/format.ts';
import { readKept } from '../ui/kept.ts';
import { useUser } from '../ui/session.ts';
import { StateBadge } from '../ui/state.tsx';
import { Timer } from '../ui/timer.tsx';
import { t } from '../ui/words.ts';
import { useOrder } from './orders.ts';
import classes from './transfer.module.css';
import { type Choice, transferChoices } from './transfer-choices.ts';

interface Props {
  readonly callId: string;
  readonly close: () => void;
}

/** Whom to hand the call to: arrows choose, Enter asks first, Ctrl+Enter hands over at once, Esc goes back. */
export function TransferPicker({ callId, close }: Props) {
  const me = useUser();
  const team = useTopic('team');
  const [query, setQuery] = useState('');
  const [chosenKey, setChosenKey] = useState<string | null>(null);
  // What he has written about the talk so far goes along, if he likes.
  const [note, setNote] = useState(() => readKept<{ note: string }>(`result.${callId}`)?.note ?? '');
  const { sending, order } = useOrder();
  const list = useRef<HTMLDivElement>(null);
  const [recent] = useState(() => lastNumbers().map((one) => one.number));
  const choices = useMemo(
    () => transferChoices({ team, myId: me.id, query, lastNumbers: recent }),
    [team, me.id, query, recent],
  );
  // The choice is a person, not a place in the list: news from the team do not move it.
  const chosen = choices.find((c) => c.key === chosenKey) ?? choices[0] ?? null;
  const chosenAt = chosen ? choices.indexOf(chosen) : -1;
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  });

  const go = async (type: 'call.consult' | 'call.transfer'): Promise<void> => {
    if (!chosen || sending || (type === 'call.consult' ? chosen.notConsult : chosen.notBlind)) return;
    if (!(await order({ type, callId, target: chosen.target, note: note.trim() }))) return;
    if (chosen.target.kind === 'outside') rememberNumber(chosen.target.phone, null);
    close();
  };
  const keys = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const inNote = event.target instanceof HTMLTextAreaElement;
    if (event.key === 'Escape') close();
    else if (event.code.endsWith('Enter') && !event.shiftKey) {
      if (event.target instanceof HTMLButtonElement && !event.ctrlKey) return;
      void go(event.ctrlKey ? 'call.transfer' : 'call.consult');
    } else if (step && !inNote) {
      setChosenKey(choices[Math.min(choices.length - 1, Math.max(0, chosenAt + step))]?.key ?? null);
    } else return;
    event.preventDefault();
  };
  return (
    <section
      className={classes.picker}
      aria-label={t('transfer.title')}
      data-testid="transfer-picker"
      onKeyDown={keys}
    >
      <TextInput
        data-autofocus
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="transfer-choices"
        aria-activedescendant={chosen ? `choice-${chosen.key}` : undefined}
        aria-label={t('transfer.search')}
        placeholder={t('transfer.search')}
        rightSection={<Key>Esc</Key>}
        rightSectionWidth={44}
        maxLength={40}
        value={query}
        onChange={(e) => {
          setQuery(e.currentTarget.value);
          setChosenKey(null);
        }}
        data-testid="transfer-search"
      />
      <div
        ref={list}
        id="transfer-choices"
        role="listbox"
        className={classes.choices}
        aria-label={t('transfer.title')}
      >
        {choices.map((choice, i) => (
          <Row
            key={choice.key}
            choice={choice}
            heading={choices[i - 1]?.group !== choice.group}
            chosen={choice === chosen}
            choose={() => setChosenKey(choice.key)}
          />
        ))}
        {choices.length === 0 ? <p className={classes.nobody}>{t('transfer.nobody')}</p> : null}
      </div>
      <p className={classes.advice} role="status" data-testid="transfer-advice">
        {chosen ? advice(chosen) : null}
      </p>
      <Textarea
        rows={2}
        maxLength={4000}
        label={t('transfer.note')}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
        data-testid="transfer-note"
      />
      <div className={classes.buttons}>
        <Button
          px={6}
          disabled={!chosen || chosen.notConsult !== null || sending}
          rightSection={<Key>Enter</Key>}
          onClick={() => void go('call.consult')}
          data-testid="transfer-consult"
        >
          {t('transfer.consult')}
        </Button>
        <Button
          px={6}
          variant="default"
          disabled={!chosen || chosen.notBlind !== null || sending}
          rightSection={<Key>Ctrl Enter</Key>}
          onClick={() => void go('call.transfer')}
          data-testid="transfer-blind"
        >
          {t('transfer.blind')}
        </Button>
      </div>
    </section>
  );
}

/** What will happen, or why it cannot. */
function advice(choice: Choice): string {
  if (choice.notBlind) return t(`transfer.not.${choice.notBlind}`);
  if (choice.waits) return t('transfer.willWait');
  if (choice.notConsult) return t(`transfer.not.${choice.notConsult}`);
  return t(choice.group === 'numbers' ? 'transfer.doOutside' : 'transfer.do');
}

interface RowProps {
  readonly choice: Choice;
  readonly heading: boolean;
  readonly chosen: boolean;
  readonly choose: () => void;
}

function Row({ choice, heading, chosen, choose }: RowProps) {
  const { agent, queue } = choice;
  return (
    <>
      {heading ? (
        <div role="presentation" className={classes.group}>
          {t(`transfer.group.${choice.group}`)}
        </div>
      ) : null}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys belong to the field above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field above (aria-activedescendant) */}
      <div
        id={`choice-${choice.key}`}
        role="option"
        aria-selected={chosen}
        className={classes.choice}
        onClick={choose}
        data-testid="transfer-choice"
        data-key={choice.key}
      >
        <span className={classes.name}>
          {choice.group === 'numbers' ? formatPhone(choice.label) : choice.label}
        </span>
        {agent ? (
          <>
            <span className="muted">{agent.state === 'offline' ? null : <Timer since={agent.since} />}</span>
            <StateBadge state={agent.state} size="small" />
          </>
        ) : null}
        {queue ? (
          <span className="muted figure">
            {queue.free === undefined
              ? t('transfer.queueWaiting', { waiting: queue.waiting })
              : t('transfer.queue', { waiting: queue.waiting, free: queue.free })}
          </span>
        ) : null}
      </div>
    </>
  );
}
