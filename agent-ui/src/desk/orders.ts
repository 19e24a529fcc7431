import { useCallback, useState } from 'react';
import type { Command } from '../../../server/live/schema.ts';
import { send } from '../live/client.ts';
import { tellRefusal } from '../ui/notices.ts';

/** Sends commands one at a time; a refusal is said in words. `order` resolves to whether it was accepted. */
export function useOrder(): { sending: boolean; order: (command: Command) => Promise<boolean> } {
  const [sending, setSending] = useState(false);
  const order = useCallback(async (command: Command): Promise<boolean> => {
    setSending(true);
    const answer = await send(command);
    setSending(false);
    if (!answer.ok) tellRefusal(answer);
    return answer.ok;
  }, []);
  return { sending, order };
}
