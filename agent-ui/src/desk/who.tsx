import { type ReactNode, useState } from 'react';
import type { Pop } from '../../../server/live/schema.ts';
import { CustomerPicker } from '../card/customer-picker.tsx';
import { send } from '../live/client.ts';
import { formatPhone } from '../ui/format.ts';
import { tellRefusal } from '../ui/notices.ts';
import { t } from '../ui/words.ts';
import classes from './desk.module.css';

async function attach(callId: string, customerId: number): Promise<void> {
  const answer = await send({ type: 'call.attachCustomer', callId, customerId });
  if (!answer.ok) tellRefusal(answer);
}

interface Choice {
  readonly callId: string;
  readonly candidates: Pop['candidates'];
  readonly chosen: number | null;
}

/** Several customers have this number: best match first, one click attaches the call. */
export function Candidates({ callId, candidates, chosen }: Choice) {
  const [sending, setSending] = useState(false);
  const choose = async (id: number): Promise<void> => {
    setSending(true);
    await attach(callId, id);
    setSending(false);
  };
  return (
    <div className={classes.candidates} data-testid="candidates">
      <span>{t('desk.candidates')}</span>
      {candidates.map((c) => (
        <button
          key={c.id}
          type="button"
          className={classes.candidate}
          aria-pressed={c.id === chosen}
          disabled={sending}
          onClick={() => void choose(c.id)}
        >
          {c.name}
          {c.account ? <span className="muted"> {t('ui.account', { account: c.account })}</span> : null}
        </button>
      ))}
    </div>
  );
}

/** Nobody is known by this number: it is kept, and the agent is told how to find out who it is. */
export function NoMatch({
  callId,
  phone,
  candidates,
  children,
}: {
  callId: string;
  phone: string | null;
  candidates: Pop['candidates'];
  /** Above it: notes of those who had the call before. */
  children?: ReactNode;
}) {
  return (
    <div className={classes.noMatch} data-testid="no-match">
      {children}
      {candidates.length > 1 ? <Candidates callId={callId} candidates={candidates} chosen={null} /> : null}
      <h1 className={classes.noMatchTitle} data-testid="card-name">
        {phone ? t('desk.noMatch', { phone: formatPhone(phone) }) : t('desk.noMatchHidden')}
      </h1>
      <p>{t('desk.noMatchText')}</p>
      <CustomerPicker
        label={t('desk.attach')}
        onPick={(hit) => void attach(callId, hit.id)}
        testId="attach-customer"
      />
      <p className="muted">{t('desk.newContactText')}</p>
    </div>
  );
}
