import { notifications } from '@mantine/notifications';
import { reasonOf } from './http.ts';
import { refusalText } from './refusal.ts';

/** A refused command or failed request, said in plain words for some seconds at the foot of the window. */
export function tellRefusal(refusal: unknown): void {
  const plain = typeof refusal === 'object' && refusal !== null && 'reason' in refusal;
  const { reason, detail } = plain ? (refusal as { reason: string; detail?: string }) : reasonOf(refusal);
  notifications.show({
    message: refusalText(reason, detail),
    color: 'yellow',
    autoClose: detail ? 12_000 : 7000,
    withBorder: true,
  });
}

/** Something done, worth a word. `text` is a sentence in the reader's language. */
export function tellDone(text: string): void {
  notifications.show({ message: text, color: 'green', autoClose: 3000, withBorder: true });
}
