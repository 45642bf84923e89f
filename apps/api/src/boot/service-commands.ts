import { parseArgs } from 'node:util';
import { fail } from '#contracts/errors.js';
import { STAFF_ROLES, type StaffRole } from '#contracts/permissions.js';
import { TenantResolver } from '#platform/auth/index.js';
import type { PlatformScope } from '#platform/db/index.js';
import { Installation } from '#platform/installation/index.js';
import type { Services } from '#platform/modules/index.js';
import { JobRunner } from '#platform/queue/index.js';
import { StaffMembers, StaffPasswords, StaffPeople, TenantsConsole } from '../modules/ops/index.js';
import { activateRestored, openWork, releaseRestoredMails, type OpenWork } from './restore-commands.js';
import { UsageError } from './usage-error.js';

export interface ServiceContext {
  readonly services: Services;
  readonly scope: PlatformScope;
  readonly args: readonly string[];
  readonly print: (line: string) => void;
  /** Asks whoever sits there for something that is not shown. */
  readonly secret: (prompt: string) => Promise<string>;
}
export interface ServiceCommand {
  readonly about: string;
  run(context: ServiceContext): Promise<number>;
}

/** Commands that do what a route does. Every change is in the log, with the account of the operating system. */
export const SERVICE_COMMANDS: Readonly<Record<string, ServiceCommand>> = {
  'tenant create': {
    about: 'a tenant, made at once: --name NAME --slug SLUG [--template CODE] [--plan CODE] [--owner EMAIL]',
    async run({ services, scope, args, print }) {
      const given = read(args, { name: 'string', slug: 'string', template: 'string', plan: 'string', owner: 'string' });
      const { tenant_id, slug, provisioning_job_id } = await services.get(TenantsConsole).create(scope, {
        name: given.need('name'),
        subdomain: given.need('slug'),
        ...given.maybe('template', (template_code) => ({ template_code })),
        ...given.maybe('plan', (plan_code) => ({ plan_code })),
        ...given.maybe('owner', (email) => ({ owner: { email } })),
      });
      await services.get(JobRunner).run('provisioning.run', { provisioning_job_id });
      const { status, failure_reason } = await services.get(TenantsConsole).get(scope, tenant_id);
      print(`${tenant_id}  ${slug}  ${status}${failure_reason ? `: ${failure_reason}` : ''}`);
      return status === 'failed' ? 1 : 0;
    },
  },
  'tenant list': {
    about: 'tenants, newest first: [--status STATUS] [--q TEXT] [--json]',
    async run({ services, scope, args, print }) {
      const given = read(args, { status: 'string', q: 'string', json: 'boolean' });
      const filters = { ...given.maybe('status', (status) => ({ status })), ...given.maybe('q', (q) => ({ q })) };
      const tenants = await services.get(TenantsConsole).all(scope, filters);
      if (given.has('json')) print(JSON.stringify(tenants));
      else for (const { tenant_id, slug, status, member_count, name } of tenants) print([tenant_id, slug, status, `${member_count}`, name].join('  '));
      return 0;
    },
  }, // prettier-ignore
  'tenant suspend': { about: 'nobody gets in until it is resumed: SLUG --reason TEXT', run: (context) => moveTenant(context, 'suspend') },
  'tenant resume': { about: 'a suspended tenant is open again: SLUG --reason TEXT', run: (context) => moveTenant(context, 'resume') },
  'staff create': {
    about: `a member of the staff, who gets a link: EMAIL [--role ${Object.keys(STAFF_ROLES).join('|')}] --reason TEXT`,
    async run({ services, scope, args, print }) {
      const given = read(args, { role: 'string', reason: 'string' });
      const role = given.option('role') ?? 'ops_admin';
      if (!Object.hasOwn(STAFF_ROLES, role)) throw new UsageError(`--role is one of ${Object.keys(STAFF_ROLES).join(', ')}`);
      const input = { email: given.subject('EMAIL'), role: role as StaffRole, reason: given.need('reason') };
      const { platform_user_id, email } = await services.get(StaffMembers).create(scope, input);
      print(`${platform_user_id}  ${email}  ${role}`);
      return 0;
    },
  },
  'staff set-password': {
    about: 'a first password from standard input, changed at the next sign-in: EMAIL --reason TEXT',
    async run({ services, scope, args, print, secret }) {
      const given = read(args, { reason: 'string' });
      const [email, reason] = [given.subject('EMAIL'), given.need('reason')];
      await services.get(StaffPasswords).setFor(scope, email, await secret('New password: '), reason);
      print(`${email} signs in with it and chooses another one`);
      return 0;
    },
  },
  'user reset-mfa': {
    about: 'takes a lost second factor away and ends every session: EMAIL --reason TEXT',
    async run({ services, scope, args, print }) {
      const given = read(args, { reason: 'string' });
      const email = given.subject('EMAIL');
      const people = services.get(StaffPeople);
      await people.resetMfa(scope, await people.idOf(scope, email), given.need('reason'));
      print(`${email} signs in with the password alone`);
      return 0;
    },
  },
  'sessions revoke': {
    about: 'ends sessions for their next request: --user EMAIL | --tenant SLUG | --all, --reason TEXT',
    async run({ services, scope, args, print }) {
      const given = read(args, { user: 'string', tenant: 'string', all: 'boolean', reason: 'string' });
      const [user, tenant] = [given.option('user'), given.option('tenant')];
      if ([user, tenant, given.has('all') || undefined].filter((named) => named !== undefined).length !== 1)
        throw new UsageError('Name one of --user, --tenant and --all');
      const { revoked } = await services.get(StaffPeople).revokeSessions(scope, {
        ...(user === undefined ? {} : { user_id: await services.get(StaffPeople).idOf(scope, user) }),
        ...(tenant === undefined ? {} : { tenant_id: await tenantId(services, tenant) }),
        ...(given.has('all') ? { all: true } : {}),
        reason: given.need('reason'),
      });
      print(`${revoked} ended`);
      return 0;
    },
  },
  'restore status': {
    about: 'may this database send, or was it restored, and what would go out: [--json]',
    async run({ services, scope, args, print }) {
      const given = read(args, { json: 'boolean' });
      const [since, open] = [await services.get(Installation).restoredSince(), await openWork(services, scope)];
      if (given.has('json')) print(JSON.stringify({ restored_at: since, ...open }));
      else print(`${since ? `restored, seen ${since.toISOString()}: nothing goes out` : 'activated'}; waiting: ${inWords(open)}`);
      return 0;
    },
  },
  'restore activate': {
    about: 'opens a restored database to the outside, and holds what is older: --reason TEXT [--hold-before TIME]',
    async run({ services, scope, args, print }) {
      const given = read(args, { reason: 'string', 'hold-before': 'string' });
      const reason = given.need('reason');
      print(`waiting: ${inWords(await openWork(services, scope))}`);
      const { deliveries, mails, hold_before } = await activateRestored(services, scope, { reason, given: given.option('hold-before') });
      print(`held what is older than ${hold_before.toISOString()}: ${deliveries} deliveries, ${mails} mails`);
      print('activated: workers begin within a minute');
      return 0;
    },
  },
  'restore release-mails': {
    about: 'mails that were held at the activation are sent: --reason TEXT',
    async run({ services, scope, args, print }) {
      print(`${await releaseRestoredMails(services, scope, read(args, { reason: 'string' }).need('reason'))} mails are sent`);
      return 0;
    },
  },
};

const inWords = ({ deliveries, events, mails }: OpenWork): string =>
  `${deliveries} deliveries, ${events} events without deliveries, ${mails} mails`;

async function moveTenant({ services, scope, args, print }: ServiceContext, verb: 'suspend' | 'resume'): Promise<number> {
  const given = read(args, { reason: 'string' });
  const tenant_id = await tenantId(services, given.subject('SLUG'));
  const { slug, status } = await services.get(TenantsConsole)[verb](scope, tenant_id, given.need('reason'));
  print(`${tenant_id}  ${slug}  ${status}`);
  return 0;
}

export async function tenantId(services: Services, slugOrId: string): Promise<string> {
  const tenant_id = await services.get(TenantResolver).byHint(slugOrId.toLowerCase());
  if (tenant_id === null) throw fail('not_found');
  return tenant_id;
}

export interface Given {
  /** The one word that is no option. */
  subject(name: string): string;
  /** Options only. */
  alone(): void;
  need(name: string): string;
  option(name: string): string | undefined;
  maybe<T extends object>(name: string, then: (value: string) => T): T | object;
  has(name: string): boolean;
}

/** @throws UsageError for an option that the command does not have */
export function read(args: readonly string[], options: Readonly<Record<string, 'string' | 'boolean'>>): Given {
  const parsed = parse(args, options);
  const option = (name: string): string | undefined => {
    const value = parsed.values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    option,
    has: (name) => parsed.values[name] === true,
    maybe: (name, then) => {
      const value = option(name);
      return value === undefined ? {} : then(value);
    },
    need(name) {
      const value = option(name);
      if (value === undefined) throw new UsageError(`--${name} is missing`);
      return value;
    },
    alone() {
      if (parsed.positionals.length > 0) throw new UsageError(`Not understood: ${parsed.positionals.join(' ')}`);
    },
    subject(name) {
      const [first, ...more] = parsed.positionals;
      if (first === undefined || more.length > 0) throw new UsageError(`Give one ${name}`);
      return first;
    },
  };
}

function parse(args: readonly string[], options: Readonly<Record<string, 'string' | 'boolean'>>) {
  try {
    const types = Object.fromEntries(Object.entries(options).map(([name, type]) => [name, { type }]));
    return parseArgs({ args: [...args], options: types, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
