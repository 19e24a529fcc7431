import { IconCopy, IconPhoneCall } from '@tabler/icons-react';
import type { MouseEvent } from 'react';
import { formatPhone } from '../ui/format.ts';
import { tellDone, tellRefusal } from '../ui/notices.ts';
import { t } from '../ui/words.ts';
import { dial, mayDial } from './dial.ts';
import classes from './phone-number.module.css';

interface Props {
  /** E.164; null: there is none, `otherwise` is shown. */
  readonly phone: string | null;
  readonly customerId?: number | null;
  readonly otherwise?: string;
  readonly strong?: boolean;
  /** Instead of ringing it as a call of one's own (a lead's number is dialled by its campaign); null: not now. */
  readonly onCall?: (() => void) | null;
  /** In a list that is walked with the arrows: no stops of the tab key. */
  readonly inList?: boolean;
}

/** A telephone number, everywhere the same: as people write it, with a button that rings it and one that copies it. */
export function PhoneNumber({ phone, customerId = null, otherwise = '', strong, onCall, inList }: Props) {
  if (phone === null) return <span className="figure">{otherwise}</span>;
  const text = formatPhone(phone);
  const call = onCall === undefined ? (mayDial() ? () => void dial(phone, customerId) : null) : onCall;
  const stop = inList ? { tabIndex: -1 } : {};
  return (
    <span className={classes.number} data-strong={strong || undefined}>
      <span className="figure">{text}</span>
      {call ? <CallButton phone={phone} customerId={customerId} onCall={call} {...stop} /> : null}
      <button
        type="button"
        className={`${classes.act} ${classes.copy}`}
        onClick={alone(() => void copy(phone))}
        aria-label={t('dial.copy', { phone: text })}
        title={t('dial.copy', { phone: text })}
        data-testid="copy-number"
        {...stop}
      >
        <IconCopy size={13} stroke={1.8} aria-hidden />
      </button>
    </span>
  );
}

interface CallProps {
  readonly phone: string;
  readonly customerId: number | null;
  readonly onCall?: () => void;
  readonly tabIndex?: number;
}

/** Rings a number. Alone where the number itself is not in sight. */
export function CallButton({ phone, customerId, onCall, tabIndex }: CallProps) {
  const word = t('dial.call', { phone: formatPhone(phone) });
  return (
    <button
      type="button"
      className={classes.act}
      onClick={alone(onCall ?? (() => void dial(phone, customerId)))}
      aria-label={word}
      title={word}
      tabIndex={tabIndex}
      data-testid="call-number"
      data-phone={phone}
    >
      <IconPhoneCall size={14} stroke={1.8} aria-hidden />
    </button>
  );
}

/** Beneath it may lie a row that opens something. */
function alone(act: () => void): (event: MouseEvent) => void {
  return (event) => {
    event.stopPropagation();
    act();
  };
}

async function copy(phone: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(phone);
    tellDone(t('dial.copied'));
  } catch {
    tellRefusal({ reason: 'clipboard' });
  }
}
