import { expect, test } from 'vitest';
import {
  checkValues,
  newCampaignValues,
  splitDelay,
  valuesOf,
  withPurpose,
} from '../../../agent-ui/src/campaigns/form-values.ts';

const good = { ...newCampaignValues, name: 'Напоминание' };

test('a new form needs nothing but a name', () => {
  expect(checkValues(newCampaignValues)).toEqual({ ok: false, wrong: ['name'] });
  expect(checkValues(good).ok).toBe(true);
});

test('what is saved comes back into the fields unchanged', () => {
  const values = {
    ...good,
    callerId: '+78005553535',
    lineLimit: 12,
    ringTimeoutSeconds: 30,
    agentIds: [1, 2],
  };
  const checked = checkValues(values);
  expect(checked.ok && valuesOf(checked.input)).toEqual(values);
});

test('an announcement needs its prompt and takes no agents', () => {
  const values = { ...good, mode: 'announcement' as const, agentIds: [1] };
  expect(checkValues(values)).toEqual({ ok: false, wrong: ['announcement'] });
  const checked = checkValues({ ...values, announcement: 'payment-reminder' });
  expect(checked.ok && checked.input.agentIds).toEqual([]);
});

test('choosing advertising puts the mode to preview', () => {
  expect(withPurpose(good, 'advertising').mode).toBe('preview');
  expect(withPurpose(good, 'debt').mode).toBe('progressive');
});

test('fields out of their limits are named', () => {
  expect(checkValues({ ...good, ringTimeoutSeconds: 5, lineLimit: '' })).toEqual({
    ok: false,
    wrong: ['ringTimeoutSeconds', 'lineLimit'],
  });
  expect(checkValues({ ...good, callerId: 'Mum' })).toEqual({ ok: false, wrong: ['callerId'] });
});

test('a caller id pasted with spaces and hyphens is taken', () => {
  const checked = checkValues({ ...good, callerId: '+7 (800) 555-35-35' });
  expect(checked.ok && checked.input.callerId).toBe('+78005553535');
});

test('delays are shown in the unit a person would say', () => {
  expect(splitDelay(20 * 60_000)).toEqual({ count: 20, unit: 'minutes' });
  expect(splitDelay(7_200_000)).toEqual({ count: 2, unit: 'hours' });
  expect(splitDelay(86_400_000)).toEqual({ count: 1, unit: 'days' });
  expect(splitDelay(90 * 60_000)).toEqual({ count: 90, unit: 'minutes' });
});
