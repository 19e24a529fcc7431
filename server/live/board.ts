import { readAgents } from '../agents/store.ts';
import { startOfDay } from '../basics/day.ts';
import type { AgentId } from '../basics/ids.ts';
import type { Log } from '../basics/log.ts';
import type { QueueRow } from '../calls/store.ts';
import { readQueueFigures, readQueues } from '../calls/store.ts';
import type { Switchboard } from '../calls/switchboard.ts';
import type { Db } from '../db/pool.ts';
import type { Live } from './live.ts';
import type { CampaignView, PartView } from './schema.ts';

export interface BoardPorts {
  readonly db: Db;
  readonly log: Log;
  readonly live: Live;
  readonly switchboard: Switchboard;
  readonly timeZone: string;
  now(): number;
  /** This user was disabled: he is out at once. */
  gone(userId: AgentId): Promise<void>;
  /** Is this outside part there? */
  parts(): Promise<Record<PartView['name'], boolean>>;
  /** Loops that are late, by part. */
  lateLoops?(): Readonly<Record<string, readonly string[]>>;
}

/**
 * Counting a campaign's leads reads them all: 72 ms for a list of 200,000, each second half of all that PostgreSQL did at 150
 * calls a second. So the next count waits 50 times as long as the last one took: 2 % of a core at most.
 */
const countsRest = 50;

/**
 * The slow half of the live board: figures that come from the database (queues of today, campaigns) and the health of the
 * outside parts; to be looked at each second. Also brings the switchboard what administrators changed: queues and who works where.
 */
export class Board {
  private readonly ports: BoardPorts;
  private queues: readonly QueueRow[] = [];
  private readonly parts = new Map<PartView['name'], PartView>();
  private readonly shown = new Map<string, string>();
  private readonly disabled = new Set<AgentId>();
  private running = false;
  private countAgainAt = 0;
  private counts = new Map<number, LeadCounts>();

  constructor(ports: BoardPorts) {
    this.ports = ports;
  }

  /** One look at everything; failures are told once a part is seen to be down, not each second. */
  async look(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      await this.showParts();
      await this.showRoster();
      await this.showQueues();
      await this.showCampaigns();
    } catch (error) {
      this.ports.log.debug({ err: error }, 'the board could not be refreshed');
    } finally {
      this.running = false;
    }
  }

  private put(key: string, entity: Parameters<Live['show']>[1]): void {
    const text = JSON.stringify(entity);
    if (this.shown.get(key) === text) return;
    this.shown.set(key, text);
    this.ports.live.show(key, entity);
  }

  private async showParts(): Promise<void> {
    const up = await this.ports.parts();
    const late = this.ports.lateLoops?.() ?? {};
    for (const [name, isUp] of Object.entries(up) as [PartView['name'], boolean][]) {
      const was = this.parts.get(name);
      const since = was?.up === isUp ? was.since : new Date(this.ports.now()).toISOString();
      const part: PartView = {
        kind: 'part',
        name,
        up: isUp,
        since,
        ...(late[name] !== undefined && { late: late[name] }),
        ...(name === 'exchange' && { orphans: this.ports.switchboard.reconciler.orphans() }),
      };
      this.parts.set(name, part);
      this.put(`part:${name}`, part);
    }
  }

  private async showRoster(): Promise<void> {
    const { db, switchboard, gone } = this.ports;
    const { presence } = switchboard;
    const here = new Set<AgentId>();
    for (const row of await readAgents(db)) {
      const agentId = row.agentId as AgentId;
      here.add(agentId);
      presence.add({ ...row, agentId });
      const was = presence.get(agentId);
      if (was !== undefined && was.campaignIds.join() !== row.campaignIds.join()) {
        presence.post(agentId, { type: 'campaigns', campaignIds: row.campaignIds });
      }
    }
    for (const { agentId } of presence.all()) {
      if (here.has(agentId)) this.disabled.delete(agentId);
      else if (!this.disabled.has(agentId)) {
        this.disabled.add(agentId);
        await gone(agentId);
      }
    }
  }

  private async showQueues(): Promise<void> {
    const { db, switchboard, timeZone, now } = this.ports;
    const queues = await readQueues(db);
    if (JSON.stringify(queues) !== JSON.stringify(this.queues)) {
      this.queues = queues;
      switchboard.setQueues(queues);
    }
    const figures = await readQueueFigures(db, startOfDay(timeZone, now()));
    const waiting = switchboard.desk
      .living()
      .filter((c) => ['recognising', 'queued', 'popping', 'ringing'].includes(c.phase.name));
    for (const { queueId, name } of queues) {
      const figure = figures.find((f) => f.queueId === queueId);
      const mine = waiting.filter((c) => c.queue?.queueId === queueId);
      const oldest = mine.reduce<number | null>(
        (min, c) => Math.min(min ?? Number.POSITIVE_INFINITY, c.queuedAt ?? c.offeredAt),
        null,
      );
      this.put(`queue:${queueId}`, {
        kind: 'queue',
        queueId,
        name,
        waiting: mine.length,
        oldestSince: oldest === null ? null : new Date(oldest).toISOString(),
        offered: figure?.offered ?? 0,
        answered: figure?.answered ?? 0,
        answeredInTime: figure?.answeredInTime ?? 0,
        abandoned: figure?.abandoned ?? 0,
        free: switchboard.matching.freeIn(queueId),
      });
    }
  }

  private async showCampaigns(): Promise<void> {
    const { db, switchboard } = this.ports;
    const { rows } = await db.query<Omit<CampaignView, 'kind' | 'live' | keyof LeadCounts>>(
      `SELECT id AS "campaignId", name, mode, state, not_dialling AS "notDialling" FROM campaigns
        WHERE state IN ('running', 'paused') ORDER BY id`,
    );
    await this.countLeads(rows.map((row) => row.campaignId));
    const lines = switchboard.status().lines;
    const keys = new Set<string>();
    for (const row of rows) {
      const counts = this.counts.get(row.campaignId);
      if (counts === undefined) continue;
      const key = `campaign:${row.campaignId}`;
      keys.add(key);
      this.put(key, { kind: 'campaign', ...row, ...counts, live: lines[String(row.campaignId)] ?? 0 });
    }
    for (const key of this.shown.keys()) {
      if (!key.startsWith('campaign:') || keys.has(key)) continue;
      this.shown.delete(key);
      this.ports.live.hide(key);
    }
  }

  /** Leads by state; the last count stays while a new one would cost too much, unless a campaign has none yet. */
  private async countLeads(campaignIds: readonly number[]): Promise<void> {
    const { db, now } = this.ports;
    const begun = now();
    if (begun < this.countAgainAt && campaignIds.every((id) => this.counts.has(id))) return;
    const { rows } = await db.query<{ campaignId: number } & LeadCounts>(
      `SELECT c.id AS "campaignId", l.waiting, l.done, l.total
         FROM unnest($1::int[]) AS c (id) CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE state = 'waiting')::integer AS waiting,
                  count(*) FILTER (WHERE state = 'done')::integer AS done, count(*)::integer AS total
             FROM leads WHERE campaign_id = c.id) l`,
      [campaignIds],
    );
    this.counts = new Map(rows.map(({ campaignId, ...counts }) => [campaignId, counts]));
    this.countAgainAt = now() + countsRest * (now() - begun);
  }
}

type LeadCounts = Pick<CampaignView, 'waiting' | 'done' | 'total'>;
