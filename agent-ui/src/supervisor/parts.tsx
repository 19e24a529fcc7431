import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { PartView } from '../../../server/live/schema.ts';
import { formatExact } from '../ui/format.ts';
import { t, wordFor } from '../ui/words.ts';
import classes from './board.module.css';

/** Health of the outside parts: a word and a sign each; a part that is down is loud. */
export function Parts({ parts }: { parts: readonly PartView[] }) {
  return (
    <ul className={classes.parts} aria-label={t('board.parts')}>
      {parts.map((part) => {
        const name = wordFor('part', part.name);
        const Icon = part.up ? IconCircleCheck : IconAlertTriangle;
        return (
          <li
            key={part.name}
            className={classes.part}
            data-up={part.up}
            data-testid={`part-${part.name}`}
            title={`${t(part.up ? 'board.partUp' : 'board.partDown', { part: name })}, ${formatExact(part.since)}`}
          >
            <Icon size={14} aria-hidden />
            {part.up ? name : t('board.partDown', { part: name })}
          </li>
        );
      })}
    </ul>
  );
}
