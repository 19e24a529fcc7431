import type { Db } from '../db/pool.ts';
import type { AgentState } from './agent.ts';

export interface AgentRow {
  readonly agentId: number;
  readonly name: string;
  /** Campaigns that run now and count on him for a live talk. */
  readonly campaignIds: readonly number[];
}

/** Everybody who may take calls: agents who are not disabled. */
export async function readAgents(db: Db): Promise<AgentRow[]> {
  const { rows } = await db.query<AgentRow>(
    `SELECT u.id AS "agentId", u.name,
            coalesce(array_agg(c.id ORDER BY c.id) FILTER (WHERE c.id IS NOT NULL), '{}') AS "campaignIds"
       FROM users u
       LEFT JOIN campaign_agents ca ON ca.user_id = u.id
       LEFT JOIN campaigns c ON c.id = ca.campaign_id AND c.state = 'running' AND c.mode <> 'announcement'
      WHERE u.role = 'agent' AND u.disabled_at IS NULL GROUP BY u.id ORDER BY u.id`,
  );
  return rows;
}

/** What each agent was doing when an earlier switchboard of this node last heard of him, not longer ago than a shift. */
export async function readLastActivities(db: Db, node: string): Promise<Map<number, AgentState['activity']>> {
  const { rows } = await db.query<{ agentId: number; activity: AgentState['activity'] }>(
    `SELECT DISTINCT ON (agent_id) agent_id AS "agentId", activity FROM agent_activity
      WHERE node = $1 AND at > now() - interval '12 hours' ORDER BY agent_id, id DESC`,
    [node],
  );
  return new Map(rows.map((r) => [r.agentId, r.activity]));
}
