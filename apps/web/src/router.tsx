import type { QueryClient } from '@tanstack/react-query';
import { createRouter } from '@tanstack/react-router';
import { ErrorPage } from './components/states/error-page';
import { Pending } from './components/states/pending';
import { parseQuery, writeQuery } from './lib/search-params';
import { accountPreferencesRoute, accountProfileRoute, accountRoute, accountSecurityRoute, accountSessionsRoute } from './routes/account';
import { changePasswordRoute } from './routes/change-password';
import { cockpitHomeRoute, cockpitRoute } from './routes/cockpit';
import { cockpitAdminAuditRoute, cockpitAdminHomeRoute, cockpitAdminKeysRoute, cockpitAdminRoute } from './routes/cockpit-admin';
import { forgotRoute, platformForgotRoute } from './routes/forgot';
import { indexRoute } from './routes/index';
import { inviteRoute } from './routes/invite';
import { loginRoute } from './routes/login';
import { mfaRoute, platformMfaRoute } from './routes/mfa';
import { platformRoute } from './routes/platform';
import { platformAccessRoute } from './routes/platform-access';
import { platformAccountRoute } from './routes/platform-account';
import { platformAuditRoute } from './routes/platform-audit';
import { platformChangePasswordRoute } from './routes/platform-change-password';
import { platformHomeRoute } from './routes/platform-home';
import { platformJobRoute } from './routes/platform-job';
import { platformLoginRoute } from './routes/platform-login';
import { platformMailboxRoute } from './routes/platform-mailbox';
import { platformModulesRoute } from './routes/platform-modules';
import { platformPlansRoute } from './routes/platform-plans';
import { platformProvisioningRoute } from './routes/platform-provisioning';
import { platformTemplatesRoute } from './routes/platform-templates';
import { platformTenantRoute } from './routes/platform-tenant';
import { platformTenantsRoute } from './routes/platform-tenants';
import { platformWebhooksRoute } from './routes/platform-webhooks';
import { platformResetRoute, resetRoute } from './routes/reset';
import { rootRoute } from './routes/root';
import { selectTenantRoute } from './routes/select-tenant';
import { stateRoute } from './routes/state';
import { tenantRoute } from './routes/tenant';
import { tenantApiKeysRoute } from './routes/tenant-api-keys';
import { tenantAuditRoute } from './routes/tenant-audit';
import { tenantDecisionsRoute } from './routes/tenant-decisions';
import { tenantExplainRoute } from './routes/tenant-explain';
import { tenantHomeRoute } from './routes/tenant-home';
import { tenantInventoryRoute } from './routes/tenant-inventory';
import { tenantRoleRoute } from './routes/tenant-role';
import { tenantRoleNewRoute } from './routes/tenant-role-new';
import { tenantRolesRoute } from './routes/tenant-roles';
import {
  tenantSettingsGeneralRoute,
  tenantSettingsModulesRoute,
  tenantSettingsRoute,
  tenantSettingsSecurityRoute,
  tenantSettingsSubscriptionRoute,
  tenantSettingsUsageRoute,
} from './routes/tenant-settings';
import { tenantStoresRoute } from './routes/tenant-stores';
import { tenantTeamRoute } from './routes/tenant-team';
import {
  tenantWebhookDeliveriesRoute,
  tenantWebhookEventsRoute,
  tenantWebhookLogRoute,
  tenantWebhookNewRoute,
  tenantWebhookOverviewRoute,
  tenantWebhookRoute,
  tenantWebhookSettingsRoute,
  tenantWebhooksRoute,
  tenantWebhookVerifyRoute,
} from './routes/tenant-webhooks';
import { verifyRoute } from './routes/verify';

const routeTree = rootRoute.addChildren([
  indexRoute,
  loginRoute,
  selectTenantRoute,
  inviteRoute,
  forgotRoute,
  resetRoute,
  verifyRoute,
  changePasswordRoute,
  mfaRoute,
  accountRoute.addChildren([accountProfileRoute, accountSecurityRoute, accountSessionsRoute, accountPreferencesRoute]),
  stateRoute,
  tenantRoute.addChildren([
    tenantHomeRoute,
    tenantTeamRoute,
    tenantStoresRoute,
    tenantWebhooksRoute,
    tenantWebhookNewRoute,
    tenantWebhookLogRoute,
    tenantWebhookEventsRoute,
    tenantWebhookRoute.addChildren([
      tenantWebhookOverviewRoute,
      tenantWebhookDeliveriesRoute,
      tenantWebhookVerifyRoute,
      tenantWebhookSettingsRoute,
    ]),
    tenantApiKeysRoute,
    tenantRolesRoute,
    tenantRoleNewRoute,
    tenantExplainRoute,
    tenantRoleRoute,
    tenantAuditRoute,
    tenantDecisionsRoute,
    tenantInventoryRoute,
    tenantSettingsRoute.addChildren([
      tenantSettingsGeneralRoute,
      tenantSettingsModulesRoute,
      tenantSettingsSecurityRoute,
      tenantSettingsUsageRoute,
      tenantSettingsSubscriptionRoute,
    ]),
  ]),
  cockpitRoute.addChildren([
    cockpitHomeRoute,
    cockpitAdminRoute.addChildren([cockpitAdminHomeRoute, cockpitAdminKeysRoute, cockpitAdminAuditRoute]),
  ]),
  platformLoginRoute,
  platformMfaRoute,
  platformForgotRoute,
  platformResetRoute,
  platformChangePasswordRoute,
  platformRoute.addChildren([
    platformWebhooksRoute,
    platformHomeRoute,
    platformTenantsRoute,
    platformTenantRoute,
    platformProvisioningRoute,
    platformJobRoute,
    platformMailboxRoute,
    platformAuditRoute,
    platformModulesRoute,
    platformTemplatesRoute,
    platformPlansRoute,
    platformAccessRoute,
    platformAccountRoute,
  ]),
]);

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    parseSearch: parseQuery,
    stringifySearch: writeQuery,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 150,
    defaultPendingMinMs: 0,
    defaultPendingComponent: Pending,
    defaultErrorComponent: ({ error, reset }) => <ErrorPage error={error} reset={reset} />,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
