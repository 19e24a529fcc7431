import { expect, it } from 'vitest';
import { type HistoryCall, type LedgerCall, verify } from '../../../server/calls/verify.ts';

const told: LedgerCall = { callId: 'a', startedAt: 1000, answeredAt: 2000, endedAt: 9000 };
const row: HistoryCall = {
  callId: 'a',
  direction: 'hotline',
  offeredAt: 1100,
  endedAt: 9100,
  outcome: 'answered',
  rows: 1,
};
const what = (ledger: LedgerCall[], history: HistoryCall[]) => verify(ledger, history).map((d) => d.what);

it('a call told alike by both is no difference', () => {
  expect(verify([told], [row])).toEqual([]);
});

it('finds what is lost, doubled, invented, late and answered by one side only', () => {
  expect(what([told], [])).toEqual(['lost']);
  expect(what([told], [{ ...row, rows: 2 }])).toEqual(['doubled']);
  expect(what([], [row])).toEqual(['notInLedger']);
  expect(what([told], [{ ...row, endedAt: 10_500 }])).toEqual(['end']);
  expect(what([told], [{ ...row, offeredAt: 2500 }])).toEqual(['start']);
  expect(what([{ ...told, answeredAt: null }], [row])).toEqual(['answer']);
  expect(what([told], [{ ...row, direction: 'campaign', outcome: 'busy' }])).toEqual(['answer']);
});

it('a call that goes on and one that never reached the exchange are no differences', () => {
  expect(verify([{ ...told, endedAt: null }], [])).toEqual([]);
  expect(verify([], [{ ...row, direction: 'campaign', outcome: 'notPlaced' }])).toEqual([]);
});
