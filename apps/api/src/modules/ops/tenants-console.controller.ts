import { Controller, Get, Patch, Post } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, Id, In, Ops, Platform, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { MEMBER_LIST, MemberOut } from '../rbac/index.js';
import {
  ApplyTemplateIn, CONSOLE_TENANTS, ConsolePatch, ConsoleTenant, ConsoleTenantDetail, JobStarted, ReadOnlyIn, ReasonIn, TenantCreated, TenantIn,
} from './tenants-console.dto.js'; // prettier-ignore
import { TenantsConsole } from './tenants-console.service.js';

/** `/platform/tenants`, and `/tenants` as the seeds write it. */
@Controller()
export class TenantsConsoleController {
  constructor(private readonly console: TenantsConsole) {}

  @Post('platform/tenants')
  @Platform('platform:tenants')
  @Audited('tenant.created')
  @Answers(201, TenantCreated, 'slug_invalid', 'slug_reserved', 'slug_taken', 'unknown_module', 'unknown_template', 'unknown_plan')
  create(@Scope() scope: PlatformScope, @In() body: TenantIn) {
    return this.console.create(scope, body);
  }

  @Post('tenants')
  @Platform('platform:tenants')
  @Audited('tenant.created')
  @Answers(201, TenantCreated, 'slug_invalid', 'slug_reserved', 'slug_taken', 'unknown_module', 'unknown_template', 'unknown_plan')
  createAsSeed(@Scope() scope: PlatformScope, @In() body: TenantIn) {
    return this.console.create(scope, body);
  }

  @Get('platform/tenants')
  @Platform('platform:tenants')
  @Answers(200, [ConsoleTenant])
  list(@Scope() scope: PlatformScope, @Search(CONSOLE_TENANTS) list: ListOfQuery<typeof CONSOLE_TENANTS>) {
    return this.console.list(scope, list);
  }

  @Get('tenants')
  @Platform('platform:tenants')
  @Answers(200, [ConsoleTenant])
  listAsSeed(@Scope() scope: PlatformScope, @Search(CONSOLE_TENANTS) list: ListOfQuery<typeof CONSOLE_TENANTS>) {
    return this.console.list(scope, list);
  }

  @Get('ops/tenants')
  @Ops('platform:read')
  @Answers(200, [ConsoleTenant])
  listForOps(@Scope() scope: PlatformScope, @Search(CONSOLE_TENANTS) list: ListOfQuery<typeof CONSOLE_TENANTS>) {
    return this.console.list(scope, list);
  }

  @Get('platform/tenants/:tenant_id')
  @Platform('platform:tenants')
  @Answers(200, ConsoleTenantDetail)
  get(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string) {
    return this.console.get(scope, tenant_id);
  }

  @Get('platform/tenants/:tenant_id/members')
  @Platform('platform:tenants')
  @Answers(200, [MemberOut])
  members(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @Search(MEMBER_LIST) list: ListOfQuery<typeof MEMBER_LIST>) {
    return this.console.members(scope, tenant_id, list);
  }

  @Post('platform/tenants/:tenant_id/suspend')
  @Platform('platform:tenants')
  @Audited('tenant.suspended')
  @Answers(200, ConsoleTenantDetail, 'invalid_transition', 'reason_required')
  suspend(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: ReasonIn) {
    return this.console.suspend(scope, tenant_id, body.reason);
  }

  @Post('platform/tenants/:tenant_id/resume')
  @Platform('platform:tenants')
  @Audited('tenant.resumed')
  @Answers(200, ConsoleTenantDetail, 'invalid_transition', 'reason_required')
  resume(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: ReasonIn) {
    return this.console.resume(scope, tenant_id, body.reason);
  }

  @Patch('platform/tenants/:tenant_id')
  @Platform('platform:tenants')
  @Audited('tenant.updated')
  @Answers(200, ConsoleTenantDetail, 'slug_invalid', 'slug_reserved', 'slug_taken', 'invalid_transition')
  update(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: ConsolePatch) {
    return this.console.update(scope, tenant_id, body);
  }

  @Post('platform/tenants/:tenant_id/archive')
  @Platform('platform:tenants')
  @Audited('tenant.archived')
  @Answers(200, ConsoleTenantDetail, 'invalid_transition', 'reason_required')
  archive(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: ReasonIn) {
    return this.console.archive(scope, tenant_id, body.reason);
  }

  @Post('platform/tenants/:tenant_id/restore')
  @Platform('platform:tenants')
  @Audited('tenant.restored')
  @Answers(200, ConsoleTenantDetail, 'invalid_transition', 'reason_required')
  restore(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: ReasonIn) {
    return this.console.restore(scope, tenant_id, body.reason);
  }

  @Post('platform/tenants/:tenant_id/read-only')
  @Platform('platform:tenants')
  @Audited('tenant.read_only_set')
  @Answers(200, ConsoleTenantDetail, 'invalid_transition', 'reason_required')
  setReadOnly(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: ReadOnlyIn) {
    return this.console.setReadOnly(scope, tenant_id, body);
  }

  @Post('platform/tenants/:tenant_id/apply-template')
  @Platform('platform:tenants')
  @Audited('tenant.template_requested')
  @Answers(202, JobStarted, 'unknown_template', 'invalid_transition', 'job_running')
  applyTemplate(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: ApplyTemplateIn) {
    return this.console.applyTemplate(scope, tenant_id, body);
  }
}
