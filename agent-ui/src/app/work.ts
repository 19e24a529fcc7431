import { useEffect } from 'react';
import type { Me } from '../../../server/users/schema.ts';
import {
  connectLive,
  disconnectLive,
  loseToOther,
  onConnected,
  send,
  takeBack,
  wantTopic,
} from '../live/client.ts';
import { useConnection } from '../live/hooks.ts';
import { claimTab, releaseTab, useOutside, useTab } from '../live/tab.ts';
import { keepMuted } from '../softphone/muted-memory.ts';
import { takePartings } from '../softphone/partings.ts';
import { phone } from '../softphone/phone.ts';
import { usePhoneWanted } from '../softphone/wanted.ts';
import { mayWatch } from '../ui/session.ts';

/**
 * Starts and stops what a signed-in page does. Every page listens; one tab of a browser has the phone: an agent's always, a
 * supervisor's once he wants one. A page that loses it to another tab or browser drops its legs without a word to the exchange: the
 * server re-attaches the call there.
 */
export function useWork(me: Me): void {
  const wanted = usePhoneWanted() || !mayWatch(me);
  const tab = useTab();
  const outside = useOutside();
  const { takenOver, status } = useConnection();
  useEffect(() => {
    connectLive();
    return disconnectLive;
  }, []);
  useEffect(() => {
    if (!wanted) return;
    const leave = wantTopic('me');
    claimTab();
    return () => {
      releaseTab();
      leave();
    };
  }, [wanted]);
  useEffect(() => {
    if (tab === 'mine' && !outside) takeBack();
  }, [tab, outside]);
  // What broke the way to the server has perhaps broken the way to the exchange.
  useEffect(() => {
    if (status === 'down') phone.checkLine();
  }, [status]);
  const speaks = wanted && tab === 'mine' && !takenOver && !outside;
  useEffect(() => {
    if (!speaks) return;
    phone.onReport(reportPhone);
    phone.onTakenOver(loseToOther);
    // Before it says that the phone is here: whether it is still ours. It was perhaps taken while this computer slept.
    onConnected(phone.checkLine);
    phone.start();
    return () => {
      onConnected(() => {});
      phone.stop();
    };
  }, [speaks]);
}

/** Tells the server which legs this page has: one that is missing is dead, and its call is brought back here. */
function reportPhone(): void {
  const { status, legs } = phone.state();
  if (status !== 'online') return;
  // First what he ended while the server was away: a call that is to be over must not be brought back.
  for (const callId of takePartings()) void send({ type: 'call.hangUp', callId });
  void send({ type: 'phone.report', legIds: legs.map(({ legId }) => legId).filter(Boolean) });
}

/** Signed out: lets everything go. */
export function endWork(): void {
  phone.stop();
  keepMuted(null);
  disconnectLive();
  releaseTab();
}
