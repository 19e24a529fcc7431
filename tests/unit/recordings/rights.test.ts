import { expect, it } from 'vitest';
import { purposeOf } from '../../../server/recordings/purpose.ts';
import { mayDo, type RecordingAct } from '../../../server/recordings/rights.ts';

const acts: readonly RecordingAct[] = ['see', 'play', 'download', 'hold', 'delete'];
const own = { agentIds: [5], deleted: false, held: false };
const told = (user: Parameters<typeof mayDo>[0], recording = own) =>
  acts.map((act) => {
    const answer = mayDo(user, act, recording);
    return answer.ok ? 'yes' : answer.reason;
  });

it('an agent hears what he was on himself, and takes nothing away', () => {
  const no = 'notOnThisCall';
  expect(told({ id: 5, role: 'agent' })).toEqual([
    'yes',
    'yes',
    'supervisorsOnly',
    'supervisorsOnly',
    'administratorsOnly',
  ]);
  expect(told({ id: 6, role: 'agent' })).toEqual([no, no, no, no, no]);
});

it('a supervisor hears, downloads and holds everything; only an administrator deletes', () => {
  expect(told({ id: 6, role: 'supervisor' })).toEqual(['yes', 'yes', 'yes', 'yes', 'administratorsOnly']);
  expect(told({ id: 6, role: 'administrator' })).toEqual(['yes', 'yes', 'yes', 'yes', 'yes']);
});

it('what is deleted is only looked at; what is held is not deleted', () => {
  const gone = 'recordingDeleted';
  expect(told({ id: 6, role: 'administrator' }, { ...own, deleted: true })).toEqual([
    'yes',
    gone,
    gone,
    gone,
    gone,
  ]);
  expect(told({ id: 6, role: 'administrator' }, { ...own, held: true })[4]).toBe('recordingHeld');
});

it('a recording has the purpose of its talk', () => {
  const of = (
    direction: 'hotline' | 'campaign' | 'manual',
    campaignPurpose: string | null,
    contactPurpose: string | null,
  ) => purposeOf({ direction, campaignPurpose, contactPurpose });
  expect(of('hotline', null, null)).toBe('hotline');
  expect(of('campaign', 'debt', 'debt')).toBe('debt');
  expect(of('campaign', 'service', null)).toBe('service');
  expect(of('manual', null, 'debt')).toBe('debt');
  expect(of('manual', null, 'service')).toBe('manual');
  expect(of('manual', null, null)).toBe('manual');
});
