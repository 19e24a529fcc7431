import { IconHeadset, IconHeadsetOff, IconLink, IconLinkOff } from '@tabler/icons-react';
import { memo } from 'react';
import type { AgentView, CallView, Entity } from '../../../server/live/schema.ts';
import { EmptyState } from '../ui/feedback.tsx';
import { StateBadge } from '../ui/state.tsx';
import { Timer } from '../ui/timer.tsx';
import { t, wordFor } from '../ui/words.ts';
import { AgentStateMenu } from './agent-state.tsx';
import classes from './board.module.css';
import { Who } from './calls-table.tsx';

interface Props {
  readonly agents: readonly AgentView[];
  readonly entities: Readonly<Record<string, Entity>>;
}

/** Who does what and for how long, by name: a row never moves because somebody's state changed. Supervisors stand here while they are on a call. */
export function AgentsTable({ agents, entities }: Props) {
  const staff = agents.filter((agent) => agent.role === 'agent');
  const online = staff.filter((agent) => agent.state !== 'offline').length;
  return (
    <section className={`${classes.panel} ${classes.agents}`} aria-labelledby="board-agents">
      <h2 className={classes.panelTitle} id="board-agents">
        {t('board.agents')}
        <span className={classes.panelNote}>{t('board.agentsOnline', { online, all: staff.length })}</span>
      </h2>
      {agents.length === 0 ? (
        <EmptyState title={t('board.noAgents')}>{t('board.noAgentsHelp')}</EmptyState>
      ) : (
        <div className={classes.scroll}>
          <table className={classes.table} aria-labelledby="board-agents">
            <thead>
              <tr>
                <th>{t('board.name')}</th>
                <th style={{ width: 156 }}>{t('board.state')}</th>
                <th className="num" style={{ width: 64 }}>
                  {t('board.time')}
                </th>
                <th style={{ width: 58 }}>
                  <span className="visually-hidden">{t('board.phone')}</span>
                </th>
                <th className={classes.wide} style={{ width: '36%' }}>
                  {t('board.withWhom')}
                </th>
              </tr>
            </thead>
            <tbody>
              {agents.map((agent) => (
                <AgentRow key={agent.agentId} agent={agent} call={callOf(agent, entities)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function callOf(agent: AgentView, entities: Props['entities']): CallView | null {
  const call = agent.callId === null ? undefined : entities[`call:${agent.callId}`];
  return call?.kind === 'call' ? call : null;
}

/** Drawn again only when the agent or his call changes: entities keep their identity between deltas. */
const AgentRow = memo(function AgentRow({ agent, call }: { agent: AgentView; call: CallView | null }) {
  const watching = call?.watchers.find((w) => w.userId === agent.agentId);
  return (
    <tr data-testid={`agent-row-${agent.agentId}`} data-state={agent.state}>
      <td className={classes.cut} title={agent.name}>
        {agent.name}
      </td>
      <td className={classes.cut}>
        {agent.role === 'agent' ? (
          <AgentStateMenu agent={agent} />
        ) : (
          <StateBadge
            state={agent.state}
            size="small"
            label={watching ? t(`board.as.${watching.mode}`) : wordFor('role', agent.role)}
          />
        )}
      </td>
      <td className="num">
        <Timer since={agent.since} />
      </td>
      <td>
        <PhoneSigns agent={agent} />
      </td>
      <td className={`${classes.cut} ${classes.wide}`}>{call ? <Who call={call} /> : null}</td>
    </tr>
  );
});

/** Softphone and kept-up leg; loud only for an agent who is on duty and cannot be reached. */
function PhoneSigns({ agent }: { agent: AgentView }) {
  const onDuty = agent.state !== 'offline' && agent.state !== 'paused';
  const PhoneIcon = agent.phoneOnline ? IconHeadset : IconHeadsetOff;
  const phone = t(agent.phoneOnline ? 'board.phoneOnline' : 'board.phoneOffline');
  const LegIcon = agent.legUp ? IconLink : IconLinkOff;
  const leg = t(agent.legUp ? 'board.legUp' : 'board.legDown');
  return (
    <span className={classes.signs}>
      <span
        role="img"
        aria-label={phone}
        title={phone}
        data-act={onDuty && !agent.phoneOnline}
        data-on={agent.phoneOnline}
      >
        <PhoneIcon size={16} aria-hidden />
      </span>
      {agent.campaignIds.length > 0 || agent.legUp ? (
        <span role="img" aria-label={leg} title={leg} data-on={agent.legUp}>
          <LegIcon size={16} aria-hidden />
        </span>
      ) : null}
    </span>
  );
}
