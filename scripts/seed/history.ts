import type { Customer } from './customers.ts';
import type { Random } from './random.ts';
import {
  complaints,
  debtTalks,
  hotlineTalks,
  letters,
  notes,
  reminders,
  serviceTalks,
  tasks,
  visits,
  workingTime,
} from './stories.ts';

/** Half a year of life with one customer. Pure: rows out, named as the tables' columns. */

type Row = Record<string, unknown>;

export interface History {
  readonly invoices: Row[];
  readonly payments: Row[];
  readonly open_matters: Row[];
  readonly calls: Row[];
  readonly call_legs: Row[];
  readonly timeline: (Row & { readonly at: string })[];
}

export interface Company {
  readonly agentIds: readonly number[];
  readonly queueId: number;
  readonly hotlineNumber: string;
  readonly dispositionIds: Readonly<Record<string, number>>;
  /** 00:00 UTC of the day of seeding; everything lies before it, so that today's counters begin at nothing. */
  readonly todayMs: number;
}

export const dayMs = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();
export const isoDay = (ms: number): string => iso(ms).slice(0, 10);

export function makeHistory(random: Random, customer: Customer, company: Company, out: History): void {
  const { agentIds, todayMs } = company;
  const { id } = customer;
  const note = (kind: string, at: number, text: string | null, extra: Row = {}): void => {
    out.timeline.push({ customer_id: id, at: iso(at), kind, text, ...extra });
  };
  /** So many days ago, in working hours. */
  const ago = (days: number): number => todayMs - days * dayMs + workingTime(random) - 3 * 3_600_000;

  // Money: an invoice a month, due in ten days; who is behind has one, two or three of the latest unpaid.
  const behind = customer.behindMonths;
  for (let month = 6; month >= 1; month--) {
    const issued = todayMs - (month * 30 - 5) * dayMs;
    const due = issued + 10 * dayMs;
    const amount = customer.monthlyKopecks;
    const number = `${customer.account}-${7 - month}`;
    const unpaid = month <= behind;
    const partly = unpaid && month === behind && random.chance(0.3) ? Math.round(amount / 200) * 100 : 0;
    const paid = unpaid ? partly : amount;
    out.invoices.push({
      customer_id: id,
      number,
      issued_on: isoDay(issued),
      due_on: isoDay(due),
      amount_kopecks: amount,
      paid_kopecks: paid,
    });
    note('invoice', issued + 9 * 3_600_000, `Счёт ${number}`, { amount_kopecks: amount });
    if (paid > 0) {
      const paidAt = Math.min(due + random.int(-8, 4) * dayMs, todayMs - dayMs) + 12 * 3_600_000;
      out.payments.push({ customer_id: id, number, paid_on: isoDay(paidAt), amount_kopecks: paid });
      note('payment', paidAt, null, { amount_kopecks: paid });
    }
    if (unpaid && due < todayMs - 2 * dayMs) {
      note('sms', due + dayMs + 11 * 3_600_000, reminders[month < behind ? 1 : 0]!);
      if (due < todayMs - 16 * dayMs) note('letter', due + 14 * dayMs + 13 * 3_600_000, letters[0]!);
    }
  }

  // Talks, the oldest first; each agent knows some customers better than others.
  const usualAgent = agentIds[id % agentIds.length]!;
  const talks = random.int(2, 8);
  for (let i = 0; i < talks; i++) {
    const days = Math.max(1, Math.round(((talks - i) * 170) / talks) - random.int(0, 12));
    makeCall(ago(days), random.chance(0.6) ? usualAgent : random.pick(agentIds), i === talks - 1);
  }

  function makeCall(at: number, agentId: number, latest: boolean): void {
    const forDebt = latest && behind > 0 && random.chance(0.7);
    const direction = forDebt ? 'manual' : random.chance(0.7) ? 'hotline' : 'campaign';
    const stories = forDebt ? debtTalks : direction === 'hotline' ? hotlineTalks : serviceTalks;
    const [disposition, text] = random.pick<readonly [string, string]>(stories);
    const lost = random.chance(0.15);
    const outcome = lost
      ? direction === 'hotline'
        ? 'abandoned'
        : random.pick(['noAnswer', 'busy'])
      : 'answered';
    const waitMs = random.int(3, lost ? 90 : 40) * 1000 + random.int(0, 999);
    const talkMs = lost ? null : random.int(35, 420) * 1000 + random.int(0, 999);
    const answered = lost ? null : at + waitMs;
    const ended = at + waitMs + (talkMs ?? 0);
    const callId = `demo-${Math.floor(at / 1000)}.${customer.account}`;
    const inbound = direction === 'hotline';
    const answeredBy = lost && inbound ? null : agentId;
    out.calls.push({
      id: callId,
      node: 'demo',
      direction,
      customer_id: id,
      phone: customer.phones[0],
      called_number: inbound ? company.hotlineNumber : null,
      queue_id: inbound ? company.queueId : null,
      agent_id: answeredBy,
      offered_at: iso(at),
      queued_at: inbound ? iso(at + 1500) : null,
      answered_at: answered && iso(answered),
      connected_at: answered && iso(answered),
      ended_at: iso(ended),
      wait_ms: inbound ? waitMs - 1500 : null,
      talk_ms: talkMs,
      outcome,
      sip_code: outcome === 'busy' ? 486 : outcome === 'noAnswer' ? 0 : 200,
      cause: outcome === 'busy' ? 17 : outcome === 'noAnswer' ? 19 : 16,
      hung_up_by:
        outcome === 'answered' ? random.pick(['customer', 'agent']) : inbound ? 'customer' : 'system',
      fallback: false,
      disposition_id: lost ? null : company.dispositionIds[disposition],
      note: lost ? null : text,
    });
    const leg = {
      call_id: callId,
      started_at: iso(at),
      answered_at: answered && iso(answered),
      ended_at: iso(ended),
      cause: 16,
      sip_code: 200,
    };
    out.call_legs.push({ ...leg, id: callId, role: 'customer', agent_id: null });
    if (!lost) out.call_legs.push({ ...leg, id: `${callId}-agent`, role: 'agent', agent_id: agentId });
    note('call', at, lost ? null : text, { user_id: answeredBy, call_id: callId });
    if (!lost) follow(disposition, ended, agentId, latest);
  }

  /** What a talk leaves behind: a promise, a complaint, somebody's task; closed, unless it was the latest talk. */
  function follow(disposition: string, at: number, agentId: number, latest: boolean): void {
    const open = latest && at > todayMs - 30 * dayMs;
    const closedAt = open ? null : iso(Math.min(at + random.int(2, 9) * dayMs, todayMs));
    const matter = (kind: string, text: string, dueDays: number): void => {
      out.open_matters.push({
        customer_id: id,
        kind,
        text,
        due_on: isoDay(at + dueDays * dayMs),
        opened_at: iso(at),
        closed_at: closedAt,
      });
      note(kind, at + 20_000, text, { user_id: agentId });
    };
    if (disposition === 'promise')
      matter('promise', 'Обещал оплатить задолженность полностью', random.int(3, 20));
    if (disposition === 'complaint') matter('complaint', random.pick(complaints), 10);
    if (disposition === 'callback' || disposition === 'dispute')
      matter('task', random.pick(tasks), random.int(1, 12));
  }

  if (random.chance(0.35)) note('note', ago(random.int(2, 150)), random.pick(notes), { user_id: usualAgent });
  if (random.chance(0.25)) note('visit', ago(random.int(20, 170)), random.pick(visits));
}
