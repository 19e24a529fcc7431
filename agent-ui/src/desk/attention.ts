import { useEffect } from 'react';
import type { CallView } from '../../../server/live/schema.ts';
import { usePhone } from '../softphone/phone.ts';
import { formatPhone } from '../ui/format.ts';
import { t } from '../ui/words.ts';

const title = 'Dozvon';

/** The window's title says who rings; a hidden tab also sends a desktop notification. */
export function useAttention(call: CallView | null): void {
  const { legs } = usePhone();
  const leg = legs.find((one) => one.stage === 'ringing') ?? null;
  const ringing = leg !== null;
  const of = call?.callId === leg?.callId ? call : null;
  const who =
    (of?.customerName ?? leg?.fromName) || formatPhone(of?.phone ?? leg?.fromNumber) || t('ui.noNumber');
  useEffect(() => {
    if (!ringing) return;
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
  }, [ringing, who]);
}

/** Asked once, on the agent's own click, since browsers ignore it otherwise. */
export function askForNotifications(): void {
  if ('Notification' in window && Notification.permission === 'default')
    void Notification.requestPermission();
}
