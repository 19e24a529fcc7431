import { useSyncExternalStore } from 'react';
import { readFresh } from '../live/client.ts';
import { workOf } from '../live/my-work.ts';
import { makeJsSipPhone, type Registration } from './jssip-phone.ts';
import type { Phone, PhoneState } from './phone-port.ts';

/** This page's one softphone; it lives outside of React, so that drawing anew never touches a call. */
export const phone: Phone = makeJsSipPhone(registrationNow);

/** Has any phone of this user a place at the exchange, as the server sees it? */
function registrationNow(): Registration {
  const me = readFresh('me');
  if (me === null) return 'unknown';
  return workOf(me.entities).agent?.phoneOnline ? 'there' : 'none';
}

export function usePhone(): PhoneState {
  return useSyncExternalStore(phone.watch, phone.state);
}
