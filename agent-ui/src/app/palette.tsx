import { Spotlight, spotlight } from '@mantine/spotlight';
import { IconArrowRight, IconPhoneCall, IconUser } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { flushSync } from 'react-dom';
import { z } from 'zod';
import { customerHitSchema } from '../../../server/customers/schema.ts';
import { pauseReasons } from '../../../server/live/schema.ts';
import { dial, lastNumbers, mayDial } from '../dial/dial.ts';
import { guessPhone } from '../dial/numbers.ts';
import { send } from '../live/client.ts';
import { openPhoneSettings } from '../softphone/settings-open.ts';
import { formatAmount, formatPhone } from '../ui/format.ts';
import { api } from '../ui/http.ts';
import { tellRefusal } from '../ui/notices.ts';
import { mayWatch, useUser } from '../ui/session.ts';
import { t, wordFor } from '../ui/words.ts';
import { pagesFor } from './pages-for.ts';

/** Drawn and focused before the next key comes: a letter typed right after Ctrl+K must not go anywhere else. */
export function openPalette(): void {
  flushSync(() => spotlight.open());
  document.querySelector<HTMLElement>('[data-testid="palette-search"]')?.focus();
}

/** Redial: the palette with the last number chosen, so that Enter rings it. */
export function openRedial(): void {
  openPalette();
  document.querySelector('[data-testid="palette-dial"]')?.setAttribute('data-selected', 'true');
}

const shownNumbers = 5;
const shownHits = 3;

/** Ctrl+K: customers by name, number, account or tax number; a number to ring; sections; the agent's own state. */
export function Palette() {
  const me = useUser();
  const watches = mayWatch(me);
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const q = query.trim();
  const found = useQuery({
    queryKey: ['customers', 'palette', q],
    queryFn: ({ signal }) =>
      api(`/api/customers?q=${encodeURIComponent(q)}&limit=8`, z.array(customerHitSchema), { signal }),
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
  });
  const actions = [
    ...pagesFor(watches).map((page) => ({
      id: page.to,
      label: t('app.paletteGo', { page: t(page.word) }),
      act: () => void navigate({ to: page.to }),
    })),
    { id: 'phone', label: t('phone.settings'), act: openPhoneSettings },
    ...(watches
      ? []
      : [
          { id: 'ready', label: t('app.ready'), act: () => order({ type: 'agent.ready' }) },
          ...pauseReasons.map((reason) => ({
            id: reason,
            label: `${t('app.pause')}: ${wordFor('pause', reason)}`,
            act: () => order({ type: 'agent.pause', reason }),
          })),
        ]),
  ].filter((action) => action.label.toLowerCase().includes(q.toLowerCase()));
  const hits = q.length >= 2 ? (found.data ?? []) : [];
  const typed = guessPhone(q);
  const numbers: Ringable[] = !mayDial()
    ? []
    : typed !== null
      ? [
          {
            number: q,
            label: formatPhone(typed),
            about: hits.map((h) => h.name)[0] ?? null,
            customerId: null,
          },
        ]
      : q === ''
        ? lastNumbers()
            .slice(0, shownNumbers)
            .map(({ number, customerId }) => ({
              number,
              label: formatPhone(guessPhone(number) ?? number),
              about: null,
              customerId,
            }))
        : hits
            .slice(0, shownHits)
            .flatMap(({ id, name, phones: [first] }) =>
              first === undefined
                ? []
                : [{ number: first, label: name, about: formatPhone(first), customerId: id }],
            );
  const ring =
    numbers.length === 0 ? null : (
      <Spotlight.ActionsGroup label={t(q === '' ? 'dial.last' : 'dial.group')}>
        {numbers.map((one) => (
          <Spotlight.Action
            key={one.number}
            leftSection={<IconPhoneCall size={16} />}
            label={one.label}
            {...(one.about === null ? {} : { description: one.about })}
            onClick={() => void dial(one.number, one.customerId)}
            data-testid="palette-dial"
          />
        ))}
      </Spotlight.ActionsGroup>
    );
  // Who types a number wants to ring it; who types a name wants to see the card first.
  const ringFirst = typed !== null || q === '';
  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      clearQueryOnClose
      shortcut={null}
      scrollable
      maxHeight={460}
      transitionProps={{ duration: 0 }}
      overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}
    >
      <Spotlight.Search
        placeholder={t('app.palette')}
        leftSection={null}
        data-testid="palette-search"
        aria-label={t('app.palette')}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && q !== '') chooseFirst();
        }}
      />
      <Spotlight.ActionsList>
        {ringFirst ? ring : null}
        {hits.length > 0 ? (
          <Spotlight.ActionsGroup label={t('app.paletteCustomers')}>
            {hits.map((hit) => (
              <Spotlight.Action
                key={hit.id}
                leftSection={<IconUser size={16} />}
                label={hit.name}
                description={[
                  ...hit.phones.slice(0, 2).map(formatPhone),
                  hit.account && t('ui.account', { account: hit.account }),
                ]
                  .filter(Boolean)
                  .join(' · ')}
                rightSection={
                  hit.debtKopecks > 0 ? (
                    <span className="figure">{formatAmount(hit.debtKopecks)}</span>
                  ) : undefined
                }
                onClick={() => void navigate({ to: '/customers/$id', params: { id: String(hit.id) } })}
              />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {ringFirst ? null : ring}
        {actions.length > 0 ? (
          <Spotlight.ActionsGroup label={t('app.paletteActions')}>
            {actions.map((action) => (
              <Spotlight.Action
                key={action.id}
                leftSection={<IconArrowRight size={16} />}
                label={action.label}
                onClick={action.act}
              />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {hits.length + actions.length + numbers.length === 0 ? (
          <Spotlight.Empty>{found.isFetching ? t('ui.loading') : t('app.paletteEmpty')}</Spotlight.Empty>
        ) : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** What is found comes later than the key that looked for it, and takes the choice with it: then the first one is meant. */
function chooseFirst(): void {
  if (document.querySelector('[data-action][data-selected]') === null)
    document.querySelector('[data-action]')?.setAttribute('data-selected', 'true');
}

interface Ringable {
  /** As typed or known; the server reads it. */
  readonly number: string;
  readonly label: string;
  readonly about: string | null;
  readonly customerId: number | null;
}

function order(command: Parameters<typeof send>[0]): void {
  void send(command).then((answer) => {
    if (!answer.ok) tellRefusal(answer);
  });
}
