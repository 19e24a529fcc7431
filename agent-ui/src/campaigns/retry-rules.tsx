import { ActionIcon, NumberInput, Select, Table } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { type Outcome, outcomes } from '../../../server/calls/outcome.ts';
import type { RetryRules } from '../../../server/campaigns/schema.ts';
import { t, wordFor } from '../ui/words.ts';
import { type DelayUnit, delayUnits, splitDelay } from './form-values.ts';

interface Props {
  readonly defaults: RetryRules;
  /** Rules that differ from the defaults. */
  readonly value: RetryRules;
  readonly onChange: (value: RetryRules) => void;
}

/** After which outcome to call again, when and how often: the defaults of the house, each of which may be changed. */
export function RetryRulesTable({ defaults, value, onChange }: Props) {
  const rows = outcomes.filter((outcome) => defaults[outcome] ?? value[outcome]);
  const change = (outcome: Outcome, rule: RetryRules[Outcome]): void => {
    const { [outcome]: _before, ...others } = value;
    const usual = defaults[outcome];
    const same = rule && usual && rule.afterMs === usual.afterMs && rule.maxTimes === usual.maxTimes;
    onChange(rule === undefined || same ? others : { ...others, [outcome]: rule });
  };
  return (
    <Table data-testid="retry-rules" verticalSpacing={2}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('campaigns.retry.outcome')}</Table.Th>
          <Table.Th>{t('campaigns.retry.after')}</Table.Th>
          <Table.Th>{t('campaigns.retry.times')}</Table.Th>
          <Table.Th w={112} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((outcome) => {
          const rule = value[outcome] ?? defaults[outcome];
          if (!rule) return null;
          const name = wordFor('outcome', outcome);
          const { count, unit } = splitDelay(rule.afterMs);
          const changed = value[outcome] !== undefined;
          return (
            <Table.Tr key={outcome} data-testid={`retry-${outcome}`}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>
                <div style={{ display: 'flex', gap: 4 }}>
                  <NumberInput
                    w={64}
                    min={1}
                    max={Math.floor((30 * delayUnits.days) / delayUnits[unit])}
                    clampBehavior="strict"
                    allowDecimal={false}
                    allowNegative={false}
                    hideControls
                    aria-label={`${name}: ${t('campaigns.retry.after')}`}
                    value={count}
                    onChange={(next) => {
                      if (typeof next === 'number')
                        change(outcome, { ...rule, afterMs: next * delayUnits[unit] });
                    }}
                  />
                  <Select
                    w={72}
                    allowDeselect={false}
                    aria-label={`${name}: ${t('campaigns.retry.unit')}`}
                    data={Object.keys(delayUnits).map((one) => ({
                      value: one,
                      label: wordFor('campaigns.retry', one),
                    }))}
                    value={unit}
                    onChange={(next) => {
                      if (next)
                        change(outcome, {
                          ...rule,
                          afterMs: withinAMonth(count * delayUnits[next as DelayUnit]),
                        });
                    }}
                  />
                </div>
              </Table.Td>
              <Table.Td>
                <NumberInput
                  w={72}
                  min={0}
                  max={50}
                  clampBehavior="strict"
                  allowDecimal={false}
                  allowNegative={false}
                  aria-label={`${name}: ${t('campaigns.retry.times')}`}
                  value={rule.maxTimes}
                  onChange={(next) => {
                    if (typeof next === 'number') change(outcome, { ...rule, maxTimes: next });
                  }}
                />
              </Table.Td>
              <Table.Td>
                {changed ? (
                  <span style={{ display: 'inline-flex', alignItems: 'center', gap: 4, fontSize: 12 }}>
                    {t('campaigns.retry.changed')}
                    <ActionIcon
                      variant="subtle"
                      size="sm"
                      aria-label={`${name}: ${t('campaigns.retry.reset')}`}
                      title={t('campaigns.retry.reset')}
                      onClick={() => change(outcome, undefined)}
                    >
                      <IconArrowBackUp size={14} aria-hidden />
                    </ActionIcon>
                  </span>
                ) : rule.maxTimes === 0 ? (
                  <span className="muted">{t('campaigns.retry.never')}</span>
                ) : null}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

function withinAMonth(ms: number): number {
  return Math.min(ms, 30 * delayUnits.days);
}
