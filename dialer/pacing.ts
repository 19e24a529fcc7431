/**
 * How many calls to launch now. Pure: no clock, no randomness, no IO; every time comes in as seconds since the start.
 * In this rule each idle agent gets one call, and a call in the pipeline holds its agent (progressive): nobody who answers
 * can find no agent.
 */

/** A growing set of points in time; entries below `n` are valid and read only. */
export interface Points {
  readonly n: number;
  /** Seconds since the start. */
  readonly t: ArrayLike<number>;
  readonly id: ArrayLike<number | string>;
}

/** The moment as it is; the object is reused between calls. */
export interface PacingState {
  readonly t: number;
  readonly idle: number;
  readonly talking: number;
  readonly wrapping: number;
  readonly paused: number;
  readonly loggedIn: number;
  /** Answered and waiting for an agent. */
  readonly held: number;
  readonly lines: number;
  readonly lineLimit: number;
  /** Most launches in any second. */
  readonly cps: number;
  readonly ringTimeout: number;
  readonly holdMax: number;
  /** t: launch time. */
  readonly ringing: Points;
  /** t: answer time, x: ring age at the answer. */
  readonly amd: Points & { readonly x?: ArrayLike<number> };
  readonly talk: Points;
  readonly wrap: Points;
}

export interface PacingEvent {
  readonly t: number;
  readonly type:
    | 'launch'
    | 'busy'
    | 'invalid'
    | 'noanswer'
    | 'answer'
    | 'machine'
    | 'human'
    | 'connected'
    | 'abandoned'
    | 'talkEnd'
    | 'wrapEnd'
    | 'agentIdle'
    | 'agentPause'
    | 'agentOut';
  readonly id?: number | string;
  readonly ringAge?: number;
  readonly amdAge?: number;
  readonly dur?: number;
}

export interface PacingSettings {
  /** Highest share of answered calls that may find no agent; the progressive rule keeps it at none. */
  readonly target: number;
}

export interface Pacer {
  /** Once: agents, lines, seconds, seconds. */
  init(site: { N: number; lineLimit: number; ringTimeout: number; holdMax: number }): void;
  /** Calls to launch now, an integer >= 0. */
  decide(state: PacingState): number;
  onEvent(event: PacingEvent): void;
  onTick(state: PacingState): void;
}

export function createPacer(_settings: PacingSettings): Pacer {
  /** Launches of the past second, oldest first. */
  let launches: number[] = [];
  return {
    init() {
      launches = [];
    },
    decide(state) {
      launches = launches.filter((t) => t > state.t - 1);
      const pipeline = state.ringing.n + state.amd.n;
      const wanted = Math.min(
        state.idle - state.held - pipeline,
        state.lineLimit - state.lines,
        state.cps - launches.length,
      );
      return Math.max(0, Math.floor(wanted));
    },
    onEvent(event) {
      if (event.type === 'launch') launches.push(event.t);
    },
    // The progressive rule learns nothing.
    onTick() {},
  };
}
