import { useEffect } from 'react';
import type { CallView, WaitingView } from '../../../server/live/schema.ts';
import { usePhone } from '../softphone/phone.ts';
import { formatPhone } from '../ui/format.ts';
import { t } from '../ui/words.ts';

const title = 'Dozvon';

/** The window's title says who rings or waits for him; a hidden tab also sends a desktop notification. */
export function useAttention(call: CallView | null, waiting: WaitingView | null): void {
  const { legs } = usePhone();
  const leg = legs.find((one) => one.stage === 'ringing') ?? null;
  const calling = leg !== null || waiting !== null;
  const of = leg === null ? waiting : call?.callId === leg.callId ? call : null;
  const who =
    (of?.customerName ?? leg?.fromName) || formatPhone(of?.phone ?? leg?.fromNumber) || t('ui.noNumber');
  useEffect(() => {
    if (!calling) return;
    document.title = t('desk.titleRinging', { who });
    let note: Notification | null = null;
    if (document.hidden && 'Notification' in window && Notification.permission === 'granted') {
      note = new Notification(t('phone.notifyTitle', { who }), { tag: 'dozvon-call', silent: true });
      note.onclick = () => window.focus();
    }
    return () => {
      document.title = title;
      note?.close();
    };
  }, [calling, who]);
}

/** Asked once, on the agent's own click, since browsers ignore it otherwise. */
export function askForNotifications(): void {
  if ('Notification' in window && Notification.permission === 'default')
    void Notification.requestPermission();
}
