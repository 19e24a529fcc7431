import {
  Autocomplete,
  Button,
  Checkbox,
  NumberInput,
  Radio,
  Select,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import {
  type Campaign,
  type CampaignInput,
  campaignModes,
  purposes,
} from '../../../server/campaigns/schema.ts';
import { EmptyState, ErrorNote, Loading } from '../ui/feedback.tsx';
import { t, wordFor } from '../ui/words.ts';
import { agentsQuery, retryDefaultsQuery } from './api.ts';
import classes from './form.module.css';
import { type CampaignField, type CampaignValues, checkValues, withPurpose } from './form-values.ts';
import { RetryRulesTable } from './retry-rules.tsx';

/** Prompts that come with the exchange (asterisk/prompts.json); others may be typed. */
const knownAnnouncements = [
  'announcement-payment-reminder',
  'announcement-service',
  'announcement-outage',
  'announcement-suspension',
];

interface Props {
  readonly initial: CampaignValues;
  readonly submitLabel: string;
  /** Mode and purpose may no longer change: the campaign has been started. */
  readonly started?: boolean;
  readonly submit: (input: CampaignInput) => Promise<Campaign>;
  readonly onSaved: (campaign: Campaign) => void;
}

/** Everything that is set about a campaign; the same for a new one and for a change. */
export function CampaignForm({ initial, submitLabel, started = false, submit, onSaved }: Props) {
  const [values, setValues] = useState(initial);
  const [wrong, setWrong] = useState<readonly CampaignField[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const save = useMutation({ mutationFn: submit, onSuccess: onSaved });

  const set = (change: Partial<CampaignValues>): void => {
    setValues((before) => ({ ...before, ...change }));
    setWrong((before) => before.filter((field) => !(field in change)));
    save.reset();
  };
  const send = (event: FormEvent): void => {
    event.preventDefault();
    const checked = checkValues(values);
    if (checked.ok) return save.mutate(checked.input);
    setWrong(checked.wrong);
    form.current?.querySelector<HTMLElement>(`[name="${checked.wrong[0]}"]`)?.focus();
  };
  const error = (field: CampaignField, text: string) => (wrong.includes(field) ? { error: text } : {});
  const advertising = values.purpose === 'advertising';

  return (
    <form ref={form} className={classes.form} onSubmit={send} noValidate data-testid="campaign-form">
      <div className={classes.column}>
        <TextInput
          name="name"
          label={t('campaigns.form.name')}
          placeholder={t('campaigns.form.namePlaceholder')}
          maxLength={120}
          value={values.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          {...error('name', t('campaigns.form.nameError'))}
        />
        <Select
          name="purpose"
          label={t('campaigns.form.purpose')}
          description={t(started ? 'campaigns.form.locked' : 'campaigns.form.purposeHelp')}
          disabled={started}
          allowDeselect={false}
          data={purposes.map((purpose) => ({ value: purpose, label: wordFor('purpose', purpose) }))}
          value={values.purpose}
          onChange={(purpose) =>
            setValues((before) => withPurpose(before, (purpose ?? before.purpose) as never))
          }
        />
        <Radio.Group
          label={t('campaigns.form.mode')}
          value={values.mode}
          onChange={(mode) => set({ mode: mode as CampaignValues['mode'] })}
        >
          <div className={classes.modes}>
            {campaignModes.map((mode) => (
              <Radio
                key={mode}
                size="xs"
                value={mode}
                disabled={mode !== values.mode && (started || (advertising && mode !== 'preview'))}
                label={wordFor('mode', mode)}
                description={wordFor('campaigns.mode', `${mode}.help`)}
              />
            ))}
          </div>
        </Radio.Group>
        {advertising ? (
          <p className={classes.law} role="note" data-testid="advertising-note">
            {t('campaigns.form.advertising')}
          </p>
        ) : null}
        {values.mode === 'announcement' ? (
          <Autocomplete
            name="announcement"
            size="xs"
            label={t('campaigns.form.announcement')}
            description={t('campaigns.form.announcementHelp')}
            data={knownAnnouncements}
            value={values.announcement}
            onChange={(announcement) => set({ announcement })}
            {...error('announcement', t('campaigns.form.announcementError'))}
          />
        ) : (
          <Textarea
            name="scriptText"
            label={t('campaigns.form.script')}
            description={t('campaigns.form.scriptHelp')}
            placeholder={t('campaigns.form.scriptPlaceholder')}
            autosize
            minRows={6}
            maxRows={14}
            maxLength={20_000}
            value={values.scriptText}
            onChange={(event) => set({ scriptText: event.currentTarget.value })}
          />
        )}
        <div className={classes.row}>
          <NumberInput
            name="ringTimeoutSeconds"
            label={t('campaigns.form.ringTimeout')}
            description={t('campaigns.form.ringTimeoutHelp')}
            min={15}
            max={60}
            allowDecimal={false}
            value={values.ringTimeoutSeconds}
            onChange={(ringTimeoutSeconds) => set({ ringTimeoutSeconds })}
            {...error('ringTimeoutSeconds', t('campaigns.form.ringTimeoutError'))}
          />
          <NumberInput
            name="lineLimit"
            label={t('campaigns.form.lineLimit')}
            description={t('campaigns.form.lineLimitHelp')}
            min={1}
            max={1000}
            allowDecimal={false}
            value={values.lineLimit}
            onChange={(lineLimit) => set({ lineLimit })}
            {...error('lineLimit', t('campaigns.form.lineLimitError'))}
          />
          <TextInput
            name="callerId"
            label={t('campaigns.form.callerId')}
            description={t('campaigns.form.callerIdHelp')}
            placeholder="+7 800 555-35-35"
            inputMode="tel"
            maxLength={30}
            value={values.callerId}
            onChange={(event) => set({ callerId: event.currentTarget.value })}
            {...error('callerId', t('campaigns.form.callerIdError'))}
          />
        </div>
        {values.mode === 'announcement' ? null : (
          <Checkbox
            name="record"
            size="xs"
            label={t('campaigns.form.record')}
            description={t('campaigns.form.recordHelp')}
            checked={values.record}
            onChange={(event) => set({ record: event.currentTarget.checked })}
          />
        )}
        {save.error ? <ErrorNote error={save.error} /> : null}
        <div>
          <Button type="submit" size="sm" loading={save.isPending}>
            {submitLabel}
          </Button>
        </div>
      </div>
      <div className={classes.column}>
        {values.mode === 'announcement' ? null : (
          <AgentsPicker value={values.agentIds} onChange={(agentIds) => set({ agentIds })} />
        )}
        <RetryRulesSection value={values.retryRules} onChange={(retryRules) => set({ retryRules })} />
      </div>
    </form>
  );
}

function Section({
  title,
  help,
  aside,
  children,
}: {
  title: string;
  help: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <fieldset className={classes.section}>
      <legend className={classes.legend}>{title}</legend>
      <div className={classes.sectionHelp}>
        <span>{help}</span>
        {aside}
      </div>
      {children}
    </fieldset>
  );
}

interface PickerProps {
  readonly value: readonly number[];
  readonly onChange: (value: number[]) => void;
}

function AgentsPicker({ value, onChange }: PickerProps) {
  const agents = useQuery(agentsQuery);
  if (agents.isPending) return <Loading lines={4} />;
  if (agents.error) return <ErrorNote error={agents.error} retry={() => void agents.refetch()} />;
  const all = agents.data;
  const everybody = all.length > 0 && all.every((agent) => value.includes(agent.id));
  return (
    <Section
      title={t('campaigns.form.agents')}
      help={t('campaigns.form.agentsHelp')}
      aside={
        <>
          <span className="figure" data-testid="agents-chosen">
            {t('campaigns.form.agentsChosen', { chosen: value.length, all: all.length })}
          </span>
          <Button
            variant="subtle"
            size="compact-xs"
            disabled={all.length === 0}
            onClick={() => onChange(everybody ? [] : all.map((agent) => agent.id))}
          >
            {t(everybody ? 'campaigns.form.noAgentsChosen' : 'campaigns.form.allAgents')}
          </Button>
        </>
      }
    >
      {all.length === 0 ? (
        <EmptyState title={t('campaigns.form.noAgents')} />
      ) : (
        <Checkbox.Group value={value.map(String)} onChange={(ids) => onChange(ids.map(Number))}>
          <div className={classes.agents} data-testid="agents-picker">
            {all.map((agent) => (
              <Checkbox key={agent.id} size="xs" value={String(agent.id)} label={agent.name} />
            ))}
          </div>
        </Checkbox.Group>
      )}
    </Section>
  );
}

function RetryRulesSection(props: Pick<Parameters<typeof RetryRulesTable>[0], 'value' | 'onChange'>) {
  const defaults = useQuery(retryDefaultsQuery);
  if (defaults.isPending) return <Loading lines={6} />;
  if (defaults.error) return <ErrorNote error={defaults.error} retry={() => void defaults.refetch()} />;
  return (
    <Section title={t('campaigns.form.retry')} help={t('campaigns.form.retryHelp')}>
      <RetryRulesTable defaults={defaults.data} {...props} />
    </Section>
  );
}
