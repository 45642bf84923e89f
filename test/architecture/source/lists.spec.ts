import ts from 'typescript';
import { findings, importsOf, typescriptFiles, type Source } from './tree.js';

/** What is legal only where somebody looked at it. A new line here is a decision that a reviewer sees. */

type Reasons = Readonly<Record<string, readonly string[]>>;

/** Files that can read rows of every tenant. Handlers of a tenant's job are not among them: they run with the scope of their envelope. */
const PLATFORM_DB: Reasons = {
  'made and handed out here': [
    'apps/api/src/boot/runtime.ts',
    'libs/platform/limits/create-limiter.ts',
    'libs/platform/mail/wiring.ts',
    'libs/platform/platform.module.ts',
    'libs/platform/runtime.ts',
  ],
  'the registry belongs to no tenant; only `migrate up` writes it': ['apps/api/src/boot/seed.ts'],
  'relay, queues, schedules and mail serve every tenant': [
    'libs/platform/limits/leases.repository.ts',
    'libs/platform/limits/limits.schedules.ts',
    'libs/platform/mail/mail.repository.ts',
    'libs/platform/outbox/event-tasks.repository.ts',
    'libs/platform/outbox/relay.ts',
    'libs/platform/queue/job-runner.ts',
    'libs/platform/queue/reaper.ts',
    'libs/platform/queue/schedules.repository.ts',
  ],
  'people, sessions and sign-in limits belong to no tenant': [
    'apps/api/src/modules/identity/account.ts',
    'apps/api/src/modules/identity/email-address.ts',
    'apps/api/src/modules/identity/identity.queries.ts',
    'apps/api/src/modules/identity/me.ts',
    'apps/api/src/modules/identity/mfa-sign-in.ts',
    'apps/api/src/modules/identity/mfa.ts',
    'apps/api/src/modules/identity/own-proof.ts',
    'apps/api/src/modules/identity/passwords.ts',
    'apps/api/src/modules/identity/refresh.ts',
    'apps/api/src/modules/identity/session-activity.ts',
    'apps/api/src/modules/identity/session-routes.ts',
    'apps/api/src/modules/identity/sign-in-audit.ts',
    'apps/api/src/modules/identity/sign-in-session.ts',
    'apps/api/src/modules/identity/sign-in-tenants.ts',
    'apps/api/src/modules/identity/sign-in.ts',
    'apps/api/src/modules/identity/support-access.ts',
    'apps/api/src/modules/identity/throttle.ts',
    'apps/api/src/modules/identity/tidy.ts',
  ],
  'read before the tenant is known: a host, the token of an invitation': [
    'apps/api/src/modules/invitations/accept-invitation.ts',
    'apps/api/src/modules/invitations/expire-invitations.ts',
    'apps/api/src/modules/invitations/invitations.repository.ts',
    'apps/api/src/modules/tenants/tenant-resolver.ts',
  ],
  'which database this is, and what a restored one holds': [
    'apps/api/src/boot/restore-commands.ts',
    'apps/api/src/modules/webhooks/deliveries/restored-deliveries.ts',
    'libs/platform/installation/installation.ts',
  ],
  'claims, results, sweeps and old weeks of webhooks, over all tenants': [
    'apps/api/src/modules/webhooks/console/webhooks-console.ts',
    'apps/api/src/modules/webhooks/dispatch/claim.repository.ts',
    'apps/api/src/modules/webhooks/dispatch/completion.repository.ts',
    'apps/api/src/modules/webhooks/dispatch/health.repository.ts',
    'apps/api/src/modules/webhooks/dispatch/sweep.repository.ts',
    'apps/api/src/modules/webhooks/retention/retention.repository.ts',
  ],
  'staff and provisioning work on tenants from outside': [
    'apps/api/src/modules/ops/acts-of-two.service.ts',
    'apps/api/src/modules/ops/approvals.ts',
    'apps/api/src/modules/ops/platform-invitations.service.ts',
    'apps/api/src/modules/ops/platform-modules.service.ts',
    'apps/api/src/modules/ops/platform-templates.service.ts',
    'apps/api/src/modules/ops/signup.service.ts',
    'apps/api/src/modules/ops/staff-authenticator.ts',
    'apps/api/src/modules/ops/staff-bootstrap-token.ts',
    'apps/api/src/modules/ops/staff-credentials.ts',
    'apps/api/src/modules/ops/staff-environment.ts',
    'apps/api/src/modules/ops/staff-first-owner.ts',
    'apps/api/src/modules/ops/staff-members.ts',
    'apps/api/src/modules/ops/staff-mfa.ts',
    'apps/api/src/modules/ops/staff-orphans.ts',
    'apps/api/src/modules/ops/staff-passwords.ts',
    'apps/api/src/modules/ops/staff-people.ts',
    'apps/api/src/modules/ops/staff-sign-in.ts',
    'apps/api/src/modules/ops/tenants-console.service.ts',
    'apps/api/src/modules/provisioning/pipeline-run.ts',
    'apps/api/src/modules/provisioning/provisioning-feed.ts',
    'apps/api/src/modules/provisioning/provisioning.service.ts',
    'apps/api/src/modules/provisioning/purges.ts',
    'apps/api/src/modules/tenants/hosts.service.ts',
    'apps/api/src/modules/tenants/tenant-closing.ts',
  ],
  'what a tenant has bought: the app role may only read it; staff, the clock and the billing routes write it': [
    'apps/api/src/modules/entitlements/materialiser.ts',
    'apps/api/src/modules/entitlements/plan-roll-out.ts',
    'apps/api/src/modules/entitlements/plans.service.ts',
    'apps/api/src/modules/entitlements/recount.ts',
    'apps/api/src/modules/entitlements/settle-due.ts',
    'apps/api/src/modules/entitlements/staff-entitlements.ts',
    'apps/api/src/modules/entitlements/subscriptions.service.ts',
  ],
  'the log of the platform itself, and decisions about callers of every tenant': [
    'apps/api/src/modules/audit/audit.repository.ts',
    'apps/api/src/modules/audit/audit.service.ts',
    'apps/api/src/modules/rbac/decisions.repository.ts',
  ],
};

/** Files that make a scope out of nothing. */
const SCOPE_MAKERS: Reasons = {
  'the guard, after credential, agreement and permission': ['libs/platform/auth/access.guard.ts', 'libs/platform/auth/tenant-access.ts'],
  'what the guard asks to judge a caller, before there is a scope': [
    'apps/api/src/modules/rbac/rbac-scopes.ts',
    'apps/api/src/modules/tenants/platform-reader.ts',
  ],
  'sign-in: nobody is signed in yet': ['apps/api/src/modules/identity/sign-in-scope.ts', 'apps/api/src/modules/ops/staff-scope.ts'],
  'the envelope of a job': ['libs/platform/queue/scopes.ts'],
  'whoever has a shell acts in one tenant': ['apps/api/src/boot/shell-scope.ts'],
  'the last step of provisioning looks at the tenant as the tenant will': ['apps/api/src/modules/provisioning/tenant-check.ts'],
  'an administrator at work on rows of the own tenant that the app role may not write, in `inTenant`': [
    'apps/api/src/modules/entitlements/billing-scope.ts',
    'apps/api/src/modules/tenants/acting-scope.ts',
  ],
};

/** Reads that leave the stores of the caller aside: file and the reason it gives. */
const WHOLE_TENANT: readonly string[] = [
  'apps/api/src/modules/rbac/principal-rights.ts: the rights of a member hold in stores that the caller may not see',
  'apps/api/src/modules/stores/stores.service.ts: what blocks closing a store may lie where the caller does not see',
];

const paths = (reasons: Reasons): string[] => Object.values(reasons).flat().sort();

const program = typescriptFiles().filter(
  ({ path }) => /^(apps\/api\/src|libs)\//.test(path) && !path.endsWith('.spec.ts') && !path.startsWith('libs/platform/db/'),
);

const importers = (sources: readonly Source[], matches: (from: string, names: readonly string[]) => boolean): string[] =>
  sources.filter((source) => importsOf(source).some(({ from, names }) => matches(from, names))).map(({ path }) => path);

const platformDb = (sources: readonly Source[]): string[] =>
  importers(sources, (from, names) => names.includes('PlatformDb') || from.endsWith('/platform-db.js'));
const scopeMakers = (sources: readonly Source[]): string[] => importers(sources, (from) => from.endsWith('/scope-factory.js'));
const wholeTenant = (sources: readonly Source[]): string[] =>
  sources.flatMap((source) =>
    findings(source, (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'wholeTenant')
        return null;
      const [reason] = node.arguments;
      return reason && ts.isStringLiteralLike(reason) ? reason.text : 'the reason is not a text';
    }).map((found) => found.replace(/:\d+ /, ': ')),
  );

it('files that import PlatformDb are those listed', () => {
  expect(platformDb(program)).toEqual(paths(PLATFORM_DB));
});

it('files that make a scope are those listed', () => {
  expect(scopeMakers(program)).toEqual(paths(SCOPE_MAKERS));
});

it('reads of the whole tenant are those listed', () => {
  expect(wholeTenant(program)).toEqual(WHOLE_TENANT);
});

it('sees one that is not listed', () => {
  const planted: Source[] = [
    { path: 'a.ts', text: `import { sql, PlatformDb as Db } from '#platform/db/index.js';` },
    { path: 'b.ts', text: `import { makeTenantScope } from '#platform/db/scope-factory.js';` },
    { path: 'c.ts', text: `await this.rows.read(scope.wholeTenant('to count'));` },
    { path: 'd.ts', text: `await this.rows.read(scope.wholeTenant(why));` },
  ];
  expect(platformDb(planted)).toEqual(['a.ts']);
  expect(scopeMakers(planted)).toEqual(['b.ts']);
  expect(wholeTenant(planted)).toEqual(['c.ts: to count', 'd.ts: the reason is not a text']);
});
