import { Combobox, ScrollArea, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { z } from 'zod';
import { type CustomerHit, customerHitSchema } from '../../../server/customers/schema.ts';
import { formatPhone } from '../ui/format.ts';
import { api } from '../ui/http.ts';
import { t } from '../ui/words.ts';

interface Props {
  readonly label: string;
  readonly placeholder?: string;
  readonly onPick: (hit: CustomerHit) => void;
  readonly testId: string;
}

/** Finds a customer by name, number, account or tax number. */
export function CustomerPicker({ label, placeholder, onPick, testId }: Props) {
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 150);
  const found = useQuery({
    queryKey: ['customers', 'picker', q],
    queryFn: ({ signal }) =>
      api(`/api/customers?q=${encodeURIComponent(q)}&limit=12`, z.array(customerHitSchema), { signal }),
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
  });
  const hits = q.length >= 2 ? (found.data ?? []) : [];
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        const hit = hits.find((h) => String(h.id) === id);
        combobox.closeDropdown();
        setText('');
        input.current?.blur(); // the desk's keys act while nobody types
        if (hit) onPick(hit);
      }}
    >
      <Combobox.Target>
        <TextInput
          ref={input}
          label={label}
          placeholder={placeholder ?? t('desk.demoPick')}
          value={text}
          data-testid={testId}
          onChange={(e) => {
            setText(e.currentTarget.value);
            combobox.openDropdown();
            combobox.selectFirstOption();
          }}
          onFocus={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={q.length < 2}>
        <Combobox.Options>
          <ScrollArea.Autosize mah={260} type="scroll">
            {hits.map((hit) => (
              <Combobox.Option key={hit.id} value={String(hit.id)} data-testid={`${testId}-option`}>
                <div>{hit.name}</div>
                <div className="muted figure">
                  {[formatPhone(hit.phones[0]), hit.account && t('ui.account', { account: hit.account })]
                    .filter(Boolean)
                    .join(' · ')}
                </div>
              </Combobox.Option>
            ))}
            {hits.length === 0 ? (
              <Combobox.Empty>{found.isFetching ? t('ui.loading') : t('app.paletteEmpty')}</Combobox.Empty>
            ) : null}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
