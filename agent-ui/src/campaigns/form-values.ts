import {
  type CampaignInput,
  campaignInputSchema,
  type RetryRules,
} from '../../../server/campaigns/schema.ts';

/** What stands in the fields of a campaign's form, and what goes to the server. Pure. */

export interface CampaignValues {
  readonly name: string;
  readonly purpose: CampaignInput['purpose'];
  readonly mode: CampaignInput['mode'];
  readonly agentIds: readonly number[];
  readonly announcement: string;
  readonly scriptText: string;
  readonly callerId: string;
  /** Seconds; a string while the field is empty or half typed. */
  readonly ringTimeoutSeconds: number | string;
  readonly lineLimit: number | string;
  readonly record: boolean;
  /** Only the rules that differ from the defaults of the house. */
  readonly retryRules: RetryRules;
}

export const newCampaignValues: CampaignValues = {
  name: '',
  purpose: 'service',
  mode: 'progressive',
  agentIds: [],
  announcement: '',
  scriptText: '',
  callerId: '',
  ringTimeoutSeconds: 25,
  lineLimit: 30,
  record: true,
  retryRules: {},
};

export function valuesOf(campaign: CampaignInput): CampaignValues {
  return {
    name: campaign.name,
    purpose: campaign.purpose,
    mode: campaign.mode,
    agentIds: campaign.agentIds,
    announcement: campaign.announcement ?? '',
    scriptText: campaign.scriptText,
    callerId: campaign.callerId ?? '',
    ringTimeoutSeconds: Math.round(campaign.ringTimeoutMs / 1000),
    lineLimit: campaign.lineLimit,
    record: campaign.record,
    retryRules: campaign.retryRules,
  };
}

export type CampaignField = keyof CampaignValues;
export type Checked =
  | { readonly ok: true; readonly input: CampaignInput }
  | { readonly ok: false; readonly wrong: readonly CampaignField[] };

const fieldOf: Partial<Record<string, CampaignField>> = { ringTimeoutMs: 'ringTimeoutSeconds' };

/** The form as the server takes it, or the fields that it would refuse. */
export function checkValues(values: CampaignValues): Checked {
  const announces = values.mode === 'announcement';
  const callerId = values.callerId.replace(/[\s()-]/g, '');
  const parsed = campaignInputSchema.safeParse({
    name: values.name,
    purpose: values.purpose,
    mode: values.mode,
    agentIds: announces ? [] : values.agentIds,
    announcement: announces ? values.announcement.trim() : null,
    scriptText: values.scriptText,
    callerId: callerId === '' ? null : callerId,
    ringTimeoutMs: values.ringTimeoutSeconds === '' ? Number.NaN : Number(values.ringTimeoutSeconds) * 1000,
    lineLimit: values.lineLimit === '' ? Number.NaN : Number(values.lineLimit),
    record: values.record,
    retryRules: values.retryRules,
  });
  const wrong = new Set<CampaignField>();
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      wrong.add(fieldOf[name] ?? (name as CampaignField));
    }
  }
  if (callerId !== '' && !/^\+?\d{1,19}$/.test(callerId)) wrong.add('callerId');
  return parsed.success && wrong.size === 0
    ? { ok: true, input: parsed.data }
    : { ok: false, wrong: [...wrong] };
}

/** Advertising may be dialled by a person only (38-FZ art. 18), hence in preview. */
export function withPurpose(values: CampaignValues, purpose: CampaignValues['purpose']): CampaignValues {
  return purpose === 'advertising' ? { ...values, purpose, mode: 'preview' } : { ...values, purpose };
}

export const delayUnits = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;
export type DelayUnit = keyof typeof delayUnits;

/** A delay in the largest unit that keeps it a whole number: 7,200,000 ms is 2 hours. */
export function splitDelay(afterMs: number): { count: number; unit: DelayUnit } {
  const unit = (['days', 'hours'] as const).find((one) => afterMs % delayUnits[one] === 0) ?? 'minutes';
  return { count: Math.max(1, Math.round(afterMs / delayUnits[unit])), unit };
}
