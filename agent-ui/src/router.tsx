import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { App } from './app/app.tsx';
import { Crashed, DeskAddress, NotFound, SupervisorsOnly } from './app/pages.tsx';
import { campaignSearchSchema } from './campaigns/search.ts';
import { customersSearchSchema } from './customers/search.ts';
import { historySearchSchema } from './history/search.ts';
import { actsSearchSchema } from './supervisor/search.ts';

const root = createRootRoute({ component: App, notFoundComponent: NotFound });

const desk = createRoute({ getParentRoute: () => root, path: '/desk', component: DeskAddress });
const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/desk', replace: true });
  },
});

const customers = createRoute({
  getParentRoute: () => root,
  path: '/customers',
  validateSearch: customersSearchSchema,
  component: lazyRouteComponent(() => import('./customers/pages.tsx'), 'CustomersPage'),
});
const customer = createRoute({
  getParentRoute: () => root,
  path: '/customers/$id',
  validateSearch: customersSearchSchema,
  component: lazyRouteComponent(() => import('./customers/pages.tsx'), 'CustomerPage'),
});
const history = createRoute({
  getParentRoute: () => root,
  path: '/history',
  validateSearch: historySearchSchema,
  component: lazyRouteComponent(() => import('./history/pages.tsx'), 'HistoryPage'),
});

/** Below it only supervisors and administrators come in; the server refuses the others as well. */
const supervisors = createRoute({
  getParentRoute: () => root,
  id: 'supervisors',
  component: () => (
    <SupervisorsOnly>
      <Outlet />
    </SupervisorsOnly>
  ),
});
const board = createRoute({
  getParentRoute: () => supervisors,
  path: '/board',
  component: lazyRouteComponent(() => import('./supervisor/pages.tsx'), 'BoardPage'),
});
const campaigns = createRoute({
  getParentRoute: () => supervisors,
  path: '/campaigns',
  component: lazyRouteComponent(() => import('./campaigns/pages.tsx'), 'CampaignsPage'),
});
const newCampaign = createRoute({
  getParentRoute: () => supervisors,
  path: '/campaigns/new',
  component: lazyRouteComponent(() => import('./campaigns/pages.tsx'), 'NewCampaignPage'),
});
const campaign = createRoute({
  getParentRoute: () => supervisors,
  path: '/campaigns/$id',
  validateSearch: campaignSearchSchema,
  component: lazyRouteComponent(() => import('./campaigns/pages.tsx'), 'CampaignPage'),
});
const recordings = createRoute({
  getParentRoute: () => supervisors,
  path: '/recordings',
  component: lazyRouteComponent(() => import('./recordings/pages.tsx'), 'RecordingPolicyPage'),
});

const acts = createRoute({
  getParentRoute: () => supervisors,
  path: '/acts',
  validateSearch: actsSearchSchema,
  component: lazyRouteComponent(() => import('./supervisor/pages.tsx'), 'ActsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    desk,
    customers,
    customer,
    history,
    supervisors.addChildren([board, campaigns, newCampaign, campaign, recordings, acts]),
  ]),
  defaultPreload: 'intent',
  // A page that fails leaves the frame, and with it the phone, alone.
  defaultErrorComponent: Crashed,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
