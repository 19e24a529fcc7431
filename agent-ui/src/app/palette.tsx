import { Spotlight, spotlight } from '@mantine/spotlight';
import { IconArrowRight, IconUser } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { z } from 'zod';
import { customerHitSchema } from '../../../server/customers/schema.ts';
import { pauseReasons } from '../../../server/live/schema.ts';
import { send } from '../live/client.ts';
import { formatAmount, formatPhone } from '../ui/format.ts';
import { api } from '../ui/http.ts';
import { tellRefusal } from '../ui/notices.ts';
import { mayWatch, useUser } from '../ui/session.ts';
import { t, wordFor } from '../ui/words.ts';
import { pagesFor } from './pages-for.ts';

export function openPalette(): void {
  spotlight.open();
}

/** Ctrl+K: customers by name, number, account or tax number; sections; the agent's own state. */
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
  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      clearQueryOnClose
      shortcut={null}
      scrollable
      maxHeight={460}
      overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}
    >
      <Spotlight.Search placeholder={t('app.palette')} leftSection={null} aria-label={t('app.palette')} />
      <Spotlight.ActionsList>
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
        {hits.length + actions.length === 0 ? (
          <Spotlight.Empty>{found.isFetching ? t('ui.loading') : t('app.paletteEmpty')}</Spotlight.Empty>
        ) : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function order(command: Parameters<typeof send>[0]): void {
  void send(command).then((answer) => {
    if (!answer.ok) tellRefusal(answer);
  });
}
