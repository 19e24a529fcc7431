import { Button, Menu, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { type FormEvent, useDeferredValue, useState } from 'react';
import { z } from 'zod';
import { type Card, type TimelineEntry, timelineEntrySchema } from '../../../server/customers/schema.ts';
import { EmptyState, ErrorNote, Key, Loading } from '../ui/feedback.tsx';
import { useHotkeys } from '../ui/hotkeys.ts';
import { api } from '../ui/http.ts';
import { readKept, writeKept } from '../ui/kept.ts';
import { tellRefusal } from '../ui/notices.ts';
import { t, wordFor } from '../ui/words.ts';
import { refreshCard } from './card-query.ts';
import classes from './timeline.module.css';
import { TimelineRow } from './timeline-row.tsx';

type Kind = TimelineEntry['kind'];

/** Kinds with a key of their own; the others stand behind "more". */
const keyed: readonly { kind: Kind; key: string }[] = [
  { kind: 'call', key: 'C' },
  { kind: 'note', key: 'N' },
  { kind: 'payment', key: 'P' },
  { kind: 'invoice', key: 'I' },
  { kind: 'promise', key: 'O' },
  { kind: 'complaint', key: 'G' },
];
const others: readonly Kind[] = ['letter', 'sms', 'visit', 'task'];
const pageSize = 30;
const firstRows = 8;

/** Everything that happened with this customer, newest first. */
export function Timeline({ card, active }: { card: Card; active: boolean }) {
  const [chosen, setChosen] = useState<{ of: number; kind: Kind | null; more: boolean } | null>(null);
  // A filter belongs to its customer. (No `key` on this component: drawing it anew would cost each pop some ms.)
  const { kind, more } = chosen?.of === card.id ? chosen : { kind: null, more: false };
  const newest = card.timeline;
  const lastShown = newest.at(-1)?.id;
  const older = useInfiniteQuery({
    queryKey: ['timeline', card.id, kind ?? 'all', kind === null ? lastShown : 0],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(pageSize) });
      if (pageParam) query.set('before', String(pageParam));
      if (kind) query.set('kind', kind);
      return api(`/api/customers/${card.id}/timeline?${query}`, z.array(timelineEntrySchema), { signal });
    },
    initialPageParam: kind === null ? lastShown : undefined,
    getNextPageParam: (page) => (page.length < pageSize ? undefined : page.at(-1)?.id),
    enabled: kind !== null || more,
  });
  const fetched = older.data?.pages.flat() ?? [];
  const entries = kind === null ? [...newest, ...(more ? fetched : [])] : fetched;
  const choose = (next: Kind | null): void => setChosen({ of: card.id, kind: next, more: false });
  const showAll = (): void => choose(null);
  // What fits the window is drawn with the card, the rest right after: the phone waits for the first only.
  const whole = useDeferredValue(card.id, -1) === card.id;
  const drawn = whole ? entries : entries.slice(0, firstRows);
  useHotkeys(
    active
      ? {
          KeyA: showAll,
          ...Object.fromEntries(keyed.map(({ kind, key }) => [`Key${key}`, () => choose(kind)])),
        }
      : {},
  );
  const canGrow = kind === null && !more ? newest.length >= 20 : older.hasNextPage;
  return (
    <section className={classes.timeline} aria-label={t('card.timeline')}>
      <div className={classes.filters} role="toolbar" aria-label={t('card.timeline')}>
        <Filter on={kind === null} keyName="A" onClick={() => choose(null)}>
          {t('card.all')}
        </Filter>
        {keyed.map((f) => (
          <Filter key={f.kind} on={kind === f.kind} keyName={f.key} onClick={() => choose(f.kind)}>
            {wordFor('card.kind', f.kind)}
          </Filter>
        ))}
        <Menu>
          <Menu.Target>
            <button
              type="button"
              className={classes.filter}
              data-on={(kind && others.includes(kind)) || undefined}
            >
              {kind && others.includes(kind) ? wordFor('card.kind', kind) : t('card.moreKinds')}
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {others.map((o) => (
              <Menu.Item key={o} onClick={() => choose(o)}>
                {wordFor('card.kind', o)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </div>
      <NewNote key={card.id} customerId={card.id} />
      <ol className={classes.rows} data-testid="timeline">
        {drawn.map((entry) => (
          <TimelineRow key={entry.id} entry={entry} />
        ))}
        {older.isFetching ? <Loading lines={3} height={36} /> : null}
        {older.error ? <ErrorNote error={older.error} retry={() => void older.refetch()} /> : null}
        {entries.length === 0 && !older.isFetching && !older.error ? (
          kind === null ? (
            <EmptyState title={t('card.emptyTimeline')}>{t('card.emptyTimelineText')}</EmptyState>
          ) : (
            <EmptyState title={t('card.emptyKind')} />
          )
        ) : null}
        {canGrow && !older.isFetching ? (
          <Button
            variant="subtle"
            fullWidth
            onClick={() =>
              kind === null && !more
                ? setChosen({ of: card.id, kind, more: true })
                : void older.fetchNextPage()
            }
          >
            {t('ui.more')}
          </Button>
        ) : null}
      </ol>
    </section>
  );
}

function Filter(props: { on: boolean; keyName: string; onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      className={classes.filter}
      data-on={props.on || undefined}
      aria-pressed={props.on}
      onClick={props.onClick}
    >
      {props.children} <Key>{props.keyName}</Key>
    </button>
  );
}

function NewNote({ customerId }: { customerId: number }) {
  const draft = `note.${customerId}`;
  const [text, setText] = useState(() => readKept<string>(draft) ?? '');
  const write = (next: string): void => {
    setText(next);
    writeKept(draft, next === '' ? null : next);
  };
  const save = useMutation({
    mutationFn: (note: string) =>
      api(`/api/customers/${customerId}/notes`, timelineEntrySchema, {
        method: 'POST',
        body: { text: note },
      }),
    onSuccess: () => {
      write('');
      refreshCard(customerId);
    },
    onError: tellRefusal,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== '' && !save.isPending) save.mutate(text);
  };
  return (
    <form className={classes.newNote} onSubmit={submit}>
      <TextInput
        aria-label={t('card.addNote')}
        placeholder={t('card.addNote')}
        maxLength={4000}
        value={text}
        disabled={save.isPending}
        onChange={(e) => write(e.currentTarget.value)}
        data-testid="new-note"
      />
    </form>
  );
}
