import { useEffect } from 'react';
import type { Me } from '../../../server/users/schema.ts';
import { connectLive, disconnectLive, onConnected, send, takeBack } from '../live/client.ts';
import { useConnection } from '../live/hooks.ts';
import { claimTab, releaseTab, useTab } from '../live/tab.ts';
import { takePartings } from '../softphone/partings.ts';
import { phone } from '../softphone/phone.ts';
import { mayWatch } from '../ui/session.ts';

/**
 * Starts and stops what a signed-in page does. Every page listens; one tab of an agent's browser has the phone. A page that
 * loses it to another tab or browser drops its leg without a word to the exchange: the server re-attaches the call there.
 */
export function useWork(me: Me): void {
  const watches = mayWatch(me);
  const tab = useTab();
  const { takenOver } = useConnection();
  useEffect(() => {
    connectLive();
    return disconnectLive;
  }, []);
  useEffect(() => {
    if (!watches) claimTab();
  }, [watches]);
  useEffect(() => {
    if (tab === 'mine') takeBack();
  }, [tab]);
  const speaks = !watches && tab === 'mine' && !takenOver;
  useEffect(() => {
    if (!speaks) return;
    phone.onRegistered(reportPhone);
    onConnected(reportPhone);
    phone.start();
    return () => {
      onConnected(() => {});
      phone.stop();
    };
  }, [speaks]);
}

/** Tells the server which legs this page has: one that is missing is dead, and its call is brought back here. */
function reportPhone(): void {
  const { status, leg } = phone.state();
  if (status !== 'online') return;
  // First what he ended while the server was away: a call that is to be over must not be brought back.
  for (const callId of takePartings()) void send({ type: 'call.hangUp', callId });
  void send({ type: 'phone.report', legIds: leg?.legId ? [leg.legId] : [] });
}

/** Signed out: lets everything go. */
export function endWork(): void {
  phone.stop();
  disconnectLive();
  releaseTab();
}
