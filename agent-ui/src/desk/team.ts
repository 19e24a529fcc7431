import { useTopic } from '../live/hooks.ts';
import { useUser } from '../ui/session.ts';
import { t } from '../ui/words.ts';

/** Names of colleagues by id, while the component that asks is mounted. One who is not known yet is "a colleague". */
export function useNames(): (agentId: number | null) => string {
  const team = useTopic('team');
  const me = useUser();
  return (agentId) => {
    if (agentId === me.id) return me.name;
    const agent = team[`agent:${agentId}`];
    return agent?.kind === 'agent' ? agent.name : t('desk.colleague');
  };
}
