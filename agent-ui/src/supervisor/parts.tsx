import { Popover } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { PartView } from '../../../server/live/schema.ts';
import { formatExact } from '../ui/format.ts';
import { Ago } from '../ui/timer.tsx';
import { t, wordFor } from '../ui/words.ts';
import classes from './board.module.css';

/** Health of the outside parts: a word and a sign each; a part that is down is loud. A press tells more. */
export function Parts({ parts }: { parts: readonly PartView[] }) {
  return (
    <ul className={classes.parts} aria-label={t('board.parts')}>
      {parts.map((part) => (
        <li key={part.name}>
          <Part part={part} />
        </li>
      ))}
    </ul>
  );
}

function Part({ part }: { part: PartView }) {
  const name = wordFor('part', part.name);
  const Icon = part.up ? IconCircleCheck : IconAlertTriangle;
  const putRight = Object.entries(part.orphans ?? {}).filter(([, count]) => count > 0);
  const total = putRight.reduce((sum, [, count]) => sum + count, 0);
  return (
    <Popover position="bottom-start" width={320} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <button
          type="button"
          className={classes.part}
          data-up={part.up}
          data-testid={`part-${part.name}`}
          title={t('board.partMore')}
        >
          <Icon size={14} aria-hidden />
          {part.up ? name : t('board.partDown', { part: name })}
          {total > 0 ? <span className="figure">· {total}</span> : null}
        </button>
      </Popover.Target>
      <Popover.Dropdown data-testid={`part-detail-${part.name}`}>
        <p className={classes.partFact}>
          <strong>{t(part.up ? 'board.partUp' : 'board.partDown', { part: name })}</strong>,{' '}
          <Ago at={part.since} /> <span className={classes.soft}>({formatExact(part.since)})</span>
        </p>
        <p className={classes.partFact}>{t(`board.partDoes.${part.name}`)}</p>
        {part.orphans === undefined ? null : putRight.length === 0 ? (
          <p className={classes.partFact}>{t('board.noOrphans')}</p>
        ) : (
          <>
            <p className={classes.partFact}>{t('board.orphans')}</p>
            <ul className={classes.orphans}>
              {putRight.map(([kind, count]) => (
                <li key={kind}>
                  {wordFor('orphan', kind)} <span className="figure">{count}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
