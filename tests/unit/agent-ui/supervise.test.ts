import { describe, expect, it, test } from 'vitest';
import { actText } from '../../../agent-ui/src/supervisor/act-text.ts';
import { mayDo } from '../../../agent-ui/src/supervisor/call-acts.tsx';
import { armedMs, pressed } from '../../../agent-ui/src/supervisor/press-twice.ts';
import type { CallView } from '../../../server/live/schema.ts';
import { actNames } from '../../../server/supervision/schema.ts';

describe('an act that wants a second press', () => {
  const first = pressed(null, 'end a', 1000);

  it('does nothing at the first and acts at the second', () => {
    expect(first.go).toBe(false);
    expect(pressed(first.armed, 'end a', 2000)).toEqual({ armed: null, go: true });
  });

  it('takes a double click for one press', () => {
    const again = pressed(first.armed, 'end a', 1100);
    expect(again.go).toBe(false);
    expect(pressed(again.armed, 'end a', 1500).go).toBe(true);
  });

  it('forgets the first press after three seconds', () => {
    expect(pressed(first.armed, 'end a', 1001 + armedMs).go).toBe(false);
  });

  it('takes a press of another act, or on another call, for a first one', () => {
    expect(pressed(first.armed, 'end b', 2000)).toEqual({ armed: { act: 'end b', at: 2000 }, go: false });
  });
});

const call = {
  phase: 'talking',
  agentId: 1,
  consult: null,
} as CallView;

test('nobody supervises his own call, but may end it', () => {
  expect(mayDo('listen', call, 1)).toBe(false);
  expect(mayDo('takeOver', call, 1)).toBe(false);
  expect(mayDo('end', call, 1)).toBe(true);
  expect(mayDo('listen', call, 9)).toBe(true);
});

test('a call that still hears its greeting cannot be taken over, an ended one nothing', () => {
  expect(mayDo('takeOver', { ...call, phase: 'greeting' }, 9)).toBe(false);
  expect(mayDo('listen', { ...call, phase: 'greeting' }, 9)).toBe(true);
  expect(mayDo('end', { ...call, phase: 'ended' }, 9)).toBe(false);
});

test('every act has words, and what was set is told with it', () => {
  for (const act of actNames) expect(actText({ act, detail: {} })).not.toMatch(/Сервер ответил|acts\./);
  expect(actText({ act: 'setState', detail: { state: 'paused', reason: 'lunch' } })).toBe(
    'Смена состояния: Обед',
  );
  expect(actText({ act: 'setState', detail: { state: 'offline', reason: null } })).toBe(
    'Смена состояния: Не в сети',
  );
});
