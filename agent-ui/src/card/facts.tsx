import type { ReactNode } from 'react';
import type { Card } from '../../../server/customers/schema.ts';
import { PhoneNumber } from '../dial/phone-number.tsx';
import { formatAmount, formatDate } from '../ui/format.ts';
import { t } from '../ui/words.ts';
import classes from './customer-card.module.css';

/** Everything else beside the timeline, each folded to its headline figure. */
export function Facts({ card, linePhone }: { card: Card; linePhone: string | null }) {
  const { invoices, lastPayment } = card.debt;
  const unpaid = invoices.filter((i) => i.paidKopecks < i.amountKopecks);
  return (
    <aside className={classes.facts}>
      <Fold title={t('card.phones')} headline={card.phones.length} open>
        <ul className={classes.list}>
          {card.phones.map((p) => (
            <li key={p.phone}>
              <span className={classes.phone}>
                <PhoneNumber phone={p.phone} customerId={card.id} strong={p.phone === linePhone} />
              </span>
              {p.extension ? <span>{t('card.extension', { extension: p.extension })}</span> : null}
              {p.doNotCall ? <span className={classes.no}>{t('card.doNotCall')}</span> : null}
              {p.sharedWith > 0 ? (
                <span className="muted">{t('card.sharedWith', { count: p.sharedWith })}</span>
              ) : null}
            </li>
          ))}
        </ul>
      </Fold>
      <Fold title={t('card.invoices')} headline={unpaid.length > 0 ? unpaid.length : t('ui.no')}>
        <ul className={classes.list}>
          {unpaid.map((i) => (
            <li key={i.number}>
              <span className="figure">
                {t('card.invoice', { number: i.number, date: formatDate(i.dueOn) })}
              </span>
              <span className="num">{formatAmount(i.amountKopecks - i.paidKopecks)}</span>
            </li>
          ))}
          {unpaid.length === 0 ? <li className="muted">{t('card.noInvoices')}</li> : null}
        </ul>
      </Fold>
      <Fold
        title={t('card.lastPayment')}
        headline={lastPayment ? formatAmount(lastPayment.amountKopecks) : t('ui.no')}
      >
        <ul className={classes.list}>
          <li>{lastPayment ? formatDate(lastPayment.on) : t('card.noPayments')}</li>
        </ul>
      </Fold>
      <Fold
        title={t('card.details')}
        headline={card.kind === 'company' ? t('card.company') : t('card.person')}
      >
        <dl className={classes.pairs}>
          <Pair name={t('card.address')} value={card.address} />
          <Pair name={t('ui.inn', { inn: '' }).trim()} value={card.inn} />
          <Pair name={t('card.zone')} value={card.timeZone} />
          <Pair name={t('card.segment')} value={card.segment} />
        </dl>
      </Fold>
    </aside>
  );
}

function Fold(props: { title: string; headline: ReactNode; open?: boolean; children: ReactNode }) {
  return (
    <details className={classes.fold} open={props.open}>
      <summary>
        <span>{props.title}</span>
        <span className={classes.headline}>{props.headline}</span>
      </summary>
      {props.children}
    </details>
  );
}

function Pair({ name, value }: { name: string; value: string | null }) {
  if (!value) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd className="figure" style={{ whiteSpace: 'normal' }}>
        {value}
      </dd>
    </>
  );
}
