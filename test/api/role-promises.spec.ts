import { CORE_PERMISSIONS, ALL_PERMISSIONS, PERMISSIONS, type Permission } from '../../libs/contracts/permissions.js';
import { TOGGLE_MODULES, type ToggleModule } from '../../libs/contracts/modules.js';
import { RouteTable, type Route } from '../../libs/platform/auth/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { rowOf } from '../support/rows.js';
import type { TenantOptions, TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

jest.setTimeout(60_000);

/** What guides promise of roles and switches by name. Routes come from the route table: a module that is built is asked here at once. */
let w: World;
const tenants = new Map<string, Promise<TestTenant>>();
beforeAll(async () => {
  w = await world({ own_database: `promises_${process.pid}` }); // one test switches a module off for everybody
}, 60_000);

/** One tenant a template: nothing here changes what another test asks. */
function tenantOf(template: NonNullable<TenantOptions['template']>): Promise<TestTenant> {
  const known = tenants.get(template) ?? w.tenant({ template });
  tenants.set(template, known);
  return known;
}
const asks = ({ access }: Route): readonly Permission[] =>
  access.kind === 'requires' ? (access.permissions as readonly Permission[]) : [];
const routes = (): readonly Route[] => w.app.get(RouteTable).routes.filter((route) => asks(route).length > 0);

/** With ids of nobody and an empty body: whoever is let in finds nothing there, or is told what is missing. */
async function answerOf(
  user: TestUser,
  tenant: TestTenant,
  { method, path }: Route,
): Promise<{ status: number; code?: string; permission?: string }> {
  const address = path.replace(':tenant_id', tenant.tenant_id).replace(/:[a-z_]+/g, () => newId());
  const { status, body } = await user[method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'](
    address,
    ...(method === 'GET' ? [] : [{}]),
  );
  return { status, ...(body as object) };
}

const of = (...resources: readonly string[]): Permission[] =>
  ALL_PERMISSIONS.filter((name) => resources.includes(name.split(':')[0] ?? ''));
const restOfCore = (may: readonly Permission[]): Permission[] => CORE_PERMISSIONS.filter((name) => !may.includes(name));

interface RolePromise {
  readonly row: string;
  readonly template: NonNullable<TenantOptions['template']>;
  readonly role: string;
  readonly may: readonly Permission[];
  readonly mayNot: readonly Permission[];
}
const TRADE: Permission[] = ['inventory:read', 'inventory:write', 'orders:read', 'orders:write', 'reports:read', 'reports:write', 'reports:export', 'ai:read']; // prettier-ignore
const ANALYSIS: Permission[] = ['inventory:read', 'orders:read', 'ai:read', 'reports:read', 'reports:write', 'reports:export'];
const ROLES: readonly RolePromise[] = [
  { row: '[004-14] ', template: 'inventory', role: 'Admin', may: ALL_PERMISSIONS, mayNot: [] },
  { row: rowOf('004-15', 'catalog', 'sales', 'reports'), template: 'inventory', role: 'Manager', may: TRADE, mayNot: restOfCore(TRADE) },
  { row: rowOf('004-16', 'sales', 'reports'), template: 'inventory', role: 'Analyst', may: ANALYSIS, mayNot: restOfCore(ANALYSIS) },
  { row: rowOf('000-39', 'stock', 'pos'), template: 'org', role: 'OPERATOR', may: ['inventory:read', 'pos:sell'], mayNot: of('users', 'billing', 'settings') },
  { row: rowOf('003-28', 'pos'), template: 'retail', role: 'owner', may: of('users', 'registers'), mayNot: [] },
  {
    row: rowOf('003-29', 'catalog', 'stock', 'purchasing'), template: 'retail', role: 'admin',
    may: ['inventory:read', 'inventory:write', 'inventory:delete', 'stock:adjust', ...of('purchasing')], mayNot: of('users', 'roles', 'billing', 'settings', 'registers'),
  },
  {
    row: '', template: 'retail', role: 'cashier', may: ['pos:sell', 'orders:read', 'orders:write'],
    mayNot: ['inventory:write', 'inventory:delete', 'stock:adjust', 'pos:shift_manage', 'pos:refund', ...of('users', 'roles', 'settings', 'billing', 'purchasing')],
  },
  { row: '[001-21] ', template: 'cockpit', role: 'VIEWER', may: ['reports:read'], mayNot: of('users', 'roles', 'api_keys', 'audit', 'settings', 'billing', 'tenants', 'webhooks') },
]; // prettier-ignore

describe.each(ROLES)('$role of the pack $template', ({ row, template, role, may, mayNot }) => {
  it(`${row}holds what is promised and none of what is denied, and is let in and refused accordingly on every route`, async () => {
    const tenant = await tenantOf(template);
    const user = await tenant.user({ role });
    const { body } = await user.get('/rbac/permissions').expect(200);
    const held = new Set(
      (body.data as { permission_id: Permission; held: boolean }[]).filter((entry) => entry.held).map((entry) => entry.permission_id),
    );
    expect(may.filter((permission) => !held.has(permission))).toEqual([]);
    expect(mayNot.filter((permission) => held.has(permission))).toEqual([]);

    const findings: string[] = [];
    let asked = 0;
    for (const route of routes()) {
      const needs = asks(route);
      const denied = needs.find((permission) => mayNot.includes(permission));
      if (!denied && !needs.every((permission) => may.includes(permission))) continue;
      asked += 1;
      const got = await answerOf(user, tenant, route);
      const refused = got.code === 'permission_denied' && got.status === 403;
      if (
        refused !== (denied !== undefined) ||
        got.status === 401 ||
        got.status >= 500 ||
        (refused && !needs.includes(got.permission as Permission))
      )
        findings.push(`${route.method} ${route.path}: ${got.status} ${got.code} ${got.permission ?? ''}`);
    }
    expect(findings).toEqual([]);
    expect(asked).toBeGreaterThan(0);
  });
});

describe('a module that is switched off', () => {
  const toggled = Object.keys(TOGGLE_MODULES) as ToggleModule[];
  const moduleOf = (route: Route): string => PERMISSIONS[asks(route)[0] as Permission].module;
  /** Names that guides have for modules, beside the codes. */
  const NAMES: Readonly<Partial<Record<ToggleModule, string>>> = { forecasts: 'ai', catalog: 'PRODUCTS', reports: 'ANALYTICS', pos: 'POS' };

  it(`${rowOf('003-24', 'catalog', 'purchasing', 'stock', 'sales', 'pos', 'reports')}${rowOf('004-68', 'webhooks', 'reports')}refuses all its routes to everybody, and no route of a core module`, async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const all = Object.fromEntries(toggled.map((code) => [NAMES[code] ?? code, false]));
    await owner.patch('/tenant/settings', { modules: all }).expect(200);
    const findings: string[] = [];
    const seen = new Set<string>();
    for (const route of routes()) {
      const module_code = moduleOf(route);
      const isOff = (toggled as readonly string[]).includes(module_code);
      if (!isOff && route.mutating) continue;
      const got = (await answerOf(owner, tenant, route)) as { status: number; code?: string; module_code?: string; reason?: string };
      const refused =
        got.status === 403 && got.code === 'module_disabled' && got.module_code === module_code && got.reason === 'off_by_tenant';
      if (isOff !== refused) findings.push(`${route.method} ${route.path}: ${got.status} ${got.code} ${got.module_code} ${got.reason}`);
      if (isOff) seen.add(module_code);
    }
    expect(findings).toEqual([]);
    expect([...seen]).toEqual(expect.arrayContaining(['catalog']));
    await owner.get('/admin/members').expect(200);
  });

  it('by the platform is off for every tenant, whatever they have chosen', async () => {
    const staff = await w.staff();
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const off = async (is_active: boolean) =>
      staff.put('/platform/modules/catalog', { is_active, reason: 'the module is switched by its own test' }).expect(200);
    await owner.get('/inventory').expect(200);
    await off(false);
    expect((await owner.get('/inventory').expect(403)).body).toMatchObject({
      code: 'module_disabled',
      module_code: 'catalog',
      reason: 'off_by_platform',
    });
    await off(true);
    await owner.get('/inventory').expect(200);
  });
});
