import type { Quality } from './phone-port.ts';

/** What the browser counted so far, from `RTCPeerConnection.getStats()`. */
export interface Counts {
  /** Voice packets from the exchange. */
  readonly received: number;
  readonly lost: number;
  /** Share of our packets that the exchange says it missed lately, 0 to 1 (RTCP). */
  readonly lostThere: number;
  readonly jitterMs: number;
  readonly rttMs: number;
  /** How long a packet waits in the browser's jitter buffer, sum over all played samples (ms), and those samples. */
  readonly bufferedMs: number;
  readonly played: number;
  /** Whatever came on the media path, voice or ICE's own checks: grows while the path lives. */
  readonly signsOfLife: number;
}

export const noCounts: Counts = {
  received: 0,
  lost: 0,
  lostThere: 0,
  jitterMs: 0,
  rttMs: 0,
  bufferedMs: 0,
  played: 0,
  signsOfLife: 0,
};

/** What is known of a leg's voice from looking at it again and again. Plain data. */
export interface LegWatch {
  readonly counts: Counts;
  readonly lookedAt: number;
  readonly voiceAt: number;
  readonly aliveAt: number;
  /** Counts at the last judgement of quality, with its time. */
  readonly judged: Counts;
  readonly judgedAt: number;
  readonly quality: Quality | null;
  readonly badRun: number;
  readonly goodRun: number;
}

/** While voice flowed, so long a silence of the whole path means that it is dead. */
const deadAfterVoiceMs = 3000;
/** Without voice (a kept-up leg between calls) only ICE's checks come, every 2.5 s in Chromium, and faster once one is missed. */
const deadAfterIdleMs = 7000;
const judgeEveryMs = 2000;
/** The page slept (lid closed, tab frozen): what was not looked at is not held against the leg. */
const sleptMs = 4000;

export function newLegWatch(nowMs: number): LegWatch {
  return {
    counts: noCounts,
    lookedAt: nowMs,
    voiceAt: 0,
    aliveAt: nowMs,
    judged: noCounts,
    judgedAt: nowMs,
    quality: null,
    badRun: 0,
    goodRun: 0,
  };
}

/** One more look at a leg, about once a second. Pure. */
export function lookAtLeg(was: LegWatch, counts: Counts, nowMs: number): LegWatch {
  const lives = counts.signsOfLife > was.counts.signsOfLife || nowMs - was.lookedAt > sleptMs;
  const looked: LegWatch = {
    ...was,
    counts,
    lookedAt: nowMs,
    voiceAt: counts.received > was.counts.received ? nowMs : was.voiceAt,
    aliveAt: lives ? nowMs : was.aliveAt,
  };
  // A slow timer's few ms are not worth a whole second.
  if (nowMs - was.judgedAt < judgeEveryMs - 200) return looked;
  const fresh = judge(was.judged, counts);
  const bad = fresh.mos < warnBelowMos;
  const badRun = bad ? was.badRun + 1 : 0;
  const goodRun = fresh.mos >= calmFromMos ? was.goodRun + 1 : 0;
  const warn = was.quality?.warn ? goodRun < 4 : badRun >= 2 || fresh.grade === 'poor';
  return { ...looked, judged: counts, judgedAt: nowMs, quality: { ...fresh, warn }, badRun, goodRun };
}

/** How long nothing has come on the leg's path, ms. */
export function silentMs(watch: LegWatch, nowMs: number): number {
  return nowMs - watch.aliveAt;
}

/** Is the leg's path dead? Silence alone is no sign: a parted or muted peer sends no voice, but ICE goes on asking (RFC 7675). */
export function isDead(watch: LegWatch, nowMs: number): boolean {
  const voiceUntilTheEnd = watch.aliveAt - watch.voiceAt < 1500;
  return silentMs(watch, nowMs) > (voiceUntilTheEnd ? deadAfterVoiceMs : deadAfterIdleMs);
}

/** R = 80 and 83: G.109 calls what is below 80 "some users dissatisfied"; the gap keeps the warning from blinking. */
const warnBelowMos = mosOf(80);
const calmFromMos = mosOf(83);

function judge(before: Counts, now: Counts): Omit<Quality, 'warn'> {
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  const here = received + lost > 0 ? (100 * lost) / (received + lost) : 0;
  const lossPercent = Math.max(here, 100 * now.lostThere);
  const played = now.played - before.played;
  const bufferMs = played > 0 ? (now.bufferedMs - before.bufferedMs) / played : 2 * now.jitterMs;
  const packetMs = 20;
  const delayMs = now.rttMs / 2 + bufferMs + packetMs;
  const r = transmissionRating({ delayMs, lossPercent });
  const spoiled = {
    loss:
      transmissionRating({ delayMs: 0, lossPercent: 0 }) - transmissionRating({ delayMs: 0, lossPercent }),
    delay: delayImpairment(now.rttMs / 2 + packetMs),
    jitter: delayImpairment(delayMs) - delayImpairment(now.rttMs / 2 + packetMs),
  };
  return {
    lossPercent: Math.round(10 * lossPercent) / 10,
    jitterMs: Math.round(now.jitterMs),
    rttMs: Math.round(now.rttMs),
    mos: Math.round(100 * mosOf(r)) / 100,
    grade: r >= 80 ? 'good' : r >= 70 ? 'fair' : 'poor',
    cause:
      spoiled.loss >= Math.max(spoiled.delay, spoiled.jitter)
        ? 'loss'
        : spoiled.delay >= spoiled.jitter
          ? 'delay'
          : 'jitter',
  };
}

/**
 * Transmission rating R of ITU-T G.107 (E-model) with its default values, random loss, and G.711 with loss concealment (Bpl 25.1, Ie 0:
 * G.113 appendix I); delay by the linear approximation of Cole and Rosenbluth (2001). `delayMs` is one way, mouth to ear.
 */
export function transmissionRating(way: { delayMs: number; lossPercent: number }): number {
  const concealed = 25.1;
  const lossImpairment = (95 * way.lossPercent) / (way.lossPercent + concealed);
  return Math.max(0, 93.2 - delayImpairment(way.delayMs) - lossImpairment);
}

function delayImpairment(ms: number): number {
  return 0.024 * ms + 0.11 * Math.max(0, ms - 177.3);
}

/** Mean opinion score of a rating: ITU-T G.107 annex B. */
export function mosOf(r: number): number {
  if (r <= 0) return 1;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

/** Reads what the browser counted; a connection that is closed counts nothing. */
export async function readCounts(connection: RTCPeerConnection): Promise<Counts> {
  const counts: { -readonly [K in keyof Counts]: number } = { ...noCounts };
  const stats = await connection.getStats();
  stats.forEach((report: Record<string, unknown>) => {
    const number = (name: string): number => Number(report[name] ?? 0);
    if (report.type === 'inbound-rtp') {
      counts.received += number('packetsReceived');
      counts.lost += number('packetsLost');
      counts.jitterMs = 1000 * number('jitter');
      counts.bufferedMs += 1000 * number('jitterBufferDelay');
      counts.played += number('jitterBufferEmittedCount');
    }
    if (report.type === 'remote-inbound-rtp') counts.lostThere = number('fractionLost');
    if (report.type === 'candidate-pair') {
      counts.signsOfLife += number('bytesReceived') + number('responsesReceived');
      if (report.nominated) counts.rttMs = 1000 * number('currentRoundTripTime');
    }
  });
  return counts;
}
