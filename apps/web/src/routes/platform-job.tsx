import { createRoute, lazyRouteComponent, notFound } from '@tanstack/react-router';
import { isUuid } from '../lib/redirect';
import { platformRoute } from './platform';

export const platformJobRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'provisioning/$job_id',
  staticData: { requires_staff: 'platform:jobs' },
  beforeLoad: ({ params }) => {
    if (!isUuid(params.job_id)) throw notFound();
  },
  component: lazyRouteComponent(() => import('../features/platform-provisioning/job-screen'), 'JobScreen'),
});
