import { Popover } from '@mantine/core';
import { IconGridDots } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { send } from '../live/client.ts';
import { phone } from '../softphone/phone.ts';
import { useHotkeys } from '../ui/hotkeys.ts';
import { tellRefusal } from '../ui/notices.ts';
import { t } from '../ui/words.ts';
import classes from './call-panel.module.css';
import { Control } from './control.tsx';

const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];
/** The server takes so many in one command. */
const most = 32;

/** Digits for the far end's machine: pressed or typed while it is open; what was sent stays in sight. */
export function Keypad({ callId }: { callId: string | null }) {
  const [opened, setOpened] = useState(false);
  const [sent, setSent] = useState<{ callId: string; text: string } | null>(null);
  const waiting = useRef('');
  const sending = useRef(false);
  const open = opened && callId !== null;
  useHotkeys({ F7: callId !== null && (() => setOpened(!opened)) });

  // One command at a time keeps the digits in their order; what is typed meanwhile goes with the next.
  const flush = async (to: string): Promise<void> => {
    if (sending.current) return;
    sending.current = true;
    while (waiting.current !== '') {
      const batch = waiting.current.slice(0, most);
      waiting.current = waiting.current.slice(most);
      const answer = await send({ type: 'call.digits', callId: to, digits: batch });
      // Without a server the phone sends them by itself.
      if (!answer.ok && answer.reason === 'notConnected') phone.sendDtmf(batch);
      else if (!answer.ok) {
        waiting.current = '';
        tellRefusal(answer);
      }
    }
    sending.current = false;
  };
  const press = (digit: string): void => {
    if (callId === null) return;
    setSent((was) => ({ callId, text: `${was?.callId === callId ? was.text : ''}${digit}`.slice(-40) }));
    waiting.current += digit;
    void flush(callId);
  };
  // Before anybody else, and from the key after F7 on: the focus comes into the pad a moment later, and until then a digit
  // would choose a result.
  const pressed = useRef(press);
  useEffect(() => {
    pressed.current = press;
  });
  useEffect(() => {
    if (!open) return;
    const type = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || !digits.includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      pressed.current(event.key);
    };
    window.addEventListener('keydown', type, true);
    return () => window.removeEventListener('keydown', type, true);
  }, [open]);
  return (
    <Popover opened={open} onChange={setOpened} position="bottom" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <div>
          <Control
            name="keypad"
            act={callId === null ? null : () => setOpened(!opened)}
            keyName="F7"
            on={open}
            icon={<IconGridDots size={16} />}
          >
            {t('desk.keypad')}
          </Control>
        </div>
      </Popover.Target>
      <Popover.Dropdown data-testid="keypad-pad">
        <output className={classes.sent} data-testid="digits-sent" aria-label={t('desk.digitsSent')}>
          {(sent?.callId === callId && sent?.text) || <span className="muted">{t('desk.typeDigits')}</span>}
        </output>
        <div className={classes.keypad}>
          {digits.map((d) => (
            <button
              key={d}
              type="button"
              className={classes.digit}
              onClick={() => press(d)}
              data-testid={`digit-${d}`}
            >
              {d}
            </button>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
