import { Injectable } from '@nestjs/common';
import { fail, invalid, Problem } from '#contracts/errors.js';
import { SecondFactorCheck } from '#platform/auth/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import { Registry } from '#platform/modules/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { RightsFeed } from '#platform/stream/index.js';
import { AuditService } from '../audit/index.js';
import { refuseDerived } from './derived-settings.js';
import { EntitledModules } from './entitled-modules.js';
import { moduleStates } from './module-state.js';
import { moduleSwitches } from './module-switches.js';
import { moduleRows } from './modules.repository.js';
import { changedFeatures, changesOf, codesOf, passwordPolicyOf, wantedSwitches } from './settings-change.js';
import type { SettingsOut, SettingsPatch } from './settings.dto.js';
import { settingsRows, type SettingsRow } from './settings.repository.js';
import { mergedSettings, settingsErrors, withDefaults, type SettingsSchema } from './settings-schema.js';

type Settings = SettingsRow['settings'];

/** Which modules and features are on, and the settings of modules. What is changed holds on the next request of every instance. */
@Injectable()
export class TenantSettings {
  private readonly registered: ReadonlySet<string>;
  private readonly schemas: ReadonlyMap<string, SettingsSchema>;

  constructor(
    private readonly db: TenantDb,
    private readonly plan: EntitledModules,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly factors: SecondFactorCheck,
    private readonly feed: RightsFeed,
    registry: Registry,
  ) {
    this.registered = new Set(registry.modules.filter(({ built }) => built).map(({ module_code }) => module_code));
    this.schemas = new Map(
      registry.manifests.flatMap(({ code, settings_schema }) =>
        settings_schema ? [[code, settings_schema as unknown as SettingsSchema] as const] : [],
      ),
    );
  }

  get(scope: TenantScope): Promise<SettingsOut> {
    return this.db.run(scope, (tx) => this.answer(tx, scope.tenant_id));
  }

  async update(scope: TenantScope, patch: SettingsPatch): Promise<SettingsOut> {
    const wanted = wantedSwitches(patch);
    if (patch.mfa_required === true && !(await this.factors.isEnrolled(scope))) throw fail('mfa_not_enabled');
    return this.db.run(scope, async (tx) => {
      const { tenant_id } = scope;
      const before = await this.locked(tx, tenant_id);
      const modules = await moduleRows.ofTenant(tx, tenant_id);
      const features = await moduleRows.featuresOfTenant(tx, tenant_id);
      const { modules: entitled } = await this.plan.of(tx, tenant_id);
      const switches = moduleSwitches({ modules, entitled, wanted: wanted.modules, with_dependencies: patch.with_dependencies === true });
      const featureSwitches = changedFeatures(features, wanted.features);
      const settings = this.changedSettings(before.settings, patch.settings ?? {});
      const after: SettingsRow = { settings, mfa_required: patch.mfa_required ?? before.mfa_required };
      const changes = changesOf(before, after, switches, featureSwitches);
      if (changes.length) {
        await moduleRows.switch(tx, tenant_id, switches, featureSwitches, scope.actor.id);
        if (changes.some(({ field }) => field === 'settings' || field === 'mfa_required')) await settingsRows.write(tx, tenant_id, after);
        await this.audit.record(tx, 'tenant.settings_changed', { targets: [{ type: 'tenant', id: tenant_id }], changes });
        await this.outbox.emit(tx, { type: 'settings.changed', subject_id: tenant_id, data: { changed: codesOf(changes) } });
        this.feed.changed(tx, tenant_id);
      }
      return this.answer(tx, tenant_id);
    });
  }

  /** What a template brings: values for what is not set. @returns the names that were set */
  async addDefaults(tx: Tx, tenant_id: string, settings: Settings): Promise<string[]> {
    const before = await this.locked(tx, tenant_id);
    const known = Object.entries(settings).filter(
      ([code, part]) => settingsErrors(this.schemas.get(code) ?? NOTHING, part, '').length === 0,
    );
    const added = known.flatMap(([code, part]) => Object.keys(part).filter((name) => !Object.hasOwn(before.settings[code] ?? {}, name)).map((name) => `${code}.${name}`)); // prettier-ignore
    if (added.length === 0) return [];
    const merged = Object.fromEntries(known.map(([code, part]) => [code, { ...part, ...before.settings[code] }]));
    await settingsRows.write(tx, tenant_id, { ...before, settings: { ...before.settings, ...merged } });
    return added.sort();
  }

  /** For whoever stores settings that a tenant will get. @throws Problem unknown_setting or validation_failed */
  check(settings: Readonly<Record<string, unknown>>, pointer = '/settings'): void {
    refuseDerived(settings, pointer);
    const errors = Object.entries(settings).flatMap(([code, part]) => {
      const schema = this.schemas.get(code);
      if (schema) return settingsErrors(schema, part, `${pointer}/${code}`);
      return [{ field: `${pointer}/${code}`, code: 'unknown_setting', message: 'This module has no settings.' }];
    });
    if (errors.some(({ code }) => code === 'unknown_setting')) throw new Problem('unknown_setting', {}, errors);
    if (errors.length) throw invalid(errors);
  }

  private async locked(tx: Tx, tenant_id: string): Promise<SettingsRow> {
    const row = await settingsRows.lock(tx, tenant_id);
    if (!row) throw fail('not_found');
    return row;
  }

  private changedSettings(before: Settings, change: Readonly<Record<string, unknown>>): Settings {
    refuseDerived(change, '/settings');
    const parts = Object.entries(change);
    for (const [code, part] of parts)
      if (typeof part !== 'object' || part === null || Array.isArray(part)) throw invalid([{ field: `/settings/${code}`, code: 'type', message: 'Settings of a module are an object.' }]); // prettier-ignore
    const changed = Object.fromEntries(parts.map(([code, part]) => [code, mergedSettings(before[code], part as Record<string, unknown>)]));
    // null says "the default again": of such a one only the name is judged.
    const isKnown = (code: string, name: string): boolean => Object.hasOwn(this.schemas.get(code)?.properties ?? {}, name);
    const judged = parts.map(([code, part]) => [code, Object.fromEntries(Object.entries(part as object).filter(([name, value]) => value !== null || !isKnown(code, name)))]); // prettier-ignore
    this.check(Object.fromEntries(judged) as Record<string, unknown>);
    return { ...before, ...changed };
  }

  private async answer(tx: Tx, tenant_id: string): Promise<SettingsOut> {
    const row = await settingsRows.read(tx, tenant_id);
    if (!row) throw fail('not_found');
    const modules = await moduleRows.ofTenant(tx, tenant_id);
    const features = await moduleRows.featuresOfTenant(tx, tenant_id);
    const { modules: entitled } = await this.plan.of(tx, tenant_id);
    const states = moduleStates({ modules, registered: this.registered, entitled });
    return {
      modules: modules.map(({ module_code, name, is_core, is_active, depends_on }) => {
        const state = states.get(module_code) ?? { enabled: false, reason: 'off_by_platform', entitled: false };
        const active = is_active && this.registered.has(module_code);
        return {
          module_code,
          name,
          is_core,
          active,
          entitled: state.entitled,
          enabled: state.enabled,
          reason: state.reason,
          depends_on: [...depends_on],
        };
      }),
      features: features.map(({ feature_code, module_code, name, is_active, enabled }) => ({
        feature_code, module_code, name, active: is_active, enabled: is_active && enabled === true && states.get(module_code)?.enabled === true,
      })), // prettier-ignore
      settings: Object.fromEntries([...this.schemas].map(([code, schema]) => [code, withDefaults(schema, row.settings[code])])),
      password_policy: { ...passwordPolicyOf(row.settings) },
      mfa_required: row.mfa_required,
    };
  }
}

const NOTHING: SettingsSchema = { type: 'object', properties: {} };
