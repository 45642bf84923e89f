import { createRegistry } from '../../apps/api/src/app.module.js';
import { settingsErrors, withDefaults, type SettingsSchema } from '../../apps/api/src/modules/tenants/settings-schema.js';
import { CORE_MODULES } from '../../libs/contracts/modules.js';
import { PERMISSIONS, type Permission } from '../../libs/contracts/permissions.js';
import { RouteTable } from '../../libs/platform/auth/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { PlatformDb, sql } from '../../libs/platform/db/index.js';
import { JobRunner, platformScope } from '../../libs/platform/queue/index.js';
import { auditsOf, eventsOf } from '../support/records.js';
import type { StaffClient } from '../support/test-staff.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

interface ModuleSwitch {
  readonly module_code: string;
  readonly is_core: boolean;
  readonly active: boolean;
  readonly entitled: boolean;
  readonly enabled: boolean;
  readonly reason: string | null;
}
interface Settings {
  readonly modules: readonly ModuleSwitch[];
  readonly features: readonly { readonly feature_code: string; readonly active: boolean; readonly enabled: boolean }[];
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly password_policy: Readonly<Record<string, unknown>>;
  readonly mfa_required: boolean;
}

let w: World;
let staff: StaffClient;
beforeAll(async () => {
  w = await world({ own_database: `settings_${process.pid}` });
  staff = await w.staff('ops_admin');
}, 60_000);

const settingsOf = async (user: TestUser): Promise<Settings> => (await user.get('/tenant/settings').expect(200)).body as Settings;
const moduleOf = ({ modules }: Settings, code: string): ModuleSwitch | undefined => modules.find(({ module_code }) => module_code === code);
const rows = <R>(statement: Parameters<PlatformDb['query']>[1], params: Parameters<PlatformDb['query']>[2]): Promise<R[]> =>
  w.app.get(PlatformDb, { strict: false }).query<R>(platformScope('test'), statement, params);
const versionOf = async (tenant: TestTenant): Promise<string> =>
  (await rows<{ version: string }>(sql`select version from tenant_state where tenant_id = $1`, [tenant.tenant_id]))[0]?.version ?? '';

describe('GET /tenant/settings', () => {
  it('[003-23] lists modules and features with active and enabled, for whoever may read settings', async () => {
    const acme = await w.tenant({ template: 'retail' });
    const owner = await acme.user();
    const settings = await settingsOf(owner);
    expect(moduleOf(settings, 'catalog')).toEqual({
      module_code: 'catalog', name: 'Catalogue', is_core: false, active: true, entitled: true, enabled: true, reason: null, depends_on: [],
    }); // prettier-ignore
    expect(moduleOf(settings, 'rbac')).toMatchObject({ is_core: true, enabled: true, entitled: true });
    expect(moduleOf(settings, 'impact')).toMatchObject({ enabled: false });
    expect(settings.features).toEqual([expect.objectContaining({ feature_code: 'sso', active: false, enabled: false })]);
    expect(settings.settings).toMatchObject({ tenants: { allow_support_write: false } });
    expect(settings.password_policy).toEqual({ min_length: 8, classes: 'all', history: 5, max_age_days: null });
    expect(settings.mfa_required).toBe(false);

    const cashier = await acme.user({ role: 'cashier' });
    expect((await cashier.get('/tenant/settings').expect(403)).body).toMatchObject({
      code: 'permission_denied',
      permission: 'settings:read',
    });
    expect((await cashier.patch('/tenant/settings', { modules: { catalog: false } }).expect(403)).body.code).toBe('permission_denied');
  });
});

describe('PATCH /tenant/settings: modules', () => {
  it('[003-23] switches for the owner, effective on the next request, with audit row and event', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    await owner.get('/inventory').expect(200);
    const off = (await owner.patch('/tenant/settings', { modules: { PRODUCTS: false } }).expect(409)).body;
    expect(off).toMatchObject({ code: 'module_in_use', module_code: 'catalog', needed_by: ['sales', 'stock'] });
    await owner.get('/inventory').expect(200);

    const all = { catalog: false, sales: false, stock: false, purchasing: false, pos: false };
    const { body } = await owner.patch('/tenant/settings', { modules: all }).expect(200);
    expect(moduleOf(body as Settings, 'catalog')).toMatchObject({ enabled: false, reason: 'off_by_tenant', entitled: true });
    const refused = (await owner.get('/inventory').expect(403)).body;
    expect(refused).toMatchObject({ code: 'module_disabled', module_code: 'catalog', reason: 'off_by_tenant' });
    const me = (await owner.get('/me').expect(200)).body as { modules: Record<string, string>; nav: string[] };
    expect(me.modules['catalog']).toBe('off');
    expect(me.nav).not.toContain('inventory');

    const [audit] = await auditsOf(w, acme.tenant_id, 'tenant.settings_changed');
    expect(audit).toMatchObject({ actor: { type: 'user', id: owner.user_id }, targets: [{ type: 'tenant', id: acme.tenant_id }] });
    expect(audit?.changes).toEqual({ modules: [Object.fromEntries(Object.keys(all).map((code) => [code, true])), all] });
    const [event] = await eventsOf(w, acme.tenant_id, 'settings.changed');
    expect(event?.data).toEqual({ changed: Object.keys(all).map((code) => `modules.${code}`).sort() }); // prettier-ignore

    await owner.patch('/tenant/settings', { modules: { catalog: true } }).expect(200);
    await owner.get('/inventory').expect(200); // the data was kept
  });

  it('[003-25] refuses every route of a module without a row, before anything else is looked at', async () => {
    const acme = await w.tenant({ template: 'cockpit' }); // a pack without catalogue
    const owner = await acme.user();
    await owner.patch('/tenant/settings', { modules: { webhooks: false } }).expect(200); // the one module with routes that it has
    const isCore = (code: string): boolean => (CORE_MODULES as readonly string[]).includes(code);
    const routes = w.app.get(RouteTable).routes.flatMap((route) => {
      const module_code = route.access.kind === 'requires' ? PERMISSIONS[route.access.permissions[0] as Permission].module : null;
      return module_code && !isCore(module_code) ? [{ ...route, module_code }] : [];
    });
    expect(routes.length).toBeGreaterThan(3);
    for (const { method, path, module_code } of routes) {
      const send = owner[method.toLowerCase() as 'get' | 'post'];
      const { body } = await send(path.replace(/:[a-z_]+/g, newId()), ...(method === 'GET' ? [] : [{}])).expect(403);
      expect({ path, ...body }).toMatchObject({ path, code: 'module_disabled', module_code, reason: 'off_by_tenant' });
    }
    await owner.patch('/tenant/settings', { modules: { catalog: true } }).expect(200);
    await owner.get('/inventory').expect(200);
  });

  it('[003-26] refuses to switch a core module off, so an owner is never locked out; on is accepted without effect', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    for (const [name, module_code] of [
      ['users', 'rbac'],
      ['settings', 'tenants'],
      ['audit', 'audit'],
      ['Identity', 'identity'],
    ] as const)
      // prettier-ignore
      expect((await owner.patch('/tenant/settings', { modules: { [name]: false } }).expect(409)).body).toMatchObject({ code: 'module_is_core', module_code });
    await owner.patch('/tenant/settings', { modules: { users: true } }).expect(200);
    expect(await auditsOf(w, acme.tenant_id, 'tenant.settings_changed')).toEqual([]);
  });

  it('switches what a module needs only when asked to', async () => {
    const acme = await w.tenant({ template: 'cockpit' });
    const owner = await acme.user();
    expect((await owner.patch('/tenant/settings', { modules: { pos: true } }).expect(409)).body).toMatchObject({
      code: 'dependency_off',
      module_code: 'pos',
      needs: ['sales'],
    });
    const { body } = await owner.patch('/tenant/settings', { modules: { pos: true }, with_dependencies: true }).expect(200);
    // What is planned and not built is stored, and shown as the platform's affair.
    expect(['pos', 'sales'].map((code) => moduleOf(body as Settings, code)?.reason)).toEqual(['off_by_platform', 'off_by_platform']);
    expect(moduleOf(body as Settings, 'catalog')).toMatchObject({ enabled: true });
    const [audit] = await auditsOf(w, acme.tenant_id, 'tenant.settings_changed');
    expect(audit?.changes['modules']?.[1]).toEqual({ catalog: true, pos: true, sales: true });
  });

  it('refuses a module outside the plan, unknown names, and a contradiction, and changes nothing then', async () => {
    const acme = await w.tenant({ plan: 'free' });
    const owner = await acme.user();
    await owner.patch('/tenant/settings', { modules: { webhooks: false } }).expect(200);
    const before = await versionOf(acme);
    const refused = async (body: object, status: number) =>
      (await owner.patch('/tenant/settings', body).expect(status)).body as Record<string, unknown>;
    expect(await refused({ modules: { webhooks: true, reports: false } }, 403)).toMatchObject({
      code: 'not_in_plan',
      module_code: 'webhooks',
    });
    expect(await refused({ modules: { CRM: true } }, 400)).toMatchObject({ code: 'unknown_module', names: ['CRM'] });
    expect(await refused({ features: { telepathy: true } }, 400)).toMatchObject({ code: 'unknown_module' });
    expect(await refused({ modules: { reports: 'on' } }, 400)).toMatchObject({
      code: 'validation_failed',
      errors: [{ field: '/modules/reports' }],
    });
    expect(await refused({ modules: { reports: true, DASHBOARD: false } }, 400)).toMatchObject({ errors: [{ code: 'contradicts' }] });
    expect(await refused({ plan: 'enterprise' }, 400)).toMatchObject({ errors: [{ code: 'unknown_field' }] });
    expect(await versionOf(acme)).toBe(before);
  });

  it('takes a feature that is registered and off, as the samples of the seeds do', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const { body } = await owner.patch('/tenant/settings', { features: { SSO: true } }).expect(200);
    expect((body as Settings).features).toEqual([expect.objectContaining({ feature_code: 'sso', active: false, enabled: false })]);
    expect((await eventsOf(w, acme.tenant_id, 'settings.changed'))[0]?.data).toEqual({ changed: ['features.sso'] });
    await owner.patch('/tenant/settings', { modules: { sso: true } }).expect(200); // the same again: nothing to change
    expect(await auditsOf(w, acme.tenant_id, 'tenant.settings_changed')).toHaveLength(1);
  });

  it('of parallel switches all commit, one after the other', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const changes = Array.from({ length: 12 }, (_, i) =>
      owner.patch('/tenant/settings', { modules: { reports: i % 2 === 0 }, settings: { tenants: { allow_support_write: i % 3 === 0 } } }),
    );
    const answers = await Promise.all(changes);
    expect(answers.map(({ status }) => status)).toEqual(changes.map(() => 200));
  });
});

it('the schema of each module takes its own defaults, and nothing beside them', () => {
  const schemas = createRegistry().manifests.flatMap(({ code, settings_schema }) =>
    settings_schema ? [[code, settings_schema as unknown as SettingsSchema] as const] : [],
  );
  expect(schemas.map(([code]) => code)).toContain('tenants');
  for (const [code, schema] of schemas) {
    expect(settingsErrors(schema, withDefaults(schema, {}), `/${code}`)).toEqual([]);
    expect(settingsErrors(schema, { no_such_setting: 1 }, `/${code}`)).toEqual([expect.objectContaining({ code: 'unknown_setting' })]);
    expect(JSON.stringify(withDefaults(schema, {}))).not.toContain('undefined');
  }
});

describe('PATCH /tenant/settings: settings of modules', () => {
  it('[004-09] are checked against the schema of their module; defaults are shown and not stored', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const stored = async () =>
      (await rows<{ settings: object }>(sql`select settings from tenants where tenant_id = $1`, [acme.tenant_id]))[0]?.settings;
    expect(await stored()).toEqual({});
    const { body } = await owner.patch('/tenant/settings', { settings: { tenants: { allow_support_write: true } } }).expect(200);
    expect((body as Settings).settings['tenants']).toEqual({ allow_support_write: true });
    expect((await auditsOf(w, acme.tenant_id, 'tenant.settings_changed'))[0]?.changes).toEqual({
      settings: [{ 'tenants.allow_support_write': null }, { 'tenants.allow_support_write': true }],
    });
    expect((await eventsOf(w, acme.tenant_id, 'settings.changed'))[0]?.data).toEqual({ changed: ['settings.tenants.allow_support_write'] });

    await owner.patch('/tenant/settings', { settings: { tenants: { allow_support_write: null } } }).expect(200);
    expect(await stored()).toEqual({ tenants: {} });
    expect((await settingsOf(owner)).settings['tenants']).toEqual({ allow_support_write: false });

    const refused = async (settings: object, code: string): Promise<string[]> => {
      const { body: problem } = await owner.patch('/tenant/settings', { settings }).expect(400);
      expect(problem.code).toBe(code);
      return (problem.errors as { field: string }[]).map(({ field }) => field);
    };
    expect(await refused({ tenants: { allow_support_write: 'yes' } }, 'validation_failed')).toEqual([
      '/settings/tenants/allow_support_write',
    ]);
    expect(await refused({ tenants: { colour: 1 } }, 'unknown_setting')).toEqual(['/settings/tenants/colour']);
    expect(await refused({ tenants: { colour: null } }, 'unknown_setting')).toEqual(['/settings/tenants/colour']);
    expect(await refused({ crm: { a: 1 } }, 'unknown_setting')).toEqual(['/settings/crm']);
    expect(await refused({ tenants: true }, 'validation_failed')).toEqual(['/settings/tenants']);
    expect(await stored()).toEqual({ tenants: {} });
  });

  it('refuses what is written elsewhere and says where: an API key hash at /api-keys, the platform’s part nowhere', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    for (const [settings, see] of [
      [{ api_key_hash: 'abc' }, '/api-keys'],
      [{ tenants: { api_key_hash: 'abc' } }, '/api-keys'],
      [{ branding: { primary_color: '#000000' } }, 'PATCH /tenant { branding }'],
      [{ limits: { max_users: 1_000 } }, 'PATCH /subscription'],
      [{ subdomain: 'other' }, 'PATCH /platform/tenants/{tenant_id}'],
      [{ platform: { legal_hold: true } }, 'staff alone'],
    ] as const) {
      const { body } = await owner.patch('/tenant/settings', { settings }).expect(400);
      expect(body).toMatchObject({ code: 'unknown_setting', see });
      expect(JSON.stringify(body)).not.toContain('abc');
    }
    const { body } = await owner.patch('/tenant', { settings: { features: ['pos'] } }).expect(400);
    expect(body).toMatchObject({ code: 'unknown_setting', see: 'PATCH /tenant/settings { features }' });
    for (const settings of [{ tenants: {} }, {}])
      expect((await owner.patch('/tenant', { name: 'New', settings }).expect(400)).body.see).toBe('PATCH /tenant/settings');
    expect((await owner.get('/tenant').expect(200)).body.name).not.toBe('New');
  });

  it('lets a second factor be demanded only by somebody who has one', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    expect((await owner.patch('/tenant/settings', { mfa_required: true }).expect(409)).body.code).toBe('mfa_not_enabled');
    await rows(sql`insert into mfa_factors (realm, principal_id, secret_enc, confirmed_at) values ('tenant', $1, 'x', null)`, [
      owner.user_id,
    ]);
    expect((await owner.patch('/tenant/settings', { mfa_required: true }).expect(409)).body.code).toBe('mfa_not_enabled');
    await rows(sql`update mfa_factors set confirmed_at = now() where principal_id = $1`, [owner.user_id]);
    const before = await versionOf(acme);
    expect((await owner.patch('/tenant/settings', { mfa_required: true }).expect(200)).body.mfa_required).toBe(true);
    expect(await versionOf(acme)).not.toBe(before); // whoever has not passed is asked on the next request
    expect((await auditsOf(w, acme.tenant_id, 'tenant.settings_changed'))[0]?.changes).toEqual({ mfa_required: [false, true] });
  });
});

describe('PATCH /tenant: branding', () => {
  it('checks addresses and contrast, keeps what is not named, and shows it to integrators', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const change = (branding: object) => owner.patch('/tenant', { branding });
    const branding = { logo_url: 'https://cdn.example/logo.svg', primary_color: '#0B5D1E', favicon_url: null, email_from_name: 'Acme Ltd' };
    const { body } = await change(branding).expect(200);
    const shown = { ...branding, primary_color: '#0b5d1e' };
    expect(body).toMatchObject({ branding: shown, settings: { branding: shown, subdomain: acme.slug } });
    expect((await change({ logo_url: null }).expect(200)).body.branding).toEqual({ ...shown, logo_url: null });
    expect((await owner.get('/me').expect(200)).body.tenant.branding).toEqual({ primary_color: '#0b5d1e', email_from_name: 'Acme Ltd' });

    expect((await change({ primary_color: '#ffd400' }).expect(422)).body).toMatchObject({
      code: 'contrast_too_low',
      contrast: 1.43,
      least: 4.5,
    });
    for (const wrong of [{ primary_color: 'teal' }, { logo_url: 'http://cdn.example/logo.svg' }, { logo_url: 7 }, { slogan: 'x' }])
      expect((await change(wrong).expect(400)).body.code).toBe('validation_failed');

    const audits = await auditsOf(w, acme.tenant_id, 'tenant.updated');
    expect(audits).toHaveLength(2);
    expect(audits[1]?.changes['branding']?.[1]).toEqual({
      logo_url: 'https://cdn.example/logo.svg',
      primary_color: '#0b5d1e',
      email_from_name: 'Acme Ltd',
    });
    expect((await eventsOf(w, acme.tenant_id, 'tenant.updated'))[0]?.data).toMatchObject({ changed: ['branding'] });
    await change({ primary_color: '#0b5d1e' }).expect(200);
    expect(await auditsOf(w, acme.tenant_id, 'tenant.updated')).toHaveLength(2); // the same again is no change
  });

  it('shows what follows from plan and switches: features, limits, hosts', async () => {
    const acme = await w.tenant({ plan: 'standard' });
    const owner = await acme.user();
    const { body } = await owner.get('/tenant').expect(200);
    const limits = { max_users: 10, max_stores: 3, max_items: 10_000 };
    expect(body).toMatchObject({
      limits,
      features: ['catalog', 'webhooks'],
      settings: { limits, features: ['catalog', 'webhooks'] },
      delete_after: null,
      read_only: false,
    });
    expect(body.hosts).toEqual([{ host: `${acme.slug}.localhost`, kind: 'subdomain', is_primary: true }]);
  });
});

describe('PUT /platform/modules/{module_code}', () => {
  it('[003-19] switches a module off for everybody at once and back, with a reason', async () => {
    const [acme, other] = [await w.tenant(), await w.tenant()];
    const [owner, neighbour] = [await acme.user(), await other.user()];
    await owner.get('/inventory').expect(200);
    expect((await staff.put('/platform/modules/catalog', { is_active: false }).expect(400)).body.code).toBe('reason_required');
    const { body } = await staff.put('/platform/modules/catalog', { is_active: false, reason: 'wrong prices are shown' }).expect(200);
    expect(body).toMatchObject({
      module_code: 'catalog',
      is_core: false,
      is_built: true,
      is_active: false,
      tenant_count: expect.any(Number),
    });
    for (const user of [owner, neighbour])
      expect((await user.get('/inventory').expect(403)).body).toMatchObject({ code: 'module_disabled', reason: 'off_by_platform' });
    expect(moduleOf(await settingsOf(owner), 'catalog')).toMatchObject({ active: false, enabled: false, reason: 'off_by_platform' });
    expect((await owner.get('/me').expect(200)).body.modules.catalog).toBe('locked');
    await staff.put('/platform/modules/catalog', { is_active: true, reason: 'the prices are right again' }).expect(200);
    await owner.get('/inventory').expect(200);
    const audits = await auditsOf(w, '00000000-0000-0000-0000-000000000000', 'module.switched');
    expect(audits.map(({ changes }) => changes['is_active'])).toEqual([[false, true], [true, false]]); // prettier-ignore
  });

  it('refuses the core, what is not built, and what does not exist; needs platform:modules', async () => {
    const reason = 'only to see what happens';
    expect((await staff.put('/platform/modules/rbac', { is_active: false, reason }).expect(409)).body.code).toBe('module_is_core');
    expect((await staff.put('/platform/modules/forecasts', { is_active: true, reason }).expect(409)).body).toMatchObject({
      code: 'invalid_state',
      reason: 'not_built',
    });
    await staff.put('/platform/modules/crm', { is_active: true, reason }).expect(404);
    await staff.get('/platform/modules/crm').expect(404);
    expect((await staff.get('/platform/modules/pos').expect(200)).body).toMatchObject({
      is_built: false,
      is_active: false,
      depends_on: ['sales'],
    });
    const viewer = await w.staff('ops_viewer');
    await viewer.get('/platform/modules').expect(403);
    const codes: string[] = [];
    let cursor = '';
    do {
      const { body } = await staff.get(`/platform/modules?limit=7${cursor}`).expect(200);
      codes.push(...(body.data as { module_code: string }[]).map(({ module_code }) => module_code));
      cursor = body.next_cursor ? `&cursor=${body.next_cursor}` : '';
    } while (cursor);
    expect(codes).toEqual([...codes].sort());
    expect(codes).toEqual(expect.arrayContaining(['catalog', 'forecasts', 'tenants']));
  });
});

describe('/platform/templates', () => {
  const template = {
    template_code: 'kiosk',
    name: 'Kiosk',
    role_pack: 'retail',
    module_codes: ['catalog', 'POS'],
    settings: { tenants: { allow_support_write: true } },
  };

  it('[003-20] are made, changed, used and removed by staff', async () => {
    const { body: made } = await staff
      .post('/platform/templates', { ...template, stores: [{ code: 'BAR', name: 'Bar' }], plan_code: 'enterprise' })
      .expect(201);
    expect(made).toMatchObject({
      template_code: 'kiosk',
      module_codes: ['catalog', 'pos'],
      feature_codes: [],
      plan_code: 'enterprise',
      is_default: false,
      row_version: 1,
    });
    expect(
      (await staff.get('/platform/templates').expect(200)).body.data.map((one: { template_code: string }) => one.template_code),
    ).toContain('kiosk');

    const kiosk = await w.tenant({ template: 'kiosk' as 'retail' });
    const owner = await kiosk.user();
    expect(Object.keys(kiosk.stores)).toEqual(['BAR']);
    expect((await owner.get('/roles').expect(200)).body.data.map((role: { code: string }) => role.code)).toEqual([
      'admin',
      'cashier',
      'manager',
      'owner',
    ]);
    expect((await settingsOf(owner)).settings['tenants']).toEqual({ allow_support_write: true });

    const patched = (
      await staff
        .patch('/platform/templates/kiosk', { name: 'Kiosks', feature_codes: ['sso'] })
        .set('if-match', '"1"')
        .expect(200)
    ).body;
    expect(patched).toMatchObject({ name: 'Kiosks', feature_codes: ['sso'], row_version: 2 });
    expect((await staff.patch('/platform/templates/kiosk', { name: 'Late' }).set('if-match', '"1"').expect(412)).body.code).toBe(
      'precondition_failed',
    );
    expect((await staff.delete('/platform/templates/kiosk').expect(409)).body).toMatchObject({ code: 'template_in_use', tenants: 1 });

    await staff.post('/platform/templates', { ...template, template_code: 'unused' }).expect(201);
    await staff.delete('/platform/templates/unused').expect(204);
    await staff.get('/platform/templates/unused').expect(404);
    const actions = (await auditsOf(w, '00000000-0000-0000-0000-000000000000'))
      .map(({ action }) => action)
      .filter((action) => action.startsWith('template.'));
    expect(actions).toEqual(['template.deleted', 'template.created', 'template.updated', 'template.created']);
  });

  it('has one default at any time; it moves and does not go', async () => {
    const defaults = async (): Promise<string[]> =>
      ((await staff.get('/platform/templates?limit=100').expect(200)).body.data as { template_code: string; is_default: boolean }[])
        .filter((one) => one.is_default)
        .map((one) => one.template_code);
    expect(await defaults()).toEqual(['inventory']);
    expect((await staff.patch('/platform/templates/inventory', { is_default: false }).expect(409)).body.code).toBe('template_in_use');
    await staff.patch('/platform/templates/org', { is_default: true }).expect(200);
    expect(await defaults()).toEqual(['org']);
    expect((await staff.delete('/platform/templates/org').expect(409)).body.code).toBe('template_in_use');
    await staff.patch('/platform/templates/inventory', { is_default: true }).expect(200);
    expect(await defaults()).toEqual(['inventory']);
  });

  it('refuses what a tenant could not be made from', async () => {
    const refused = async (body: object, status: number) =>
      (await staff.post('/platform/templates', { ...template, template_code: 'bad', ...body }).expect(status)).body;
    expect(await refused({ module_codes: ['catalog', 'CRM'] }, 400)).toMatchObject({ code: 'unknown_module', names: ['CRM'] });
    expect(await refused({ settings: { crm: {} } }, 400)).toMatchObject({ code: 'unknown_setting' });
    expect(await refused({ settings: { tenants: { allow_support_write: 1 } } }, 400)).toMatchObject({ code: 'validation_failed' });
    expect(await refused({ plan_code: 'platinum' }, 400)).toMatchObject({ code: 'unknown_plan' });
    expect(await refused({ role_pack: 'pirates' }, 400)).toMatchObject({ code: 'validation_failed' });
    expect(await refused({ stores: [] }, 400)).toMatchObject({ code: 'validation_failed' });
    expect(await refused({ template_code: 'retail' }, 409)).toMatchObject({ code: 'invalid_state' });
    await staff.get('/platform/templates/bad').expect(404);
    await (await w.staff('ops_viewer')).get('/platform/templates').expect(403);
  });
});

describe('POST /platform/tenants/{tenant_id}/apply-template', () => {
  const run = async (provisioning_job_id: string): Promise<void> => {
    await w.app.get(JobRunner, { strict: false }).run('provisioning.run', { provisioning_job_id });
  };
  const apply = async (acme: TestTenant, template_code: string): Promise<string> => {
    const { body } = await staff.post(`/platform/tenants/${acme.tenant_id}/apply-template`, { template_code }).expect(202);
    await run(body.provisioning_job_id);
    const job = (await staff.get(`/ops/provisioning/jobs/${body.provisioning_job_id}`).expect(200)).body;
    expect(job).toMatchObject({ kind: 'apply_template', state: 'succeeded', tenant_id: acme.tenant_id });
    expect((job.steps as { step_key: string; state: string }[]).map(({ step_key, state }) => `${step_key} ${state}`)).toEqual([
      'modules done',
      'settings done',
      'roles done',
      'applied done',
    ]);
    return body.provisioning_job_id as string;
  };

  it('[003-21] adds what is missing, switches nothing off, overwrites nothing, and does nothing the second time', async () => {
    const acme = await w.tenant({ template: 'cockpit' });
    const owner = await acme.user();
    await owner.patch('/tenant/settings', { modules: { impact: false, catalog: true } }).expect(200);
    await owner.patch('/tenant/settings', { modules: { catalog: false } }).expect(200);
    await apply(acme, 'retail');
    const settings = await settingsOf(owner);
    // impact is not the template's; catalog was switched off by the tenant, and stays so.
    expect(['impact', 'catalog'].map((code) => moduleOf(settings, code)?.reason)).toEqual(['off_by_platform', 'off_by_tenant']);
    const on = await rows<{ module_code: string }>(
      sql`select module_code from tenant_modules where tenant_id = $1 and enabled order by module_code`,
      [acme.tenant_id],
    );
    expect(on.map(({ module_code }) => module_code)).toEqual([
      'files',
      'forecasts',
      'pos',
      'purchasing',
      'reports',
      'sales',
      'stock',
      'webhooks',
    ]);
    expect((await owner.get('/roles').expect(200)).body.data.map((role: { code: string }) => role.code)).toEqual([
      'admin',
      'cashier',
      'manager',
      'owner',
      'viewer',
    ]);
    const [applied] = await auditsOf(w, acme.tenant_id, 'tenant.template_applied');
    expect(applied?.changes).toEqual({
      template_code: [undefined, 'retail'],
      modules: [undefined, ['forecasts', 'pos', 'purchasing', 'sales', 'stock']],
    });
    expect(await auditsOf(w, acme.tenant_id, 'tenant.template_requested')).toHaveLength(1);

    const before = await versionOf(acme);
    await apply(acme, 'retail');
    expect(await versionOf(acme)).toBe(before);
    expect(await auditsOf(w, acme.tenant_id, 'tenant.template_applied')).toHaveLength(1);
  });

  it('keeps a setting that the tenant has, adds one that it has not', async () => {
    const [set, unset] = [await w.tenant(), await w.tenant()];
    const owners = [await set.user(), await unset.user()];
    await owners[0]?.patch('/tenant/settings', { settings: { tenants: { allow_support_write: false } } }).expect(200);
    for (const tenant of [set, unset]) await apply(tenant, 'kiosk');
    const values = await Promise.all(owners.map(async (owner) => (await settingsOf(owner)).settings['tenants']?.['allow_support_write']));
    expect(values).toEqual([false, true]);
  });

  it('refuses an unknown template, an unknown tenant, an archived one, and a second job', async () => {
    const acme = await w.tenant();
    const path = `/platform/tenants/${acme.tenant_id}/apply-template`;
    expect((await staff.post(path, { template_code: 'nothing' }).expect(400)).body.code).toBe('unknown_template');
    await staff.post('/platform/tenants/0190b3c4-0000-7000-8000-000000000000/apply-template', { template_code: 'retail' }).expect(404);
    const { body } = await staff.post(path, { template_code: 'retail' }).expect(202);
    expect((await staff.post(path, { template_code: 'retail' }).expect(409)).body.code).toBe('job_running');
    const cancelled = await staff.post(`/ops/provisioning/jobs/${body.provisioning_job_id}/cancel`, { reason: 'asked for the wrong one' });
    expect(cancelled.body).toMatchObject({ state: 'cancelled' });
    await (await acme.user()).get('/tenant').expect(200); // the tenant lives on
    await staff.post(`/platform/tenants/${acme.tenant_id}/archive`, { reason: 'the contract has ended' }).expect(200);
    expect((await staff.post(path, { template_code: 'retail' }).expect(409)).body.code).toBe('invalid_transition');
  });
});
