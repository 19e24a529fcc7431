import {
  IconBellRinging,
  IconCircleCheck,
  IconClock,
  IconPencil,
  IconPhone,
  IconPhonePause,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import type { AgentStateName, CallPhase } from '../../../server/live/schema.ts';
import classes from './state.module.css';
import { wordFor } from './words.ts';

const icons = {
  offline: IconPlugConnectedX,
  ready: IconCircleCheck,
  ringing: IconBellRinging,
  talking: IconPhone,
  hold: IconPhonePause,
  wrapUp: IconPencil,
  paused: IconClock,
} as const;

/** A call's phase wears the colour of the agent's state that goes with it. */
const phaseStates: Record<CallPhase, AgentStateName> = {
  greeting: 'offline',
  queued: 'ringing',
  ringing: 'ringing',
  dialling: 'ringing',
  talking: 'talking',
  held: 'hold',
  recovering: 'paused',
  transferring: 'ringing',
  away: 'offline',
  ended: 'offline',
};

interface BadgeProps {
  readonly state: AgentStateName;
  /** Instead of the state's own word, e.g. the reason of a pause. */
  readonly label?: string;
  readonly size?: 'small' | 'normal' | 'wall';
  readonly testId?: string;
}

/** One colour, one sign and one word per state, everywhere. */
export function StateBadge({ state, label, size = 'normal', testId }: BadgeProps) {
  const Icon = icons[state];
  return (
    <span className={classes.badge} data-state={state} data-size={size} data-testid={testId}>
      <Icon size={size === 'wall' ? 22 : 14} stroke={2} aria-hidden />
      {label ?? wordFor('state', state)}
    </span>
  );
}

/** The same for a call's phase. */
export function PhaseBadge({
  phase,
  size = 'normal',
  testId,
}: {
  phase: CallPhase;
  size?: 'small' | 'normal' | 'wall';
  testId?: string;
}) {
  return (
    <StateBadge
      state={phaseStates[phase]}
      label={wordFor('phase', phase)}
      size={size}
      {...(testId ? { testId } : {})}
    />
  );
}
