import type { Db } from '../db/pool.ts';
import type { Role } from '../users/schema.ts';
import type { AgentState } from './agent.ts';

export interface AgentRow {
  readonly agentId: number;
  readonly name: string;
  readonly role: Role;
  /** Campaigns that run now and count on him for a live talk. */
  readonly campaignIds: readonly number[];
}

/** Everybody who may have a call: all users who are not disabled. Supervisors belong to no queue, so none is routed to them. */
export async function readAgents(db: Db): Promise<AgentRow[]> {
  const { rows } = await db.query<AgentRow>(
    `SELECT u.id AS "agentId", u.name, u.role,
            coalesce(array_agg(c.id ORDER BY c.id) FILTER (WHERE c.id IS NOT NULL AND u.role = 'agent'), '{}') AS "campaignIds"
       FROM users u
       LEFT JOIN campaign_agents ca ON ca.user_id = u.id
       LEFT JOIN campaigns c ON c.id = ca.campaign_id AND c.state = 'running' AND c.mode <> 'announcement'
      WHERE u.disabled_at IS NULL GROUP BY u.id ORDER BY u.id`,
  );
  return rows;
}

/** What of an agent's state outlives a switchboard. His kept-up leg stands on the exchange whether we live or not. */
export type RestoredAgent = Pick<AgentState, 'activity' | 'aside' | 'next' | 'keptLeg'>;

/** The row's JSON: the activity, and beside it the call put aside, what he becomes next, his leg. */
export function activityRow({ activity, aside, next, keptLeg }: RestoredAgent) {
  return { ...activity, aside, next, keptLeg };
}

/** Rows of earlier versions have only the activity. */
type ActivityRow = AgentState['activity'] & Partial<Omit<RestoredAgent, 'activity'>>;

/** What each agent was doing when an earlier switchboard of this node last heard of him, not longer ago than a shift. */
export async function readLastActivities(db: Db, node: string): Promise<Map<number, RestoredAgent>> {
  const { rows } = await db.query<{ agentId: number; activity: ActivityRow }>(
    `SELECT DISTINCT ON (agent_id) agent_id AS "agentId", activity FROM agent_activity
      WHERE node = $1 AND at > now() - interval '12 hours' ORDER BY agent_id, id DESC`,
    [node],
  );
  return new Map(rows.map(({ agentId, activity }) => [agentId, restoredFrom(activity)]));
}

function restoredFrom(row: ActivityRow): RestoredAgent {
  const { aside = null, next = { name: 'ready' }, keptLeg, ...rest } = row;
  const activity = rest as AgentState['activity'];
  return {
    activity: activity.name === 'wrapUp' ? { ...activity, extended: activity.extended ?? 0 } : activity,
    aside,
    next,
    // One that rang is rung again.
    keptLeg: keptLeg?.status === 'up' ? keptLeg : { status: 'none' },
  };
}
