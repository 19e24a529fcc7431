import { useSyncExternalStore } from 'react';
import type { CallView, CommandAnswer, WatchMode } from '../../../server/live/schema.ts';
import { readTopic, send, watchLive } from '../live/client.ts';
import { type MyWork, workOf } from '../live/my-work.ts';
import { readTab } from '../live/tab.ts';
import { phone } from '../softphone/phone.ts';
import { wantPhone } from '../softphone/wanted.ts';
import { tellRefusal } from '../ui/notices.ts';

/**
 * A supervisor comes onto a call: turns his phone on if it is off (the browser asks for the microphone), leaves the call that he
 * is on, sends the command. Outside of React, so that it goes on whatever page he turns to.
 */
export type Wish = WatchMode | 'takeOver';

export interface Starting {
  readonly callId: string;
  readonly wish: Wish;
  /** Who is on the call, in words. */
  readonly who: string;
}

/** His phone must be there within this time, the question for the microphone included. */
const phoneMs = 60_000;
/** The call that he has just left lets him go within some ms. */
const leaveMs = 2000;

let starting: Starting | null = null;
const watchers = new Set<() => void>();

function become(next: Starting | null): void {
  starting = next;
  for (const watcher of watchers) watcher();
}

export function useStarting(): Starting | null {
  return useSyncExternalStore(
    (handle) => {
      watchers.add(handle);
      return () => watchers.delete(handle);
    },
    () => starting,
  );
}

/** What he wanted has become senseless, or he thought better of it. */
export function cancelStart(): void {
  become(null);
}

function myWork(): Omit<MyWork, 'loaded'> {
  return workOf(readTopic('me')?.entities ?? {});
}

/** Is he on this call already, in whatever way? */
function watched(): CallView | null {
  const { call, part } = myWork();
  return part === 'watching' ? call : null;
}

/** Comes onto the call, or changes how he is on it. */
export async function supervise(wish: Starting): Promise<void> {
  const { callId } = wish;
  const on = watched();
  if (on?.callId === callId) return tell(await send(commandOf(wish)));
  become(wish);
  if (on) await send({ type: 'supervise.unwatch', callId: on.callId });
  const mine = (): boolean => starting === wish;
  wantPhone(true);
  const there = await phoneThere(mine);
  if (!mine()) return;
  const answer: CommandAnswer = there ? await order(wish, mine) : { ok: false, reason: 'phoneOffline' };
  if (!mine()) return;
  become(null);
  tell(answer);
}

export async function leaveCall(callId: string): Promise<void> {
  tell(await send({ type: 'supervise.unwatch', callId }));
}

export async function endCall(callId: string): Promise<void> {
  tell(await send({ type: 'supervise.end', callId }));
}

function tell(answer: CommandAnswer): void {
  if (!answer.ok) tellRefusal(answer);
}

function commandOf({ callId, wish }: Starting) {
  return wish === 'takeOver'
    ? ({ type: 'supervise.takeOver', callId } as const)
    : ({ type: 'supervise.watch', callId, mode: wish } as const);
}

async function order(wish: Starting, mine: () => boolean): Promise<CommandAnswer> {
  const end = Date.now() + leaveMs;
  for (;;) {
    const answer = await send(commandOf(wish));
    if (answer.ok || answer.reason !== 'onACall' || Date.now() > end || !mine()) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Can his phone be rung, here or in another tab of his? The server's word counts: it rings it. */
function isPhoneThere(): boolean {
  const here = phone.state().status === 'online' || readTab() === 'elsewhere';
  return here && myWork().agent?.phoneOnline === true;
}

function phoneThere(mine: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      resolve(isPhoneThere());
    };
    const look = (): void => {
      if (isPhoneThere() || !mine()) over();
    };
    const timer = setTimeout(over, phoneMs);
    watchers.add(look);
    const stops = [phone.watch(look), watchLive(look), () => watchers.delete(look)];
    look();
  });
}
