import { Controller, Get, Patch } from '@nestjs/common';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, In, Requires, Scope } from '#platform/http/index.js';
import { SettingsOut, SettingsPatch } from './settings.dto.js';
import { TenantSettings } from './settings.service.js';

@Controller('tenant/settings')
export class SettingsController {
  constructor(private readonly settings: TenantSettings) {}

  @Get()
  @Requires('settings:read')
  @Answers(200, SettingsOut)
  get(@Scope() scope: TenantScope) {
    return this.settings.get(scope);
  }

  @Patch()
  @Requires('settings:write')
  @Audited('tenant.settings_changed')
  @Answers(
    200,
    SettingsOut,
    'unknown_module',
    'unknown_setting',
    'module_is_core',
    'module_in_use',
    'dependency_off',
    'not_in_plan',
    'mfa_not_enabled',
  )
  update(@Scope() scope: TenantScope, @In() body: SettingsPatch) {
    return this.settings.update(scope, body);
  }
}
