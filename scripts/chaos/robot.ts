import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../seed/random.ts';
import type { Desk, DeskLook } from './desk.ts';

/** Something an agent did, told before it is done: an end of a call near it is his. */
export interface Act {
  readonly at: number;
  readonly agentId: number;
  readonly what:
    | 'answer'
    | 'hangUp'
    | 'hold'
    | 'resume'
    | 'consult'
    | 'handOver'
    | 'rate'
    | 'ready'
    | 'reload'
    | 'signIn';
  readonly callId: string;
}

/** How he means to spend one talk. */
interface Talk {
  readonly since: number;
  readonly hangUpAt: number;
  readonly holdAt: number | null;
  readonly resumeAt: number;
  /** When he asks a colleague, or hands the call over without asking; null: he does not. */
  readonly consultAt: number | null;
  readonly blind: boolean;
  /** What comes of the consultation. */
  readonly outcome: 'complete' | 'cancel' | 'conference';
  tries: number;
}

const lookEveryMs = 250;
/** Of a time: it has been. */
const done = Number.POSITIVE_INFINITY;
/** A press that changed nothing is repeated after so long, as a person would. */
const againMs = 6000;
/** A page that shows neither desk nor sign-in for so long is loaded again by hand. */
const patienceMs = 6000;

/**
 * An agent: answers, talks, holds now and then, hangs up or lets the customer do it, gives his result, goes on. He knows only what his
 * page shows. His choices come from his own random numbers, so that they are the same however often he looks.
 */
export class Robot {
  readonly acts: Act[] = [];
  readonly desk: Desk;
  private readonly random: Random;
  private readonly talks = new Map<string, Talk>();
  private stopped = false;
  private running: Promise<void> | null = null;
  private answerAt: number | null = null;
  private rateAt: number | null = null;
  private readyAt: number | null = null;
  private lostSince: number | null = null;
  private answers = 0;
  private nextConsultAct = 0;
  /** While the page is being crashed and opened anew, hands off. */
  resting = false;
  /** Somebody waits for such a step: he does it in the next talk that allows it. */
  wish: 'held' | 'consult' | null = null;

  constructor(desk: Desk, random: Random) {
    this.desk = desk;
    this.random = random;
  }

  start(): void {
    this.running = (async () => {
      while (!this.stopped) {
        await sleep(lookEveryMs);
        if (this.resting) continue;
        const look = await this.desk.look();
        await this.act(look, Date.now());
      }
    })();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async act(look: DeskLook | null, now: number): Promise<void> {
    if (look === null || (look.agentState === null && !look.signIn)) {
      this.lostSince ??= now;
      if (now - this.lostSince < patienceMs) return;
      this.lostSince = null;
      this.note('reload', '');
      return this.desk.goThere();
    }
    this.lostSince = null;
    if (look.signIn) {
      this.note('signIn', '');
      return this.desk.signIn().catch(() => {});
    }
    const callId = look.callId ?? '';
    await this.answer(look, now, callId);
    await this.goOnDuty(look, now);
    // Who is asked by a colleague leaves the call to him.
    if (look.asked) return;
    // A kept-up leg without a call looks like a talk while no server is there; he leaves it alone.
    if (look.callState === 'talking' || look.callState === 'hold') await this.talk(look, now, callId);
    if (look.agentState === 'wrapUp') await this.rate(look, now, callId);
    else this.rateAt = null;
  }

  private async answer(look: DeskLook, now: number, callId: string): Promise<void> {
    if (!look.answer) {
      this.answerAt = null;
      return;
    }
    this.answerAt ??= now + this.random.int(300, 2500);
    if (now < this.answerAt) return;
    this.note('answer', callId);
    if (await this.desk.press('answer')) this.answers++;
    this.answerAt = now + againMs;
  }

  private async goOnDuty(look: DeskLook, now: number): Promise<void> {
    if (look.agentState !== 'offline' && look.agentState !== 'paused') {
      this.readyAt = null;
      return;
    }
    this.readyAt ??= now + this.random.int(300, 1500);
    if (now < this.readyAt || look.live !== 'up') return;
    this.note('ready', '');
    await this.desk.press('ready');
    this.readyAt = now + againMs;
  }

  private async talk(look: DeskLook, now: number, callId: string): Promise<void> {
    // Without a server a call of the fallback queue has no number on the panel; one whose leg is kept up may be no call at all.
    if (callId === '' && look.live !== 'up' && look.agentState !== 'ready') return;
    // What the panel calls it may be the last call's name while no server is there: each answer begins a talk of its own.
    const key = `${callId} ${this.answers}`;
    let talk = this.talks.get(key);
    if (talk === undefined) {
      const lasts = this.random.int(4000, 20_000);
      const holds = this.random.chance(0.35) && lasts > 7000;
      const holdAt = now + this.random.int(1500, 4000);
      talk = {
        since: now,
        // He waits for the customer's good-bye in one talk of three.
        hangUpAt: now + (this.random.chance(0.33) ? 60_000 : lasts),
        holdAt: holds ? holdAt : null,
        resumeAt: holdAt + this.random.int(1500, 4000),
        consultAt: !holds && lasts > 7000 && this.random.chance(0.25) ? holdAt : null,
        blind: this.random.chance(0.3),
        outcome: this.random.pick(['complete', 'complete', 'cancel', 'conference'] as const),
        tries: 0,
      };
      this.talks.set(key, talk);
    }
    if (look.consult !== null) return this.consulting(look, now, talk);
    this.nextConsultAct = now + this.random.int(1500, 4000);
    if (now >= talk.hangUpAt + talk.tries * againMs && look.hangUp) {
      talk.tries++;
      this.note('hangUp', callId);
      await this.desk.press('hang-up');
      return;
    }
    if (!look.hold) return;
    if (this.wish !== null && !look.held && talk.holdAt !== done && now > talk.since + 1000) {
      const soon = { hangUpAt: now + 15_000, holdAt: null, consultAt: null, blind: false };
      talk =
        this.wish === 'held'
          ? { ...talk, ...soon, holdAt: now, resumeAt: now + 4000 }
          : { ...talk, ...soon, consultAt: now };
      this.wish = null;
      this.talks.set(key, talk);
    }
    if (talk.consultAt !== null && !look.held && now >= talk.consultAt) {
      this.talks.set(key, { ...talk, consultAt: null });
      return this.askColleague(talk, callId);
    }
    if (talk.holdAt === null) return;
    if (!look.held && now >= talk.holdAt && now < talk.resumeAt) {
      this.note('hold', callId);
      await this.desk.press('hold');
      this.talks.set(key, { ...talk, holdAt: done });
    } else if (look.held && now >= talk.resumeAt) {
      this.note('resume', callId);
      await this.desk.press('hold');
      this.talks.set(key, { ...talk, resumeAt: now + againMs });
    }
  }

  /** Opens the list of colleagues and takes the first one, who can best be had. */
  private async askColleague({ blind }: Talk, callId: string): Promise<void> {
    if (!(await this.desk.press('transfer'))) return;
    await sleep(300);
    this.note(blind ? 'handOver' : 'consult', callId);
    if (!(await this.desk.press(blind ? 'transfer-blind' : 'transfer-consult')))
      await this.desk.press('transfer');
  }

  private async consulting(look: DeskLook, now: number, talk: Talk): Promise<void> {
    if (now < this.nextConsultAct) return;
    this.nextConsultAct = now + this.random.int(2000, 5000);
    if (look.consult === 'private') await this.desk.press(`consult-${talk.outcome}`);
    else if (look.consult === 'conference') await this.desk.press('consult-complete');
    // A colleague who does not come is not waited for.
    else if (this.random.chance(0.4)) await this.desk.press('consult-cancel');
  }

  private async rate(look: DeskLook, now: number, callId: string): Promise<void> {
    this.rateAt ??= now + this.random.int(400, 3000);
    if (now < this.rateAt || !look.canRate || look.live !== 'up') return;
    this.note('rate', callId);
    await this.desk.press('result-success');
    await sleep(100);
    await this.desk.press('save');
    this.rateAt = now + againMs;
  }

  private note(what: Act['what'], callId: string): void {
    this.acts.push({ at: Date.now(), agentId: this.desk.userId, what, callId });
  }
}
