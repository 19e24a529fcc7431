import type { Quality } from './phone-port.ts';

/** What the browser counted so far, from `RTCPeerConnection.getStats()`. */
export interface Counts {
  readonly received: number;
  readonly lost: number;
  readonly jitterMs: number;
  readonly rttMs: number;
}

/** The voice's quality between two looks. Pure. Poor: > 3 % lost, > 300 ms round trip, or > 50 ms jitter. */
export function qualityOf(before: Counts | null, now: Counts): Quality {
  const received = now.received - (before?.received ?? 0);
  const lost = Math.max(0, now.lost - (before?.lost ?? 0));
  const lossPercent = received + lost > 0 ? Math.round((1000 * lost) / (received + lost)) / 10 : 0;
  const jitterMs = Math.round(now.jitterMs);
  const rttMs = Math.round(now.rttMs);
  return { lossPercent, jitterMs, rttMs, poor: lossPercent > 3 || rttMs > 300 || jitterMs > 50 };
}

export async function readCounts(connection: RTCPeerConnection): Promise<Counts> {
  const counts = { received: 0, lost: 0, jitterMs: 0, rttMs: 0 };
  const stats = await connection.getStats();
  stats.forEach((report: Record<string, unknown>) => {
    if (report.type === 'inbound-rtp') {
      counts.received = Number(report.packetsReceived ?? 0);
      counts.lost = Number(report.packetsLost ?? 0);
      counts.jitterMs = 1000 * Number(report.jitter ?? 0);
    }
    if (report.type === 'candidate-pair' && report.nominated) {
      counts.rttMs = 1000 * Number(report.currentRoundTripTime ?? 0);
    }
  });
  return counts;
}
