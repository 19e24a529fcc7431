/** Which campaign each free agent works for in this tick. Pure. */

export interface FreeAgent {
  readonly agentId: number;
  readonly node: string;
  /** Ready since (epoch ms). */
  readonly since: number;
}

export interface Wanting {
  readonly campaignId: number;
  readonly agentIds: readonly number[];
  /** Agents who work for it already. */
  readonly busy: number;
}

/**
 * Gives each free agent to one of his campaigns that have somebody to call: the longest idle first, each to the campaign that has the
 * smallest share of its members at work, so that two campaigns with the same people get half of them each.
 */
export function shareAgents(
  agents: readonly FreeAgent[],
  campaigns: readonly Wanting[],
): Map<number, FreeAgent[]> {
  const shares = campaigns.map((c) => ({
    campaignId: c.campaignId,
    members: new Set(c.agentIds),
    working: c.busy,
    given: [] as FreeAgent[],
  }));
  const byIdle = [...agents].sort((a, b) => a.since - b.since || a.agentId - b.agentId);
  for (const agent of byIdle) {
    let best: (typeof shares)[number] | null = null;
    for (const share of shares) {
      if (!share.members.has(agent.agentId)) continue;
      if (!best || share.working / share.members.size < best.working / best.members.size) best = share;
    }
    if (!best) continue;
    best.given.push(agent);
    best.working++;
  }
  return new Map(shares.map((share) => [share.campaignId, share.given]));
}
