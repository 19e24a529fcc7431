import { IconPhoneIncoming, IconPhoneOutgoing, IconSpeakerphone } from '@tabler/icons-react';
import type { CallRow } from '../../../server/calls/schema.ts';
import { wordFor } from '../ui/words.ts';

const directionIcons = { hotline: IconPhoneIncoming, campaign: IconSpeakerphone, manual: IconPhoneOutgoing };

/** Where a call came from, as a sign with its word. */
export function DirectionSign({ direction }: { direction: CallRow['direction'] }) {
  const Icon = directionIcons[direction];
  const word = wordFor('direction', direction);
  return (
    <span
      role="img"
      aria-label={word}
      title={word}
      className="muted"
      style={{ display: 'inline-flex', verticalAlign: 'middle' }}
    >
      <Icon size={16} aria-hidden />
    </span>
  );
}
