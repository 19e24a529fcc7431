import { useSyncExternalStore } from 'react';
import { makeJsSipPhone } from './jssip-phone.ts';
import type { Phone, PhoneState } from './phone-port.ts';

/** This page's one softphone; it lives outside of React, so that drawing anew never touches a call. */
export const phone: Phone = makeJsSipPhone();

export function usePhone(): PhoneState {
  return useSyncExternalStore(phone.watch, phone.state);
}
