import type { EpochMs } from '../basics/ids.ts';
import { isoTime } from '../basics/sql.ts';
import type { Db } from '../db/pool.ts';
import type { Card } from './schema.ts';
import { timelineEntryJson, timelineJoins } from './store.ts';

/** May this customer be called at this number now? Answered by the contact rules; reads only. */
export type ExplainMayCall = (question: {
  readonly phone: string;
  readonly customerId: number;
  readonly timeZone: string;
  readonly now: EpochMs;
}) => Promise<{
  readonly allowed: boolean;
  readonly rule: string | null;
  readonly allowedAt: EpochMs | null;
}>;

/**
 * The whole card, or null when there is no such customer. `line`, when the caller knows it (from `findByPhone`), saves
 * waiting: the contact rules are then asked at the same time. Without it they are asked about the card's first number.
 */
export type CardReader = (
  customerId: number,
  now: EpochMs,
  line?: { readonly phone: string; readonly timeZone: string },
) => Promise<Card | null>;

const timelinePage = 30;

const cardQuery = `
  SELECT json_build_object(
    'id', c.id, 'kind', c.kind, 'name', c.name, 'account', c.account, 'inn', c.inn, 'address', c.address,
    'timeZone', c.time_zone, 'segment', c.segment, 'since', c.since,
    'responsibleName', (SELECT name FROM users WHERE id = c.responsible_id),
    'phones', ARRAY(
      SELECT json_build_object(
        'phone', p.phone, 'extension', p.extension, 'kind', p.kind,
        'doNotCall', EXISTS (SELECT FROM do_not_call d WHERE d.phone = p.phone),
        'sharedWith', (SELECT count(*) FROM customer_phones o WHERE o.phone = p.phone AND o.customer_id <> c.id))
      FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.id),
    'debt', json_build_object(
      'totalKopecks', coalesce(debt.total, 0), 'overdueKopecks', coalesce(debt.overdue, 0),
      'overdueDays', coalesce($2::date - debt.since, 0), 'invoices', coalesce(debt.invoices, '[]'),
      'lastPayment', (SELECT json_build_object('on', y.paid_on, 'amountKopecks', y.amount_kopecks)
                        FROM payments y WHERE y.customer_id = c.id ORDER BY y.paid_on DESC, y.id DESC LIMIT 1)),
    'open', ARRAY(
      SELECT json_build_object('kind', m.kind, 'text', m.text, 'dueOn', m.due_on, 'since', ${isoTime('m.opened_at')})
      FROM open_matters m WHERE m.customer_id = c.id AND m.closed_at IS NULL ORDER BY m.due_on NULLS LAST, m.id),
    'lastSaid', (
      SELECT json_build_object('at', ${isoTime('s.at')}, 'userName', w.name, 'text', s.text)
      FROM timeline s JOIN users w ON w.id = s.user_id
      WHERE s.customer_id = c.id AND s.text IS NOT NULL ORDER BY s.at DESC, s.id DESC LIMIT 1),
    'timeline', ARRAY(
      SELECT ${timelineEntryJson}
      FROM timeline t ${timelineJoins}
      WHERE t.customer_id = c.id ORDER BY t.at DESC, t.id DESC LIMIT ${timelinePage})
  ) AS card
  FROM customers c
  CROSS JOIN LATERAL (
    SELECT sum(i.amount_kopecks - i.paid_kopecks)::bigint AS total,
           (sum(i.amount_kopecks - i.paid_kopecks) FILTER (WHERE i.due_on < $2))::bigint AS overdue,
           min(i.due_on) FILTER (WHERE i.due_on < $2) AS since,
           json_agg(json_build_object('number', i.number, 'issuedOn', i.issued_on, 'dueOn', i.due_on,
             'amountKopecks', i.amount_kopecks, 'paidKopecks', i.paid_kopecks) ORDER BY i.due_on, i.id) AS invoices
      FROM invoices i WHERE i.customer_id = c.id AND i.paid_kopecks < i.amount_kopecks) debt
  WHERE c.id = $1`;

/**
 * Reads customer cards: one round trip and one prepared statement each, for it stands between a ringing caller and the
 * agent's screen. What is overdue is judged by the calendar of the company's zone.
 */
export function makeCardReader(options: {
  db: Db;
  companyTimeZone: string;
  explainMayCall: ExplainMayCall;
}): CardReader {
  const { db, explainMayCall } = options;
  // Sweden writes dates as ISO does.
  const calendar = new Intl.DateTimeFormat('sv-SE', { timeZone: options.companyTimeZone });
  return async (customerId, now, line) => {
    const ask = (phone: string, timeZone: string) => explainMayCall({ phone, customerId, timeZone, now });
    const [{ rows }, early] = await Promise.all([
      db.query<{ card: Omit<Card, 'mayCall'> }>({
        name: 'card',
        text: cardQuery,
        values: [customerId, calendar.format(now)],
      }),
      line ? ask(line.phone, line.timeZone) : null,
    ]);
    const card = rows[0]?.card;
    if (!card) return null;
    const phone = card.phones[0]?.phone;
    const answer =
      early ??
      (phone ? await ask(phone, card.timeZone) : { allowed: false, rule: 'noPhone', allowedAt: null });
    const { allowed, rule, allowedAt } = answer;
    return {
      ...card,
      mayCall: { allowed, rule, allowedAt: allowedAt === null ? null : new Date(allowedAt).toISOString() },
    };
  };
}
