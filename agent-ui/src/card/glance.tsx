import { Badge } from '@mantine/core';
import { IconPhone } from '@tabler/icons-react';
import type { Card } from '../../../server/customers/schema.ts';
import { serverNow, useNow } from '../ui/clock.ts';
import { formatAmount, formatDate, formatPhone, formatShort, formatTime } from '../ui/format.ts';
import { Ago } from '../ui/timer.tsx';
import { t, wordFor } from '../ui/words.ts';
import { isoDate, sameClock } from '../ui/zone.ts';
import classes from './customer-card.module.css';

/** The first 120 px: who, what he owes, what is open, what was said last, may he be called. */
export function Glance({ card, linePhone }: { card: Card; linePhone: string | null }) {
  const foreign = !sameClock(card.timeZone, serverNow());
  return (
    <header className={classes.glance}>
      <div className={classes.title}>
        <h1 className={classes.name} data-testid="card-name" title={card.name}>
          {card.name}
        </h1>
        {linePhone ? (
          <span className={classes.line}>
            <IconPhone size={14} aria-hidden />
            <span className="figure">{formatPhone(linePhone)}</span>
            <span className="muted">{t('card.onLine')}</span>
          </span>
        ) : null}
      </div>
      <div className={classes.relation}>
        {card.segment ? (
          <Badge size="sm" variant="outline" color="gray" radius="sm" tt="none">
            {card.segment}
          </Badge>
        ) : null}
        {card.account ? <span className="figure">{t('ui.account', { account: card.account })}</span> : null}
        {card.since ? <span>{t('card.since', { date: formatDate(card.since) })}</span> : null}
        {card.responsibleName ? <span>{t('card.responsible', { name: card.responsibleName })}</span> : null}
        {foreign ? <TheirTime timeZone={card.timeZone} /> : null}
      </div>
      <div className={classes.cells}>
        <Debt debt={card.debt} />
        <Open open={card.open} timeZone={card.timeZone} />
        <LastSaid said={card.lastSaid} />
        <MayCall mayCall={card.mayCall} timeZone={foreign ? card.timeZone : null} />
      </div>
    </header>
  );
}

function TheirTime({ timeZone }: { timeZone: string }) {
  const now = useNow();
  return (
    <strong className="figure">{t('card.theirTime', { time: formatTime(new Date(now), timeZone) })}</strong>
  );
}

function Debt({ debt }: { debt: Card['debt'] }) {
  return (
    <section className={classes.cell}>
      <div className={classes.label}>{t('card.debt')}</div>
      <div className={classes.value} data-testid="card-debt">
        {debt.totalKopecks > 0 ? formatAmount(debt.totalKopecks) : t('card.noDebt')}
      </div>
      {debt.totalKopecks > 0 ? (
        <div className={classes.small}>
          {debt.overdueKopecks > 0
            ? t('card.overdue', {
                days: debt.overdueDays,
                amount:
                  debt.overdueKopecks < debt.totalKopecks ? `: ${formatAmount(debt.overdueKopecks)}` : '',
              })
            : t('card.notOverdue')}
        </div>
      ) : null}
    </section>
  );
}

function Open({ open, timeZone }: { open: Card['open']; timeZone: string }) {
  const [first, ...more] = open;
  const today = isoDate(serverNow(), timeZone);
  return (
    <section className={classes.cell}>
      <div className={classes.label}>{t('card.open')}</div>
      {first ? (
        <>
          <div className={`${classes.value} ${classes.words}`}>
            {wordFor('card.openKind', first.kind)}
            {more.length > 0 ? (
              <span className={classes.label}> {t('card.openMore', { count: more.length })}</span>
            ) : null}
          </div>
          <div className={classes.small} title={open.map((o) => o.text).join('\n')}>
            {first.dueOn ? (
              <span className={first.dueOn < today ? classes.late : ''}>
                {t('card.dueOn', { date: formatDate(first.dueOn) })}:{' '}
              </span>
            ) : null}
            {first.text}
          </div>
        </>
      ) : (
        <div className={`${classes.value} muted`}>{t('card.nothingOpen')}</div>
      )}
    </section>
  );
}

function LastSaid({ said }: { said: Card['lastSaid'] }) {
  return (
    <section className={classes.cell}>
      <div className={classes.label}>{t('card.lastSaid')}</div>
      {said ? (
        <div className={`${classes.small} ${classes.three}`} title={said.text}>
          <strong>
            <Ago at={said.at} />
            {said.userName ? `, ${said.userName}` : ''}:
          </strong>{' '}
          {said.text}
        </div>
      ) : (
        <div className={`${classes.small} muted`}>{t('card.neverTalked')}</div>
      )}
    </section>
  );
}

function MayCall({ mayCall, timeZone }: { mayCall: Card['mayCall']; timeZone: string | null }) {
  return (
    <section className={classes.cell} data-testid="card-may-call">
      <div className={classes.label}>{t('card.mayCall')}</div>
      {mayCall.allowed ? (
        <div className={`${classes.value} ${classes.yes}`}>{t('card.allowed')}</div>
      ) : (
        <>
          <div className={`${classes.value} ${classes.no}`}>{t('card.notAllowed')}</div>
          <div className={classes.small}>
            {wordFor('rule', mayCall.rule ?? 'unknown')}
            {mayCall.allowedAt ? ` ${t('card.allowedAt', { time: formatShort(mayCall.allowedAt) })}` : null}
            {mayCall.allowedAt && timeZone
              ? ` (${t('card.allowedAtTheirs', { time: formatTime(mayCall.allowedAt, timeZone) })})`
              : null}
          </div>
        </>
      )}
    </section>
  );
}
