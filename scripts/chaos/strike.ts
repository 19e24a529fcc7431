import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../seed/random.ts';
import type { Arena } from './arena.ts';
import { voiceHz } from './customers.ts';
import { agentsOwn, type Blow, type CallStep } from './plan.ts';
import type { Robot } from './robot.ts';

/** A step is waited for so long; then the blow falls on whatever is there. */
const stepMs = 15_000;
/** A server that stays away for so long is rung without. */
const ringsWithoutServerMs = 900;

export interface Struck {
  readonly at: number;
  readonly step: CallStep | 'any';
  readonly target: string;
  /** The agent whose browser was struck. */
  readonly robot: Robot | null;
  readonly conversations: readonly string[];
  /** Refresh and crash in a talk: resolves with the time until the customer was heard again. */
  readonly voice: Promise<number | null>;
}

/** Waits for the blow's step of a call and strikes. */
export async function strike(arena: Arena, blow: Blow, random: Random, wait: boolean): Promise<Struck> {
  const found = wait ? await findStep(arena, blow.step, random, agentsOwn(blow.kind)) : null;
  const step = found === null ? 'any' : blow.step;
  const sight = await arena.watch.look();
  const conversations = sight?.conversations.map((c) => c.customerId) ?? [];
  const robot = agentsOwn(blow.kind) ? (found?.robot ?? random.pick(arena.robots)) : null;
  const at = Date.now();
  const voice = perform(arena, blow, robot, random);
  voice.catch(() => {});
  const target = [robot?.desk.login ?? '', step === 'any' && wait ? `(wanted ${blow.step})` : ''].join(' ');
  return { at, step, target: target.trim(), robot, conversations, voice };
}

async function findStep(
  arena: Arena,
  step: CallStep,
  random: Random,
  ofAgent: boolean,
): Promise<{ robot: Robot | null } | null> {
  const { observer, robots, callers } = arena;
  const robotOf = (agentId: number | null) => robots.find((r) => r.desk.userId === agentId) ?? null;
  for (const robot of robots) robot.wish = step === 'held' || step === 'consult' ? step : null;
  if (step === 'queued') for (let i = 0; i < robots.length + 1; i++) void callers.ring(false);
  for (const end = Date.now() + stepMs; Date.now() < end; await sleep(40)) {
    const now = Date.now();
    const calls = observer.calls();
    switch (step) {
      case 'popping': {
        // Too short to be seen from outside: a customer rings while somebody is free, and the blow falls within the next moments.
        const free = observer
          .agents()
          .find((a) => a.state === 'ready' && a.phoneOnline && robotOf(a.agentId));
        if (free === undefined || calls.some((c) => c.phase === 'queued')) continue;
        await callers.ring(false);
        await sleep(random.int(5, 70));
        return { robot: robotOf(free.agentId) };
      }
      case 'wrapUp': {
        const agent = observer.agents().find((a) => a.state === 'wrapUp' && robotOf(a.agentId));
        if (agent !== undefined) return { robot: robotOf(agent.agentId) };
        continue;
      }
      default: {
        const phase = step === 'consult' ? null : step;
        const fits = calls.filter(
          (c) =>
            (phase === null ? c.consult != null : c.phase === phase) &&
            now - Date.parse(c.since) > (step === 'ringing' || step === 'dialling' ? 150 : 700) &&
            (!ofAgent || robotOf(c.agentId) !== null),
        );
        if (fits.length > 0) return { robot: robotOf(random.pick(fits).agentId) };
      }
    }
  }
  return null;
}

async function perform(
  arena: Arena,
  blow: Blow,
  robot: Robot | null,
  random: Random,
): Promise<number | null> {
  const { parts } = arena;
  const { kind, awayMs } = blow;
  switch (kind) {
    case 'serverKill':
      parts.kill('server', awayMs);
      // Its death takes the exchange a moment to see; somebody rings right then, too.
      if (awayMs >= ringsWithoutServerMs) await ringWithoutServer(arena, random);
      return null;
    case 'dialerKill':
      parts.kill('dialer', awayMs);
      return null;
    case 'busKill':
      parts.kill('valkey', awayMs);
      return null;
    case 'databaseKill':
      parts.kill('postgres', awayMs);
      return null;
    case 'exchangeKill':
      parts.kill('pbx', awayMs);
      return null;
    case 'serverFreeze':
      parts.freeze('server', awayMs);
      return null;
    case 'dialerFreeze':
      parts.freeze('dialer', awayMs);
      return null;
    case 'busFreeze':
      parts.freeze('valkey', awayMs);
      return null;
    case 'databaseFreeze':
      parts.freeze('postgres', awayMs);
      return null;
    case 'liveCut':
      if (random.chance(0.3)) robot?.desk.pages.hold(awayMs);
      else robot?.desk.pages.cut(awayMs);
      await sleep(awayMs);
      return null;
    case 'phoneCut':
      if (random.chance(0.3)) robot?.desk.sip.hold(awayMs);
      else robot?.desk.sip.cut(awayMs);
      await sleep(awayMs);
      return null;
    case 'refresh':
      return robot === null ? null : newPage(robot, () => robot.desk.refresh());
    case 'crash':
      return robot === null ? null : newPage(robot, () => robot.desk.crash(awayMs), awayMs);
    default:
      return kind satisfies never;
  }
}

async function ringWithoutServer(arena: Arena, random: Random): Promise<void> {
  await sleep(random.int(50, 700));
  await arena.callers.ring(true);
}

/**
 * Replaces an agent's page; when he heard his customer before, resolves with the time until he hears him again, counted from the
 * refresh or from the opening of the new page. Null: there was nothing to hear, or the customer left meanwhile.
 */
async function newPage(robot: Robot, replace: () => Promise<void>, awayMs = 0): Promise<number | null> {
  const { desk } = robot;
  const heard = await hears(robot);
  robot.resting = true;
  const begun = Date.now() + awayMs;
  await replace();
  robot.resting = false;
  if (!heard) return null;
  for (const end = begun + 15_000; Date.now() < end; await sleep(50)) {
    if (await hearsCustomer(robot)) return Date.now() - begun;
    const look = await desk.look();
    const over = look?.agentState === 'wrapUp' || look?.agentState === 'ready' || look?.agentState === 'hold';
    if (over || robot.acts.some((act) => act.what === 'hangUp' && act.at > begun - 500)) return null;
  }
  return Date.now() - begun;
}

/** The page's measure begins with its first question and has heard nothing yet then. */
async function hears(robot: Robot): Promise<boolean> {
  if (await hearsCustomer(robot)) return true;
  await sleep(250);
  return hearsCustomer(robot);
}

async function hearsCustomer(robot: Robot): Promise<boolean> {
  const sound = await robot.desk.hear();
  return sound !== null && Math.abs(sound.peakHz - voiceHz) < 20 && sound.peakDb > -55;
}
