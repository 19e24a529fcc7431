import { expect, it } from 'vitest';
import type { AriEvent, Channel } from '../../../server/asterisk/ari-model.generated.ts';
import { TakenPhones } from '../../../server/asterisk/taken-phones.ts';

const channel = (id: string, name: string, app: string) =>
  ({ id, name, dialplan: { app_name: app } }) as unknown as Channel;
const rings = (one: Channel) => ({ type: 'ChannelStateChange', channel: one }) as AriEvent;
const ends = (one: Channel) => ({ type: 'ChannelDestroyed', channel: one }) as AriEvent;

function watch() {
  const told: string[] = [];
  const taken = new TakenPhones((sipUser, is) => told.push(`${sipUser} ${is ? 'taken' : 'given back'}`));
  return { taken, told };
}

it('tells once who rings for the fallback queue, and that he is given back with his last leg', () => {
  const { taken, told } = watch();
  const first = channel('n1-1.1', 'PJSIP/agent-3-0000000f', 'AppQueue');
  taken.heard(rings(first));
  taken.heard(rings(first));
  expect(told).toEqual(['agent-3 taken']);
  taken.heard(ends(first));
  expect(told).toEqual(['agent-3 taken', 'agent-3 given back']);
});

it('leaves our own legs and customers alone', () => {
  const { taken, told } = watch();
  taken.heard(rings(channel('ag-3-keep-1-1', 'PJSIP/agent-3-0000000f', 'Stasis')));
  taken.heard(rings(channel('n1-1.2', 'PJSIP/trunk-00000010', 'Queue')));
  expect(told).toEqual([]);
});

it('learns from a survey whom it missed and who is free again', () => {
  const { taken, told } = watch();
  const leg = channel('n1-1.1', 'PJSIP/agent-7-0000000a', 'AppQueue');
  expect(taken.read([leg])).toEqual(['agent-7']);
  expect(taken.read([])).toEqual([]);
  expect(told).toEqual(['agent-7 taken', 'agent-7 given back']);
});
