import { useEffect } from 'react';
import type { Me } from '../../../server/users/schema.ts';
import { connectLive, disconnectLive } from '../live/client.ts';
import { useConnection } from '../live/hooks.ts';
import { claimTab, releaseTab, useTab } from '../live/tab.ts';
import { phone } from '../softphone/phone.ts';
import { mayWatch } from '../ui/session.ts';

/**
 * Starts and stops what a signed-in page does: a supervisor's page only listens; an agent's working tab has the phone as
 * well. A page that loses its work to another tab or browser drops the phone without a word to the exchange: the
 * server re-attaches the call where the agent is now.
 */
export function useWork(me: Me): void {
  const watches = mayWatch(me);
  const tab = useTab();
  const { status } = useConnection();
  useEffect(() => {
    if (!watches) claimTab();
  }, [watches]);
  const mine = watches || tab === 'mine';
  useEffect(() => {
    if (!mine) return;
    connectLive();
    return disconnectLive;
  }, [mine]);
  const speaks = !watches && tab === 'mine' && status !== 'takenOver';
  useEffect(() => {
    if (!speaks) return;
    phone.start();
    return () => phone.stop();
  }, [speaks]);
}

/** Signed out: lets everything go. */
export function endWork(): void {
  phone.stop();
  disconnectLive();
  releaseTab();
}
