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
  /** Is this outside part there? */
  parts(): Promise<Record<PartView['name'], boolean>>;
}

const everyMs = 1000;

/**
 * The slow half of the live board: figures that come from the database (queues of today, campaigns) and the health of the
 * outside parts, looked at each second. Also brings the switchboard what administrators changed: queues and who works where.
 */
export class Board {
  private readonly ports: BoardPorts;
  private readonly timer: NodeJS.Timeout;
  private queues: readonly QueueRow[] = [];
  private readonly parts = new Map<PartView['name'], PartView>();
  private readonly shown = new Map<string, string>();
  private running = false;

  constructor(ports: BoardPorts) {
    this.ports = ports;
    this.timer = setInterval(() => void this.look(), everyMs);
  }

  close(): void {
    clearInterval(this.timer);
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
    for (const [name, isUp] of Object.entries(up) as [PartView['name'], boolean][]) {
      const was = this.parts.get(name);
      if (was?.up === isUp) continue;
      const part: PartView = {
        kind: 'part',
        name,
        up: isUp,
        since: new Date(this.ports.now()).toISOString(),
      };
      this.parts.set(name, part);
      this.put(`part:${name}`, part);
    }
  }

  private async showRoster(): Promise<void> {
    const { presence } = this.ports.switchboard;
    for (const { agentId, name, campaignIds } of await readAgents(this.ports.db)) {
      presence.add(agentId as AgentId, name);
      const was = presence.get(agentId as AgentId);
      if (was !== undefined && was.campaignIds.join() !== campaignIds.join()) {
        presence.post(agentId as AgentId, { type: 'campaigns', campaignIds });
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
      });
    }
  }

  private async showCampaigns(): Promise<void> {
    const { db, switchboard } = this.ports;
    const { rows } = await db.query<Omit<CampaignView, 'kind' | 'live'>>(
      `SELECT c.id AS "campaignId", c.name, c.mode, c.state, c.not_dialling AS "notDialling", l.waiting, l.done, l.total
         FROM campaigns c CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE state = 'waiting')::integer AS waiting,
                  count(*) FILTER (WHERE state = 'done')::integer AS done, count(*)::integer AS total
             FROM leads WHERE campaign_id = c.id) l
        WHERE c.state IN ('running', 'paused') ORDER BY c.id`,
    );
    const lines = switchboard.status().lines;
    for (const row of rows) {
      this.put(`campaign:${row.campaignId}`, {
        kind: 'campaign',
        ...row,
        live: lines[String(row.campaignId)] ?? 0,
      });
    }
    const there = new Set(rows.map((r) => `campaign:${r.campaignId}`));
    for (const key of this.shown.keys()) {
      if (!key.startsWith('campaign:') || there.has(key)) continue;
      this.shown.delete(key);
      this.ports.live.hide(key);
    }
  }
}
