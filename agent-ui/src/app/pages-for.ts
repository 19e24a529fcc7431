import {
  IconAddressBook,
  IconChartBar,
  IconHeadset,
  IconHistory,
  IconListCheck,
  IconRecordMail,
  IconUserShield,
} from '@tabler/icons-react';

const agentPages = [
  { to: '/desk', icon: IconHeadset, word: 'app.desk' },
  { to: '/customers', icon: IconAddressBook, word: 'app.customers' },
  { to: '/history', icon: IconHistory, word: 'app.history' },
] as const;
const supervisorPages = [
  { to: '/board', icon: IconChartBar, word: 'app.board' },
  { to: '/campaigns', icon: IconListCheck, word: 'app.campaigns' },
  { to: '/customers', icon: IconAddressBook, word: 'app.customers' },
  { to: '/history', icon: IconHistory, word: 'app.history' },
  { to: '/recordings', icon: IconRecordMail, word: 'app.recordings' },
  { to: '/acts', icon: IconUserShield, word: 'acts.title' },
] as const;

type Page = (typeof agentPages)[number] | (typeof supervisorPages)[number];

/** The sections this user sees, in the rail's order; the first is where he starts. A supervisor has a desk while he has a call of his own. */
export function pagesFor(watches: boolean, ownCall = false): readonly Page[] {
  if (!watches) return agentPages;
  return ownCall ? [...supervisorPages, agentPages[0]] : supervisorPages;
}
