import type { ReactNode } from 'react';
import { Key } from '../ui/feedback.tsx';
import classes from './call-panel.module.css';

interface Props {
  readonly name: string;
  /** Null: it cannot be done now; the control keeps its place, greyed. */
  readonly act: (() => void) | null;
  readonly keyName: string;
  readonly icon: ReactNode;
  readonly on?: boolean;
  readonly tone?: 'go' | 'stop' | 'warn';
  readonly children: string;
}

/** One of the call's buttons: sign, key, word; always at the same place. */
export function Control({ name, act, keyName, icon, on, tone, children }: Props) {
  return (
    <button
      type="button"
      className={classes.control}
      disabled={act === null}
      aria-pressed={on}
      data-tone={tone}
      data-testid={name}
      title={children}
      onClick={() => act?.()}
    >
      <span className={classes.controlTop}>
        {icon}
        <Key>{keyName}</Key>
      </span>
      <span className={classes.controlWord}>{children}</span>
    </button>
  );
}
